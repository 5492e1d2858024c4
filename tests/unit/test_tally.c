/* Counting evidence, and how many silent copies it takes to believe in silence. */
#include "evidence_fixture.h"

#include "core/silence.h"
#include "core/tally.h"

static struct natsonde_tally t;

static const struct natsonde_row *row_of(enum natsonde_question q)
{
	natsonde_tally(&ev, 0, &t);
	return &t.row[q];
}

static void every_outcome_has_its_place(void **state)
{
	const struct natsonde_row *row;

	(void)state;
	begin();
	assert_int_equal(row_of(NATSONDE_Q_FILTER_PORT)->first_good, NATSONDE_NO_PROBE);
	probe(NATSONDE_Q_FILTER_PORT, .outcome = NATSONDE_UNSENT);
	probe(NATSONDE_Q_FILTER_PORT, .at_ms = 40);
	probe(NATSONDE_Q_FILTER_PORT, .outcome = NATSONDE_ERROR, .code = 420);
	probe(NATSONDE_Q_FILTER_PORT, .outcome = NATSONDE_UNREACHABLE);
	probe(NATSONDE_Q_FILTER_PORT, .mapped = OUTSIDE, .from = SERVER);
	probe(NATSONDE_Q_FILTER_PORT, .mapped = OUTSIDE);
	probe(NATSONDE_Q_FILTER_PORT, .mapped = OUTSIDE, .outcome = NATSONDE_LATE);
	probe(NATSONDE_Q_FILTER_PORT, .at_ms = 1000);
	ev.now_us = 1001000;
	row = row_of(NATSONDE_Q_FILTER_PORT);
	assert_int_equal(row->unsent, 1);
	assert_int_equal(row->sent, 7);
	assert_int_equal(row->lost, 1);
	assert_int_equal(row->errors, 1);
	assert_int_equal(row->unreachable, 1);
	assert_int_equal(row->strange, 1);
	assert_int_equal(row->good, 2);
	assert_int_equal(row->pending, 1);
	assert_int_equal(row->first_good, 5);
	assert_int_equal(row->first_us, 40000); /* of those that left */
	assert_int_equal(row->last_us, 1000000);
	natsonde_tally(&ev, 1, &t);
	assert_int_equal(t.row[NATSONDE_Q_FILTER_PORT].sent, 0);
}

static void silence_becomes_loss_when_the_wait_is_over(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .rtt_ms = 30);
	probe(NATSONDE_Q_MAP_A2P1, .at_ms = 50);
	ev.now_us = 50000 + 130000 - 1;
	assert_int_equal(row_of(NATSONDE_Q_MAP_A2P1)->pending, 1);
	ev.now_us++;
	assert_int_equal(row_of(NATSONDE_Q_MAP_A2P1)->pending, 0);
	assert_int_equal(row_of(NATSONDE_Q_MAP_A2P1)->lost, 1);
}

/* R + max(R, 100 ms), and more where round trips vary; 500 ms before any is known. Copies are max(20 ms, R/5) apart. */
static void waits_follow_the_round_trip(void **state)
{
	(void)state;
	begin();
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.rtt_us, 0);
	assert_int_equal(t.wait_us, 500000);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .rtt_ms = 30);
	probe(NATSONDE_Q_FILTER_BOTH, .mapped = OUTSIDE, .rtt_ms = 3000);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.rtt_us, 30000);
	assert_int_equal(t.wait_us, 130000);
	assert_int_equal(t.spacing_us, 20000);
	probe(NATSONDE_Q_MAP_A2P1, .mapped = OUTSIDE, .rtt_ms = 370);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.rtt_us, 200000);
	assert_int_equal(t.wait_us, 200000 + 2 * 340000);
	assert_int_equal(t.spacing_us, 40000);
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .rtt_ms = 300);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.wait_us, 600000);
}

/* Only where no plain request was answered does a changed reply say how long to wait. */
static void changed_replies_time_the_path_if_nothing_else_does(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_FILTER_BOTH, .mapped = OUTSIDE, .rtt_ms = 80);
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE, .rtt_ms = 7);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.rtt_us, 80000);
}

static void newest_mapping_socket_counts(void **state)
{
	(void)state;
	begin();
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.attempt, 0);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_OPEN_A2P2, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .socket = 7, .mapped = "192.0.2.1:40007");
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.attempt, 2);
	assert_int_equal(t.socket, 7);
	assert_int_equal(t.row[NATSONDE_Q_MAP_A1P1].sent, 1);
	assert_int_equal(natsonde_tally_mapped(&ev, &t, NATSONDE_Q_MAP_A1P1), address_id("192.0.2.1:40007"));
	natsonde_tally_forget_mapping(&t);
	assert_int_equal(t.row[NATSONDE_Q_MAP_A1P1].sent, 0);
	assert_int_equal(natsonde_tally_mapped(&ev, &t, NATSONDE_Q_MAP_A1P1), 0);
	assert_int_equal(t.row[NATSONDE_Q_OPEN_A2P2].good, 1);
}

static void first_word_to_an_alternate(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_FILTER_BOTH, .server = 0);
	probe(NATSONDE_Q_MAP_A2P1, .outcome = NATSONDE_UNSENT);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.alternate_us, NATSONDE_NOT_YET_US);
	probe(NATSONDE_Q_OPEN_A1P2, .at_ms = 70);
	probe(NATSONDE_Q_MAP_A2P1, .at_ms = 80);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.alternate_us, 70000);
}

/* What the path loses is counted where an answer was due: not at a dead endpoint, not where a filter may have been. */
static void controls_are_what_should_have_been_answered(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .server = 0);
	probe(NATSONDE_Q_FILTER_PLAIN, .server = 0);
	probe(NATSONDE_Q_MAP_A2P1, .server = 0);
	probe(NATSONDE_Q_FILTER_PORT, .server = 0);
	probe(NATSONDE_Q_FILTER_PORT, .mapped = OUTSIDE);
	probe(NATSONDE_Q_CONTROL_PORT, .server = 0);
	probe(NATSONDE_Q_RESPONSE_PORT, .response_port = 41000);
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.controls, 3);
	assert_int_equal(t.controls_lost, 2);
	probe(NATSONDE_Q_CONTROL_PORT, .mapped = OUTSIDE);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.controls, 5);
	assert_int_equal(t.controls_lost, 3);
	ev.now_us = ev.probes[ev.n_probes - 1].sent_us + 1000;
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.controls_lost, 0);
	assert_int_equal(t.controls_pending, 3);
}

static void holes_are_losses_in_a_row(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	for (unsigned i = 0; i < 4; i++)
		probe(NATSONDE_Q_FILTER_PLAIN, .at_ms = 100 + 20 * i, .mapped = i == 3 ? OUTSIDE : NULL);
	probe(NATSONDE_Q_FILTER_PLAIN, .at_ms = 400);
	probe(NATSONDE_Q_FILTER_PLAIN, .at_ms = 800);
	natsonde_tally(&ev, 0, &t);
	assert_int_equal(t.holes, 3);      /* after 100, 120 and 140 ms; what followed 400 ms was too far away to tell */
	assert_int_equal(t.holes_wide, 2);
}

static const double limits[] = {
	[NATSONDE_DOUBT_GATE] = 3e-2, [NATSONDE_DOUBT_DEAD] = 1e-3, [NATSONDE_DOUBT_VERDICT] = 1e-4
};

/* The exact product, and how far rounding up by less than 2^-24 a step may take it. */
struct exact { double product, rounding; };

static void multiply(struct exact *x, double factor)
{
	x->product *= factor;
	x->rounding = x->rounding * factor + 1.0 / (1 << 24);
}

/* For a verdict there may be a least number of copies beside the product: a path that loses a third of all round trips may look
 * better for a while. But not more than a dozen, as 0.36 to the twelfth is below 1 in 100,000. */
static bool are_enough_on_any_path(unsigned copies, enum natsonde_doubt doubt)
{
	return doubt != NATSONDE_DOUBT_VERDICT || copies >= 12;
}

static void compare(struct exact x, enum natsonde_doubt doubt, bool convinces, bool are_enough, const char *what)
{
	if (convinces && x.product >= limits[doubt])
		fail_msg("%s convinces too early: %g of %g", what, x.product, limits[doubt]);
	if (!convinces && are_enough && x.product + x.rounding < limits[doubt] - 1.0 / (1 << 24))
		fail_msg("%s does not convince: %g of %g", what, x.product, limits[doubt]);
}

static void silence_is_weighed_exactly(void **state)
{
	char what[64];

	(void)state;
	for (unsigned controls = 0; controls <= 120; controls++)
		for (unsigned lost = 0; lost <= controls; lost++) {
			struct exact x = {1.0, 0.0};

			for (unsigned n = 0; n <= 60; n++) {
				snprintf(what, sizeof(what), "%u copies, %u of %u lost", n, lost, controls);
				for (enum natsonde_doubt d = NATSONDE_DOUBT_GATE; d <= NATSONDE_DOUBT_VERDICT; d++)
					compare(x, d, natsonde_silence_convinces(n, lost, controls, d),
						are_enough_on_any_path(n, d), what);
				multiply(&x, (lost + 1.0 + n) / (controls + 4.0 + n));
			}
		}
}

/* With a handful of controls, three in four of which came through, rounding costs one copy at the most beyond the first dozen. */
static void rounding_costs_one_copy_at_most(void **state)
{
	(void)state;
	for (unsigned controls = 4; controls <= 60; controls++)
		for (unsigned lost = 0; 4 * lost <= controls; lost++) {
			unsigned exact = 0, found = 0;

			for (double p = 1; p >= 1e-4; exact++)
				p *= (lost + 1.0 + exact) / (controls + 4.0 + exact);
			while (!natsonde_silence_convinces(found, lost, controls, NATSONDE_DOUBT_VERDICT))
				found++;
			assert_in_range(found, exact, exact + 1 > 12 ? exact + 1 : 12); /* twelve at least on a lossy path */
		}
}

/* The arithmetic has 32 bits: far beyond what a run may send it must become slow to believe, never quick. */
static void extremes_never_convince_too_early(void **state)
{
	(void)state;
	for (unsigned controls = 200; controls <= 260; controls += 5)
		for (unsigned lost = controls - 20; lost <= controls; lost++) {
			struct exact x = {1.0, 0.0};

			for (unsigned n = 0; n <= 256; n++) {
				if (natsonde_silence_convinces(n, lost, controls, NATSONDE_DOUBT_GATE))
					assert_true(x.product < limits[NATSONDE_DOUBT_GATE]);
				multiply(&x, (lost + 1.0 + n) / (controls + 4.0 + n));
			}
		}
}

/* A copy that was lost beside a control counts as far as losses here come alone. */
static void silence_in_holes_is_weighed_exactly(void **state)
{
	(void)state;
	for (unsigned holes = 0; holes <= 20; holes++)
		for (unsigned wide = 0; wide <= holes; wide++)
			for (unsigned n = 0; n <= 8; n += 2) {
				struct natsonde_tally path = {
					.controls_lost = 2, .holes = (uint8_t)holes, .holes_wide = (uint8_t)wide
				};
				struct exact x = {1.0, 0.0};

				for (unsigned i = 0; i < n; i++)
					multiply(&x, (2.0 + 1.0 + i) / (20.0 + 4.0 + i));
				for (unsigned in_holes = 0; in_holes <= 12; in_holes++) {
					for (enum natsonde_doubt d = NATSONDE_DOUBT_GATE; d <= NATSONDE_DOUBT_VERDICT; d++)
						compare(x, d, natsonde_silence_convinces_despite(n, in_holes, &path, 20, d),
							are_enough_on_any_path(n + in_holes, d), "in holes");
					multiply(&x, (wide + 1.0) / (holes + 2.0));
				}
			}
}

static void traffic_of_a_server(void **state)
{
	struct natsonde_traffic traffic;

	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .rtt_ms = 30);
	probe(NATSONDE_Q_MAP_A1P2, .mapped = OUTSIDE, .rtt_ms = 50);
	probe(NATSONDE_Q_FILTER_BOTH, .mapped = OUTSIDE, .rtt_ms = 2000, .outcome = NATSONDE_LATE);
	probe(NATSONDE_Q_FILTER_PORT, .outcome = NATSONDE_ERROR, .code = 420);
	probe(NATSONDE_Q_FILTER_PORT, .outcome = NATSONDE_UNREACHABLE);
	probe(NATSONDE_Q_FILTER_PORT, .outcome = NATSONDE_UNSENT);
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
	traffic = natsonde_evidence_traffic(&ev, 0);
	assert_int_equal(traffic.sent, 5);
	assert_int_equal(traffic.answered, 4);
	assert_int_equal(traffic.rtt_us, 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_outcome_has_its_place),
		cmocka_unit_test(silence_becomes_loss_when_the_wait_is_over),
		cmocka_unit_test(waits_follow_the_round_trip),
		cmocka_unit_test(changed_replies_time_the_path_if_nothing_else_does),
		cmocka_unit_test(newest_mapping_socket_counts),
		cmocka_unit_test(first_word_to_an_alternate),
		cmocka_unit_test(controls_are_what_should_have_been_answered),
		cmocka_unit_test(holes_are_losses_in_a_row),
		cmocka_unit_test(silence_is_weighed_exactly),
		cmocka_unit_test(rounding_costs_one_copy_at_most),
		cmocka_unit_test(extremes_never_convince_too_early),
		cmocka_unit_test(silence_in_holes_is_weighed_exactly),
		cmocka_unit_test(traffic_of_a_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
