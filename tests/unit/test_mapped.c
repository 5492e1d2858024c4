/* Can it be true, what a server says of this host's address outside? */
#include "evidence_fixture.h"

#include "core/mapped.h"

static struct natsonde_mapped checked(unsigned server)
{
	return natsonde_mapped_check(&ev, server);
}

static void expect_believed(bool is_repeated, bool is_distinct)
{
	assert_int_equal(checked(0).reason, NATSONDE_SERVER_WHY_NONE);
	assert_int_equal(checked(0).is_repeated, is_repeated);
	assert_int_equal(checked(0).is_distinct, is_distinct);
	assert_int_equal(natsonde_mapped_liars(&ev), 0);
}

/* Any NAT may do so: each destination another mapping, each socket another, and the same again when asked again. */
static void what_a_nat_may_do(void **state)
{
	(void)state;
	begin();
	expect_believed(false, false);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A2P1, .mapped = "192.0.2.1:40001");
	expect_believed(false, false);
	probe(NATSONDE_Q_OPEN_A2P2, .mapped = OUTSIDE); /* overloaded ports: another destination */
	expect_believed(false, false);
	probe(NATSONDE_Q_FILTER_PLAIN, .mapped = "192.0.2.1:40002");
	expect_believed(false, true);
	probe(NATSONDE_Q_FILTER_BOTH, .mapped = "192.0.2.1:40002");
	expect_believed(true, true);
}

static void two_sockets_are_never_one(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A2P2, .mapped = OUTSIDE);
	probe(NATSONDE_Q_OPEN_A2P2, .mapped = OUTSIDE);
	assert_int_equal(checked(0).reason, NATSONDE_SERVER_WHY_MAPPED_SHARED);
	assert_int_equal(natsonde_mapped_liars(&ev), 1);
	/* Nor are a socket and the fresh one after it, whose ports differ. */
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .socket = 7);
	assert_int_equal(checked(0).reason, NATSONDE_SERVER_WHY_MAPPED_SHARED);
	/* With a port of the caller's choice the fresh socket has the same one: then it is the same again. */
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .local = HOST ":50002");
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .local = HOST ":50002", .socket = 7);
	expect_believed(true, false);
}

static void one_socket_is_never_two(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_FILTER_PLAIN, .mapped = OUTSIDE);
	probe(NATSONDE_Q_FILTER_PORT, .mapped = "192.0.2.1:40001");
	assert_int_equal(checked(0).reason, NATSONDE_SERVER_WHY_MAPPED_CHANGES);
}

/* What comes from a wrong address, over TCP or not at all shows nothing. */
static void what_does_not_count(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = "192.0.2.1:40001", .from = "203.0.113.99:3478");
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
	probe(NATSONDE_Q_FILTER_PLAIN, .server = 0);
	probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_ERROR, .code = 500);
	expect_believed(false, false);
}

static void servers_are_told_apart(void **state)
{
	(void)state;
	begin();
	add_server("198.51.100.20:3478", NULL);
	probe(NATSONDE_Q_MAP_A1P1, .server = 0, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .server = 1, .mapped = "192.0.2.9:9");
	probe(NATSONDE_Q_FILTER_PLAIN, .server = 1, .mapped = "192.0.2.9:9");
	assert_int_equal(natsonde_mapped_liars(&ev), 2);
	assert_true(natsonde_mapped_tells(&ev, 2, &ev.probes[0]));
	assert_false(natsonde_mapped_tells(&ev, 2, &ev.probes[1]));
	/* The liar's word is not heard: one destination is left. */
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_PRESENT);
	assert_int_equal(judged(NATSONDE_MAPPING).reason, NATSONDE_WHY_ONE_DESTINATION);
}

/* One server saw this host's own address, another one did not: the second is believed once it has shown that it looks. */
static void contradictions_need_a_consistent_server(void **state)
{
	(void)state;
	begin();
	add_server("198.51.100.20:3478", NULL);
	probe(NATSONDE_Q_MAP_A1P1, .server = 0, .mapped = HOST ":50002");
	probe(NATSONDE_Q_MAP_A1P1, .server = 1, .mapped = OUTSIDE);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_UNKNOWN);
	assert_int_equal(judged(NATSONDE_NAT).reason, NATSONDE_WHY_MAPPED_UNTRUE);
	probe(NATSONDE_Q_MAP_A1P1, .server = 1, .mapped = OUTSIDE);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_UNKNOWN);
	probe(NATSONDE_Q_OPEN_A1P1, .server = 1, .mapped = "192.0.2.1:41000");
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_PRESENT);
	assert_int_equal(judged(NATSONDE_NAT).reason, NATSONDE_WHY_MAPPED_MIXED);
}

/* MAPPED-ADDRESS is what a middlebox may rewrite. */
static void own_address_in_the_old_attribute_alone(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = HOST ":50002")->is_unprotected = true;
	probe(NATSONDE_Q_MAP_A2P2, .mapped = HOST ":50002")->is_unprotected = true;
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_NONE);
	assert_int_equal(judged(NATSONDE_NAT).certainty, NATSONDE_LIKELY);
	assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_LIKELY);
	probe(NATSONDE_Q_FILTER_PLAIN, .mapped = HOST ":50001");
	assert_int_equal(judged(NATSONDE_NAT).certainty, NATSONDE_VERIFIED);
	assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_VERIFIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_nat_may_do),
		cmocka_unit_test(two_sockets_are_never_one),
		cmocka_unit_test(one_socket_is_never_two),
		cmocka_unit_test(what_does_not_count),
		cmocka_unit_test(servers_are_told_apart),
		cmocka_unit_test(contradictions_need_a_consistent_server),
		cmocka_unit_test(own_address_in_the_old_attribute_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
