#include "rounds.h"

#include "history.h"
#include "silence.h"

#define COPIES_EACH 2u
#define COPIES_REBUFFED 3u /* as many as settle any question that meets errors alone */

/* What became of a packet, as far as it is known. */
enum fate { OPEN_YET, CAME, CAME_NOT };

static enum fate fate_of(const struct natsonde_evidence *ev, const struct natsonde_probe *p, uint32_t wait_us)
{
	if (natsonde_probe_is_good(ev, p))
		return CAME;
	return p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us < wait_us ? OPEN_YET : CAME_NOT;
}

static void count_copy(const struct natsonde_probe *p, enum fate fate, enum fate plain, struct natsonde_rounds *r)
{
	r->copies++;
	if (p->outcome == NATSONDE_UNSENT) {
		r->unsent++;
		return;
	}
	r->refused = (uint8_t)(r->refused + (p->outcome == NATSONDE_UNREACHABLE));
	if (plain == CAME_NOT)
		return;
	if (plain == CAME && fate == CAME_NOT)
		r->silent++;
	else if (fate != CAME)
		r->pending++;
}

struct natsonde_rounds natsonde_rounds(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
				       enum natsonde_question q, enum natsonde_question plain, unsigned from)
{
	struct natsonde_rounds r = {.controls = t->controls, .lost = t->controls_lost};
	uint32_t wait_us = natsonde_history_wait_us(ev, t->server);
	enum fate open = CAME_NOT;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		enum fate fate = fate_of(ev, p, wait_us);

		if (p->server != t->server || (p->question != q && p->question != plain))
			continue;
		if (p->question == plain) {
			r.controls = (uint16_t)(r.controls + (fate != OPEN_YET));
			r.lost = (uint16_t)(r.lost + (fate == CAME_NOT));
		}
		if (i < from)
			continue;
		r.last_us = p->sent_us;
		if (p->question == q) {
			count_copy(p, fate, open, &r);
			continue;
		}
		open = fate;
		r.n++;
		r.copies = 0;
	}
	return r;
}

static bool would_convince(const struct natsonde_rounds *r, unsigned copies)
{
	return natsonde_silence_convinces(copies, r->lost, r->controls, NATSONDE_DOUBT_VERDICT);
}

bool natsonde_rounds_convince(const struct natsonde_rounds *r)
{
	return would_convince(r, r->silent);
}

bool natsonde_rounds_are_refused(const struct natsonde_rounds *r)
{
	return r->refused >= COPIES_REBUFFED;
}

bool natsonde_rounds_are_unsent(const struct natsonde_rounds *r)
{
	return r->unsent >= COPIES_REBUFFED;
}

enum natsonde_round_step natsonde_rounds_next(struct natsonde_want *w, unsigned server, const struct natsonde_rounds *r)
{
	if (natsonde_rounds_convince(r) || natsonde_rounds_are_refused(r) || natsonde_rounds_are_unsent(r))
		return NATSONDE_ROUND_OVER;
	if (r->n > 0 && r->copies < COPIES_EACH)
		return NATSONDE_ROUND_COPY;
	if (r->n < NATSONDE_ROUNDS_MAX && !would_convince(r, (unsigned)r->silent + r->pending))
		return NATSONDE_ROUND_PLAIN;
	if (r->pending == 0)
		return NATSONDE_ROUND_OVER;
	natsonde_want_wake(w, r->last_us + natsonde_history_wait_us(w->ev, server));
	return NATSONDE_ROUND_WAIT;
}
