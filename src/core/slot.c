#include "slot.h"

#include "behaviour/behaviour.h"

#define SOCKETS_BESIDE 5 /* filter, control, filter, control and mapping */

/* The port that a new socket takes. RFC 5780 section 4.1: one of our own choice from 32768 up, not the system's next one, so that
 * no old state is met. Of so many ports two runs within a minute take the same one now and then. So filter sockets have the lower half
 * for themselves: none of them meets a door that another kind of socket has opened toward an alternate. */
static uint16_t choose_port(struct natsonde_engine *e, enum natsonde_socket kind, const struct natsonde_want *w)
{
	static const uint8_t offsets[NATSONDE_SOCKET_TCP] = {[NATSONDE_SOCKET_FILTER] = 1, [NATSONDE_SOCKET_CONTROL] = 2};
	uint8_t random[2];

	e->random.fill(e->random.ctx, random, sizeof(random));
	if (kind == NATSONDE_SOCKET_TCP)
		return 0;
	if (w->local_port != 0)
		return w->local_port;
	if (e->plan.local_port != 0 && kind < NATSONDE_SOCKET_TCP)
		return (uint16_t)(e->plan.local_port + offsets[kind]);
	return (uint16_t)((kind == NATSONDE_SOCKET_FILTER ? 0x8000 : 0xc000) | (random[0] & 0x3f) << 8 | random[1]);
}

bool natsonde_slot_open(struct natsonde_engine *e, unsigned slot, const struct natsonde_want *w, struct natsonde_action *action)
{
	enum natsonde_socket kind = (enum natsonde_socket)natsonde_questions[w->question].socket;
	struct natsonde_slot *s = &e->slots[slot];

	action->what = NATSONDE_DO_OPEN;
	action->slot = slot;
	action->transport = natsonde_socket_is_tcp(kind) ? NATSONDE_TCP : NATSONDE_UDP;
	action->to = natsonde_evidence_endpoint(&e->ev, w->server, action->transport == NATSONDE_UDP ? NATSONDE_A1P1 :
						(enum natsonde_endpoint)natsonde_questions[w->question].endpoint);
	action->port = choose_port(e, kind, w);
	s->kind = (uint8_t)kind;
	s->attempt = w->attempt;
	s->question = w->question;
	s->server = w->server;
	return true;
}

unsigned natsonde_slot_for(const struct natsonde_engine *e, unsigned kind, unsigned attempt)
{
	unsigned beside = NATSONDE_SOCKETS_FIRST + (kind == NATSONDE_SOCKET_CONTROL);

	if (kind >= NATSONDE_SOCKETS_FIRST)
		return e->plan.further->slot(e, kind, attempt);
	if (kind == NATSONDE_SOCKET_MAPPING || kind == NATSONDE_SOCKET_TCP || e->plan.max_sockets < SOCKETS_BESIDE ||
	    !e->slots[kind].is_open || e->slots[kind].attempt == attempt)
		return kind;
	if (!e->slots[beside].is_open || e->slots[beside].attempt == attempt)
		return beside;
	return e->slots[beside].number < e->slots[kind].number ? beside : kind;
}

bool natsonde_slot_close(struct natsonde_engine *e, unsigned slot, struct natsonde_action *action)
{
	for (unsigned i = 0; i < e->ev.n_probes && e->ev.end == NATSONDE_END_NOT_YET; i++)
		if (e->ev.probes[i].socket == e->slots[slot].number && e->ev.probes[i].outcome == NATSONDE_SILENT)
			e->ev.probes[i].answered_us = e->ev.now_us;
	e->slots[slot].is_open = false;
	action->what = NATSONDE_DO_CLOSE;
	action->slot = slot;
	return true;
}

uint32_t natsonde_slot_free_us(const struct natsonde_engine *e, unsigned slot, struct natsonde_want *w)
{
	const struct natsonde_slot *s = &e->slots[slot];
	uint32_t sent_us = 0;

	if (s->kind != NATSONDE_SOCKET_FILTER && s->kind != NATSONDE_SOCKET_CONTROL)
		return 0;
	for (unsigned i = 0; i < e->ev.n_probes; i++)
		if (e->ev.probes[i].socket == s->number && e->ev.probes[i].outcome == NATSONDE_SILENT)
			sent_us = e->ev.probes[i].sent_us;
	return sent_us + natsonde_want_tally(w, s->server)->wait_us;
}
