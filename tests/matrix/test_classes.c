/* What goes in must come out: every mapping with every filtering, however the NAT chooses its ports, over both families. */
#include "expect.h"

static const char *const all_ports[] = {"preserved", "sequential", "random", "overloaded"};
static struct world w;

/* On a path that loses nothing, every verdict is there, right and verified. */
static void run_clean(const char *extra, unsigned max_open)
{
	char text[200];

	for (unsigned m = 0; m < 4; m++)
		for (unsigned f = 0; f < 3; f++)
			for (unsigned p = 0; p < 4; p++) {
				struct natsonde_sim_spec spec;

				snprintf(text, sizeof(text), "mapping=%s,filtering=%s,ports=%s,%s", expect_mappings[m], expect_filterings[f],
					 all_ports[p], extra);
				spec = world_spec(text);
				w.max_open = max_open;
				world_run_spec(&w, &spec);
				for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++)
					expect_verdict(&w, text, b, expect_truth(b, &spec), NATSONDE_VERIFIED);
				expect_truth_or_nothing(&w, &spec, text);
				assert_int_equal(w.verdicts.of[NATSONDE_P2P].certainty, NATSONDE_VERIFIED);
				assert_int_equal(natsonde_engine_evidence(&w.engine)->end, NATSONDE_END_DECIDED);
			}
}

static void finds_all_classes_at_20_ms(void **state)
{
	(void)state;
	run_clean("rtt=20", 0);
}

static void finds_all_classes_at_100_ms(void **state)
{
	(void)state;
	run_clean("rtt=100", 0);
}

static void finds_all_classes_at_300_ms(void **state)
{
	(void)state;
	run_clean("rtt=300", 0);
}

static void finds_all_classes_with_jitter(void **state)
{
	(void)state;
	run_clean("rtt=40,jitter=30", 0);
}

static void finds_all_classes_on_a_link_that_duplicates(void **state)
{
	(void)state;
	run_clean("dup=30", 0);
}

static void finds_all_classes_over_ipv6(void **state)
{
	(void)state;
	run_clean("family=6", 0);
}

/* As on a microcontroller: three sockets at a time, and a stack that keeps six datagrams for each. */
static void finds_all_classes_with_three_sockets(void **state)
{
	(void)state;
	w.mailbox = 6;
	run_clean("rtt=20", 3);
	run_clean("rtt=300,jitter=100", 3);
	w.mailbox = 0;
}

static void finds_all_classes_with_parity_and_blocks(void **state)
{
	(void)state;
	run_clean("parity=yes,block=512", 0);
}

/* Where the path loses packets a verdict may be missing, never wrong. "likely" is for positives that came late. */
static void run_lossy(const char *loss, unsigned seeds, unsigned unknown_percent_max)
{
	unsigned runs = 0, unknown = 0;
	char text[200];

	for (unsigned i = 0; i < 4 * 3 * 4 * seeds; i++) {
		unsigned m = i % 4, f = i / 4 % 3, p = i / 12 % 4, seed = i + 1;
		struct natsonde_sim_spec spec;
		const struct natsonde_finding *filtering = &w.verdicts.of[NATSONDE_FILTERING];

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,ports=%s,%s,seed=%u", expect_mappings[m], expect_filterings[f],
			 all_ports[p], loss, seed);
		spec = world_spec(text);
		w.max_open = 0;
		world_run_spec(&w, &spec);
		expect_truth_or_nothing(&w, &spec, text);
		if (filtering->certainty == NATSONDE_LIKELY && filtering->reason != NATSONDE_WHY_CAME_LATE &&
		    filtering->reason != NATSONDE_WHY_NO_CONTROL)
			expect_complain(&w, text, "likely without need");
		runs++;
		unknown += filtering->verdict == NATSONDE_UNKNOWN || expect_is_silent((enum natsonde_verdict)w.verdicts.of[NATSONDE_MAPPING].verdict);
	}
	if (unknown * 100 > runs * unknown_percent_max)
		fail_msg("%u of %u runs with %s without a verdict", unknown, runs, loss);
}

static void is_never_wrong_at_5_percent_loss(void **state)
{
	(void)state;
	run_lossy("loss=5,rtt=20", 10, 1);
	run_lossy("loss=5,rtt=100", 10, 1);
}

static void is_never_wrong_at_20_percent_loss(void **state)
{
	(void)state;
	run_lossy("loss=20,rtt=20", 10, 2);
	run_lossy("loss=20,rtt=100", 10, 3);
}

static void is_never_wrong_in_bursts(void **state)
{
	(void)state;
	run_lossy("loss=5,burst=3,rtt=60", 10, 20);
	run_lossy("loss=20,burst=10,rtt=60", 10, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all_classes_at_20_ms),
		cmocka_unit_test(finds_all_classes_at_100_ms),
		cmocka_unit_test(finds_all_classes_at_300_ms),
		cmocka_unit_test(finds_all_classes_with_jitter),
		cmocka_unit_test(finds_all_classes_on_a_link_that_duplicates),
		cmocka_unit_test(finds_all_classes_over_ipv6),
		cmocka_unit_test(finds_all_classes_with_three_sockets),
		cmocka_unit_test(finds_all_classes_with_parity_and_blocks),
		cmocka_unit_test(is_never_wrong_at_5_percent_loss),
		cmocka_unit_test(is_never_wrong_at_20_percent_loss),
		cmocka_unit_test(is_never_wrong_in_bursts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
