/* All tests in one run: none disturbs another, and no server gets more packets than it may. */
#include "expect.h"

#define WINDOW_US 119900000u /* two minutes, and what a late driver may be early by */
#define PACKETS_MAX 60u

static struct world alone, all;

static void run(struct world *w, uint16_t tests, unsigned n_servers, unsigned max_open, const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);

	w->tests = tests;
	w->n_servers = n_servers;
	w->max_open = max_open;
	w->max_lifetime_s = 12;
	world_run_spec(w, &spec);
}

/* A longer run may be told what came too late for the shorter one; what was known is the same. */
static void expect_the_same(const char *text)
{
	for (enum natsonde_behaviour b = NATSONDE_NAT; b < NATSONDE_BEHAVIOURS_FIRST; b++)
		if (alone.verdicts.of[b].certainty != NATSONDE_CERTAINTY_NONE && (alone.verdicts.of[b].verdict != all.verdicts.of[b].verdict ||
		    alone.verdicts.of[b].certainty != all.verdicts.of[b].certainty))
			expect_complain(&all, text, natsonde_behaviour_name(b));
}

static void expect_politeness(const char *text)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&all.engine);

	for (unsigned s = 0; s < ev->n_servers; s++) {
		uint32_t sent_us[NATSONDE_PROBES_MAX];
		unsigned n = 0;

		for (unsigned i = 0; i < ev->n_probes; i++)
			if (ev->probes[i].server == s && natsonde_questions[ev->probes[i].question].endpoint < NATSONDE_ENDPOINTS)
				sent_us[n++] = ev->probes[i].sent_us;
		for (unsigned i = PACKETS_MAX; i < n; i++)
			if (sent_us[i] - sent_us[i - PACKETS_MAX] < WINDOW_US)
				expect_complain(&all, text, "too many packets to one server");
	}
}

static void compare(const char *text, unsigned n_servers, unsigned max_open)
{
	run(&alone, NATSONDE_TESTS_DEFAULT, n_servers, max_open, text);
	run(&all, NATSONDE_TESTS_ALL, n_servers, max_open, text);
	expect_the_same(text);
	expect_politeness(text);
}

static void leaves_the_first_tests_as_they_are(void **state)
{
	static const char *const others[] = {"", ",hairpin=external,lifetime=5", ",hairpin=internal,ports=random,lifetime=3",
					     ",nats=2,ports=sequential,lifetime=8", ",fragments=drop,tcp=drop", ",family=6,alg=rewrites",
					     ",wan-input=open,lifetime=4", ",filter-key=host", ",pool=3,pooling=arbitrary,ports=random",
					     ",conflict=a2p1,lifetime=4", ",uplinks=2,ports=random,lifetime=4", ",forward=yes,lifetime=4",
					     ",ports=set,lifetime=4", ",intercept=yes", ",tcp-mapping=apdm,lifetime=4"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 12 * sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s%s", expect_mappings[i % 4], expect_filterings[i / 4 % 3], others[i / 12]);
		compare(text, 1 + i % 3, 0);
	}
}

static void with_bad_servers(void **state)
{
	static const char *const servers[] = {"ok", "binding-only", "dead-alternate+ok", "no-response-port", "rate-limit+ok",
					      "ignores-change+binding-only", "drops-change", "silent+ok", "late", "random-mapped+ok"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 10 * 4; i++) {
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,lifetime=6,server=%s", expect_mappings[i % 4],
			 expect_filterings[i % 3], servers[i / 4]);
		compare(text, 2, 0);
		spec = world_spec(text);
		expect_truth_or_nothing(&all, &spec, text);
	}
}

/* As on a microcontroller. */
static void with_three_sockets(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,lifetime=5,hairpin=external", expect_mappings[i % 4],
			 expect_filterings[i / 4]);
		compare(text, 2, 3);
		if (i % 4 != 3 || i / 4 != 0) /* nothing that could end */
			expect_verdict(&all, text, NATSONDE_LIFETIME, NATSONDE_MEASURED, NATSONDE_VERIFIED);
		expect_verdict(&all, text, NATSONDE_PORTS, NATSONDE_PRESERVED, NATSONDE_VERIFIED);
	}
}

/* Loss differs from one run to the other from the first further packet on; what was final before stays. */
static void on_a_lossy_path(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 36; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,lifetime=6,loss=%u,seed=%u", expect_mappings[i % 4],
			 expect_filterings[i / 4 % 3], i < 12 ? 5 : 20, i);
		compare(text, 2, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_the_first_tests_as_they_are),
		cmocka_unit_test(with_bad_servers),
		cmocka_unit_test(with_three_sockets),
		cmocka_unit_test(on_a_lossy_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
