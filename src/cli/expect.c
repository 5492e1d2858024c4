#include "expect.h"

#include <string.h>

#include <natsonde/names.h>

static void append(char *list, size_t cap, const char *word)
{
	const size_t len = strlen(list);

	snprintf(list + len, cap - len, "%s%s", len ? ", " : "", word);
}

static bool complain_about_behaviour(const char *term, size_t len, struct natsonde_complaint *complaint)
{
	char names[256] = "";

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		append(names, sizeof(names), natsonde_behaviour_name((enum natsonde_behaviour)b));
	return natsonde_complain(complaint,
				 "--expect '%.*s': give BEHAVIOUR=VERDICT[/VERDICT...], several separated by commas; behaviours: %s",
				 (int)len, term, names);
}

static bool complain_about_verdict(const char *term, size_t len, enum natsonde_behaviour b, struct natsonde_complaint *complaint)
{
	char names[256] = "";

	for (unsigned v = NATSONDE_UNKNOWN + 1; v < NATSONDE_VERDICTS; v++)
		if (natsonde_behaviour_has(b, (enum natsonde_verdict)v))
			append(names, sizeof(names), natsonde_verdict_short(b, (enum natsonde_verdict)v));
	return natsonde_complain(complaint, "--expect '%.*s': verdicts of %s: %s; several joined by / mean any of them", (int)len,
				 term, natsonde_behaviour_name(b), names);
}

static bool find_behaviour(const char *name, size_t len, enum natsonde_behaviour *behaviour)
{
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		const char *known = natsonde_behaviour_name((enum natsonde_behaviour)b);

		*behaviour = (enum natsonde_behaviour)b;
		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return true;
	}
	return false;
}

/* One term, such as "p2p=open/easy". That something stays unknown cannot be expected: exit code 4 says it. */
static bool parse_term(const char *term, size_t len, struct natsonde_expectations *e, struct natsonde_complaint *complaint)
{
	const char *equals = memchr(term, '=', len), *end = term + len;
	enum natsonde_behaviour b;
	uint64_t verdicts = 0;

	if (!equals || !find_behaviour(term, (size_t)(equals - term), &b))
		return complain_about_behaviour(term, len, complaint);
	for (const char *word = equals + 1; word <= end;) {
		const char *slash = memchr(word, '/', (size_t)(end - word));
		const char *word_end = slash ? slash : end;
		enum natsonde_verdict v;

		if (!natsonde_verdict_parse(b, word, (size_t)(word_end - word), &v) || v == NATSONDE_UNKNOWN)
			return complain_about_verdict(term, len, b, complaint);
		verdicts |= UINT64_C(1) << v;
		word = word_end + 1;
	}
	if (e->n == NATSONDE_EXPECTATIONS_MAX)
		return natsonde_complain(complaint, "--expect '%.*s' is one too many: at most %d are checked", (int)len, term,
					 NATSONDE_EXPECTATIONS_MAX);
	e->of[e->n].text = term;
	e->of[e->n].len = (uint16_t)len;
	e->of[e->n].verdicts = verdicts;
	e->of[e->n++].behaviour = (uint8_t)b;
	return true;
}

bool natsonde_expect_parse(const char *text, struct natsonde_expectations *e, struct natsonde_complaint *complaint)
{
	for (const char *term = text;; term++) {
		size_t len = strcspn(term, ",");

		if (len > UINT8_MAX || !parse_term(term, len, e, complaint))
			return len > UINT8_MAX ? complain_about_behaviour(term, UINT8_MAX, complaint) : false;
		term += len;
		if (!*term)
			return true;
	}
}

uint16_t natsonde_expect_tests(const struct natsonde_expectations *e)
{
	uint16_t tests = 0;

	for (unsigned i = 0; i < e->n; i++)
		tests |= (uint16_t)NATSONDE_TEST(e->of[i].behaviour);
	return tests;
}

static const char *detail_of(const struct natsonde_finding *found)
{
	if (found->verdict == NATSONDE_UNKNOWN)
		return natsonde_reason_sentence((enum natsonde_reason)found->reason);
	return natsonde_certainty_name((enum natsonde_certainty)found->certainty);
}

static bool is_same(const struct natsonde_finding *a, const struct natsonde_finding *b)
{
	return a->verdict == b->verdict && strcmp(detail_of(a), detail_of(b)) == 0;
}

/* Which family is meant is said only where both were measured and differ. */
static void tell(const struct natsonde_report *report, enum natsonde_behaviour b, const bool is_told[2], FILE *out)
{
	static const char *const over[2] = { " over IPv4", " over IPv6" };
	const struct natsonde_finding *found[2] = { &report->families[0].verdicts.of[b], &report->families[1].verdicts.of[b] };
	const bool is_both = natsonde_family_is_measured(&report->families[0]) && natsonde_family_is_measured(&report->families[1]);
	const char *separator = " ";

	if (is_told[0] && is_told[1] && is_same(found[0], found[1])) {
		fprintf(out, " %s (%s)\n", natsonde_verdict_short(b, (enum natsonde_verdict)found[0]->verdict), detail_of(found[0]));
		return;
	}
	for (unsigned f = 0; f < 2; f++) {
		if (!is_told[f])
			continue;
		fprintf(out, "%s%s%s (%s)", separator, natsonde_verdict_short(b, (enum natsonde_verdict)found[f]->verdict),
			is_both ? over[f] : "", detail_of(found[f]));
		separator = ", ";
	}
	fputc('\n', out);
}

/* Where no family could be measured, that UDP is blocked is known all the same. */
static bool is_known(const struct natsonde_report *report, unsigned f, uint8_t verdict)
{
	const bool is_any_measured = natsonde_family_is_measured(&report->families[0]) || natsonde_family_is_measured(&report->families[1]);

	return natsonde_family_is_measured(&report->families[f]) || (!is_any_measured && verdict == NATSONDE_BLOCKED);
}

bool natsonde_expect_check(const struct natsonde_expectations *e, const struct natsonde_report *report, FILE *out)
{
	bool holds = true;

	for (unsigned i = 0; i < e->n; i++) {
		const enum natsonde_behaviour b = (enum natsonde_behaviour)e->of[i].behaviour;
		bool is_told[2];

		for (unsigned f = 0; f < 2; f++) {
			const uint8_t verdict = report->families[f].verdicts.of[b].verdict;

			is_told[f] = is_known(report, f, verdict) && !(e->of[i].verdicts >> verdict & 1);
			holds = holds && !(is_told[f] && verdict != NATSONDE_UNKNOWN);
		}
		if (!is_told[0] && !is_told[1])
			continue;
		fprintf(out, "natsonde: expected %.*s, found", e->of[i].len, e->of[i].text);
		tell(report, b, is_told, out);
	}
	return holds;
}
