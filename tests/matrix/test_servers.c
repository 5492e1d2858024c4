/* Servers that lie, are broken or cannot: whatever they do, the verdict is the true class or there is none, and the server's
 * fault is named. Every fault with every class, on a clean path and on lossy ones. */
#include "faults.h"

static struct world w;

/* One run against a server with that fault alone. */
static void run(const struct fault *fault, unsigned m, unsigned f, const char *extra, char *text, size_t cap,
		struct natsonde_sim_spec *spec)
{
	snprintf(text, cap, "mapping=%s,filtering=%s,server=%s,%s", expect_mappings[m], expect_filterings[f], fault->name, extra);
	*spec = world_spec(text);
	world_run_spec(&w, spec);
	expect_truth_or_nothing(&w, spec, text);
}

static void expect_named(const struct fault *fault, const char *text)
{
	struct natsonde_server_finding f = natsonde_judge_server(natsonde_engine_evidence(&w.engine), 0);

	if (f.verdict != fault->verdict || f.reason != fault->reason)
		expect_complain(&w, text, "the server is called something else");
}

static void says_what_it_can_and_names_the_fault(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < FAULTS; i++)
		for (unsigned c = 0; c < 12; c++) {
			struct natsonde_sim_spec spec;

			w.n_servers = 1;
			run(&faults[i], c % 4, c / 4, "rtt=40", text, sizeof(text), &spec);
			if (faults[i].finds_mapping)
				expect_verdict(&w, text, NATSONDE_MAPPING, expect_truth(NATSONDE_MAPPING, &spec), NATSONDE_VERIFIED);
			if (faults[i].finds_filtering)
				expect_verdict(&w, text, NATSONDE_FILTERING, expect_truth(NATSONDE_FILTERING, &spec), NATSONDE_VERIFIED);
			if (faults[i].is_believed)
				expect_verdict(&w, text, NATSONDE_NAT, expect_truth(NATSONDE_NAT, &spec), NATSONDE_VERIFIED);
			if (c / 4 == 0)
				expect_named(&faults[i], text);
		}
}

/* Behind a mapping that depends on the destination a control needs RESPONSE-PORT: without it, and only there, "likely" is all. */
static void is_likely_only_where_no_control_is_possible(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < FAULTS; i++)
		for (unsigned c = 0; c < 12; c++) {
			unsigned m = c % 4, f = c / 4;
			bool is_no_response_port = strcmp(faults[i].name, "no-response-port") == 0 ||
						   strcmp(faults[i].name, "ignores-response-port") == 0;
			/* Behind ADM the door toward A1:P2 opens the mapping toward A1:P1 itself: no RESPONSE-PORT needed. */
			bool needs_response_port = (m == 1 && f == 1) || (m == 2 && f != 0);
			struct natsonde_sim_spec spec;

			w.n_servers = 1;
			run(&faults[i], m, f, "rtt=40", text, sizeof(text), &spec);
			if ((w.verdicts.of[NATSONDE_FILTERING].certainty == NATSONDE_LIKELY) != (is_no_response_port && needs_response_port))
				expect_complain(&w, text, "likely or not");
		}
}

/* A filter is nested: a controlled silent change-port proves address-and-port-dependent, even with A2 dead. */
static void proves_apdf_though_the_alternate_address_is_dead(void **state)
{
	(void)state;
	w.n_servers = 1;
	world_run(&w, "mapping=eim,filtering=apdf,server=dead-alternate");
	expect_verdict(&w, "dead-alternate", NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED);
	assert_int_equal(w.verdicts.of[NATSONDE_MAPPING].verdict, NATSONDE_UNKNOWN);
	assert_int_equal(w.verdicts.of[NATSONDE_MAPPING].reason, NATSONDE_WHY_ONE_ADDRESS);
}

static void is_never_wrong_however_broken_the_server_and_the_path(void **state)
{
	static const char *const paths[] = {"loss=5,rtt=20", "loss=20,rtt=60", "loss=20,burst=5,rtt=20", "dup=50,jitter=40"};
	char text[200], extra[80];

	(void)state;
	for (unsigned i = 0; i < FAULTS; i++)
		for (unsigned c = 0; c < 12; c++)
			for (unsigned seed = 1; seed <= 8; seed++) {
				struct natsonde_sim_spec spec;

				w.n_servers = 1;
				snprintf(extra, sizeof(extra), "%s,seed=%u", paths[seed % 4], seed);
				run(&faults[i], c % 4, c / 4, extra, text, sizeof(text), &spec);
			}
}

/* One mapped address for two sockets, or two for one: then nothing is said of nat and mapping, whichever of them is asked for. */
static void believes_no_server_that_lies_about_the_mapping(void **state)
{
	static const uint16_t tests[] = {NATSONDE_TESTS_DEFAULT, NATSONDE_TEST(NATSONDE_MAPPING), NATSONDE_TEST(NATSONDE_NAT)};
	static const char *const servers[] = {"wrong-mapped", "random-mapped"};
	char text[200];

	(void)state;
	w.n_servers = 1;
	for (unsigned i = 0; i < 3 * 2 * 12; i++) {
		unsigned m = i % 4, f = i / 4 % 3;

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,server=%s", expect_mappings[m], expect_filterings[f],
			 servers[i / 12 % 2]);
		w.tests = tests[i / 24];
		world_run(&w, text);
		expect_verdict(&w, text, NATSONDE_NAT, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
		expect_verdict(&w, text, NATSONDE_MAPPING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
		assert_int_equal(w.verdicts.of[NATSONDE_NAT].reason, NATSONDE_WHY_MAPPED_UNTRUE);
		assert_int_equal(w.verdicts.of[NATSONDE_MAPPING].reason, NATSONDE_WHY_MAPPED_UNTRUE);
	}
	w.tests = 0;
}

/* An application layer gateway makes a server that knows MAPPED-ADDRESS alone say that there is no NAT. */
static void is_not_sure_of_what_a_middlebox_may_have_rewritten(void **state)
{
	char text[200];

	(void)state;
	w.n_servers = 1;
	for (unsigned c = 0; c < 12; c++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,server=mapped-only", expect_mappings[c % 4], expect_filterings[c / 4]);
		world_run(&w, text);
		expect_verdict(&w, text, NATSONDE_NAT, c % 4 == 3 ? NATSONDE_NONE : NATSONDE_PRESENT,
			       c % 4 == 3 ? NATSONDE_LIKELY : NATSONDE_VERIFIED);
		strcat(text, ",alg=rewrites");
		world_run(&w, text);
		assert_int_not_equal(w.verdicts.of[NATSONDE_NAT].certainty, NATSONDE_VERIFIED);
		assert_int_not_equal(w.verdicts.of[NATSONDE_MAPPING].certainty, NATSONDE_VERIFIED);
	}
	/* XOR-MAPPED-ADDRESS is what it was invented for. */
	world_run(&w, "mapping=eim,alg=rewrites");
	expect_verdict(&w, "alg=rewrites", NATSONDE_NAT, NATSONDE_PRESENT, NATSONDE_VERIFIED);
}

static void says_that_a_server_fell_silent(void **state)
{
	(void)state;
	w.n_servers = 1;
	world_run(&w, "mapping=eim,filtering=apdf,server=rate-limit,rtt=20");
	expect_verdict(&w, "rate limit", NATSONDE_FILTERING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(natsonde_judge_server(natsonde_engine_evidence(&w.engine), 0).reason, NATSONDE_SERVER_WHY_FELL_SILENT);
}

static void takes_one_plain_server_for_what_it_is(void **state)
{
	(void)state;
	w.n_servers = 1;
	world_run(&w, "mapping=eim,server=binding-only");
	expect_verdict(&w, "one plain", NATSONDE_NAT, NATSONDE_PRESENT, NATSONDE_VERIFIED);
	expect_verdict(&w, "one plain", NATSONDE_MAPPING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(w.verdicts.of[NATSONDE_MAPPING].reason, NATSONDE_WHY_ONE_DESTINATION);
	assert_int_equal(w.verdicts.of[NATSONDE_FILTERING].reason, NATSONDE_WHY_SERVER_CANNOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_can_and_names_the_fault),
		cmocka_unit_test(is_likely_only_where_no_control_is_possible),
		cmocka_unit_test(proves_apdf_though_the_alternate_address_is_dead),
		cmocka_unit_test(is_never_wrong_however_broken_the_server_and_the_path),
		cmocka_unit_test(believes_no_server_that_lies_about_the_mapping),
		cmocka_unit_test(is_not_sure_of_what_a_middlebox_may_have_rewritten),
		cmocka_unit_test(says_that_a_server_fell_silent),
		cmocka_unit_test(takes_one_plain_server_for_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
