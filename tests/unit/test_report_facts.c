/* What findings say beside their verdicts: in JSON and back, in text, in comparisons; and what follows for people. */
#define _POSIX_C_SOURCE 200809L
#include "report_fixture.h"

#include <natsonde/saved.h>

static const struct natsonde_look plain = {.format = NATSONDE_TEXT, .can_measure_lifetime = true};
static const struct natsonde_look json = {.format = NATSONDE_JSON};
static const struct natsonde_look brief = {.format = NATSONDE_SHORT};

/* Behind a router where everything was asked for. */
static void fixture_all(struct fixture *f)
{
	fixture_home(f);
	f->report.tests = NATSONDE_TESTS_ALL;
	f->ev[0].max_lifetime_s = 330;
	fixture_find(f, 0, NATSONDE_INTERCEPT, NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_NOBODY_ANSWERED);
	fixture_find(f, 0, NATSONDE_TCP_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_EVERYWHERE);
	fixture_find(f, 0, NATSONDE_FRAGMENTS, NATSONDE_PASS_ALL, NATSONDE_VERIFIED, NATSONDE_WHY_LARGE_PASS);
	fixture_find(f, 0, NATSONDE_PORTS, NATSONDE_RANDOM, NATSONDE_VERIFIED, NATSONDE_WHY_PORTS_SCATTERED);
	fixture_find(f, 0, NATSONDE_LIFETIME, NATSONDE_MEASURED, NATSONDE_VERIFIED, NATSONDE_WHY_LIFE_BRACKETED);
	fixture_find(f, 0, NATSONDE_HAIRPIN, NATSONDE_EXTERNAL, NATSONDE_VERIFIED, NATSONDE_WHY_HAIR_EXTERNAL);
	f->report.families[0].verdicts.ports = (struct natsonde_ports_facts){
		.sockets = 16, .preserved_percent = 6, .parity = NATSONDE_ANSWER_NO, .contiguity = NATSONDE_ANSWER_NO, .step = -2,
		.low = 1031, .high = 64400, .guess = 44719, .pooling = NATSONDE_POOLING_PAIRED,
	};
	f->report.families[0].verdicts.lifetime = (struct natsonde_lifetime_facts){
		.exchange = {300, 335}, .stream = {3300, 0}, .refresh_in = NATSONDE_ANSWER_NO, .refresh_out = NATSONDE_ANSWER_YES,
		.keepalive_s = 27,
	};
}

static void assert_says(const struct fixture *f, struct natsonde_look look, const char *part, bool expected)
{
	char *text = fixture_render(f, look);

	if ((strstr(text, part) != NULL) != expected)
		fail_msg("%s \"%s\" in:\n%s", expected ? "missing" : "unwanted", part, text);
	free(text);
}

static void test_facts_in_json(void **state)
{
	static const char *const parts[] = {
		"\"kind\":\t\"napt\"", "\"kind_certainty\":\t\"verified\"", "\"preserves_ports\":\tfalse", "\"sockets\":\t16",
		"\"preserved_percent\":\t6", "\"parity\":\tfalse", "\"step\":\t-2", "\"low\":\t1031", "\"high\":\t64400",
		"\"guess\":\t44719", "\"pooling\":\t\"paired\"", "\"exchange_s\":\t[30, 33.5]", "\"stream_s\":\t[330, null]",
		"\"refresh_in\":\tfalse", "\"refresh_out\":\ttrue", "\"keepalive_s\":\t27", "\"max_lifetime_s\":\t330",
	};
	struct fixture f;

	(void)state;
	fixture_all(&f);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_says(&f, json, parts[i], true);
}

/* What is not known is null, and never 0 or false. */
static void test_what_is_not_known_is_null(void **state)
{
	static const char *const keys[] = {"kind", "preserves_ports", "preserved_percent", "parity", "contiguity", "step", "low", "high",
					   "guess", "pooling", "refresh_in", "refresh_out", "keepalive_s"};
	struct fixture f;

	(void)state;
	fixture_all(&f);
	memset(&f.report.families[0].verdicts.nat, 0, sizeof(f.report.families[0].verdicts.nat));
	memset(&f.report.families[0].verdicts.ports, 0, sizeof(f.report.families[0].verdicts.ports));
	memset(&f.report.families[0].verdicts.lifetime, 0, sizeof(f.report.families[0].verdicts.lifetime));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char part[64];

		snprintf(part, sizeof(part), "\"%s\":\tnull", keys[i]);
		assert_says(&f, json, part, true);
	}
	assert_says(&f, json, "\"exchange_s\":\t[null, null]", true);
	assert_says(&f, json, "\"kind_certainty\":\tnull", true);
	assert_says(&f, json, "\"sockets\":\t0", true);
}

static void test_facts_are_read_back(void **state)
{
	static struct natsonde_saved saved;
	char wrong[NATSONDE_SAVED_WRONG];
	struct fixture f;
	char *text;

	(void)state;
	fixture_all(&f);
	text = fixture_render(&f, json);
	if (!natsonde_saved_read(text, strlen(text), &saved, wrong))
		fail_msg("%s", wrong);
	const struct natsonde_verdicts *now = &saved.report.families[0].verdicts, *then = &f.report.families[0].verdicts;
	assert_memory_equal(&now->nat, &then->nat, sizeof(now->nat));
	assert_memory_equal(&now->lifetime, &then->lifetime, sizeof(now->lifetime));
	for (unsigned i = 0; i < 32; i++) {
		char a[NATSONDE_FACT_TEXT], b[NATSONDE_FACT_TEXT];

		assert_int_equal(natsonde_fact_format(i, now, a), natsonde_fact_format(i, then, b));
		assert_string_equal(a, b);
	}
	assert_int_equal(saved.families[0].evidence.max_lifetime_s, 330);
	free(text);
}

static void test_wrong_facts_are_refused(void **state)
{
	static const struct { const char *what, *replacement, *named; } rows[] = {
		{"\"step\":\t-2", "\"step\":\t40000", "ipv4.ports.step"}, {"\"low\":\t1031", "\"low\":\t-1", "ipv4.ports.low"},
		{"\"sockets\":\t16", "\"sockets\":\t1.5", "ipv4.ports.sockets"}, {"[30, 33.5]", "[30]", "ipv4.lifetime.exchange_s"},
		{"[30, 33.5]", "[30, \"x\"]", "ipv4.lifetime.exchange_s"}, {"[30, 33.5]", "[30, 1e9]", "ipv4.lifetime.exchange_s"},
		{"\"napt\"", "\"nappy\"", "ipv4.nat.kind"}, {"\"refresh_in\":\tfalse", "\"refresh_in\":\t0", "ipv4.lifetime.refresh_in"},
		{"\"max_lifetime_s\":\t330", "\"max_lifetime_s\":\t70000", "ipv4.max_lifetime_s"},
	};
	static struct natsonde_saved saved;
	char wrong[NATSONDE_SAVED_WRONG];
	struct fixture f;
	char *text, *changed;

	(void)state;
	fixture_all(&f);
	text = fixture_render(&f, json);
	changed = malloc(strlen(text) + 64);
	assert_non_null(changed);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = strstr(text, rows[i].what);

		assert_non_null(at);
		sprintf(changed, "%.*s%s%s", (int)(at - text), text, rows[i].replacement, at + strlen(rows[i].what));
		assert_false(natsonde_saved_read(changed, strlen(changed), &saved, wrong));
		if (!strstr(wrong, rows[i].named))
			fail_msg("%s -> %s: %s", rows[i].what, rows[i].replacement, wrong);
	}
	free(changed);
	free(text);
}

static void test_facts_in_text(void **state)
{
	struct fixture f;

	(void)state;
	fixture_all(&f);
	assert_says(&f, plain, "\n  an idle mapping  lasts 30 to 33.5 s: send every 27 s to keep it open\n", true);
	assert_says(&f, plain, "\n  nat        present                     verified   NAPT, ports change\n", true);
	assert_says(&f, plain, "\n  ports      random                      verified   16 sockets, 6 % kept\n"
			       "             in steps of -2; ports 1031 to 64400 seen; 44719 tries for an even\n"
			       "             chance to hit the next; several addresses outside, always the same\n"
			       "             one for this host\n", true);
	assert_says(&f, plain, "\n  lifetime   measured                    verified   send every 27 s\n"
			       "             30 to 33.5 s after one exchange; over 330 s in use; prolonged by\n"
			       "             packets sent, not by those received\n", true);
	assert_says(&f, plain, "\n  hairpin    external                    verified   two sockets reach each other\n", true);
	assert_says(&f, brief, "ipv4 easy eim apdf verified 198.51.100.7 intercept=none tcp=eim fragments=pass ports=random "
			       "lifetime=measured hairpin=external\n", true);
}

/* Whoever needs a keepalive and has not asked for it is told how, once. */
static void test_the_keepalive_is_pointed_to(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	assert_says(&f, plain, "\n0.41 s, 7 packets, 2 servers. Keepalive interval: natsonde -t lifetime\n", true);
	f.report.simulated = "";
	assert_says(&f, plain, "left this host.\nKeepalive interval: natsonde -t lifetime\n", true);
	fixture_find(&f, 0, NATSONDE_P2P, NATSONDE_TOO_HARD, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPING_PER_PEER_PORT);
	assert_says(&f, plain, "Keepalive", false);
	fixture_all(&f);
	assert_says(&f, plain, "Keepalive", false);
	f.report.tests = NATSONDE_TEST(NATSONDE_LIFETIME);
	assert_says(&f, plain, "Send something every 27 s to keep a mapping open.\n\n  an idle mapping  lasts 30 to 33.5 s\n", true);
}

static void test_what_needs_advice_gets_it(void **state)
{
	static const struct { enum natsonde_behaviour b; enum natsonde_verdict v; const char *advice; } rows[] = {
		{NATSONDE_HAIRPIN, NATSONDE_NO, "\n  same network     two devices behind this NAT do not reach each other"},
		{NATSONDE_ALG, NATSONDE_REWRITES, "\n  turn off         your router's ALG"},
		{NATSONDE_FRAGMENTS, NATSONDE_DROPPED, "\n  packet size      keep packets below 1200 bytes"},
		{NATSONDE_FRAGMENTS, NATSONDE_LOCAL_STACK, "\n  packet size      have peers keep packets below 1200 bytes"},
		{NATSONDE_TCP_MAPPING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, "\n  over TCP         it is another NAT"},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_all(&f);
		assert_says(&f, plain, rows[i].advice, false);
		f.report.families[0].verdicts.of[rows[i].b].verdict = (uint8_t)rows[i].v;
		assert_says(&f, plain, rows[i].advice, true);
		f.report.tests = NATSONDE_TEST(NATSONDE_NAT);
		assert_says(&f, plain, rows[i].advice, false);
	}
}

/* Everything else would be about the proxy: no advice for the network that nobody has seen. */
static void test_an_interceptor_is_the_headline(void **state)
{
	struct fixture f;

	(void)state;
	fixture_all(&f);
	fixture_find(&f, 0, NATSONDE_INTERCEPT, NATSONDE_SUSPECTED, NATSONDE_VERIFIED, NATSONDE_WHY_FAKE_ADDRESS);
	assert_says(&f, plain, "Something answers in the servers' place", true);
	assert_says(&f, plain, "another DNS server", true);
	assert_says(&f, plain, "direct with", false);
}

static void test_diff_tells_of_facts(void **state)
{
	struct fixture before, now;
	static char *text;
	static size_t len;
	FILE *out = open_memstream(&text, &len);
	enum natsonde_difference difference = NATSONDE_DIFFERENCE_VERDICT;

	(void)state;
	assert_non_null(out);
	fixture_all(&before);
	fixture_all(&now);
	now.report.families[0].verdicts.lifetime.keepalive_s = 108;
	now.report.families[0].verdicts.lifetime.exchange = (struct natsonde_span){1200, 1320};
	now.report.families[0].verdicts.ports.step = 0; /* not known now: no difference to speak of */
	assert_true(natsonde_report_diff(&before.report, &now.report, true, out, &difference));
	fclose(out);
	assert_int_equal(difference, NATSONDE_DIFFERENCE_NONE);
	assert_non_null(strstr(text, "lifetime, keepalive in seconds: was 27, is 108"));
	assert_non_null(strstr(text, "lifetime, after one exchange: was 30 to 33.5 s, is 120 to 132 s"));
	assert_null(strstr(text, "step"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts_in_json),
		cmocka_unit_test(test_what_is_not_known_is_null),
		cmocka_unit_test(test_facts_are_read_back),
		cmocka_unit_test(test_wrong_facts_are_refused),
		cmocka_unit_test(test_facts_in_text),
		cmocka_unit_test(test_the_keepalive_is_pointed_to),
		cmocka_unit_test(test_what_needs_advice_gets_it),
		cmocka_unit_test(test_an_interceptor_is_the_headline),
		cmocka_unit_test(test_diff_tells_of_facts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
