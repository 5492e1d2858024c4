/* What stands between and answers for the servers is found out by an address that nobody has; nothing else is suspected. */
#include "expect.h"

static struct world w;

static void run(const char *text)
{
	w.tests = NATSONDE_TEST(NATSONDE_INTERCEPT);
	w.n_servers = 1;
	world_run(&w, text);
}

static enum natsonde_verdict found(void)
{
	return (enum natsonde_verdict)w.verdicts.of[NATSONDE_INTERCEPT].verdict;
}

static unsigned count_probes(enum natsonde_question q)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++)
		n += ev->probes[i].question == q;
	return n;
}

static void finds_who_answers_for_nobody(void **state)
{
	static const char *const specs[] = {"intercept=yes", "intercept=yes,family=6", "intercept=yes,mapping=none,filtering=eif",
					    "intercept=yes,server=silent", "intercept=yes,loss=20,nats=2",
					    "intercept=yes,udp=drop"};

	(void)state;
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		run(specs[i]);
		expect_verdict(&w, specs[i], NATSONDE_INTERCEPT, NATSONDE_SUSPECTED, NATSONDE_VERIFIED);
		assert_int_equal(w.verdicts.of[NATSONDE_INTERCEPT].reason, NATSONDE_WHY_NOBODY_WAS_ANSWERED_FOR);
		assert_true(count_probes(NATSONDE_Q_BAIT) <= 8);
	}
}

/* Behind every NAT, and with every server that answers, honest or not. */
static void suspects_nobody_on_a_clean_path(void **state)
{
	static const char *const servers[] = {"ok", "binding-only", "ignores-change", "wrong-mapped", "random-mapped",
					      "drops-first", "mapped-only", "dead-alternate", "duplicates"};
	char text[160];

	(void)state;
	for (unsigned i = 0; i < 4 * 3 * 9 * 2; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,server=%s,family=%s", expect_mappings[i % 4],
			 expect_filterings[i / 4 % 3], servers[i / 12 % 9], i / 108 == 0 ? "4" : "6");
		run(text);
		expect_verdict(&w, text, NATSONDE_INTERCEPT, NATSONDE_NONE, NATSONDE_VERIFIED);
		assert_in_range(count_probes(NATSONDE_Q_BAIT_PLAIN), 4, 7);
	}
}

static void needs_an_answer_to_compare_with(void **state)
{
	static const char *const specs[] = {"udp=drop", "udp=drop,tcp=drop", "udp=reject", "server=silent"};

	(void)state;
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		run(specs[i]);
		expect_verdict(&w, specs[i], NATSONDE_INTERCEPT, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
		assert_int_equal(w.verdicts.of[NATSONDE_INTERCEPT].reason, NATSONDE_WHY_NO_ANSWER);
	}
	/* It fell silent: then the bait's silence says nothing either. */
	w.tests = NATSONDE_TESTS_DEFAULT | NATSONDE_TEST(NATSONDE_INTERCEPT);
	world_run(&w, "server=rate-limit");
	expect_verdict(&w, "rate-limit", NATSONDE_INTERCEPT, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(w.verdicts.of[NATSONDE_INTERCEPT].reason, NATSONDE_WHY_TOO_FEW_COPIES);
}

static void says_the_truth_or_nothing_on_a_lossy_path(void **state)
{
	static const unsigned losses[] = {1, 5, 10, 20}, rtts[] = {20, 100, 300};
	unsigned unknown[4] = {0}, missed = 0;
	char text[160];

	(void)state;
	for (unsigned i = 0; i < 4 * 3 * 2 * 60; i++) {
		bool is_there = i / 12 % 2;

		snprintf(text, sizeof(text), "loss=%u,rtt=%u,intercept=%s,mapping=%s,seed=%u", losses[i % 4], rtts[i / 4 % 3],
			 is_there ? "yes" : "no", expect_mappings[i % 3], i);
		run(text);
		unknown[i % 4] += !is_there && found() == NATSONDE_UNKNOWN;
		missed += is_there && found() != NATSONDE_SUSPECTED;
		if (found() != NATSONDE_UNKNOWN && found() != (is_there ? NATSONDE_SUSPECTED : NATSONDE_NONE))
			expect_complain(&w, text, "a wrong verdict");
	}
	print_message("unknown at 1, 5, 10, 20 %% loss: %u %u %u %u of 180\n", unknown[0], unknown[1], unknown[2], unknown[3]);
	assert_int_equal(missed, 0);
	assert_int_equal(unknown[0] + unknown[1], 0);
	assert_true(unknown[3] <= 10);
}

/* The resolver of such a proxy draws its addresses from the range for benchmarks. */
static void suspects_an_address_that_was_made_up(void **state)
{
	struct natsonde_addr fake = {.family = NATSONDE_IPV4, .port = 3478, .ip = {198, 19, 255, 1}};
	struct natsonde_evidence *ev = &w.engine.ev;

	(void)state;
	run("");
	ev->addrs[ev->servers[0].addr] = fake;
	natsonde_judge_all(ev, &w.verdicts);
	expect_verdict(&w, "198.19.255.1", NATSONDE_INTERCEPT, NATSONDE_SUSPECTED, NATSONDE_LIKELY);
	assert_int_equal(w.verdicts.of[NATSONDE_INTERCEPT].reason, NATSONDE_WHY_FAKE_ADDRESS);
	ev->addrs[ev->servers[0].addr].ip[1] = 20;
	natsonde_judge_all(ev, &w.verdicts);
	expect_verdict(&w, "198.20.255.1", NATSONDE_INTERCEPT, NATSONDE_NONE, NATSONDE_VERIFIED);
}

static void set_all(enum natsonde_question q, enum natsonde_outcome outcome)
{
	struct natsonde_evidence *ev = &w.engine.ev;

	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].question == q)
			ev->probes[i].outcome = (uint8_t)outcome;
	natsonde_judge_all(ev, &w.verdicts);
}

/* A router that knows that nobody is there says so; a packet that never left this host says nothing. */
static void tells_a_router_from_this_host(void **state)
{
	(void)state;
	run("");
	set_all(NATSONDE_Q_BAIT, NATSONDE_UNREACHABLE);
	expect_verdict(&w, "unreachable", NATSONDE_INTERCEPT, NATSONDE_NONE, NATSONDE_VERIFIED);
	set_all(NATSONDE_Q_BAIT, NATSONDE_UNSENT);
	expect_verdict(&w, "unsent", NATSONDE_INTERCEPT, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(w.verdicts.of[NATSONDE_INTERCEPT].reason, NATSONDE_WHY_LOCAL_FAULT);
	/* Even an error is an answer, and so is one from elsewhere. */
	set_all(NATSONDE_Q_BAIT, NATSONDE_ERROR);
	expect_verdict(&w, "error", NATSONDE_INTERCEPT, NATSONDE_SUSPECTED, NATSONDE_VERIFIED);
	set_all(NATSONDE_Q_BAIT, NATSONDE_ANSWERED);
	expect_verdict(&w, "strange", NATSONDE_INTERCEPT, NATSONDE_SUSPECTED, NATSONDE_VERIFIED);
}

/* Nothing was lost but the plain requests: then an answer to the bait may have been lost as well. */
static void does_not_believe_silence_on_a_path_that_was_shut(void **state)
{
	(void)state;
	run("");
	set_all(NATSONDE_Q_BAIT_PLAIN, NATSONDE_SILENT);
	expect_verdict(&w, "lost", NATSONDE_INTERCEPT, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(w.verdicts.of[NATSONDE_INTERCEPT].reason, NATSONDE_WHY_TOO_FEW_COPIES);
}

static void does_with_three_sockets(void **state)
{
	(void)state;
	w.max_open = 3;
	run("");
	expect_verdict(&w, "three sockets", NATSONDE_INTERCEPT, NATSONDE_NONE, NATSONDE_VERIFIED);
	run("intercept=yes");
	expect_verdict(&w, "three sockets", NATSONDE_INTERCEPT, NATSONDE_SUSPECTED, NATSONDE_VERIFIED);
	w.max_open = 0;
}

/* The bait is no packet to the server. */
static void does_not_charge_the_server_for_the_bait(void **state)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);
	unsigned to_server = 0;

	(void)state;
	run("");
	for (unsigned i = 0; i < ev->n_probes; i++)
		to_server += ev->probes[i].question != NATSONDE_Q_BAIT;
	assert_true(count_probes(NATSONDE_Q_BAIT) >= 8);
	assert_int_equal(natsonde_evidence_traffic(ev, 0).sent, to_server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_who_answers_for_nobody),
		cmocka_unit_test(suspects_nobody_on_a_clean_path),
		cmocka_unit_test(needs_an_answer_to_compare_with),
		cmocka_unit_test(says_the_truth_or_nothing_on_a_lossy_path),
		cmocka_unit_test(suspects_an_address_that_was_made_up),
		cmocka_unit_test(tells_a_router_from_this_host),
		cmocka_unit_test(does_not_believe_silence_on_a_path_that_was_shut),
		cmocka_unit_test(does_with_three_sockets),
		cmocka_unit_test(does_not_charge_the_server_for_the_bait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
