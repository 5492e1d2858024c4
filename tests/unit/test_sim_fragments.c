/* Datagrams larger than a packet in the simulated network: ways and hosts that lose them, servers that do not pad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_net.h"

#define LARGE 2500

/* Whether a question larger than a packet is answered, and a small one is with an answer larger than a packet. */
static const struct { const char *spec; bool out, in, sees; } rows[] = {
	{ "fragments=pass", true, true, true },
	{ "fragments=drop", false, false, true },
	{ "fragments=drop-outbound", false, true, true },
	{ "fragments=drop-inbound", true, false, true },
	{ "fragments=local", true, false, false },
	{ "fragments=pass,nats=2,family=6", true, true, true },
	{ "fragments=drop-inbound,family=6", true, false, true },
	{ "fragments=drop,mapping=none", false, false, true }
};

static void fragments_pass_or_do_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(rows[i].spec);
		open_slot(0, NATSONDE_UDP);
		assert_int_equal((door.sees & NATSONDE_SEES_FRAGMENTS) != 0, rows[i].sees);
		/* An attribute that nobody knows or needs to: the answer is an ordinary one. */
		ask_as(0, a1p1, (struct natsonde_stun_message){ .filler = LARGE }, 1);
		assert_int_equal(wait_for(NATSONDE_S), rows[i].out ? NATSONDE_EVENT_RECEIVED : NATSONDE_EVENT_NONE);
		if (rows[i].out) {
			assert_int_equal(answer.cls, NATSONDE_STUN_SUCCESS);
			assert_in_range(event.len, 20, 200);
		}
		ask_as(0, a1p1, (struct natsonde_stun_message){ .padding = 4 }, 2);
		assert_int_equal(wait_for(NATSONDE_S), rows[i].in ? NATSONDE_EVENT_RECEIVED : NATSONDE_EVENT_NONE);
		if (rows[i].in) {
			assert_int_equal(answer.padding, 1500);
			assert_in_range(event.len, 1501, NATSONDE_SIM_REPLY_MAX);
		}
		/* Small ones always pass. */
		ask(0, a1p1, NATSONDE_CHANGE_NONE, 3);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	}
}

/* stuntman: takes the attribute, and answers as if it had not been there. */
static void a_server_may_not_pad(void **state)
{
	(void)state;
	start("server=no-padding");
	open_slot(0, NATSONDE_UDP);
	ask_as(0, a1p1, (struct natsonde_stun_message){ .padding = 4 }, 2);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.cls, NATSONDE_STUN_SUCCESS);
	assert_int_equal(answer.padding, 0);
	assert_in_range(event.len, 20, 200);
}

/* Whether a server answers a request with so many bytes of filler, or with PADDING. */
static bool takes(uint16_t filler, uint16_t padding)
{
	ask_as(0, a1p1, (struct natsonde_stun_message){ .filler = filler, .padding = padding }, 1);
	return wait_for(NATSONDE_S) == NATSONDE_EVENT_RECEIVED;
}

static void a_server_may_drop_what_it_does_not_take(void **state)
{
	(void)state;
	start("server=small-buffer");
	open_slot(0, NATSONDE_UDP);
	assert_true(takes(NATSONDE_SIM_SMALL_BUFFER_BYTES - 24, 0));
	assert_false(takes(NATSONDE_SIM_SMALL_BUFFER_BYTES - 20, 0));
	assert_true(takes(0, 4));
	start("server=drops-padding");
	open_slot(0, NATSONDE_UDP);
	assert_false(takes(0, 4));
	assert_true(takes(LARGE, 0));
}

/* What the gateway says of a large packet is a small one. */
static void refusals_are_heard(void **state)
{
	(void)state;
	start("udp=reject,fragments=local");
	open_slot(0, NATSONDE_UDP);
	ask_as(0, a1p1, (struct natsonde_stun_message){ .filler = LARGE }, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_ICMP);
}

static void a_hairpin_is_no_exception(void **state)
{
	static const char *const specs[] = { "hairpin=external,filtering=eif", "hairpin=external,filtering=eif,fragments=local" };
	struct natsonde_addr mapped;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		start(specs[i]);
		open_slot(0, NATSONDE_UDP);
		ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		mapped = answer.xor_mapped;
		open_slot(1, NATSONDE_UDP);
		ask_as(1, mapped, (struct natsonde_stun_message){ .filler = LARGE }, 1);
		assert_int_equal(wait_for(NATSONDE_S), i == 0 ? NATSONDE_EVENT_RECEIVED : NATSONDE_EVENT_NONE);
	}
}

static void there_is_a_limit(void **state)
{
	static const uint8_t bytes[NATSONDE_SIM_DATAGRAM_MAX + 1];

	(void)state;
	start("");
	open_slot(0, NATSONDE_UDP);
	assert_int_equal(door.send(door.ctx, 0, &a1p1, bytes, NATSONDE_SIM_DATAGRAM_MAX), NATSONDE_OK);
	assert_int_equal(door.send(door.ctx, 0, &a1p1, bytes, NATSONDE_SIM_DATAGRAM_MAX + 1), NATSONDE_FAULT_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_pass_or_do_not),
		cmocka_unit_test(a_server_may_not_pad),
		cmocka_unit_test(a_server_may_drop_what_it_does_not_take),
		cmocka_unit_test(refusals_are_heard),
		cmocka_unit_test(a_hairpin_is_no_exception),
		cmocka_unit_test(there_is_a_limit)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
