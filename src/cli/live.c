#include "live.h"

#include "shared/outcome.h"

bool natsonde_live_begin(struct natsonde_live *live)
{
	live->has_failed = !natsonde_stream_begin(live->report, live->out);
	return !live->has_failed;
}

static bool is_reply(const struct natsonde_probe *p)
{
	return p->outcome != NATSONDE_SILENT && p->outcome != NATSONDE_UNSENT;
}

/* An answer from the wrong address may be followed by the right one: that is news, too. */
static void tell_outcomes(struct natsonde_live *live, unsigned f, const struct natsonde_evidence *ev)
{
	for (unsigned i = 0; i < live->families[f].told; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (live->families[f].last[i].outcome == p->outcome && live->families[f].last[i].from == p->from)
			continue;
		live->families[f].last[i].outcome = p->outcome;
		live->families[f].last[i].from = p->from;
		live->has_failed |= is_reply(p) && !natsonde_stream_outcome(ev, i, live->out);
	}
}

static void tell_sent(struct natsonde_live *live, unsigned f, const struct natsonde_evidence *ev)
{
	for (; live->families[f].told < ev->n_probes; live->families[f].told++) {
		const unsigned i = live->families[f].told;

		live->families[f].last[i].outcome = ev->probes[i].outcome == NATSONDE_UNSENT ? NATSONDE_UNSENT : NATSONDE_SILENT;
		live->families[f].last[i].from = 0;
		live->has_failed |= ev->probes[i].outcome == NATSONDE_UNSENT ? !natsonde_stream_outcome(ev, i, live->out)
									      : !natsonde_stream_sent(ev, i, live->out);
	}
}

static void tell_verdicts(struct natsonde_live *live, unsigned f, const struct natsonde_evidence *ev)
{
	struct natsonde_report report = *live->report;
	struct natsonde_family_report *family = &report.families[f];

	live->families[f].is_over = true;
	*family = (struct natsonde_family_report){ .evidence = ev, .interface = "" };
	family->unavailable = natsonde_outcome_family(ev);
	natsonde_judge_all(ev, &family->verdicts);
	live->has_failed |= !natsonde_stream_verdicts(&report, f, live->out);
}

static void tell_news(struct natsonde_live *live, unsigned f, const struct natsonde_evidence *ev)
{
	tell_outcomes(live, f, ev);
	tell_sent(live, f, ev);
	tell_outcomes(live, f, ev);
	if (ev->end != NATSONDE_END_NOT_YET)
		tell_verdicts(live, f, ev);
}

bool natsonde_live_look(void *ctx, natsonde_us now)
{
	struct natsonde_live *live = ctx;

	(void)now;
	for (unsigned f = 0; f < 2; f++)
		if (live->watch->engines[f] && !live->families[f].is_over && !live->has_failed)
			tell_news(live, f, natsonde_engine_evidence(live->watch->engines[f]));
	return !live->has_failed;
}
