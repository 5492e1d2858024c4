/* Does a packet turn round at the NAT if it goes from one host behind it to the address outside of another, and whose address
 * does it then bear (RFC 4787 section 6)? Two sockets stand for the two hosts. Each is known outside first, and each opens its
 * filter toward the other, since filters apply to what turns round, too; never does one send to its own mapping. */
#include "behaviour.h"

#include "../history.h"
#include "../mapped.h"
#include "../rounds.h"

#define MAP_COPIES 7u
/* H2 to H1's mapping, H1 to H2's, H2 to H1's again: from then on both doors are open. */
#define OPENING 3u
#define OPENING_WAIT_US 50000u /* beside half a round trip: a NAT that turns packets round is near */
#define PACKETS 12u /* to the server, as a rule: politeness must not make a pause between them ... */
#define PAUSE_MAX_US 5000000u /* ... in which the doors might close */

/* The two sockets as one server sees them. */
struct pair {
	uint8_t  server;
	uint8_t  socket[2];
	uint16_t probe[2];         /* that told */
	natsonde_addr_id local[2], mapped[2];
	bool     is_steady;        /* told again, it was the same */
};

static bool is_plain(const struct natsonde_probe *p, const struct pair *pair)
{
	return p->question == NATSONDE_Q_PEER_MAP && p->server == pair->server;
}

static bool is_hair(const struct natsonde_probe *p, const struct pair *pair)
{
	return p->question == NATSONDE_Q_PEER_HAIR && p->server == pair->server;
}

static void check_steady(const struct natsonde_evidence *ev, struct pair *pair)
{
	pair->is_steady = true;
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (is_plain(p, pair) && natsonde_probe_is_good(ev, p) && p->mapped != pair->mapped[p->instance == 2])
			pair->is_steady = false;
	}
}

static bool is_known(const struct natsonde_evidence *ev, unsigned server, struct pair *pair)
{
	pair->server = (uint8_t)server;
	for (unsigned k = 0; k < 2; k++) {
		struct natsonde_history h = natsonde_history(ev, server, NATSONDE_Q_PEER_MAP, k + 1);

		if (h.answered == 0)
			return false;
		pair->probe[k] = h.first_answer;
		pair->socket[k] = ev->probes[h.first_answer].socket;
		pair->local[k] = ev->probes[h.first_answer].local;
		pair->mapped[k] = ev->probes[h.first_answer].mapped;
	}
	check_steady(ev, pair);
	return true;
}

/* The first server that told both. */
static bool find_pair(const struct natsonde_evidence *ev, struct pair *pair)
{
	for (unsigned s = natsonde_history_server(ev, 0); s < ev->n_servers; s = natsonde_history_server(ev, s + 1))
		if (is_known(ev, s, pair))
			return true;
	return false;
}

/* A mapped address is a destination that somebody else names: see natsonde_vet_alternate. */
static bool is_sendable(const struct natsonde_evidence *ev, const struct pair *pair, const struct natsonde_addr *a)
{
	const struct natsonde_addr *server = natsonde_evidence_addr(ev, ev->servers[pair->server].addr);

	return a->family == server->family && a->port != 0 && !natsonde_addr_is_not_unicast(a) &&
	       (!natsonde_addr_is_loopback(a) || natsonde_addr_is_loopback(server)) &&
	       (!natsonde_addr_is_private(a) || natsonde_addr_is_private(server));
}

/* Why the two cannot speak to each other so that it means something; NATSONDE_WHY_NONE if they can. */
static enum natsonde_reason obstacle(const struct natsonde_evidence *ev, const struct pair *pair)
{
	const struct natsonde_addr *a = natsonde_evidence_addr(ev, pair->mapped[0]);
	const struct natsonde_addr *b = natsonde_evidence_addr(ev, pair->mapped[1]);
	const struct natsonde_addr *local = natsonde_evidence_addr(ev, pair->local[0]);

	if (pair->mapped[0] == pair->local[0] && pair->mapped[1] == pair->local[1])
		return NATSONDE_WHY_HAIR_NO_NAT;
	if (pair->mapped[0] == pair->mapped[1] || !is_sendable(ev, pair, a) || !is_sendable(ev, pair, b))
		return NATSONDE_WHY_MAPPED_UNTRUE;
	/* The host would deliver those itself. */
	if (natsonde_addr_same_ip(a, local) || natsonde_addr_same_ip(b, local))
		return NATSONDE_WHY_HAIR_UNSEEN;
	return NATSONDE_WHY_NONE;
}

/* How far the opening has come: packets sent, when the last one was, and the probe after the first of them, which alone meets a
 * door that is shut. */
struct opening { unsigned sent, from; uint32_t last_us; };

static struct opening look_at_opening(const struct natsonde_evidence *ev, const struct pair *pair)
{
	struct opening o = {0, 0, 0};

	for (unsigned i = 0; i < ev->n_probes && o.sent < OPENING; i++) {
		if (!is_hair(&ev->probes[i], pair))
			continue;
		if (o.sent++ == 0)
			o.from = i + 1;
		o.last_us = ev->probes[i].sent_us;
	}
	return o;
}

static bool has_arrived(const struct natsonde_evidence *ev, const struct pair *pair)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (is_hair(&ev->probes[i], pair) && natsonde_probe_is_good(ev, &ev->probes[i]))
			return true;
	return false;
}

/* who: 0 or 1. */
static void speak(struct natsonde_want *w, const struct pair *pair, unsigned who)
{
	struct natsonde_further_offer offer = {
		.question = NATSONDE_Q_PEER_HAIR,
		.server = pair->server,
		.attempt = (uint8_t)(who + 1),
		.target = pair->socket[1 - who],
		.to = pair->mapped[1 - who]
	};

	natsonde_want_offer_further(w, &offer);
}

static void exchange(struct natsonde_want *w, const struct pair *pair)
{
	const struct natsonde_tally *t = natsonde_want_tally(w, pair->server);
	struct opening o = look_at_opening(w->ev, pair);
	struct natsonde_further_offer plain = {.question = NATSONDE_Q_PEER_MAP, .server = pair->server};
	struct natsonde_rounds r;

	if (has_arrived(w->ev, pair))
		return;
	if (o.sent < OPENING) {
		speak(w, pair, 1 - o.sent % 2);
		return;
	}
	r = natsonde_rounds(w->ev, t, NATSONDE_Q_PEER_HAIR, NATSONDE_Q_PEER_MAP, o.from);
	switch (natsonde_rounds_next(w, pair->server, &r)) {
	case NATSONDE_ROUND_PLAIN:
		if (natsonde_want_room_us(w->ev, pair->server, 1) > w->ev->now_us + PAUSE_MAX_US)
			break;
		plain.attempt = (uint8_t)(1 + r.n % 2);
		plain.when_us = r.n == 0 ? o.last_us + t->rtt_us / 2 + OPENING_WAIT_US : r.last_us + t->spacing_us;
		natsonde_want_offer_further(w, &plain);
		break;
	case NATSONDE_ROUND_COPY:
		speak(w, pair, 1 - r.copies % 2u);
		break;
	default:
		break;
	}
}

static bool ask_where(struct natsonde_want *w, unsigned server)
{
	uint32_t when_us = natsonde_want_room_us(w->ev, server, PACKETS);
	bool is_asking = false;

	for (unsigned k = 1; k <= 2; k++) {
		struct natsonde_further_offer offer = {.question = NATSONDE_Q_PEER_MAP, .server = (uint8_t)server};

		offer.attempt = (uint8_t)k;
		/* The second one follows the first at once. */
		offer.when_us = natsonde_history(w->ev, server, NATSONDE_Q_PEER_MAP, 0).sent == 0 ? when_us : 0;
		is_asking |= natsonde_history_ask(w, &offer, MAP_COPIES);
	}
	return is_asking;
}

void natsonde_hairpin_ask(struct natsonde_want *w)
{
	for (unsigned s = natsonde_history_server(w->ev, 0); s < w->ev->n_servers; s = natsonde_history_server(w->ev, s + 1)) {
		struct pair pair;

		if (ask_where(w, s))
			return;
		if (!is_known(w->ev, s, &pair))
			continue;
		if (obstacle(w->ev, &pair) == NATSONDE_WHY_NONE)
			exchange(w, &pair);
		return;
	}
}

/* Whether some server saw this host at that IP address. */
static bool is_outside(const struct natsonde_evidence *ev, const struct natsonde_addr *a)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		bool tells = natsonde_mapped_tells(ev, liars, p) ||
			     (p->question == NATSONDE_Q_PEER_MAP && natsonde_probe_is_good(ev, p));

		if (tells && natsonde_addr_same_ip(natsonde_evidence_addr(ev, p->mapped), a))
			return true;
	}
	return false;
}

/* Where mappings depend on the destination the sender has one more, toward its peer, with a port that no server saw. An address
 * that is neither this host's nor seen outside is another one of a pool, or lies between two NATs of which the outer one turns
 * packets round as they came. */
static void name_source(const struct natsonde_evidence *ev, const struct natsonde_probe *p, struct natsonde_draft *f)
{
	const struct natsonde_addr *from = natsonde_evidence_addr(ev, p->from);

	if (is_outside(ev, from))
		natsonde_find(f, NATSONDE_EXTERNAL, NATSONDE_VERIFIED, NATSONDE_WHY_HAIR_EXTERNAL);
	else if (natsonde_addr_same_ip(from, natsonde_evidence_addr(ev, p->local)))
		natsonde_find(f, NATSONDE_INTERNAL, NATSONDE_VERIFIED, NATSONDE_WHY_HAIR_INTERNAL);
	else if (natsonde_addr_is_private(from))
		natsonde_find(f, NATSONDE_INTERNAL, NATSONDE_LIKELY, NATSONDE_WHY_HAIR_INTERNAL);
	else
		natsonde_find(f, NATSONDE_EXTERNAL, NATSONDE_LIKELY, NATSONDE_WHY_HAIR_EXTERNAL);
}

static bool find_arrival(const struct natsonde_evidence *ev, const struct pair *pair, struct natsonde_draft *f)
{
	for (unsigned i = 0; i < ev->n_probes; i++) {
		if (!is_hair(&ev->probes[i], pair) || !natsonde_probe_is_good(ev, &ev->probes[i]))
			continue;
		name_source(ev, &ev->probes[i], f);
		natsonde_rests_on(f, i);
		return true;
	}
	return false;
}

/* How sure it is that a packet from one to the other meets an open filter: its source must be what the other has sent to. */
static enum natsonde_certainty sure_of_open_doors(const struct natsonde_verdicts *v, const struct pair *pair)
{
	const struct natsonde_finding *mapping = &v->of[NATSONDE_MAPPING], *filtering = &v->of[NATSONDE_FILTERING];

	if (mapping->verdict == NATSONDE_ENDPOINT_INDEPENDENT && pair->is_steady)
		return (enum natsonde_certainty)mapping->certainty;
	if (filtering->verdict == NATSONDE_ENDPOINT_INDEPENDENT)
		return (enum natsonde_certainty)filtering->certainty;
	return NATSONDE_CERTAINTY_NONE;
}

/* ICMP errors are rationed (RFC 1812 section 4.3.2.8): where silence convinces, one is enough. */
static void judge_silence(const struct natsonde_evidence *ev, const struct natsonde_verdicts *v, const struct pair *pair,
			  struct natsonde_draft *f)
{
	enum natsonde_certainty sure = sure_of_open_doors(v, pair);
	struct natsonde_rounds r;
	struct natsonde_tally t;

	natsonde_tally(ev, pair->server, &t);
	r = natsonde_rounds(ev, &t, NATSONDE_Q_PEER_HAIR, NATSONDE_Q_PEER_MAP, look_at_opening(ev, pair).from);
	if (natsonde_rounds_are_unsent(&r))
		f->reason = NATSONDE_WHY_LOCAL_FAULT;
	else if (natsonde_rounds_are_refused(&r) || (r.refused > 0 && natsonde_rounds_convince(&r)))
		natsonde_find(f, NATSONDE_NO, sure == NATSONDE_VERIFIED ? sure : NATSONDE_LIKELY, NATSONDE_WHY_HAIR_REFUSED);
	else if (!natsonde_rounds_convince(&r))
		f->reason = ev->end == NATSONDE_END_DECIDED ? NATSONDE_WHY_HAIR_UNPROVEN : NATSONDE_WHY_NOT_FINISHED;
	else if (sure == NATSONDE_CERTAINTY_NONE)
		f->reason = NATSONDE_WHY_HAIR_SHUT;
	else if ((ev->sees & (ev->family == NATSONDE_IPV6 ? NATSONDE_SEES_OWN_SOURCE_IPV6 : NATSONDE_SEES_OWN_SOURCE)) == 0)
		f->reason = NATSONDE_WHY_HAIR_UNSEEN;
	else
		natsonde_find(f, NATSONDE_NO, sure, NATSONDE_WHY_HAIR_SILENT);
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (is_hair(&ev->probes[i], pair) || is_plain(&ev->probes[i], pair))
			natsonde_rests_on(f, i);
}

/* Without a NAT the address outside is the address inside: what bears the one bears the other, as with a mapping that is called
 * endpoint-independent because there is none. */
static void find_no_nat(const struct natsonde_evidence *ev, const struct pair *pair, struct natsonde_draft *f)
{
	bool is_protected = !ev->probes[pair->probe[0]].is_unprotected && !ev->probes[pair->probe[1]].is_unprotected;

	natsonde_find(f, NATSONDE_EXTERNAL, is_protected ? NATSONDE_VERIFIED : NATSONDE_LIKELY, NATSONDE_WHY_HAIR_NO_NAT);
}

void natsonde_hairpin_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	enum natsonde_reason reason;
	struct pair pair;

	natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NOT_FINISHED);
	if (!find_pair(ev, &pair)) {
		if (natsonde_history_server(ev, 0) == ev->n_servers)
			f->reason = (uint8_t)natsonde_no_answer_reason(ev);
		else if (ev->end == NATSONDE_END_DECIDED)
			f->reason = NATSONDE_WHY_HAIR_UNPROVEN;
		return;
	}
	natsonde_rests_on(f, pair.probe[0]);
	natsonde_rests_on(f, pair.probe[1]);
	reason = obstacle(ev, &pair);
	if (reason == NATSONDE_WHY_HAIR_NO_NAT)
		find_no_nat(ev, &pair, f);
	else if (reason != NATSONDE_WHY_NONE)
		f->reason = (uint8_t)reason;
	else if (!find_arrival(ev, &pair, f))
		judge_silence(ev, v, &pair, f);
}
