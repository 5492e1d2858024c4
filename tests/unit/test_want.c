/* When the next copy of a question may leave: patience, politeness, and the moment to give up. */
#include "evidence_fixture.h"

#include "core/silence.h"
#include "core/want.h"

#define MS_US 1000u

static struct natsonde_plan plan = {.family = NATSONDE_IPV4, .tests = NATSONDE_TESTS_DEFAULT, .timeout = 10 * NATSONDE_S};
static struct natsonde_want want;
static struct natsonde_tally t;

static void begin_want(void)
{
	memset(&want, 0, sizeof(want));
	want.ev = &ev;
	want.plan = &plan;
	want.when_us = want.wake_us = NATSONDE_NOT_YET_US;
	natsonde_tally(&ev, 0, &t);
}

/* When the next copy would leave. */
static uint32_t offer(enum natsonde_question q, uint32_t when_us)
{
	begin_want();
	natsonde_want_offer(&want, 0, q, 1, when_us, 0);
	return want.when_us;
}

/* The same for a question that is repeated until it is answered. */
static bool ask(enum natsonde_question q)
{
	begin_want();
	return natsonde_want_answer(&want, &t, q, 1, 0);
}

static void earliest_offer_wins(void **state)
{
	(void)state;
	begin();
	begin_want();
	natsonde_want_offer(&want, 0, NATSONDE_Q_MAP_A1P1, 2, 300, 0);
	natsonde_want_offer(&want, 0, NATSONDE_Q_MAP_A2P1, 3, 200, 0);
	natsonde_want_offer(&want, 0, NATSONDE_Q_CONTROL_PORT, 4, 200, 41000); /* no earlier than the one before */
	natsonde_want_offer(&want, 0, NATSONDE_Q_MAP_A1P2, 5, 250, 0);
	assert_int_equal(want.when_us, 200);
	assert_int_equal(want.question, NATSONDE_Q_MAP_A2P1);
	assert_int_equal(want.attempt, 3);
	assert_int_equal(want.response_port, 0);
	natsonde_want_offer(&want, 0, NATSONDE_Q_CONTROL_PORT, 4, 100, 41000);
	assert_int_equal(want.question, NATSONDE_Q_CONTROL_PORT);
	assert_int_equal(want.response_port, 41000);
}

static void wakes_for_the_future_alone(void **state)
{
	(void)state;
	begin();
	ev.now_us = 1000;
	begin_want();
	natsonde_want_wake(&want, 1000);
	assert_int_equal(want.wake_us, NATSONDE_NOT_YET_US);
	natsonde_want_wake(&want, 3000);
	natsonde_want_wake(&want, 2000);
	natsonde_want_wake(&want, 4000);
	assert_int_equal(want.wake_us, 2000);
}

static void nothing_is_offered_without_room(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	ev.max_probes = ev.n_probes;
	assert_int_equal(offer(NATSONDE_Q_MAP_A2P1, 0), NATSONDE_NOT_YET_US);
}

/* RFC 5780 section 5, about ten new transactions a second: the thirteenth waits for the second to pass, copies do not. */
static void twelve_questions_in_the_first_second(void **state)
{
	(void)state;
	begin();
	for (enum natsonde_question q = NATSONDE_Q_MAP_A1P1; q < NATSONDE_Q_CONTROL_PORT; q++)
		probe(q, .at_ms = 100 + 10 * q);
	assert_int_equal(ev.n_probes, 12);
	assert_int_equal(offer(NATSONDE_Q_CONTROL_PORT, 300 * MS_US), 1100 * MS_US);
	assert_int_equal(offer(NATSONDE_Q_CONTROL_PORT, 1200 * MS_US), 1200 * MS_US);
	assert_int_equal(offer(NATSONDE_Q_MAP_A1P1, 300 * MS_US), 300 * MS_US);
	ev.n_probes--;
	assert_int_equal(offer(NATSONDE_Q_CONTROL_PORT, 300 * MS_US), 300 * MS_US);
}

/* What never left, and what went to other servers, burdens nobody. */
static void politeness_counts_what_arrives_there(void **state)
{
	(void)state;
	begin();
	add_server("198.51.100.20:3478", "198.51.100.21:3479");
	for (unsigned i = 0; i < 60; i++) {
		probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_UNSENT);
		probe(NATSONDE_Q_MAP_A1P1, .server = 1);
	}
	assert_int_equal(offer(NATSONDE_Q_MAP_A1P1, 2000 * MS_US), 2000 * MS_US);
	begin_want();
	natsonde_want_offer(&want, 1, NATSONDE_Q_MAP_A1P1, 1, 2000 * MS_US, 0);
	assert_int_equal(want.when_us, NATSONDE_NOT_YET_US);
}

static void sixty_packets_and_no_more(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 59; i++)
		probe(NATSONDE_Q_FILTER_PORT, .at_ms = 100 + 30 * i);
	assert_int_equal(offer(NATSONDE_Q_FILTER_PORT, 2000 * MS_US), 2000 * MS_US);
	probe(NATSONDE_Q_FILTER_PORT, .at_ms = 1980);
	assert_int_equal(offer(NATSONDE_Q_FILTER_PORT, 2000 * MS_US), NATSONDE_NOT_YET_US);
	assert_int_equal(offer(NATSONDE_Q_FILTER_PORT, 200000 * MS_US), NATSONDE_NOT_YET_US);
	/* A single connection is no burden. */
	assert_int_equal(offer(NATSONDE_Q_TCP, 2000 * MS_US), 2000 * MS_US);
}

/* Six answers under way are all that a small stack keeps for a socket; other sockets have mailboxes of their own. */
static void mailbox_is_not_overfilled(void **state)
{
	(void)state;
	begin();
	plan.mailbox = 6;
	for (unsigned i = 0; i < 6; i++)
		probe(NATSONDE_Q_FILTER_PORT, .at_ms = 100 + 10 * i);
	ev.now_us = 160 * MS_US;
	assert_int_equal(offer(NATSONDE_Q_FILTER_PORT, 170 * MS_US), 600 * MS_US); /* the first has waited its 500 ms */
	assert_int_equal(offer(NATSONDE_Q_MAP_A1P1, 170 * MS_US), 170 * MS_US);
	ev.probes[3].outcome = NATSONDE_ANSWERED;
	assert_int_equal(offer(NATSONDE_Q_FILTER_PORT, 170 * MS_US), 170 * MS_US);
	plan.mailbox = 0;
}

static void asks_at_once_then_after_half_a_second(void **state)
{
	(void)state;
	begin();
	assert_true(ask(NATSONDE_Q_MAP_A1P1));
	assert_int_equal(want.when_us, 0);
	probe(NATSONDE_Q_MAP_A1P1, .at_ms = 100);
	ev.now_us = 110 * MS_US;
	assert_true(ask(NATSONDE_Q_MAP_A1P1));
	assert_int_equal(want.when_us, 600 * MS_US); /* RFC 8489 section 6.2.1 */
	assert_int_equal(want.wake_us, 600 * MS_US);
}

/* Once the round trip is known, the first copy waits for its answer, and the further ones follow quickly; on a path that has lost
 * something, the first four wait. */
static void copies_follow_the_round_trip(void **state)
{
	(void)state;
	for (unsigned patient = 1; patient <= 4; patient += 3) {
		begin();
		probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .rtt_ms = 200);
		if (patient > 1)
			probe(NATSONDE_Q_FILTER_PLAIN, .at_ms = 100);
		for (unsigned i = 0; i < 5; i++) {
			probe(NATSONDE_Q_MAP_A2P1, .at_ms = 1000);
			ev.now_us = 1001 * MS_US;
			if (!ask(NATSONDE_Q_MAP_A2P1) || want.when_us == NATSONDE_NOT_YET_US)
				break; /* as many as would convince are under way */
			assert_int_equal(want.when_us, (i < patient ? 1000 + 200 + 100 : 1000 + 40) * MS_US);
			assert_int_equal(want.wake_us, (1000 + 400) * MS_US);
		}
	}
}

static void answered_is_done(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	assert_false(ask(NATSONDE_Q_MAP_A1P1));
	assert_int_equal(want.when_us, NATSONDE_NOT_YET_US);
	assert_false(natsonde_is_hopeless(&t.row[NATSONDE_Q_MAP_A1P1], &t));
}

/* Errors, ICMP, local faults and strangers' answers: three of any kind are enough. */
static void three_rebuffs_are_enough(void **state)
{
	static const enum natsonde_outcome rebuffs[] = {
		NATSONDE_ERROR, NATSONDE_UNREACHABLE, NATSONDE_UNSENT, NATSONDE_ANSWERED /* from elsewhere */
	};

	(void)state;
	for (unsigned kind = 0; kind < sizeof(rebuffs) / sizeof(rebuffs[0]); kind++) {
		begin();
		for (unsigned i = 0; i < 3; i++) {
			assert_true(ask(NATSONDE_Q_MAP_A1P1));
			assert_int_not_equal(want.when_us, NATSONDE_NOT_YET_US);
			probe(NATSONDE_Q_MAP_A1P1, .outcome = rebuffs[kind], .from = OTHER, .mapped = OUTSIDE);
		}
		assert_false(ask(NATSONDE_Q_MAP_A1P1));
		assert_int_equal(want.when_us, NATSONDE_NOT_YET_US);
		assert_true(natsonde_is_hopeless(&t.row[NATSONDE_Q_MAP_A1P1], &t));
	}
}

/* Enough copies are out: nothing more is sent, but hope lasts until the last of them has been waited for. */
static void silence_is_waited_for_to_the_end(void **state)
{
	unsigned copies = 0;

	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	for (; ask(NATSONDE_Q_MAP_A2P1) && want.when_us != NATSONDE_NOT_YET_US; copies++) {
		probe(NATSONDE_Q_MAP_A2P1, .at_ms = 1000);
		ev.now_us = 1001 * MS_US;
		assert_true(copies < 20);
	}
	assert_int_equal(copies, 10); /* 1/5 2/6 ... 10/14 is just below 1 in 1,000 */
	assert_int_equal(want.wake_us, 1120 * MS_US);
	ev.now_us = 1120 * MS_US;
	assert_false(ask(NATSONDE_Q_MAP_A2P1));
	assert_true(natsonde_is_hopeless(&t.row[NATSONDE_Q_MAP_A2P1], &t));
}

/* When a packet of a further test would leave. */
static uint32_t offer_further(enum natsonde_question q)
{
	struct natsonde_further_offer further = {.question = (uint8_t)q, .attempt = 1};

	begin_want();
	natsonde_want_offer_further(&want, &further);
	return want.when_us;
}

/* RFC 5780 section 5: about ten new transactions a second, and here each packet is one. */
static void further_tests_ask_twelve_times_a_second(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 12; i++) {
		ev.now_us = 1000 * MS_US;
		assert_int_equal(offer_further(NATSONDE_Q_SAMPLE), 1000 * MS_US);
		probe(NATSONDE_Q_SAMPLE, .at_ms = 100 + 10 * i);
	}
	ev.now_us = 300 * MS_US;
	assert_int_equal(offer_further(NATSONDE_Q_SAMPLE), 1100 * MS_US);
	/* What goes to nobody troubles no server. */
	assert_int_equal(offer_further(NATSONDE_Q_BAIT), 300 * MS_US);
}

static void further_tests_wait_for_two_minutes_after_sixty_packets(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 60; i++)
		probe(i < 20 ? NATSONDE_Q_FILTER_PORT : NATSONDE_Q_SAMPLE, .at_ms = 1000 + 200 * i);
	ev.now_us = 60000 * MS_US;
	assert_int_equal(offer_further(NATSONDE_Q_SAMPLE), 121000 * MS_US);
	ev.now_us = 130000 * MS_US;
	assert_int_equal(offer_further(NATSONDE_Q_SAMPLE), 130000 * MS_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(earliest_offer_wins),
		cmocka_unit_test(wakes_for_the_future_alone),
		cmocka_unit_test(nothing_is_offered_without_room),
		cmocka_unit_test(twelve_questions_in_the_first_second),
		cmocka_unit_test(politeness_counts_what_arrives_there),
		cmocka_unit_test(sixty_packets_and_no_more),
		cmocka_unit_test(mailbox_is_not_overfilled),
		cmocka_unit_test(asks_at_once_then_after_half_a_second),
		cmocka_unit_test(copies_follow_the_round_trip),
		cmocka_unit_test(answered_is_done),
		cmocka_unit_test(three_rebuffs_are_enough),
		cmocka_unit_test(silence_is_waited_for_to_the_end),
		cmocka_unit_test(further_tests_ask_twelve_times_a_second),
		cmocka_unit_test(further_tests_wait_for_two_minutes_after_sixty_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
