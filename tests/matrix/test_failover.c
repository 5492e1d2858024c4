/* Several servers: the first that proves able serves the filtering, a second confirms what the first could only make likely, and
 * a bad one costs a little time and no verdict. */
#include "faults.h"

#define HEAD_START_US 100000u /* of the first server before the others */

static struct world w;

static uint32_t now_us(void)
{
	return natsonde_engine_evidence(&w.engine)->now_us;
}

static void run(unsigned m, unsigned f, unsigned rtt_ms, const char *servers, unsigned n, char *text, size_t cap)
{
	struct natsonde_sim_spec spec;

	snprintf(text, cap, "mapping=%s,filtering=%s,rtt=%u,server=%s", expect_mappings[m], expect_filterings[f], rtt_ms, servers);
	spec = world_spec(text);
	w.n_servers = n;
	world_run_spec(&w, &spec);
	expect_truth_or_nothing(&w, &spec, text);
}

static void expect_all_verified(const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);

	for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++)
		expect_verdict(&w, text, b, expect_truth(b, &spec), NATSONDE_VERIFIED);
}

/* What a bad first server may cost, beyond the time of a good one alone: its head start, two round trips and a wait. Where only
 * the silence of one question shows the fault, that must be believed first: four copies and the last one's wait. */
static uint32_t cost_us(const struct fault *fault, unsigned rtt_ms)
{
	static const char *const silent[] = {"dead-alternate", "dead-port", "drops-change", "drops-first", "third-address", "late",
					     "no-response-port", "ignores-response-port", "rate-limit"};
	uint32_t rtt_us = rtt_ms * 1000, wait_us = rtt_us > 100000 ? 2 * rtt_us : rtt_us + 100000;

	for (unsigned i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (strcmp(fault->name, silent[i]) == 0)
			return HEAD_START_US + 4 * (rtt_us + (rtt_us > 100000 ? rtt_us / 2 : 50000)) + wait_us + 4 * rtt_us;
	return HEAD_START_US + 2 * rtt_us + wait_us;
}

static void fails_over_to_a_server_that_can(void **state)
{
	static const unsigned rtts_ms[] = {20, 100, 300};
	char text[200], servers[60];

	(void)state;
	for (unsigned i = 0; i < FAULTS * 12 * 3; i++) {
		const struct fault *fault = &faults[i / 36];
		unsigned m = i % 4, f = i / 4 % 3, rtt_ms = rtts_ms[i / 12 % 3];
		uint32_t alone_us;

		run(m, f, rtt_ms, "ok", 1, text, sizeof(text));
		alone_us = now_us();
		snprintf(servers, sizeof(servers), "%s+ok", fault->name);
		run(m, f, rtt_ms, servers, 2, text, sizeof(text));
		expect_all_verified(text);
		if (now_us() > alone_us + cost_us(fault, rtt_ms))
			expect_complain(&w, text, "the bad server cost too much time");
	}
}

/* A bad server after a good one spoils nothing. */
static void leaves_a_bad_second_server_alone(void **state)
{
	char text[200], servers[60];

	(void)state;
	for (unsigned i = 0; i < FAULTS * 12; i++) {
		const char *name = faults[i / 12].name;

		snprintf(servers, sizeof(servers), "ok+%s", name);
		run(i % 4, i / 4 % 3, 40, servers, 2, text, sizeof(text));
		expect_all_verified(text);
	}
}

/* Of three, the last one is the only one that can. */
static void comes_to_the_third(void **state)
{
	char text[200], servers[80];

	(void)state;
	for (unsigned i = 0; i < FAULTS * FAULTS; i++) {
		snprintf(servers, sizeof(servers), "%s+%s+ok", faults[i / FAULTS].name, faults[i % FAULTS].name);
		run(i % 4, i / 4 % 3, 40, servers, 3, text, sizeof(text));
		expect_all_verified(text);
	}
}

static void is_never_wrong_with_two_bad_servers_on_a_bad_path(void **state)
{
	static const char *const paths[] = {"loss=5", "loss=20", "loss=20,burst=5", "dup=50,jitter=40"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < FAULTS * FAULTS * 12; i++) {
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,%s,seed=%u,server=%s+%s", expect_mappings[i % 4],
			 expect_filterings[i / 4 % 3], paths[i / 12 % 4], i, faults[i / 12 / FAULTS].name, faults[i / 12 % FAULTS].name);
		spec = world_spec(text);
		w.n_servers = 2;
		world_run_spec(&w, &spec);
		expect_truth_or_nothing(&w, &spec, text);
	}
}

/* Where the first server leaves no control, its "likely" is a reason to ask a second one; two that agree make it no surer. */
static void confirms_what_is_only_likely(void **state)
{
	char text[200];

	(void)state;
	run(2, 2, 40, "no-response-port", 1, text, sizeof(text));
	expect_verdict(&w, text, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_LIKELY);
	run(2, 2, 40, "no-response-port+no-response-port", 2, text, sizeof(text));
	expect_verdict(&w, text, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_LIKELY);
	run(2, 2, 40, "no-response-port+ok", 2, text, sizeof(text));
	expect_verdict(&w, text, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED);
	/* Proven by the first: the second is not troubled with the filtering. */
	run(2, 2, 40, "ok+ok", 2, text, sizeof(text));
	for (unsigned i = 0; i < natsonde_engine_evidence(&w.engine)->n_probes; i++)
		assert_false(w.probes[i].server == 1 && natsonde_questions[w.probes[i].question].change != NATSONDE_CHANGE_NONE);
}

static void compares_the_mapping_across_plain_servers(void **state)
{
	(void)state;
	w.n_servers = 2;
	world_run(&w, "mapping=eim,server=binding-only+binding-only");
	/* Two addresses, one port: that the mapping does not depend on the port was not seen. */
	expect_verdict(&w, "two plain", NATSONDE_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY);
	expect_verdict(&w, "two plain", NATSONDE_FILTERING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	expect_verdict(&w, "two plain", NATSONDE_P2P, NATSONDE_EASY, NATSONDE_LIKELY);
	for (unsigned m = 1; m <= 2; m++) {
		world_run(&w, m == 1 ? "mapping=adm,server=binding-only+binding-only" : "mapping=apdm,server=binding-only+binding-only");
		expect_verdict(&w, "two plain", NATSONDE_MAPPING, NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_VERIFIED);
		expect_verdict(&w, "two plain", NATSONDE_P2P, NATSONDE_HARD, NATSONDE_VERIFIED);
	}
}

/* A third server's delay makes the run long enough for the second one's control to come, three seconds late; the changed replies to
 * its filter socket were as late, and met a closed one. */
static void believes_no_control_that_came_late(void **state)
{
	static const char text[] = "mapping=adm,filtering=adf,ports=random,rtt=200,seed=819166,wan-input=open,alg=rewrites,"
				   "server=rate-limit+late-all+late";

	(void)state;
	w.n_servers = 3;
	world_run(&w, text);
	assert_int_not_equal(w.verdicts.of[NATSONDE_FILTERING].certainty, NATSONDE_VERIFIED);
}

/* With three sockets the next server's test takes the place of the last one's: what was still under way then was not silent. On this
 * path answers take between one and three times as long as the first ones made believe. */
static void hears_out_a_test_before_its_sockets_are_taken(void **state)
{
	static const struct { unsigned n_servers, max_open; const char *spec; unsigned seed; } rows[] = {
		{3, 3, "mapping=eim,filtering=eif,jitter=400,loss=5", 2878},
		{2, 4, "mapping=eim,filtering=eif,jitter=400", 5456},
		{3, 3, "mapping=eim,filtering=adf,jitter=400,loss=1,server=ok+dead-alternate+ok", 1},
	};
	char text[160];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned seed = rows[i].seed; seed < rows[i].seed + 300; seed++) {
			struct natsonde_sim_spec spec;

			snprintf(text, sizeof(text), "%s,seed=%u", rows[i].spec, seed);
			spec = world_spec(text);
			w.n_servers = rows[i].n_servers;
			w.max_open = rows[i].max_open;
			world_run_spec(&w, &spec);
			if (w.verdicts.of[NATSONDE_FILTERING].certainty == NATSONDE_VERIFIED)
				expect_truth_or_nothing(&w, &spec, text);
		}
	w.max_open = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_over_to_a_server_that_can),
		cmocka_unit_test(leaves_a_bad_second_server_alone),
		cmocka_unit_test(comes_to_the_third),
		cmocka_unit_test(is_never_wrong_with_two_bad_servers_on_a_bad_path),
		cmocka_unit_test(confirms_what_is_only_likely),
		cmocka_unit_test(believes_no_control_that_came_late),
		cmocka_unit_test(compares_the_mapping_across_plain_servers),
		cmocka_unit_test(hears_out_a_test_before_its_sockets_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
