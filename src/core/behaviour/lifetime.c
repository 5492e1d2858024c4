/* Lifetime (RFC 4787 section 4.3): after how long a silence does a mapping die? Asked as in RFC 5780 section 4.6, but with a ladder
 * instead of a search: every rung is a socket of its own that falls silent at about the same time, and is asked once, each after a
 * longer silence. So it takes the lifetime and one step, and no rung is refreshed by being asked. RESPONSE-PORT has the server send to
 * a rung's mapping what another socket asks for; that it honours it is seen first, on a rung that is surely alive. A rung that stays
 * silent is dead only if the path was open just then, and if the next one is dead too: one packet may be lost.
 *
 * NATs have two lifetimes: after a single exchange, and for flows that have lasted (Linux: more than two seconds). Two ladders, one
 * after the other. Where no server honours RESPONSE-PORT, a NAT that does not keep ports shows it by itself: after its death a mapping
 * is another one. */
#include "behaviour.h"

#include "../climb.h"
#include "../history.h"
#include "../silence.h"

#define S 1000000u
#define ASKS_CLEAN 4u /* packets in vain until a rung is dead: two rungs make what silence.c wants */
#define ASKS_LOSSY 6u

/* --- Which server honours RESPONSE-PORT? --- */

enum preflight { PREFLIGHT_OPEN, PREFLIGHT_PASSED, PREFLIGHT_FAILED };

static enum preflight preflight_status(const struct natsonde_evidence *ev, unsigned server)
{
	struct natsonde_rung r = natsonde_rung_look(ev, NATSONDE_RUNG_PREFLIGHT + server);
	struct natsonde_history asker = natsonde_history(ev, server, NATSONDE_Q_LIFE_PLAIN, 0);
	struct natsonde_history ask = natsonde_history(ev, server, NATSONDE_Q_LIFE_ASK, 0);

	if (r.is_alive)
		return PREFLIGHT_PASSED;
	if (r.is_elsewhere || ask.strange + ask.errors + ask.refused > 0 || (ask.sent >= NATSONDE_CLIMB_COPIES && ask.pending == 0) ||
	    (r.sets == 0 && r.sets_silent + 0u >= NATSONDE_CLIMB_COPIES) || (asker.answered == 0 && asker.lost >= NATSONDE_CLIMB_COPIES))
		return PREFLIGHT_FAILED;
	return PREFLIGHT_OPEN;
}

static void ask_preflight(struct natsonde_want *w, unsigned server)
{
	struct natsonde_rung r = natsonde_rung_look(w->ev, NATSONDE_RUNG_PREFLIGHT + server);
	struct natsonde_further_offer set = {.question = NATSONDE_Q_LIFE_SET, .server = (uint8_t)server,
					     .attempt = (uint8_t)(NATSONDE_RUNG_PREFLIGHT + server)};
	struct natsonde_further_offer plain = {.question = NATSONDE_Q_LIFE_PLAIN, .server = (uint8_t)server, .attempt = (uint8_t)(1 + server)};

	bool is_set = !natsonde_history_ask(w, &set, NATSONDE_CLIMB_COPIES);

	if (natsonde_history_ask(w, &plain, NATSONDE_CLIMB_COPIES) || !is_set)
		return;
	if (r.pending > 0)
		natsonde_want_wake(w, r.asked_us + natsonde_history_wait_us(w->ev, server));
	else
		natsonde_climb_offer_ask(w, &r, 0);
}

/* Where answers take longer than the steps between rungs, a mapping is older than what is seen of it. */
static bool is_slow(const struct natsonde_evidence *ev, unsigned server)
{
	struct natsonde_traffic traffic = natsonde_evidence_traffic(ev, server);

	return traffic.answered > 0 && (traffic.rtt_us == 0 || traffic.rtt_us > S); /* 0: all of them were late */
}

static unsigned next_server(const struct natsonde_evidence *ev, unsigned from)
{
	unsigned s = natsonde_history_server(ev, from);

	while (s < ev->n_servers && is_slow(ev, s))
		s = natsonde_history_server(ev, s + 1);
	return s;
}

/* Finds out who can serve. False while that is not known. */
static bool find_servers(struct natsonde_want *w, struct natsonde_climb *c)
{
	bool is_known = true;

	for (unsigned s = next_server(w->ev, 0); s < w->ev->n_servers; s = next_server(w->ev, s + 1)) {
		enum preflight status = preflight_status(w->ev, s);

		if (status == PREFLIGHT_OPEN)
			ask_preflight(w, s);
		if (status == PREFLIGHT_PASSED)
			c->servers[c->n_servers++] = (uint8_t)s;
		if (status != PREFLIGHT_OPEN)
			natsonde_want_done(w, NATSONDE_SOCKET_RUNG, NATSONDE_RUNG_PREFLIGHT + s);
		is_known = is_known && status != PREFLIGHT_OPEN;
		if (status == PREFLIGHT_FAILED)
			natsonde_want_done(w, NATSONDE_SOCKET_ASKER, 1u + s);
		if (natsonde_climb_is_few(w) && status != PREFLIGHT_FAILED)
			break;
	}
	return is_known;
}

/* Without RESPONSE-PORT: every socket so far was given another port outside than its own. */
static bool can_go_by_port(const struct natsonde_evidence *ev)
{
	bool any = false;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->mapped == 0 || p->question == NATSONDE_Q_TCP || p->outcome == NATSONDE_ERROR)
			continue;
		if (natsonde_evidence_addr(ev, p->mapped)->port == natsonde_evidence_addr(ev, p->local)->port)
			return false;
		any = true;
	}
	return any;
}

/* --- What refreshes a mapping --- */

/* A rung that is touched once when it has lived for most of its time, and asked when it had to be dead without that. */
struct touch {
	unsigned instance;
	bool by_inbound;
	bool is_sent;
	uint32_t touched_us; /* 0: not known to be */
};

static void look_at_touch(const struct natsonde_evidence *ev, const struct natsonde_rung *r, struct touch *t)
{
	if (t->by_inbound) {
		t->is_sent = r->asked > 0;
		t->touched_us = r->alive_us;
		return;
	}
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->question != NATSONDE_Q_LIFE_KEEP || p->socket != r->socket)
			continue;
		t->is_sent = true;
		if (natsonde_probe_is_good(ev, p))
			t->touched_us = p->sent_us;
	}
}

/* By an inbound packet, or by one of its own that is answered elsewhere: at the asker, which shows that it left. */
static void offer_touch(struct natsonde_climb *c, const struct natsonde_rung *r, const struct touch *t, uint32_t when_us)
{
	struct natsonde_further_offer o = {.question = NATSONDE_Q_LIFE_KEEP, .server = r->server, .attempt = (uint8_t)t->instance, .when_us = when_us};
	uint32_t answered_us;

	if (t->by_inbound) {
		natsonde_climb_offer_ask(c->w, r, when_us);
		return;
	}
	for (unsigned i = 0; i < c->w->ev->n_probes; i++)
		if (c->w->ev->probes[i].question == NATSONDE_Q_LIFE_PLAIN && c->w->ev->probes[i].server == r->server)
			o.target = c->w->ev->probes[i].socket;
	o.response_port = natsonde_evidence_addr(c->w->ev, natsonde_ladder_asker(c->w->ev, r->server, &answered_us))->port;
	natsonde_want_offer_further(c->w, &o);
}

/* True while there is something to do or to wait for. What comes too late says nothing: then it stays unsaid. */
static bool ask_touched(struct natsonde_climb *c, const struct natsonde_ladder_age *age, struct touch *t)
{
	struct natsonde_rung r = natsonde_rung_look(c->w->ev, t->instance);
	struct natsonde_further_offer set = {.question = NATSONDE_Q_LIFE_SET, .attempt = (uint8_t)t->instance};
	uint32_t part_us = age->alive_us / 8 * 7, end_us;

	if (c->by_port || part_us < age->dead_us - part_us || natsonde_ladder_refreshed(c->w->ev, t->by_inbound, age) != NATSONDE_UNSAID)
		return false;
	if (r.sets == 0) {
		set.server = (uint8_t)(r.socket != 0 ? r.server : natsonde_climb_server(c));
		return natsonde_history_ask(c->w, &set, NATSONDE_CLIMB_COPIES);
	}
	look_at_touch(c->w->ev, &r, t);
	end_us = natsonde_later_us(t->touched_us != 0 ? t->touched_us : r.last_us, age->alive_us + natsonde_history_wait_us(c->w->ev, r.server));
	if (c->w->ev->now_us > end_us)
		return false;
	if (t->touched_us != 0) {
		natsonde_climb_ask_until_sure(c, &r, natsonde_later_us(t->touched_us, part_us));
		return true;
	}
	if (t->is_sent)
		natsonde_want_wake(c->w, end_us + 1);
	else
		offer_touch(c, &r, t, natsonde_later_us(r.last_us, part_us));
	return true;
}

/* --- All of it --- */

/* Where either of the two is only likely, the ladder tells. */
static bool has_nothing_to_die(const struct natsonde_evidence *ev)
{
	struct natsonde_evidence first = natsonde_evidence_first(ev);
	struct natsonde_draft nat = {0}, filtering = {0};

	natsonde_nat_judge(&first, NULL, &nat);
	natsonde_filtering_judge(&first, NULL, &filtering);
	return nat.verdict == NATSONDE_NONE && nat.certainty == NATSONDE_VERIFIED && !ev->fixed_port &&
	       filtering.verdict == NATSONDE_ENDPOINT_INDEPENDENT && filtering.certainty == NATSONDE_VERIFIED;
}

static bool ask_refresh(struct natsonde_climb *c, const struct natsonde_ladder_age *age)
{
	struct touch touches[] = {{.instance = NATSONDE_RUNG_REACHED, .by_inbound = true}, {.instance = NATSONDE_RUNG_KEPT}};
	bool is_asking = false;

	for (unsigned i = 0; i < 2; i++) {
		if (ask_touched(c, age, &touches[i]))
			is_asking = true;
		else if (c->w->done_attempt == 0)
			natsonde_want_done(c->w, NATSONDE_SOCKET_RUNG, touches[i].instance);
	}
	return is_asking;
}

/* It outlived all that was tried. */
static bool is_beyond(const struct natsonde_evidence *ev, const struct natsonde_ladder_age *age)
{
	return age->dead_us == 0 && age->alive_us + S / 2 >= (uint32_t)ev->max_lifetime_s * S;
}

void natsonde_lifetime_ask(struct natsonde_want *w)
{
	struct natsonde_climb c = {.w = w, .kind = NATSONDE_LADDER_EXCHANGE};
	struct natsonde_ladder_age age;
	unsigned controls, lost;

	if (has_nothing_to_die(w->ev) || !find_servers(w, &c))
		return;
	if (c.n_servers == 0) {
		c.by_port = can_go_by_port(w->ev);
		c.servers[0] = (uint8_t)next_server(w->ev, 0);
		c.n_servers = 1;
		if (!c.by_port || c.servers[0] == w->ev->n_servers)
			return;
	}
	natsonde_ladder_controls(w->ev, &controls, &lost);
	c.asks = lost > 0 ? ASKS_LOSSY : ASKS_CLEAN;
	c.n_rungs = natsonde_climb_count_rungs(w->plan->max_lifetime_s);
	if (!natsonde_climb(&c))
		return;
	age = natsonde_ladder_age(w->ev, NATSONDE_LADDER_EXCHANGE);
	if (age.dead_us == 0 && !is_beyond(w->ev, &age))
		return;
	natsonde_climb_release(&c, true);
	if (age.dead_us != 0 && ask_refresh(&c, &age)) {
		if (natsonde_climb_is_few(w))
			return;
		c.spare = c.asks + 2;
	}
	c.first = natsonde_climb_alive(&c) > 0 ? (unsigned)natsonde_climb_alive(&c) : 0;
	c.kind = NATSONDE_LADDER_STREAM;
	(void)natsonde_climb(&c);
}

/* --- What follows --- */

static struct natsonde_span span_of(const struct natsonde_ladder_age *age)
{
	return (struct natsonde_span){(uint16_t)((age->alive_us + S / 20) / (S / 10)), (uint16_t)((age->dead_us + S / 20) / (S / 10))};
}

/* To be on the safe side: a tenth before the shorter of the two would have died. */
static uint16_t keepalive_s(const struct natsonde_ladder_age *exchange, const struct natsonde_ladder_age *stream)
{
	uint32_t alive_us = exchange->alive_us;

	if (stream->alive_us != 0 && stream->alive_us < alive_us)
		alive_us = stream->alive_us;
	return (uint16_t)(alive_us / 10 * 9 / S);
}

/* Two rungs, and as much silence as a verdict on filtering takes. Without that much it is likely; with even less, a guess. */
static enum natsonde_certainty how_sure(const struct natsonde_evidence *ev, const struct natsonde_ladder_age *age)
{
	unsigned controls, lost;

	natsonde_ladder_controls(ev, &controls, &lost);
	if (is_beyond(ev, age))
		return NATSONDE_VERIFIED;
	if (age->is_by_port)
		return NATSONDE_LIKELY;
	if (!natsonde_silence_convinces(age->silent, lost, controls, NATSONDE_DOUBT_DEAD))
		return NATSONDE_CERTAINTY_NONE;
	return age->dead_rungs > 1 && natsonde_silence_convinces(age->silent, lost, controls, NATSONDE_DOUBT_VERDICT) ? NATSONDE_VERIFIED
															 : NATSONDE_LIKELY;
}

static enum natsonde_reason why_unknown(const struct natsonde_evidence *ev)
{
	bool any_passed = false, any_open = false, any_elsewhere = false;

	if (natsonde_history_server(ev, 0) == ev->n_servers)
		return natsonde_no_answer_reason(ev);
	if (next_server(ev, 0) == ev->n_servers)
		return NATSONDE_WHY_TOO_SLOW;
	for (unsigned s = next_server(ev, 0); s < ev->n_servers; s = next_server(ev, s + 1)) {
		any_passed = any_passed || preflight_status(ev, s) == PREFLIGHT_PASSED;
		any_open = any_open || preflight_status(ev, s) == PREFLIGHT_OPEN;
		any_elsewhere = any_elsewhere || natsonde_rung_look(ev, NATSONDE_RUNG_PREFLIGHT + s).is_elsewhere;
	}
	if (any_passed || any_open || can_go_by_port(ev))
		return NATSONDE_WHY_NOT_FINISHED;
	return any_elsewhere ? NATSONDE_WHY_ADDRESSES_DIFFER : NATSONDE_WHY_NO_RESPONSE_PORT;
}

static void rest_on_ladder(const struct natsonde_evidence *ev, bool is_by_port, struct natsonde_draft *f)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (ev->probes[i].question == NATSONDE_Q_LIFE_ASK || (is_by_port && ev->probes[i].question == NATSONDE_Q_LIFE_SET))
			natsonde_rests_on(f, i);
}

static void describe(const struct natsonde_evidence *ev, const struct natsonde_ladder_age *exchange,
		     const struct natsonde_ladder_age *stream, struct natsonde_lifetime_facts *facts)
{
	struct natsonde_ladder_age either = *exchange;

	/* What touches a mapping may make it a stream's: its silence says nothing once a stream, too, may have died. */
	if (stream->alive_us < either.alive_us)
		either.alive_us = stream->alive_us;
	facts->exchange = span_of(exchange);
	facts->stream = span_of(stream);
	facts->refresh_in = (uint8_t)natsonde_ladder_refreshed(ev, true, &either);
	facts->refresh_out = (uint8_t)natsonde_ladder_refreshed(ev, false, &either);
	if (exchange->dead_us != 0 || is_beyond(ev, exchange))
		facts->keepalive_s = keepalive_s(exchange, stream);
}

void natsonde_lifetime_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	struct natsonde_ladder_age exchange = natsonde_ladder_age(ev, NATSONDE_LADDER_EXCHANGE);
	struct natsonde_ladder_age stream = natsonde_ladder_age(ev, NATSONDE_LADDER_STREAM);
	enum natsonde_certainty certainty = how_sure(ev, &exchange), of_stream = how_sure(ev, &stream);

	if (v != NULL)
		describe(ev, &exchange, &stream, &v->lifetime);
	rest_on_ladder(ev, exchange.is_by_port, f);
	if (certainty > of_stream)
		certainty = of_stream;
	if (ev->max_lifetime_s == 0)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NONE);
	else if (has_nothing_to_die(ev))
		natsonde_find(f, NATSONDE_BEYOND, NATSONDE_VERIFIED, NATSONDE_WHY_NOTHING_TO_DIE);
	else if (is_beyond(ev, &exchange) && !exchange.is_by_port && stream.dead_us == 0)
		natsonde_find(f, NATSONDE_BEYOND, is_beyond(ev, &stream) ? NATSONDE_VERIFIED : NATSONDE_LIKELY, NATSONDE_WHY_LIFE_BEYOND);
	else if (exchange.is_erratic || stream.is_erratic)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_LIFE_ERRATIC);
	else if ((exchange.dead_us == 0 && (exchange.is_by_port || !is_beyond(ev, &exchange))) ||
		 (stream.dead_us == 0 && !is_beyond(ev, &stream)) || certainty == NATSONDE_CERTAINTY_NONE)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, why_unknown(ev));
	else
		natsonde_find(f, NATSONDE_MEASURED, certainty,
			      exchange.is_by_port ? NATSONDE_WHY_LIFE_BRACKETED_BY_PORT : NATSONDE_WHY_LIFE_BRACKETED);
}
