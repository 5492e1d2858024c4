#include "climb.h"

#include "history.h"

#define S 1000000u
#define STREAM_EXCHANGES 3u
#define STREAM_EVERY_US 1600000u
#define ASKS_APART_US 50000u

void natsonde_climb_offer(struct natsonde_want *w, enum natsonde_question q, unsigned server, unsigned instance, uint32_t when_us)
{
	struct natsonde_further_offer o = {.question = (uint8_t)q, .server = (uint8_t)server, .attempt = (uint8_t)instance, .when_us = when_us};

	natsonde_want_offer_further(w, &o);
}

/* Has the asker ask that server to send to a rung. */
void natsonde_climb_offer_ask(struct natsonde_want *w, const struct natsonde_rung *r, uint32_t when_us)
{
	struct natsonde_further_offer o = {.question = NATSONDE_Q_LIFE_ASK, .server = r->server, .attempt = (uint8_t)(1 + r->server),
					   .target = r->socket, .when_us = when_us};

	o.response_port = natsonde_evidence_addr(w->ev, r->mapped)->port;
	natsonde_want_offer_further(w, &o);
}

static bool is_set(const struct natsonde_climb *c, const struct natsonde_rung *r)
{
	return r->sets > 0 && r->kind >= c->kind;
}

/* Packets to a rung that stayed out while the path was open. */
static unsigned asked_in_vain(const struct natsonde_evidence *ev, const struct natsonde_rung *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->question == NATSONDE_Q_LIFE_ASK && p->target == r->socket && p->outcome == NATSONDE_SILENT)
			n += natsonde_ladder_was_open(ev, r->server, p->sent_us, r->mapped, true);
	}
	return n;
}

/* A rung that was begun with a server that can do it no more, or never could, is nobody's. */
static bool serves(const struct natsonde_climb *c, unsigned server)
{
	for (unsigned i = 0; i < c->n_servers; i++)
		if (c->servers[i] == server)
			return true;
	return false;
}

enum natsonde_rung_state natsonde_climb_state(const struct natsonde_climb *c, const struct natsonde_rung *r, unsigned instance)
{
	bool is_dead = c->by_port ? r->asked > 0 && !r->is_alive :
				    r->asked >= c->asks && r->pending == 0 && asked_in_vain(c->w->ev, r) >= c->asks;

	if (r->socket == 0)
		return NATSONDE_RUNG_NOT_BEGUN;
	if (!serves(c, r->server))
		return NATSONDE_RUNG_OF_NO_USE;
	if (r->is_alive && !c->by_port && is_set(c, r))
		return NATSONDE_RUNG_ALIVE;
	if (r->is_elsewhere || (r->sets == 0 && r->sets_silent >= 2 * NATSONDE_CLIMB_COPIES) || r->asked >= 4 * c->asks)
		return NATSONDE_RUNG_OF_NO_USE;
	/* A socket that this host has lost would look like a dead mapping. */
	if (!r->is_alive && !is_dead && !natsonde_want_is_open(c->w, NATSONDE_SOCKET_RUNG, instance))
		return NATSONDE_RUNG_OF_NO_USE;
	if (c->by_port && r->asked > 0)
		return r->is_alive ? NATSONDE_RUNG_ALIVE : NATSONDE_RUNG_DEAD;
	if (!is_set(c, r))
		return NATSONDE_RUNG_EXCHANGING;
	if (r->asked == 0)
		return NATSONDE_RUNG_STANDING;
	if (r->is_alive)
		return NATSONDE_RUNG_ALIVE;
	return is_dead ? NATSONDE_RUNG_DEAD : NATSONDE_RUNG_BEING_ASKED;
}

/* Without RESPONSE-PORT the rung's next exchange is what asks. */
struct natsonde_rung natsonde_climb_look(const struct natsonde_climb *c, unsigned rung)
{
	unsigned instance = natsonde_rung_instance(c->kind, rung);
	struct natsonde_rung r = natsonde_rung_look(c->w->ev, instance);
	uint32_t silence_us = 0;
	natsonde_addr_id before = 0;

	for (unsigned i = 0; i < c->w->ev->n_probes && c->by_port; i++) {
		const struct natsonde_probe *p = &c->w->ev->probes[i];

		if (p->question != NATSONDE_Q_LIFE_SET || p->instance != instance || !natsonde_probe_is_good(c->w->ev, p))
			continue;
		if (silence_us != 0 && natsonde_silence_us(p->sent_us, silence_us) >= natsonde_rung_seconds(rung, c->w->plan->max_lifetime_s) * (S - S / 8)) {
			r.asked = 1;
			r.is_alive = before == p->mapped;
		}
		before = p->mapped;
		silence_us = p->answered_us;
	}
	return r;
}

static void ask_exchanges(struct natsonde_climb *c, const struct natsonde_rung *r, unsigned rung)
{
	unsigned instance = natsonde_rung_instance(c->kind, rung);
	uint32_t next_us = r->sent_us + natsonde_history_wait_us(c->w->ev, r->server);

	if (r->sets > 0 && r->sets_silent == 0)
		next_us = r->last_us + STREAM_EVERY_US;
	natsonde_climb_offer(c->w, NATSONDE_Q_LIFE_SET, r->server, instance, next_us);
}

static void ask_after_silence(struct natsonde_climb *c, const struct natsonde_rung *r, unsigned rung)
{
	uint32_t rtt_us = natsonde_evidence_traffic(c->w->ev, r->server).rtt_us;
	uint32_t silence_us = natsonde_rung_seconds(rung, c->w->plan->max_lifetime_s) * S;
	uint32_t due_us = natsonde_later_us(r->last_us, silence_us > rtt_us ? silence_us - rtt_us : 0);

	if (c->by_port && r->sent_us > r->last_us) /* asked, and not answered yet */
		due_us = r->sent_us + natsonde_history_wait_us(c->w->ev, r->server);
	if (c->by_port)
		natsonde_climb_offer(c->w, NATSONDE_Q_LIFE_SET, r->server, natsonde_rung_instance(c->kind, rung), due_us);
	else
		natsonde_climb_offer_ask(c->w, r, due_us);
}

/* The first packet was in vain: more of them, and a plain request to see whether the path is open. */
static void ask_more(struct natsonde_climb *c, const struct natsonde_rung *r)
{
	const struct natsonde_evidence *ev = c->w->ev;

	if (r->pending > 0)
		natsonde_want_wake(c->w, r->asked_us + natsonde_history_wait_us(c->w->ev, r->server));
	if ((r->asked == 1 && r->pending > 0) || (r->asked >= c->asks && asked_in_vain(ev, r) >= c->asks))
		return;
	if (!natsonde_ladder_was_open(ev, r->server, ev->now_us, r->mapped, true))
		natsonde_climb_offer(c->w, NATSONDE_Q_LIFE_PLAIN, r->server, 1u + r->server, 0);
	natsonde_climb_offer_ask(c->w, r, r->asked_us + ASKS_APART_US);
}

/* Packets that a rung takes until it has been asked once. */
unsigned natsonde_climb_owed(const struct natsonde_climb *c, const struct natsonde_rung *r)
{
	unsigned exchanges = c->kind == NATSONDE_LADDER_STREAM ? STREAM_EXCHANGES : 1u;

	return is_set(c, r) || r->run >= exchanges ? 1u : exchanges - r->run + 1u;
}

void natsonde_climb_ask_rung(struct natsonde_climb *c, unsigned rung)
{
	struct natsonde_rung r = natsonde_climb_look(c, rung);

	switch (c->state[rung]) {
	case NATSONDE_RUNG_EXCHANGING: ask_exchanges(c, &r, rung); break;
	case NATSONDE_RUNG_STANDING: ask_after_silence(c, &r, rung); break;
	case NATSONDE_RUNG_BEING_ASKED: ask_more(c, &r); break;
	default: break;
	}
}

/* From that time on, with plain requests beside, so that silence says something. */
void natsonde_climb_ask_until_sure(struct natsonde_climb *c, const struct natsonde_rung *r, uint32_t due_us)
{
	bool has_begun = r->asked_us >= due_us;

	if (has_begun && r->pending >= c->asks) {
		natsonde_want_wake(c->w, r->asked_us + natsonde_history_wait_us(c->w->ev, r->server));
		return;
	}
	if (has_begun && !natsonde_ladder_was_open(c->w->ev, r->server, c->w->ev->now_us, r->mapped, true))
		natsonde_climb_offer(c->w, NATSONDE_Q_LIFE_PLAIN, r->server, 1u + r->server, 0);
	natsonde_climb_offer_ask(c->w, r, has_begun ? r->asked_us + ASKS_APART_US : due_us);
}
