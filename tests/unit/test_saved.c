/* Reports read back: what was written comes back whole, judged and shown as before; what is damaged is refused, whatever the
 * damage. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "report_fixture.h"

#include <natsonde/engine.h>
#include <natsonde/saved.h>
#include <natsonde/sim.h>

#include "../matrix/world.h"

static struct natsonde_saved saved, again;
static char wrong[NATSONDE_SAVED_WRONG];

static char *render(const struct natsonde_report *report, enum natsonde_format format)
{
	static char *text;
	static size_t len;
	const struct natsonde_look look = {.format = format, .is_verbose = format == NATSONDE_TEXT};
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_true(natsonde_report_write(report, &look, out));
	fclose(out);
	return text;
}

/* A discovery over the simulated network, as a report; valid until the next one. */
static struct natsonde_report simulate(const char *spec, unsigned n_servers, uint16_t tests)
{
	static const char *const names[] = {"one.example.org", "two.example.org", "three.example.org"};
	static struct world w;
	struct natsonde_report report = {
		.simulated = spec, .started = NATSONDE_SIM_STARTED, .system = "simulation",
		.tests = tests, .names = names,
	};
	unsigned f;

	w.n_servers = n_servers;
	w.tests = tests;
	w.max_lifetime_s = 20;
	world_run(&w, spec);
	natsonde_judge_all(natsonde_engine_evidence(&w.engine), &w.verdicts);
	f = natsonde_engine_evidence(&w.engine)->family == NATSONDE_IPV6;
	report.families[f] = (struct natsonde_family_report){.evidence = natsonde_engine_evidence(&w.engine),
							     .verdicts = w.verdicts, .interface = "sim0"};
	report.families[!f] = (struct natsonde_family_report){.unavailable = NATSONDE_NO_ROUTE, .interface = ""};
	report.elapsed = report.families[f].evidence->now_us;
	report.sees = report.families[f].evidence->sees;
	return report;
}

#define FIRST NATSONDE_TESTS_DEFAULT
#define ALL NATSONDE_TESTS_ALL
static const struct { const char *spec; unsigned n; uint16_t tests; } runs[] = {
	{"lifetime=8,stream-lifetime=15,ports=random,hairpin=external", 1, ALL}, {"mapping=apdm,ports=sequential,lifetime=6", 2, ALL},
	{"server=no-response-port+ok,ports=random,lifetime=9,refresh=both", 2, ALL}, {"intercept=yes", 1, ALL},
	{"loss=20,seed=2,lifetime=10,hairpin=internal,tcp-mapping=adm", 1, ALL}, {"fragments=drop-inbound,accept-local=no", 1, ALL},
	{"family=6,alg=rewrites,ports=set", 1, ALL}, {"udp=drop", 2, ALL},
	{"mapping=eim,filtering=eif", 1, FIRST}, {"mapping=eim,filtering=apdf", 3, FIRST}, {"mapping=apdm", 1, FIRST},
	{"mapping=adm,filtering=adf", 1, FIRST}, {"mapping=none", 1, FIRST}, {"mapping=apdm,server=no-response-port", 2, FIRST},
	{"server=third-address", 1, FIRST}, {"server=late", 1, FIRST}, {"server=answers-400+ok", 2, FIRST},
	{"server=rejects-change", 1, FIRST}, {"server=dead-port+dead-alternate", 2, FIRST}, {"udp=drop", 1, FIRST},
	{"udp=reject,tcp=reject", 1, FIRST}, {"loss=20,seed=3", 2, FIRST}, {"loss=30,burst=4,jitter=30,seed=8", 1, FIRST},
	{"conflict=a2p2", 1, FIRST}, {"pool=4,pooling=arbitrary", 1, FIRST}, {"family=6,mapping=apdm", 1, FIRST},
	{"server=silent+binding-only+ok", 3, FIRST}, {"filter-key=host", 1, FIRST}, {"server=wrong-mapped+truncated", 2, FIRST},
	{"server=mapped-only+duplicates", 2, FIRST}, {"server=random-mapped", 1, FIRST}, {"server=oversized", 1, FIRST},
};
#define RUNS (sizeof(runs) / sizeof(runs[0]))

static bool read_back(const char *text)
{
	wrong[0] = 'x';
	return natsonde_saved_read(text, strlen(text), &saved, wrong);
}

/* Judging needs every fact: what the JSON did not carry would show here. */
static void test_what_was_saved_is_judged_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < RUNS; i++) {
		const struct natsonde_report report = simulate(runs[i].spec, runs[i].n, runs[i].tests);
		const unsigned f = report.families[1].evidence != NULL;
		struct natsonde_verdicts verdicts;
		char *text = render(&report, NATSONDE_JSON), *text_again;

		if (!read_back(text))
			fail_msg("%s: %s", runs[i].spec, wrong);
		for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
			if (!(runs[i].tests & NATSONDE_TEST(b)))
				continue;
			assert_int_equal(saved.report.families[f].verdicts.of[b].verdict, report.families[f].verdicts.of[b].verdict);
			assert_int_equal(saved.report.families[f].verdicts.of[b].certainty, report.families[f].verdicts.of[b].certainty);
		}
		natsonde_judge_all(&saved.families[f].evidence, &verdicts);
		assert_memory_equal(&verdicts, &report.families[f].verdicts, sizeof(verdicts));
		saved.report.families[f].verdicts = verdicts;
		text_again = render(&saved.report, NATSONDE_JSON);
		assert_string_equal(text_again, text);
		free(text);
		free(text_again);
	}
}

static void test_both_families_and_names_without_address(void **state)
{
	struct fixture f;
	char *text, *text_again;

	(void)state;
	fixture_home(&f);
	fixture_add_ipv6(&f);
	f.unresolved[0] = (struct natsonde_unresolved){"gone.example.org", "there is no such name, or it has no address"};
	f.report.unresolved = f.unresolved;
	f.report.n_unresolved = 1;
	f.report.sees = NATSONDE_SEES_OWN_SOURCE;
	f.ev[0].fixed_port = f.report.families[0].is_tunnel = true;
	for (unsigned k = 0; k < 2; k++)
		natsonde_judge_all(&f.ev[k], &f.report.families[k].verdicts);
	text = render(&f.report, NATSONDE_JSON);
	assert_true(read_back(text));
	assert_int_equal(saved.report.n_unresolved, 1);
	assert_string_equal(saved.report.unresolved[0].name, "gone.example.org");
	for (unsigned k = 0; k < 2; k++)
		natsonde_judge_all(&saved.families[k].evidence, &saved.report.families[k].verdicts);
	text_again = render(&saved.report, NATSONDE_JSON);
	assert_string_equal(text_again, text);
	free(text);
	free(text_again);
}

/* A question is known by its test, its socket's role, its endpoint and its CHANGE-REQUEST: no two may be alike. */
static void test_every_question_can_be_told_from_the_others(void **state)
{
	(void)state;
	for (unsigned a = 0; a < NATSONDE_QUESTIONS; a++)
		for (unsigned b = 0; b < a; b++) {
			const struct natsonde_question_row *x = &natsonde_questions[a], *y = &natsonde_questions[b];

			assert_false(strcmp(natsonde_question_test(a), natsonde_question_test(b)) == 0 && x->socket == y->socket && x->endpoint == y->endpoint &&
				     x->change == y->change);
		}
}

/* Replaces the first occurrence; the caller frees it. */
static char *with(const char *text, const char *what, const char *replacement)
{
	const char *at = strstr(text, what);
	char *changed = malloc(strlen(text) + strlen(replacement) + 1);

	assert_non_null(at);
	assert_non_null(changed);
	sprintf(changed, "%.*s%s%s", (int)(at - text), text, replacement, at + strlen(what));
	return changed;
}

static void test_what_is_wrong_is_named(void **state)
{
	static const struct { const char *what, *replacement, *named; } rows[] = {
		{"\"schema\":\t1", "\"schema\":\t2", "schema"},
		{"\"schema\":\t1,", "", "schema: missing"},
		{"\"natsonde\"", "\"ping\"", "schema"},
		{"\"simulation\"", "17", "platform"},
		{"\"ipv4\":\t{", "\"ipv4\":\t[], \"x\":\t{", "ipv4: not an object"},
		{"\"end\":\t\"decided\"", "\"end\":\t\"whatever\"", "ipv4.end"},
		{"\"end\":\t\"decided\",", "", "ipv4.end: missing"},
		{"\"ended_ms\":\t", "\"ended_ms\":\t-", "ipv4.ended_ms"},
		{"\"endpoint-independent\"", "\"cone\"", "ipv4.mapping.verdict"},
		{"\"certainty\":\t\"verified\"", "\"certainty\":\ttrue", "ipv4.nat.certainty"},
		{"\"address\":\t\"203.0.113.10:3478\"", "\"address\":\t\"203.0.113.10\"", "servers[0].address"},
		{"\"address\":\t\"203.0.113.10:3478\"", "\"address\":\t\"[2001:db8::1]:3478\"", "servers[0].address"},
		{"\"role\":\t\"mapping\"", "\"role\":\t\"filter\"", "probes[0]"},
		{"\"server\":\t0", "\"server\":\t7", "probes[0].server"},
		{"\"server\":\t0", "\"server\":\t0.5", "probes[0].server"},
		{"\"socket\":\t1", "\"socket\":\t1e300", "probes[0].socket"},
		{"\"sent_ms\":\t[0]", "\"sent_ms\":\t[]", "probes[0].sent_ms"},
		{"\"sent_ms\":\t[0]", "\"sent_ms\":\t[1e18]", "probes[0].sent_ms"},
		{"\"to\":\t\"203.0.113.10:3478\"", "\"to\":\t\"203.0.113.10:347800\"", "probes[0].to"},
		{"\"outcome\":\t\"answered\"", "\"outcome\":\t\"unsent\"", "probes[0].cause"},
		{"\"probes\":\t[", "\"probes\":\t[[],", "probes[0]: not an object"},
		{"\"kind\":\t", "\"kind\":\t\"cone\", \"was\":\t", "ipv4.nat.kind"},
		{"{", "{{", "line 1: not JSON"},
		{"\"tool\"", "tool", "line 3: not JSON"},
	};
	const struct natsonde_report report = simulate("mapping=eim,filtering=eif", 1, FIRST);
	char *text = render(&report, NATSONDE_JSON);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *changed = with(text, rows[i].what, rows[i].replacement);

		assert_false(read_back(changed));
		if (!strstr(wrong, rows[i].named))
			fail_msg("%s -> %s: %s", rows[i].what, rows[i].replacement, wrong);
		free(changed);
	}
	free(text);
}

/* What a terminal would obey, and what is no text at all, must not come out of a stranger's file. */
static void test_text_comes_out_printable(void **state)
{
	const struct natsonde_report report = simulate("seed=1", 1, FIRST);
	char *text = render(&report, NATSONDE_JSON);
	char *changed = with(text, "one.example.org", "\\u001b[31mx\xc2\x9b\\n");

	(void)state;
	assert_true(read_back(changed));
	assert_string_equal(saved.report.names[saved.families[0].evidence.servers[0].name], "?[31mx???");
	free(text);
	free(changed);
}

static uint32_t chance = 1;

static uint32_t draw(uint32_t below)
{
	chance = chance * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)chance * below) >> 32);
}

/* Spoils a report somewhere: bytes, whole values, lines. Returns the new length. */
static size_t spoil(char *text, size_t len)
{
	static const char *const values[] = {"-1", "256", "1e999", "\"\"", "null", "[]", "{}", "\"::\"", "4294967296", "0", "true",
					     "\"0.0.0.0:0\"", "\"[::]:65535\"", "\"unsent\"", "\"late\"", "\"a2p2\"", "\"both\""};
	const uint32_t at = draw((uint32_t)len);
	char *colon = memchr(text + at, ':', len - at);

	switch (draw(5)) {
	case 0:
		text[at] = (char)draw(256);
		return len;
	case 1: return at;
	case 2: {
		const size_t wanted = draw(200), n = wanted < len - at ? wanted : 0;

		memmove(text + at, text + at + n, len - at - n);
		return len - n;
	}
	default:
		if (colon) {
			const char *value = values[draw(sizeof(values) / sizeof(values[0]))];
			const size_t old = strcspn(colon + 1, ",\n");

			memmove(colon + 1 + strlen(value), colon + 1 + old, len - (size_t)(colon + 1 + old - text));
			memcpy(colon + 1, value, strlen(value));
			return len + strlen(value) - old;
		}
		return len;
	}
}

/* Whatever is accepted can be judged, shown, saved and read again. */
static void use(void)
{
	for (unsigned f = 0; f < 2; f++)
		if (saved.report.families[f].evidence)
			natsonde_judge_all(&saved.families[f].evidence, &saved.report.families[f].verdicts);
	free(render(&saved.report, NATSONDE_TEXT));
	free(render(&saved.report, NATSONDE_SHORT));
	char *text = render(&saved.report, NATSONDE_JSON);
	assert_true(natsonde_saved_read(text, strlen(text), &again, wrong));
	free(text);
}

static void test_damaged_reports_do_no_harm(void **state)
{
	unsigned accepted = 0, refused = 0;

	(void)state;
	for (size_t i = 0; i < RUNS; i++) {
		const struct natsonde_report report = simulate(runs[i].spec, runs[i].n, runs[i].tests);
		char *text = render(&report, NATSONDE_JSON);
		const size_t whole = strlen(text);
		char *copy = malloc(whole + 1024);

		assert_non_null(copy);
		for (unsigned n = 0; n < 150; n++) {
			size_t len = whole;

			memcpy(copy, text, whole + 1);
			for (unsigned k = draw(3) + 1; k > 0 && len > 0; k--) {
				len = spoil(copy, len);
				copy[len] = '\0';
			}
			if (natsonde_saved_read(copy, len, &saved, wrong)) {
				use();
				accepted++;
			} else {
				assert_true(wrong[0] != '\0' && !strchr(wrong, '\n'));
				refused++;
			}
		}
		free(copy);
		free(text);
	}
	assert_true(accepted > 200 && refused > 200);
}

/* Evidence of a stranger may count sockets as it likes. */
static void test_any_instance_can_be_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < RUNS && runs[i].tests == ALL; i++) {
		const struct natsonde_report report = simulate(runs[i].spec, runs[i].n, ALL);
		const unsigned f = report.families[1].evidence != NULL;
		const struct natsonde_evidence *ev = report.families[f].evidence;
		struct natsonde_verdicts verdicts;

		for (unsigned p = 0; p < ev->n_probes; p++) {
			const uint8_t instance = ev->probes[p].instance;

			for (unsigned k = 0; k < 4; k++) {
				ev->probes[p].instance = (uint8_t[]){0, 3, 64, 255}[k];
				natsonde_judge_all(ev, &verdicts);
			}
			ev->probes[p].instance = instance;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_saved_is_judged_the_same),
		cmocka_unit_test(test_both_families_and_names_without_address),
		cmocka_unit_test(test_every_question_can_be_told_from_the_others),
		cmocka_unit_test(test_what_is_wrong_is_named),
		cmocka_unit_test(test_text_comes_out_printable),
		cmocka_unit_test(test_damaged_reports_do_no_harm),
		cmocka_unit_test(test_any_instance_can_be_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
