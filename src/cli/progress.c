#define _DEFAULT_SOURCE /* isatty; struct winsize */

#include <natsonde/names.h>

#include "progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ERASE "\r\033[K"
#define COLUMNS_USUAL 80
#define LINE_MAX_LEN 256

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

/* One that is as wide as the terminal would go on in the next row, where ERASE does not reach. */
void natsonde_progress_show(const char *line)
{
	struct winsize size;
	int columns = COLUMNS_USUAL;

	if (!isatty(STDERR_FILENO))
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		columns = size.ws_col;
	fprintf(stderr, ERASE "%.*s", columns - 1, line);
	fflush(stderr);
}

/* Silence takes its time; the other tests were over long before. */
static void draw_lifetime(const struct natsonde_progress *p, const struct state *s, natsonde_us now)
{
	const struct natsonde_span known = shortest(p->watch);
	const long passed = tenths_until(now, s->since) / 10, left = tenths_until(p->ends, now) / 10;
	char line[LINE_MAX_LEN];
	int len = snprintf(line, sizeof(line), "testing lifetime: %ld s so far, at most %ld s left; ", passed, left);

	if (known.dead_ds)
		snprintf(line + len, sizeof(line) - (size_t)len, "ends after %u to %u s", known.alive_ds / 10u, known.dead_ds / 10u);
	else if (known.alive_ds)
		snprintf(line + len, sizeof(line) - (size_t)len, "lives after %u s", known.alive_ds / 10u);
	else
		snprintf(line + len, sizeof(line) - (size_t)len, "%u packets sent", s->sent);
	natsonde_progress_show(line);
}

static void draw(const struct natsonde_progress *p, natsonde_us now)
{
	const struct state s = look_at(p->watch);
	const long left = tenths_until(s.answered ? p->ends : p->gives_up, now);
	char line[LINE_MAX_LEN];
	int len;

	if (!s.test)
		return;
	if (s.is_lifetime) {
		draw_lifetime(p, &s, now);
		return;
	}
	len = snprintf(line, sizeof(line), "testing %s over %s: %u packet%s sent, %u answered; ", s.test, s.family, s.sent,
		       s.sent == 1 ? "" : "s", s.answered);
	snprintf(line + len, sizeof(line) - (size_t)len, s.answered ? "at most %ld.%ld s left" : "giving up in %ld.%ld s", left / 10,
		 left % 10);
	natsonde_progress_show(line);
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
	natsonde_progress_show("resolving names");
	return true;
}

void natsonde_progress_end(struct natsonde_progress *progress)
{
	if (!progress->is_shown)
		return;
	natsonde_progress_show("");
	progress->is_shown = false;
}
