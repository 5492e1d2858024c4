/* Hairpinning in the simulated network (RFC 4787 section 6): who reaches whom, and as whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_net.h"

static struct natsonde_addr mapped[2], inside[2];

/* Two sockets, each with a mapping that a server has seen. */
static void meet(const char *spec)
{
	start(spec);
	for (unsigned slot = 0; slot < 2; slot++) {
		open_slot(slot, NATSONDE_UDP);
		inside[slot] = local;
		ask(slot, a1p1, NATSONDE_CHANGE_NONE, 1);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		mapped[slot] = answer.xor_mapped;
	}
}

/* Each speaks to the other's mapping twice. The first time opens the filters: what comes of it is not counted. */
static unsigned greet(struct natsonde_addr seen[2])
{
	unsigned come = 0;

	for (uint8_t round = 0; round < 2; round++) {
		while (wait_for(NATSONDE_MS) == NATSONDE_EVENT_RECEIVED)
			;
		ask(0, mapped[1], NATSONDE_CHANGE_NONE, 10);
		ask(1, mapped[0], NATSONDE_CHANGE_NONE, 11);
	}
	while (wait_for(NATSONDE_S) == NATSONDE_EVENT_RECEIVED) {
		assert_in_range(event.slot, 0, 1);
		assert_int_equal(answer.tid[0], 10 + !event.slot);
		seen[!event.slot] = event.peer;
		come++;
	}
	return come;
}

/* A mapping that depends on the endpoint is another one toward the peer: its filter has not been opened, the filter of the one
 * that the server has seen does not know the peer. Hairpinning can then be seen through open filters alone. */
static const struct { const char *mapping, *filtering; bool is_seen; } classes[] = {
	{ "eim", "eif", true }, { "eim", "adf", true }, { "eim", "apdf", true },
	{ "adm", "eif", true }, { "adm", "adf", false }, { "adm", "apdf", false },
	{ "apdm", "eif", true }, { "apdm", "adf", false }, { "apdm", "apdf", false }
};

static void check_class(size_t i, const char *rest, const char *hairpin, bool is_seen)
{
	struct natsonde_addr seen[2];
	char text[128] = "mapping=";
	bool is_internal = strcmp(hairpin, "internal") == 0;

	strcat(strcat(strcat(text, classes[i].mapping), ",filtering="), classes[i].filtering);
	strcat(strcat(strcat(text, rest), ",hairpin="), hairpin);
	meet(text);
	assert_int_equal(greet(seen), is_seen ? 2 : 0);
	for (unsigned slot = 0; is_seen && slot < 2; slot++) {
		if (is_internal)
			assert_true(natsonde_addr_equal(&seen[slot], &inside[slot]));
		else
			assert_true(natsonde_addr_same_ip(&seen[slot], &mapped[slot]));
		if (!is_internal && strcmp(classes[i].mapping, "eim") == 0)
			assert_true(natsonde_addr_equal(&seen[slot], &mapped[slot]));
	}
}

static void each_class_turns_round_what_its_filter_lets_in(void **state)
{
	static const char *const ports[] = { "", ",ports=random", ",family=6" };

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		for (size_t p = 0; p < 3; p++) {
			check_class(i, ports[p], "no", false);
			check_class(i, ports[p], "external", classes[i].is_seen);
			check_class(i, ports[p], "internal", classes[i].is_seen);
		}
	}
}

/* One packet in one direction: the filter applies to hairpins. */
static void a_stranger_inside_is_a_stranger(void **state)
{
	(void)state;
	meet("hairpin=external,filtering=apdf");
	ask(0, mapped[1], NATSONDE_CHANGE_NONE, 2);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
	meet("hairpin=external,filtering=eif");
	ask(0, mapped[1], NATSONDE_CHANGE_NONE, 2);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	/* Without translation the host speaks to itself. */
	meet("mapping=none,accept-local=no");
	ask(0, mapped[1], NATSONDE_CHANGE_NONE, 2);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
}

/* Linux without accept_local: a packet that comes from outside and bears this host's own address is a martian. */
static void a_host_may_not_see_its_own_source(void **state)
{
	struct natsonde_addr seen[2];

	(void)state;
	meet("hairpin=internal,accept-local=no");
	assert_int_equal(door.sees & NATSONDE_SEES_OWN_SOURCE, 0);
	assert_int_equal(greet(seen), 0);
	meet("hairpin=external,accept-local=no");
	assert_int_equal(greet(seen), 2);
	meet("hairpin=internal,accept-local=yes");
	assert_int_equal(door.sees & NATSONDE_SEES_OWN_SOURCE, NATSONDE_SEES_OWN_SOURCE);
	assert_int_equal(greet(seen), 2);
}

/* The external address is the outer NAT's: packets turn round there, and come in through the inner one. An internal source is one
 * of the network in between, which the inner one's filter has never heard of. */
static void the_outer_nat_turns_round(void **state)
{
	struct natsonde_addr seen[2];

	(void)state;
	meet("nats=2");
	assert_int_equal(greet(seen), 0);
	meet("nats=2,hairpin=external");
	assert_int_equal(greet(seen), 2);
	assert_ip(&seen[0], "192.0.2.1");
	meet("nats=2,hairpin=internal");
	assert_int_equal(greet(seen), 0);
	meet("nats=2,hairpin=internal,filtering=eif,accept-local=no");
	assert_int_equal(greet(seen), 2);
	assert_ip(&seen[0], "100.64.0.2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_class_turns_round_what_its_filter_lets_in),
		cmocka_unit_test(a_stranger_inside_is_a_stranger),
		cmocka_unit_test(a_host_may_not_see_its_own_source),
		cmocka_unit_test(the_outer_nat_turns_round)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
