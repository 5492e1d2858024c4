#include "replay.h"

#include <stdio.h>
#include <string.h>

#include <natsonde/names.h>

#include "load.h"
#include "present.h"

static struct natsonde_saved saved, before;

static const char *const families[2] = { "IPv4", "IPv6" };

static unsigned compare_findings(unsigned f, uint16_t tests, const struct natsonde_verdicts *now)
{
	unsigned differences = 0;

	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++) {
		const struct natsonde_finding *then = &saved.report.families[f].verdicts.of[b], *is = &now->of[b];

		if (!(tests & NATSONDE_TEST(b)) || (then->verdict == is->verdict && then->certainty == is->certainty))
			continue;
		differences++;
		fprintf(stderr, "natsonde: %s %s: saved as %s (%s), judged %s (%s)\n", families[f],
			natsonde_behaviour_name((enum natsonde_behaviour)b),
			natsonde_verdict_name((enum natsonde_verdict)then->verdict),
			natsonde_certainty_name((enum natsonde_certainty)then->certainty),
			natsonde_verdict_name((enum natsonde_verdict)is->verdict),
			natsonde_certainty_name((enum natsonde_certainty)is->certainty));
	}
	return differences;
}

/* What was saved as not known may be older than the fact. */
static unsigned compare_facts(unsigned f, const struct natsonde_verdicts *now)
{
	char then[NATSONDE_FACT_TEXT], is[NATSONDE_FACT_TEXT];
	enum natsonde_behaviour b;
	unsigned differences = 0;
	const char *key;

	for (unsigned i = 0; (key = natsonde_fact_name(i, &b)); i++) {
		if (!(saved.report.tests & NATSONDE_TEST(b)) || !natsonde_fact_format(i, &saved.report.families[f].verdicts, then))
			continue;
		natsonde_fact_format(i, now, is);
		if (strcmp(then, is) == 0)
			continue;
		differences++;
		fprintf(stderr, "natsonde: %s %s.%s: saved as %s, judged %s\n", families[f], natsonde_behaviour_name(b), key, then, is);
	}
	return differences;
}

static unsigned compare_servers(unsigned f)
{
	const struct natsonde_evidence *ev = &saved.families[f].evidence;
	unsigned differences = 0;

	for (unsigned s = 0; s < ev->n_servers; s++) {
		const unsigned then = saved.families[f].server_verdicts[s], is = natsonde_judge_server(ev, s).verdict;

		if (then == is)
			continue;
		differences++;
		fprintf(stderr, "natsonde: servers[%u]: saved as %s, judged %s\n", s + f * saved.families[0].evidence.n_servers,
			natsonde_server_verdict_name((enum natsonde_server_verdict)then),
			natsonde_server_verdict_name((enum natsonde_server_verdict)is));
	}
	return differences;
}

/* Judges every family that has evidence; returns how much differs from what was saved. */
static unsigned judge(struct natsonde_report *report)
{
	const bool was_failed = report->outcome == NATSONDE_RUN_FAILED;
	unsigned differences = 0;

	for (unsigned f = 0; f < 2; f++) {
		struct natsonde_family_report *family = &report->families[f];
		const enum natsonde_unavailable then = family->unavailable;

		if (!family->evidence)
			continue;
		family->unavailable = natsonde_outcome_family(family->evidence);
		natsonde_judge_all(family->evidence, &family->verdicts);
		if (family->unavailable == then && (then == NATSONDE_AVAILABLE || then == NATSONDE_NO_ANSWER))
			differences += compare_findings(f, saved.report.tests, &family->verdicts) + compare_facts(f, &family->verdicts);
		else if (family->unavailable != then && !was_failed) {
			differences++;
			fprintf(stderr, "natsonde: %s: whether it was measured is judged otherwise than it was saved\n", families[f]);
		}
		differences += compare_servers(f);
	}
	return differences;
}

static void conclude(struct natsonde_report *report, enum natsonde_exit *code)
{
	const bool is_interrupted = report->outcome == NATSONDE_RUN_INTERRUPTED;
	struct natsonde_conclusion c = natsonde_outcome_conclude(report->families, report->tests, is_interrupted);

	report->outcome = c.outcome;
	report->unreachable = c.unreachable;
	report->fault = c.fault;
	*code = c.exit_code;
}

/* A further test has packets of its own: where they were not sent, there is nothing to judge. */
static bool has_tests(const struct natsonde_options *options, struct natsonde_complaint *complaint)
{
	for (unsigned b = NATSONDE_BEHAVIOURS_FIRST; b < NATSONDE_BEHAVIOURS; b++)
		if (options->tests & ~saved.report.tests & NATSONDE_TEST(b))
			return natsonde_complain(complaint, "--replay %s: that run has not tested %s, so nothing of it can be judged; leave it out",
						 options->replay, natsonde_behaviour_name((enum natsonde_behaviour)b));
	return true;
}

enum natsonde_exit natsonde_replay(const struct natsonde_options *options)
{
	struct natsonde_complaint complaint;
	struct natsonde_report report;
	enum natsonde_exit code;
	unsigned differences;

	if (!natsonde_load("--replay", options->replay, &saved, &complaint) ||
	    (options->diff && !natsonde_load("--diff", options->diff, &before, &complaint))) {
		fprintf(stderr, "natsonde: %s\n", complaint.text);
		return NATSONDE_EXIT_USAGE;
	}
	if (!has_tests(options, &complaint)) {
		fprintf(stderr, "natsonde: %s\n", complaint.text);
		return NATSONDE_EXIT_USAGE;
	}
	report = saved.report;
	differences = judge(&report);
	if (options->tests)
		report.tests = options->tests;
	conclude(&report, &code);
	code = natsonde_present(options, &report, options->diff ? &before : NULL, code);
	return differences && code != NATSONDE_EXIT_FAULT ? NATSONDE_EXIT_CONTRADICTED : code;
}
