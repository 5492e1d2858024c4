#define _POSIX_C_SOURCE 200809L /* isatty */

#include <natsonde/names.h>

#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#define ERASE "\r\033[K"

/* What has happened so far, over both families. */
struct state {
	unsigned sent, answered;
	natsonde_us since;  /* the first packet */
	const char *test;   /* of the packet sent last; NULL: none yet */
	const char *family;
	bool is_lifetime;   /* so is that packet's test */
};

static struct state look_at(const struct natsonde_watch *watch)
{
	struct state s = { .sent = 0 };
	natsonde_us last = 0;

	for (unsigned f = 0; f < 2; f++) {
		const struct natsonde_evidence *ev = watch->engines[f] ? natsonde_engine_evidence(watch->engines[f]) : NULL;

		if (ev && ev->n_probes > 0 && (!s.test || ev->began < s.since))
			s.since = ev->began;
		for (unsigned i = 0; ev && i < ev->n_probes; i++) {
			const struct natsonde_probe *p = &ev->probes[i];

			s.sent += p->outcome != NATSONDE_UNSENT;
			s.answered += natsonde_is_reply(p->outcome);
			if (s.test && ev->began + p->sent_us < last)
				continue;
			last = ev->began + p->sent_us;
			s.test = natsonde_question_test(p->question);
			s.is_lifetime = p->question >= NATSONDE_Q_LIFE_SET && p->question <= NATSONDE_Q_LIFE_ASK;
			s.family = f == 0 ? "IPv4" : "IPv6";
		}
	}
	return s;
}

/* Tenths of a second until then, not below 0. */
static long tenths_until(natsonde_us then, natsonde_us now)
{
	return then > now ? (long)((then - now) / (100 * NATSONDE_MS)) : 0;
}

/* What is known of the lifetime so far: the shorter of what was measured in both families. 0: nothing yet. */
static struct natsonde_span shortest(const struct natsonde_watch *watch)
{
	struct natsonde_span least = { 0, 0 };

	for (unsigned f = 0; f < 2; f++) {
		struct natsonde_verdicts verdicts;
		struct natsonde_span span;

		if (!watch->engines[f])
			continue;
		natsonde_judge_all(natsonde_engine_evidence(watch->engines[f]), &verdicts);
		span = verdicts.lifetime.exchange;
		if (!least.alive_ds || (span.alive_ds && span.alive_ds < least.alive_ds))
			least = span;
	}
	return least;
}

/* Silence takes its time; the other tests were over long before. */
static void draw_lifetime(const struct natsonde_progress *p, const struct state *s, natsonde_us now)
{
	const struct natsonde_span known = shortest(p->watch);
	const long passed = tenths_until(now, s->since) / 10, left = tenths_until(p->ends, now) / 10;

	fprintf(stderr, ERASE "testing lifetime: %ld s so far, at most %ld s left; ", passed, left);
	if (known.dead_ds)
		fprintf(stderr, "ends after %u to %u s", known.alive_ds / 10u, known.dead_ds / 10u);
	else if (known.alive_ds)
		fprintf(stderr, "lives after %u s", known.alive_ds / 10u);
	else
		fprintf(stderr, "%u packets sent", s->sent);
	fflush(stderr);
}

static void draw(const struct natsonde_progress *p, natsonde_us now)
{
	const struct state s = look_at(p->watch);
	const long left = tenths_until(s.answered ? p->ends : p->gives_up, now);

	if (!s.test)
		return;
	if (s.is_lifetime) {
		draw_lifetime(p, &s, now);
		return;
	}
	fprintf(stderr, ERASE "testing %s over %s: %u packet%s sent, %u answered; ", s.test, s.family, s.sent,
		s.sent == 1 ? "" : "s", s.answered);
	fprintf(stderr, s.answered ? "at most %ld.%ld s left" : "giving up in %ld.%ld s", left / 10, left % 10);
	fflush(stderr);
}

bool natsonde_progress_look(void *ctx, natsonde_us now)
{
	struct natsonde_progress *p = ctx;

	if (p->drawn && now - p->drawn < NATSONDE_PROGRESS_SLICE)
		return true;
	p->drawn = now;
	draw(p, now);
	return true;
}

bool natsonde_progress_begin(struct natsonde_progress *progress)
{
	*progress = (struct natsonde_progress){ .is_shown = isatty(STDERR_FILENO) };
	if (!progress->is_shown)
		return false;
	fputs(ERASE "resolving names", stderr);
	fflush(stderr);
	return true;
}

void natsonde_progress_end(struct natsonde_progress *progress)
{
	if (!progress->is_shown)
		return;
	fputs(ERASE, stderr);
	fflush(stderr);
	progress->is_shown = false;
}
