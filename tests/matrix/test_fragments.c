/* Fragments: what the simulated network does to large packets is what is said of it, whatever else it does. */
#include "faults.h"

#define EACH(array) (sizeof(array) / sizeof((array)[0]))

static const struct fragments {
	const char *word;
	enum natsonde_verdict truth;
} ways[] = {
	{"pass", NATSONDE_PASS_ALL},
	{"drop", NATSONDE_DROPPED},
	{"drop-outbound", NATSONDE_OUTBOUND_DROPPED},
	{"drop-inbound", NATSONDE_INBOUND_DROPPED},
	{"local", NATSONDE_LOCAL_STACK},
};
static struct world w;

static const struct natsonde_finding *found(void)
{
	return &w.verdicts.of[NATSONDE_FRAGMENTS];
}

static void run(const char *text, unsigned servers)
{
	w.tests = NATSONDE_TEST(NATSONDE_FRAGMENTS);
	w.n_servers = servers;
	world_run(&w, text);
}

/* What came through was seen. What did not may be one server's fault, until a second one agrees. */
static void run_clean(const char *extra)
{
	char text[200];

	for (unsigned i = 0; i < EACH(ways) * EACH(expect_mappings) * 2; i++) {
		enum natsonde_verdict truth = ways[i % EACH(ways)].truth;
		unsigned servers = 1 + i / EACH(ways) % 2;
		bool is_seen = truth == NATSONDE_PASS_ALL || truth == NATSONDE_LOCAL_STACK;

		snprintf(text, sizeof(text), "fragments=%s,mapping=%s,%s", ways[i % EACH(ways)].word,
			 expect_mappings[i / EACH(ways) / 2], extra);
		run(text, servers);
		expect_verdict(&w, text, NATSONDE_FRAGMENTS, truth,
			       is_seen || servers == 2 ? NATSONDE_VERIFIED : NATSONDE_LIKELY);
		assert_int_equal(natsonde_engine_evidence(&w.engine)->end, NATSONDE_END_DECIDED);
	}
}

static void finds_what_the_network_does(void **state)
{
	(void)state;
	run_clean("rtt=20");
	run_clean("rtt=300,jitter=100");
	run_clean("dup=30,ports=random");
}

static void finds_it_over_ipv6(void **state)
{
	(void)state;
	run_clean("family=6");
}

static void finds_it_behind_a_second_nat(void **state)
{
	(void)state;
	run_clean("nats=2");
}

static void finds_it_with_three_sockets(void **state)
{
	(void)state;
	w.max_open = 3;
	w.mailbox = 6;
	run_clean("rtt=20");
	w.max_open = w.mailbox = 0;
}

static void is_never_wrong_on_a_lossy_path(void **state)
{
	static const struct { const char *path; unsigned least_percent; } paths[] = {
		{"loss=5", 95}, {"loss=20", 60}, {"loss=5,burst=10", 60}, {"loss=20,burst=4", 0}, {"jitter=60,dup=20", 100}
	};
	char text[200];

	(void)state;
	for (unsigned p = 0; p < EACH(paths); p++) {
		unsigned known = 0, runs = 400 * EACH(ways);

		for (unsigned i = 0; i < runs; i++) {
			enum natsonde_verdict truth = ways[i % EACH(ways)].truth;

			snprintf(text, sizeof(text), "fragments=%s,mapping=%s,nats=%u,%s,seed=%u", ways[i % EACH(ways)].word,
				 expect_mappings[i / EACH(ways) % 4], 1 + i / 20 % 2, paths[p].path, i);
			run(text, 1 + i / 40 % 2);
			if (found()->verdict != NATSONDE_UNKNOWN && found()->verdict != truth)
				expect_complain(&w, text, "a wrong verdict");
			known += found()->verdict != NATSONDE_UNKNOWN;
		}
		if (known * 100 < runs * paths[p].least_percent)
			fail_msg("only %u of %u known with %s", known, runs, paths[p].path);
	}
}

/* A server that pads nothing tells nothing about large answers, nor does one that rejects what it does not know. */
static void an_answer_must_be_large_in_fact(void **state)
{
	(void)state;
	run("server=no-padding", 1);
	expect_verdict(&w, "no-padding", NATSONDE_FRAGMENTS, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(found()->reason, NATSONDE_WHY_NOT_PADDED);
	run("server=no-padding,fragments=drop", 1);
	expect_verdict(&w, "no-padding", NATSONDE_FRAGMENTS, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	run("server=binding-only", 1);
	assert_int_equal(found()->reason, NATSONDE_WHY_NOT_PADDED);
	run("server=no-padding+ok", 2);
	expect_verdict(&w, "no-padding+ok", NATSONDE_FRAGMENTS, NATSONDE_PASS_ALL, NATSONDE_VERIFIED);
	run("server=no-padding+ok,fragments=drop-inbound", 2);
	expect_verdict(&w, "no-padding+ok", NATSONDE_FRAGMENTS, NATSONDE_INBOUND_DROPPED, NATSONDE_LIKELY);
}

/* A server that takes no large requests is silent, too: fragments are to blame only where it takes one that fills a packet. */
static void a_server_must_take_what_is_large(void **state)
{
	static const struct { const char *servers; unsigned n; enum natsonde_verdict pass, dropped; enum natsonde_certainty sure; } rows[] = {
		{"small-buffer", 1, NATSONDE_UNKNOWN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"small-buffer", 2, NATSONDE_UNKNOWN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"small-buffer", 3, NATSONDE_UNKNOWN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"small-buffer+ok", 2, NATSONDE_PASS_ALL, NATSONDE_OUTBOUND_DROPPED, NATSONDE_LIKELY},
		{"small-buffer+small-buffer+ok", 3, NATSONDE_PASS_ALL, NATSONDE_OUTBOUND_DROPPED, NATSONDE_LIKELY},
		{"small-buffer+ok+ok", 3, NATSONDE_PASS_ALL, NATSONDE_OUTBOUND_DROPPED, NATSONDE_VERIFIED},
	};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < EACH(rows) * 2; i++) {
		unsigned r = i / 2;
		bool is_known = rows[r].pass != NATSONDE_UNKNOWN;

		snprintf(text, sizeof(text), "fragments=pass,server=%s,family=%s", rows[r].servers, i & 1 ? "6" : "4");
		run(text, rows[r].n);
		expect_verdict(&w, text, NATSONDE_FRAGMENTS, rows[r].pass, is_known ? NATSONDE_VERIFIED : NATSONDE_CERTAINTY_NONE);
		assert_int_equal(found()->reason, is_known ? NATSONDE_WHY_LARGE_PASS : NATSONDE_WHY_NOT_TAKEN);
		snprintf(text, sizeof(text), "fragments=drop-outbound,server=%s,family=%s", rows[r].servers, i & 1 ? "6" : "4");
		run(text, rows[r].n);
		expect_verdict(&w, text, NATSONDE_FRAGMENTS, rows[r].dropped, rows[r].sure);
	}
}

/* One that throws away what bears PADDING says as little as a large answer that is lost; but it refuses nothing, either. */
static void a_server_must_take_padding(void **state)
{
	static const struct { const char *servers; unsigned n; enum natsonde_verdict pass, dropped; enum natsonde_certainty sure; } rows[] = {
		{"drops-padding", 1, NATSONDE_UNKNOWN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"drops-padding", 3, NATSONDE_UNKNOWN, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"drops-padding+ok", 2, NATSONDE_PASS_ALL, NATSONDE_INBOUND_DROPPED, NATSONDE_LIKELY},
		{"drops-padding+ok+no-response-port", 3, NATSONDE_PASS_ALL, NATSONDE_INBOUND_DROPPED, NATSONDE_VERIFIED},
	};
	char text[200];

	(void)state;
	for (unsigned r = 0; r < EACH(rows); r++) {
		bool is_known = rows[r].pass != NATSONDE_UNKNOWN;

		snprintf(text, sizeof(text), "fragments=pass,server=%s", rows[r].servers);
		run(text, rows[r].n);
		expect_verdict(&w, text, NATSONDE_FRAGMENTS, rows[r].pass, is_known ? NATSONDE_VERIFIED : NATSONDE_CERTAINTY_NONE);
		assert_int_equal(found()->reason, is_known ? NATSONDE_WHY_LARGE_PASS : NATSONDE_WHY_NOT_PADDED);
		snprintf(text, sizeof(text), "fragments=drop-inbound,server=%s", rows[r].servers);
		run(text, rows[r].n);
		expect_verdict(&w, text, NATSONDE_FRAGMENTS, rows[r].dropped, rows[r].sure);
	}
}

static unsigned count_question(enum natsonde_question q)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w.engine.ev.n_probes; i++)
		n += w.probes[i].question == q;
	return n;
}

/* Where even what fills a packet of 1,500 bytes goes in fragments (a VPN), that they are dropped cannot be told from a server that
 * takes nothing so large. */
static void a_control_in_fragments_proves_nothing(void **state)
{
	struct natsonde_verdicts verdicts;

	(void)state;
	run("fragments=drop-outbound", 2);
	expect_verdict(&w, "drop-outbound", NATSONDE_FRAGMENTS, NATSONDE_OUTBOUND_DROPPED, NATSONDE_VERIFIED);
	assert_int_equal(count_question(NATSONDE_Q_FULL), 2);
	for (unsigned i = 0; i < w.engine.ev.n_probes; i++)
		if (w.probes[i].question == NATSONDE_Q_FULL) {
			w.probes[i].outcome = NATSONDE_SILENT;
			w.probes[i].answered_us = 0;
			w.probes[i].len = 0;
		}
	natsonde_judge_all(natsonde_engine_evidence(&w.engine), &verdicts);
	assert_int_equal(verdicts.of[NATSONDE_FRAGMENTS].verdict, NATSONDE_UNKNOWN);
	assert_int_equal(verdicts.of[NATSONDE_FRAGMENTS].reason, NATSONDE_WHY_NOT_TAKEN);
}

static void is_never_wrong_with_bad_servers(void **state)
{
	char text[200];

	(void)state;
	for (unsigned i = 0; i < FAULTS * EACH(ways) * 4; i++) {
		const struct fragments *way = &ways[i % EACH(ways)];

		snprintf(text, sizeof(text), "fragments=%s,server=%s%s,seed=%u", way->word, faults[i / EACH(ways) % FAULTS].name,
			 i & 1 ? "+ok" : "", i);
		run(text, 1 + (i & 1));
		if (found()->verdict != NATSONDE_UNKNOWN && found()->verdict != way->truth)
			expect_complain(&w, text, "a wrong verdict");
		if (found()->reason == NATSONDE_WHY_NONE || (found()->verdict == NATSONDE_UNKNOWN) != (found()->certainty == 0))
			expect_complain(&w, text, "verdict, certainty and reason do not fit");
	}
}

/* What one server never got, another one did: then it is not this host's NAT that drops fragments. */
static void one_that_passes_outweighs_one_that_does_not(void **state)
{
	struct natsonde_verdicts verdicts;

	(void)state;
	run("fragments=drop", 2);
	expect_verdict(&w, "fragments=drop", NATSONDE_FRAGMENTS, NATSONDE_DROPPED, NATSONDE_VERIFIED);
	for (unsigned i = 0; i < w.engine.ev.n_probes; i++) {
		struct natsonde_probe *p = &w.probes[i];

		if (p->server == 1 && p->question == NATSONDE_Q_LARGE_OUT) {
			p->outcome = NATSONDE_ANSWERED;
			p->answered_us = p->sent_us + 20000;
			p->from = w.engine.ev.servers[1].addr;
		}
	}
	natsonde_judge_all(natsonde_engine_evidence(&w.engine), &verdicts);
	assert_int_equal(verdicts.of[NATSONDE_FRAGMENTS].verdict, NATSONDE_INBOUND_DROPPED);
	assert_int_equal(verdicts.of[NATSONDE_FRAGMENTS].certainty, NATSONDE_VERIFIED);
}

static void a_host_that_cannot_send_is_to_blame(void **state)
{
	struct natsonde_verdicts verdicts;

	(void)state;
	run("fragments=drop-outbound", 1);
	for (unsigned i = 0; i < w.engine.ev.n_probes; i++)
		if (w.probes[i].question == NATSONDE_Q_LARGE_OUT) {
			w.probes[i].outcome = NATSONDE_UNSENT;
			w.probes[i].fault = NATSONDE_FAULT_DENIED;
		}
	natsonde_judge_all(natsonde_engine_evidence(&w.engine), &verdicts);
	assert_int_equal(verdicts.of[NATSONDE_FRAGMENTS].verdict, NATSONDE_LOCAL_STACK);
	assert_int_equal(verdicts.of[NATSONDE_FRAGMENTS].reason, NATSONDE_WHY_LARGE_UNSENT);
}

/* Nothing is asked that could not tell: no packet is spent on a host that cannot put fragments together. */
static void is_brief(void **state)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);
	unsigned large = 0;

	(void)state;
	run("fragments=pass", 1);
	for (unsigned i = 0; i < ev->n_probes; i++)
		large += natsonde_questions[ev->probes[i].question].socket == NATSONDE_SOCKET_LARGE;
	assert_int_equal(large, 3);
	run("fragments=local", 1);
	for (unsigned i = 0; i < ev->n_probes; i++)
		assert_int_not_equal(natsonde_questions[ev->probes[i].question].socket, NATSONDE_SOCKET_LARGE);
	run("fragments=drop", 1);
	assert_true(ev->now_us < 5000000);
	assert_int_equal(count_question(NATSONDE_Q_FULL), 1);
	assert_int_equal(count_question(NATSONDE_Q_PADDING), 1);
	/* Neither is more silence waited for than it takes to see that it tells nothing. */
	run("fragments=pass,server=small-buffer", 1);
	assert_in_range(count_question(NATSONDE_Q_FULL), 3, 8);
	assert_int_equal(count_question(NATSONDE_Q_LARGE_OUT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_the_network_does),
		cmocka_unit_test(finds_it_over_ipv6),
		cmocka_unit_test(finds_it_behind_a_second_nat),
		cmocka_unit_test(finds_it_with_three_sockets),
		cmocka_unit_test(is_never_wrong_on_a_lossy_path),
		cmocka_unit_test(an_answer_must_be_large_in_fact),
		cmocka_unit_test(a_server_must_take_what_is_large),
		cmocka_unit_test(a_server_must_take_padding),
		cmocka_unit_test(a_control_in_fragments_proves_nothing),
		cmocka_unit_test(is_never_wrong_with_bad_servers),
		cmocka_unit_test(one_that_passes_outweighs_one_that_does_not),
		cmocka_unit_test(a_host_that_cannot_send_is_to_blame),
		cmocka_unit_test(is_brief),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
