#include "writer.h"

#include <natsonde/names.h>

#include "words.h"

struct shorts {
	FILE *out;
	uint16_t tests;
	bool is_any_measured;
};

static void begin(void *ctx, const struct natsonde_report *report)
{
	struct shorts *s = ctx;

	s->tests = report->tests;
	/* Whoever asks for p2p has these two measured with it. */
	if (s->tests & NATSONDE_TEST(NATSONDE_P2P))
		s->tests |= NATSONDE_TEST(NATSONDE_MAPPING) | NATSONDE_TEST(NATSONDE_FILTERING);
	s->is_any_measured = natsonde_family_is_measured(&report->families[0]) || natsonde_family_is_measured(&report->families[1]);
}

static const char *class_word(const struct shorts *s, const struct natsonde_verdicts *verdicts, enum natsonde_behaviour b)
{
	return s->tests & NATSONDE_TEST(b) ? natsonde_verdict_short(b, (enum natsonde_verdict)verdicts->of[b].verdict) : "-";
}

/* p2p follows from the others, and what has tests of its own stands aside: their certainty counts only where they stand alone. */
static const char *weakest_certainty(const struct shorts *s, const struct natsonde_verdicts *verdicts)
{
	const bool is_alone = (s->tests & (NATSONDE_TEST(NATSONDE_P2P) - 1u)) == 0;
	unsigned weakest = NATSONDE_CERTAINTIES;

	for (unsigned b = 0; b < NATSONDE_P2P; b++)
		if ((s->tests & NATSONDE_TEST(b)) && verdicts->of[b].certainty < weakest)
			weakest = verdicts->of[b].certainty;
	for (unsigned b = NATSONDE_P2P; b < NATSONDE_BEHAVIOURS && is_alone; b++)
		if ((s->tests & NATSONDE_TEST(b)) && verdicts->of[b].certainty < weakest)
			weakest = verdicts->of[b].certainty;
	return weakest == NATSONDE_CERTAINTIES ? "-" : natsonde_certainty_name((enum natsonde_certainty)weakest);
}

static void write_classes(const struct shorts *s, const struct natsonde_family_view *family)
{
	const struct natsonde_verdicts *verdicts = &family->report->verdicts;
	char external[NATSONDE_ADDR_TEXT] = "-";

	if (family->external.n > 0)
		natsonde_addr_format_ip(&family->external.ip[0], external, sizeof(external));
	fprintf(s->out, "%s %s %s %s %s %s", family->key, class_word(s, verdicts, NATSONDE_P2P),
		class_word(s, verdicts, NATSONDE_MAPPING), class_word(s, verdicts, NATSONDE_FILTERING),
		weakest_certainty(s, verdicts), external);
	for (unsigned b = NATSONDE_BEHAVIOURS_FIRST; b < NATSONDE_BEHAVIOURS; b++)
		if (s->tests & NATSONDE_TEST(b))
			fprintf(s->out, " %s=%s", natsonde_behaviour_name((enum natsonde_behaviour)b),
				class_word(s, verdicts, (enum natsonde_behaviour)b));
	fputc('\n', s->out);
}

/* A family that was not measured is worth a line only where none was: then the line says why. */
static void family(void *ctx, const struct natsonde_family_view *view)
{
	const struct shorts *s = ctx;
	const bool is_blocked = view->has_findings && (s->tests & NATSONDE_TEST(NATSONDE_P2P)) &&
				view->report->verdicts.of[NATSONDE_P2P].verdict == NATSONDE_BLOCKED;

	if (view->unavailable == NATSONDE_AVAILABLE || (is_blocked && !s->is_any_measured))
		write_classes(s, view);
	else if (view->unavailable != NATSONDE_NOT_ASKED && !s->is_any_measured)
		fprintf(s->out, "%s unavailable %s\n", view->key, natsonde_words_unavailable(view->unavailable));
}

bool natsonde_short_write(const struct natsonde_report *report, FILE *out)
{
	static const struct natsonde_writer writer = {.begin = begin, .family = family};
	struct shorts s = {.out = out};

	natsonde_report_walk(report, &writer, &s);
	return true;
}
