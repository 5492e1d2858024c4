/* The engine's side of the contract in engine.h: what it asks its driver to do, and what it makes of what the driver says. */
#include "engine_fixture.h"

#define SERVER "203.0.113.10:3478"

static void begin(void)
{
	prepare(SERVER);
	world = honest;
}

/* OPEN, then SEND, then nothing but waiting for 5 ms: a socket is opened only when it is needed. */
static void first_steps(void **state)
{
	struct natsonde_action a;
	uint8_t bytes[NATSONDE_SEND_MAX];
	struct natsonde_addr local = address("10.0.0.2:40001"), server = address(SERVER);

	(void)state;
	begin();
	start();
	assert_true(natsonde_engine_next(&engine, now, bytes, sizeof(bytes), &a));
	assert_int_equal(a.what, NATSONDE_DO_OPEN);
	assert_int_equal(a.transport, NATSONDE_UDP);
	assert_true(natsonde_addr_equal(&a.to, &server));
	assert_true(a.port >= 32768);
	natsonde_engine_on_open(&engine, a.slot, NATSONDE_OK, &local);
	assert_int_equal(ev->n_probes, 0);
	assert_true(natsonde_engine_next(&engine, now, bytes, sizeof(bytes), &a));
	assert_int_equal(a.what, NATSONDE_DO_SEND);
	assert_true(natsonde_addr_equal(&a.to, &server));
	assert_int_equal(natsonde_stun_length(bytes, a.len), a.len);
	assert_int_equal(ev->n_probes, 1);
	assert_int_equal(ev->probes[0].outcome, NATSONDE_SILENT);
	assert_true(natsonde_addr_equal(natsonde_evidence_addr(ev, ev->probes[0].local), &local));
	assert_false(natsonde_engine_next(&engine, now, bytes, sizeof(bytes), &a));
	assert_int_equal(natsonde_engine_deadline(&engine), now + 5 * NATSONDE_MS);
}

/* Every class over the documented loop, with three sockets at a time, in good order to the end. */
static void every_class(void **state)
{
	static const enum natsonde_verdict classes[] = {
		NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_DEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT
	};

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		begin();
		if (i % 2 != 0)
			prepare("[2001:db8:5::10]:3478");
		world = honest;
		mapping = classes[i / 3];
		filtering = classes[i % 3];
		run();
		expect_classes(mapping, filtering);
		assert_int_equal(ev->end, NATSONDE_END_DECIDED);
		assert_int_equal(most_open, 3);
		assert_true(n_sent <= 25);
		assert_true(now - BEGAN < 500 * NATSONDE_MS);
		assert_false(ev->is_truncated);
	}
}

/* The end is an end: nothing more is done, and nothing that comes in changes what was found. */
static void nothing_happens_after_the_end(void **state)
{
	struct natsonde_action a;
	struct natsonde_stun_message m;
	uint8_t bytes[NATSONDE_SEND_MAX], reply[128];
	unsigned silent;

	(void)state;
	begin();
	run();
	silent = 0;
	while (ev->probes[silent].outcome != NATSONDE_SILENT)
		silent++;
	m = success(&deeds[0], &deeds[0].action.to);
	memcpy(m.tid, ev->probes[silent].tid, sizeof(m.tid));
	natsonde_engine_on_received(&engine, now, NATSONDE_SOCKET_FILTER, natsonde_evidence_addr(ev, 1), reply,
				    natsonde_stun_encode(&m, reply, sizeof(reply)));
	natsonde_engine_on_icmp(&engine, now, NATSONDE_SOCKET_FILTER, natsonde_evidence_addr(ev, ev->probes[silent].to), 3, 3,
				NULL, 0);
	assert_int_equal(ev->probes[silent].outcome, NATSONDE_SILENT);
	now += NATSONDE_S;
	assert_false(natsonde_engine_next(&engine, now, bytes, sizeof(bytes), &a));
	assert_int_equal(natsonde_engine_deadline(&engine), NATSONDE_NEVER);
	natsonde_engine_stop(&engine, now);
	assert_int_equal(ev->end, NATSONDE_END_DECIDED);
	assert_false(natsonde_engine_next(&engine, now, bytes, sizeof(bytes), &a));
	assert_int_equal(natsonde_engine_deadline(&engine), NATSONDE_NEVER);
}

/* The shortest time that so many packets in a row took. */
static natsonde_us shortest(unsigned packets)
{
	natsonde_us at[sizeof(deeds) / sizeof(deeds[0])], time = NATSONDE_NEVER;
	unsigned n = 0;

	for (unsigned i = 0; i < n_deeds; i++)
		if (deeds[i].action.what == NATSONDE_DO_SEND)
			at[n++] = deeds[i].at;
	for (unsigned i = packets - 1; i < n; i++)
		time = at[i] - at[i - packets + 1] < time ? at[i] - at[i - packets + 1] : time;
	return time;
}

/* RFC 8445 appendix B.1: 5 ms. A driver that wakes late may catch up by a millisecond altogether, lest it slow the run down. */
static void packets_are_paced(void **state)
{
	(void)state;
	begin();
	for (oversleeps = 0; oversleeps < 30000; oversleeps = 300 + oversleeps * 3 / 2) {
		run();
		assert_true(n_sent > 10);
		for (unsigned packets = 2; packets < 6; packets++)
			assert_true(shortest(packets) >= (packets - 1) * 5 * NATSONDE_MS - NATSONDE_MS);
		expect_classes(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
	}
}

/* RFC 8489 section 5: every copy has an id of its own, made of nothing but the caller's random bytes (seen at every send). */
static void ids_are_never_used_twice(void **state)
{
	(void)state;
	begin();
	world = NULL;
	run();
	assert_true(ev->n_probes > 5);
	for (unsigned i = 0; i < ev->n_probes; i++)
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(ev->probes[i].tid, ev->probes[k].tid, NATSONDE_STUN_TID);
}

static void stopped_in_the_middle(void **state)
{
	unsigned sent_before;

	(void)state;
	begin();
	start();
	run_until(BEGAN + 60 * NATSONDE_MS);
	assert_true(n_open > 0);
	sent_before = n_sent;
	natsonde_engine_stop(&engine, now);
	assert_int_equal(ev->end, NATSONDE_END_INTERRUPTED);
	assert_true(natsonde_engine_deadline(&engine) <= now);
	act();
	assert_int_equal(natsonde_engine_deadline(&engine), NATSONDE_NEVER);
	assert_int_equal(n_open, 0);
	assert_int_equal(n_sent, sent_before);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_PRESENT);
}

static void stopped_before_it_began(void **state)
{
	(void)state;
	begin();
	start();
	natsonde_engine_stop(&engine, now);
	act();
	assert_int_equal(ev->end, NATSONDE_END_INTERRUPTED);
	assert_int_equal(n_deeds, 0);
	assert_int_equal(natsonde_engine_deadline(&engine), NATSONDE_NEVER);
}

/* Time is up: what is known by then is what is said. */
static void timeout_bounds_the_run(void **state)
{
	(void)state;
	begin();
	plan.timeout = 100 * NATSONDE_MS;
	run();
	assert_int_equal(now, BEGAN + 100 * NATSONDE_MS);
	assert_int_equal(ev->end, NATSONDE_END_TIMEOUT);
	assert_int_equal(judged(NATSONDE_FILTERING).reason, NATSONDE_WHY_NOT_FINISHED);
	world = NULL;
	run();
	assert_int_equal(ev->end, NATSONDE_END_NO_ANSWER);
	assert_int_equal(now, BEGAN + 100 * NATSONDE_MS);
}

static void udp_is_dropped(const struct deed *d)
{
	if (d->action.transport == NATSONDE_TCP)
		honest(d);
}

static void udp_comes_late(const struct deed *d)
{
	rtt = d->action.transport == NATSONDE_TCP ? 20 * NATSONDE_MS : 1300 * NATSONDE_MS;
	honest(d);
}

/* "Nothing answered" is said after four seconds, or two if another family has been measured meanwhile. */
static void nobody_answers(void **state)
{
	(void)state;
	begin();
	world = NULL;
	run();
	assert_int_equal(ev->end, NATSONDE_END_NO_ANSWER);
	assert_int_equal(now, BEGAN + 4 * NATSONDE_S);
	assert_true(n_sent <= 40);
	assert_true(most_open <= 3);
	start();
	run_until(BEGAN + 500 * NATSONDE_MS);
	natsonde_engine_hurry(&engine);
	run_until(NATSONDE_NEVER);
	assert_int_equal(now, BEGAN + 2 * NATSONDE_S);
}

/* One Binding over TCP to each server, one after the other, tells "UDP is blocked" from "nobody there". */
static void tcp_is_the_control_of_silence(void **state)
{
	unsigned asked = 0;

	(void)state;
	begin();
	plan.n_servers = 3;
	plan.servers[1].addr = address("198.51.100.20:3478");
	plan.servers[2].addr = address("198.51.100.30:19302");
	world = udp_is_dropped;
	run();
	assert_int_equal(ev->end, NATSONDE_END_NO_ANSWER);
	assert_true(most_open <= 3);
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].question == NATSONDE_Q_TCP) {
			assert_int_equal(ev->probes[i].outcome, NATSONDE_ANSWERED);
			asked |= 1u << ev->probes[i].server;
		}
	assert_int_equal(asked, 7);
	assert_int_equal(judged(NATSONDE_P2P).verdict, NATSONDE_BLOCKED);
}

/* TCP is asked because UDP is slow; then UDP answers after all. Three sockets are still enough. */
static void three_sockets_are_enough_on_a_slow_path(void **state)
{
	(void)state;
	begin();
	world = udp_comes_late;
	plan.timeout = 60 * NATSONDE_S;
	run();
	assert_int_equal(ev->end, NATSONDE_END_DECIDED);
	expect_classes(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
	assert_int_equal(most_open, 3);
}

static void only_the_mapping(void **state)
{
	(void)state;
	begin();
	plan.tests = NATSONDE_TEST(NATSONDE_MAPPING);
	run();
	assert_int_equal(judged(NATSONDE_MAPPING).verdict, NATSONDE_ENDPOINT_INDEPENDENT);
	for (unsigned i = 0; i < n_deeds; i++)
		assert_int_equal(deeds[i].request.change, NATSONDE_CHANGE_NONE);
}

static void first_address_is_dead(const struct deed *d)
{
	if (!is_at(&d->action.to, SERVER))
		honest(d);
}

/* A name's second address takes part when the first has failed, and only then. */
static void spare_address(void **state)
{
	(void)state;
	begin();
	plan.n_servers = 2;
	plan.servers[1].addr = address("198.51.100.20:3478");
	plan.servers[1].is_spare = true;
	run();
	assert_int_equal(ev->n_servers, 1);
	world = first_address_is_dead;
	start();
	run_until(BEGAN + 300 * NATSONDE_MS);
	assert_int_equal(ev->n_servers, 1);
	run_until(NATSONDE_NEVER);
	assert_int_equal(ev->n_servers, 2);
	assert_int_equal(ev->end, NATSONDE_END_DECIDED);
	assert_int_equal(natsonde_judge_server(ev, 0).verdict, NATSONDE_SERVER_SILENT);
	expect_classes(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
}

static void plan_server(unsigned i, const char *addr, uint8_t name, bool is_spare)
{
	plan.servers[i].addr = address(addr);
	plan.servers[i].name = name;
	plan.servers[i].is_spare = is_spare;
	plan.n_servers = (uint8_t)(i + 1);
}

/* That a name has further addresses keeps no other name from taking part. */
static void spare_does_not_hold_up_other_names(void **state)
{
	(void)state;
	begin();
	plan_server(1, "198.51.100.20:3478", 0, true);
	plan_server(2, "198.51.100.30:3478", 1, false);
	run();
	assert_int_equal(ev->n_servers, 2);
	assert_int_equal(ev->servers[1].name, 1);
}

static void two_are_dead(const struct deed *d)
{
	if (!is_at(&d->action.to, SERVER) && !is_at(&d->action.to, "198.51.100.30:3478"))
		honest(d);
}

/* Names that stand in for others: one for each that has failed, and no more. */
static void spare_names(void **state)
{
	(void)state;
	begin();
	plan_server(1, "198.51.100.20:3478", 1, false);
	plan_server(2, "198.51.100.30:3478", 2, true);
	plan_server(3, "198.51.100.40:3478", 3, true);
	plan_server(4, "198.51.100.50:3478", 4, true);
	run();
	assert_int_equal(ev->n_servers, 2);

	/* The first fails, and then the one that takes its place. */
	world = two_are_dead;
	run();
	assert_int_equal(ev->n_servers, 4);
	assert_int_equal(ev->servers[2].name, 2);
	assert_int_equal(ev->servers[3].name, 3);
	assert_int_equal(natsonde_judge_server(ev, 2).verdict, NATSONDE_SERVER_SILENT);
	assert_int_equal(natsonde_judge_server(ev, 3).verdict, NATSONDE_SERVER_RFC5780);
}

static void all_are_dead(const struct deed *d)
{
	(void)d;
}

/* Where nobody answers, those that stand in come one after the other, not all at once. */
static void spare_names_come_in_turn(void **state)
{
	(void)state;
	begin();
	plan_server(1, "198.51.100.20:3478", 1, true);
	plan_server(2, "198.51.100.30:3478", 2, true);
	world = all_are_dead;
	start();
	run_until(BEGAN + 1500 * NATSONDE_MS);
	assert_int_equal(ev->n_servers, 2);
	run_until(NATSONDE_NEVER);
	assert_int_equal(ev->n_servers, 3);
	assert_int_equal(ev->end, NATSONDE_END_NO_ANSWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_steps),
		cmocka_unit_test(every_class),
		cmocka_unit_test(nothing_happens_after_the_end),
		cmocka_unit_test(packets_are_paced),
		cmocka_unit_test(ids_are_never_used_twice),
		cmocka_unit_test(stopped_in_the_middle),
		cmocka_unit_test(stopped_before_it_began),
		cmocka_unit_test(timeout_bounds_the_run),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(tcp_is_the_control_of_silence),
		cmocka_unit_test(three_sockets_are_enough_on_a_slow_path),
		cmocka_unit_test(only_the_mapping),
		cmocka_unit_test(spare_address),
		cmocka_unit_test(spare_does_not_hold_up_other_names),
		cmocka_unit_test(spare_names),
		cmocka_unit_test(spare_names_come_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
