/* Lifetime's ladder read from hand-made evidence: what shows that a mapping lived, what that it was dead, and what shows nothing. */
#include "evidence_fixture.h"

#include "core/ladder.h"
#include "core/want.h"

#define ASKER 30u
#define RUNG_OUTSIDE "192.0.2.1:41000"
#define ASKER_OUTSIDE "192.0.2.1:42000"

static void set(unsigned socket, unsigned at_ms)
{
	probe(NATSONDE_Q_LIFE_SET, .socket = socket, .at_ms = at_ms, .mapped = RUNG_OUTSIDE);
}

/* The asker's own exchange. */
static void plain(unsigned at_ms, const char *mapped)
{
	probe(NATSONDE_Q_LIFE_PLAIN, .socket = ASKER, .at_ms = at_ms, .mapped = mapped);
}

static void ask(unsigned socket, unsigned at_ms, bool is_answered)
{
	struct natsonde_probe *p = probe(NATSONDE_Q_LIFE_ASK, .socket = ASKER, .at_ms = at_ms, .response_port = 41000,
					 .mapped = is_answered ? ASKER_OUTSIDE : NULL);

	p->target = (uint8_t)socket;
	p->arrived = (uint8_t)(is_answered ? socket : 0);
	ev.now_us += 60000000;
}

static void ask_in_vain(unsigned socket, unsigned at_ms, unsigned copies, const char *asker)
{
	for (unsigned i = 0; i < copies; i++)
		ask(socket, at_ms + 20 * i, false);
	plain(at_ms + 100, asker);
	ev.now_us += 60000000;
}

static struct natsonde_ladder_age age(enum natsonde_ladder_kind kind)
{
	return natsonde_ladder_age(&ev, kind);
}

static void rungs_are_a_second_apart_then_a_tenth(void **state)
{
	static const unsigned seconds[] = {1, 2, 3};
	unsigned last = 0, rung = 0;

	(void)state;
	for (unsigned r = 0; r < 3; r++)
		assert_int_equal(natsonde_rung_seconds(r, 330), seconds[r]);
	for (unsigned s; (s = natsonde_rung_seconds(rung, 330)) != 0; rung++) {
		assert_true(s > last);
		assert_true(s - last <= (last / 10 > 1 ? last / 10 : 1));
		last = s;
	}
	assert_int_equal(last, 330);
	assert_in_range(rung, 30, NATSONDE_RUNGS_MAX);
	for (rung = 0; natsonde_rung_seconds(rung, 3600) != 0; rung++)
		;
	assert_in_range(rung, 60, NATSONDE_RUNGS_MAX);
	assert_int_equal(natsonde_rung_seconds(0, 1), 1);
	assert_int_equal(natsonde_rung_seconds(1, 1), 0);
}

static void a_bracket_has_two_ends(void **state)
{
	struct natsonde_ladder_age a;

	(void)state;
	begin();
	set(11, 1000);
	set(12, 1100);
	set(13, 1200);
	ask(11, 6000, true);
	ask_in_vain(12, 7100, 4, ASKER_OUTSIDE);
	ask_in_vain(13, 8200, 4, ASKER_OUTSIDE);
	a = age(NATSONDE_LADDER_EXCHANGE);
	assert_in_range(a.alive_us, 4990000, 5010000);
	assert_in_range(a.dead_us, 5990000, 6010000);
	assert_int_equal(a.dead_rungs, 2);
	assert_int_equal(a.silent, 8);
	assert_false(a.is_erratic);
	assert_int_equal(age(NATSONDE_LADDER_STREAM).alive_us, 0);
}

static void silence_counts_beside_an_answer_alone(void **state)
{
	(void)state;
	begin();
	set(11, 1000);
	for (unsigned i = 0; i < 8; i++)
		ask(11, 7000 + 20 * i, false);
	assert_int_equal(age(NATSONDE_LADDER_EXCHANGE).dead_us, 0);
	plain(7100, NULL);
	ev.now_us += 60000000;
	assert_int_equal(age(NATSONDE_LADDER_EXCHANGE).dead_us, 0);
	plain(7150, ASKER_OUTSIDE);
	assert_int_not_equal(age(NATSONDE_LADDER_EXCHANGE).dead_us, 0);
}

/* RESPONSE-PORT names no address: the server has sent to somebody else. */
static void another_external_address_proves_nothing(void **state)
{
	(void)state;
	begin();
	set(11, 1000);
	ask_in_vain(11, 7000, 8, "192.0.2.9:42000");
	assert_int_equal(age(NATSONDE_LADDER_EXCHANGE).dead_us, 0);
}

/* Packets a minute later say that it was dead then. */
static void an_age_is_that_of_its_own_packets(void **state)
{
	(void)state;
	begin();
	set(11, 1000);
	ask_in_vain(11, 7000, 2, ASKER_OUTSIDE);
	ask_in_vain(11, 90000, 4, ASKER_OUTSIDE);
	assert_in_range(age(NATSONDE_LADDER_EXCHANGE).dead_us, 88000000, 90000000);
}

static void a_longer_life_outweighs_chance_but_not_proof(void **state)
{
	(void)state;
	for (unsigned copies = 2; copies <= 8; copies += 6) {
		begin();
		set(11, 1000);
		set(12, 1100);
		ask_in_vain(11, 4000, copies, ASKER_OUTSIDE);
		ask(12, 9000, true);
		assert_int_equal(age(NATSONDE_LADDER_EXCHANGE).is_erratic, copies == 8);
		assert_int_equal(age(NATSONDE_LADDER_EXCHANGE).dead_us, 0);
	}
}

static void three_exchanges_make_a_stream(void **state)
{
	(void)state;
	for (unsigned apart_ms = 1000; apart_ms <= 3000; apart_ms += 1000) {
		bool is_stream = apart_ms == 2000; /* too quick, right, so slow that it may be another mapping each time */

		begin();
		for (unsigned i = 0; i < 3; i++)
			set(11, 1000 + apart_ms * i);
		ask(11, 30000, true);
		assert_int_equal(age(NATSONDE_LADDER_STREAM).alive_us > 20000000, is_stream);
		assert_int_equal(age(NATSONDE_LADDER_EXCHANGE).alive_us > 20000000, !is_stream);
	}
}

static void inbound_packets_refresh_or_do_not(void **state)
{
	struct natsonde_ladder_age a = {.alive_us = 10000000, .dead_us = 11000000};

	(void)state;
	for (unsigned is_refreshed = 0; is_refreshed < 2; is_refreshed++) {
		begin();
		for (unsigned i = 0; i < 6; i++)
			plain(100 + 50 * i, ASKER_OUTSIDE);
		set(11, 1000);
		ask(11, 9000, true);
		assert_int_equal(natsonde_ladder_refreshed(&ev, true, &a), NATSONDE_UNSAID);
		if (is_refreshed)
			ask(11, 16000, true);
		else
			ask_in_vain(11, 16000, 8, ASKER_OUTSIDE);
		assert_int_equal(natsonde_ladder_refreshed(&ev, true, &a), is_refreshed ? NATSONDE_ANSWER_YES : NATSONDE_ANSWER_NO);
		assert_int_equal(natsonde_ladder_refreshed(&ev, false, &a), NATSONDE_UNSAID);
	}
}

/* Asked too late, it is dead whether it was refreshed or not. */
static void a_late_question_says_nothing_of_refreshing(void **state)
{
	struct natsonde_ladder_age a = {.alive_us = 10000000, .dead_us = 11000000};

	(void)state;
	begin();
	set(11, 1000);
	ask(11, 9000, true);
	ask_in_vain(11, 60000, 12, ASKER_OUTSIDE);
	assert_int_equal(natsonde_ladder_refreshed(&ev, true, &a), NATSONDE_UNSAID);
}

static void time_ends_where_evidence_does(void **state)
{
	(void)state;
	assert_int_equal(natsonde_later_us(5, 7), 12);
	assert_int_equal(natsonde_later_us(694000000, 3600000000u), 4294000000u);
	assert_int_equal(natsonde_later_us(695000000, 3600000000u), NATSONDE_NOT_YET_US - 1);
	assert_int_equal(natsonde_later_us(NATSONDE_NOT_YET_US - 1, 7), NATSONDE_NOT_YET_US - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rungs_are_a_second_apart_then_a_tenth),
		cmocka_unit_test(a_bracket_has_two_ends),
		cmocka_unit_test(silence_counts_beside_an_answer_alone),
		cmocka_unit_test(another_external_address_proves_nothing),
		cmocka_unit_test(an_age_is_that_of_its_own_packets),
		cmocka_unit_test(a_longer_life_outweighs_chance_but_not_proof),
		cmocka_unit_test(three_exchanges_make_a_stream),
		cmocka_unit_test(inbound_packets_refresh_or_do_not),
		cmocka_unit_test(a_late_question_says_nothing_of_refreshing),
		cmocka_unit_test(time_ends_where_evidence_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
