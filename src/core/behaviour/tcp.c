/* Mapping over TCP (RFC 5382 section 4.1), asked as in RFC 5780 section 4.3: connections from one local port to all four
 * endpoints of a server. What a NAT does to UDP says nothing about it (RFC 7857 section 5). TCP repeats by itself what is lost,
 * so each question is put once; what is not plainly endpoint-independent is asked again from a fresh port. */
#include "behaviour.h"

#include "../history.h"
#include "../mapped.h"
#include "../pattern.h"
#include "../vet.h"

#define PORTS_MAX 3u       /* local ports, before a mapping is called unstable */
#define PORTS_LOST_MAX 2u  /* where it is silence or a port taken that hides the mapping */
#define SYN_AGAIN_US 1000000u /* until TCP repeats its first packet (RFC 6298 section 2.1) */
#define STREAMS_EACH (NATSONDE_SERVERS_MAX * NATSONDE_ENDPOINTS) /* instances set aside for each port */
_Static_assert(PORTS_MAX * STREAMS_EACH < UINT8_MAX, "instances are a byte");

/* With three sockets the fourth connection costs the first. In this order the two to each address stand at the same time all the
 * same: what a NAT does with the mapping of a connection that has ended is its own affair (RFC 7857 section 2). */
static const uint8_t alternates[] = {NATSONDE_Q_TCP_A1P2, NATSONDE_Q_TCP_A2P2, NATSONDE_Q_TCP_A2P1};

enum state { NOT_ASKED, UNDER_WAY, ANSWERED, FAILED };

static bool is_stream(const struct natsonde_probe *p)
{
	return natsonde_questions[p->question].socket == NATSONDE_SOCKET_STREAM;
}

/* Which local port, from 0. */
static unsigned port_of(const struct natsonde_probe *p)
{
	return (p->instance - 1u) / STREAMS_EACH;
}

static uint32_t wait_us(const struct natsonde_evidence *ev, unsigned server)
{
	return natsonde_history_wait_us(ev, server) + natsonde_evidence_traffic(ev, server).rtt_us + SYN_AGAIN_US;
}

static bool tells(const struct natsonde_evidence *ev, natsonde_server_set liars, const struct natsonde_probe *p)
{
	return is_stream(p) && p->mapped != 0 && !(liars >> p->server & 1) && natsonde_probe_is_good(ev, p);
}

/* What the connections from one local port say, all together. */
struct reading {
	struct natsonde_samples m;
	struct natsonde_opinion o;
	uint8_t rank; /* 0 nothing, 1 no pattern, 2 a verdict, 3 one that rests on all four endpoints of a server */
};

static uint8_t rank_of(const struct natsonde_evidence *ev, const struct reading *r)
{
	uint8_t rank = 2;

	if (r->o.verdict == NATSONDE_UNKNOWN || r->o.verdict == NATSONDE_UNSTABLE)
		return r->o.verdict == NATSONDE_UNSTABLE;
	for (unsigned s = 0; s < ev->n_servers; s++)
		rank = natsonde_samples_has_four(&r->m, s) ? 3 : rank;
	return rank;
}

static void read_port(const struct natsonde_evidence *ev, natsonde_server_set liars, unsigned port, struct reading *r)
{
	*r = (struct reading){0};
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (tells(ev, liars, p) && port_of(p) == port)
			r->m.at[p->server][natsonde_questions[p->question].endpoint] = p->mapped;
	}
	r->o = natsonde_samples_judge(ev, &r->m);
	r->rank = rank_of(ev, r);
}

/* What all ports say: the best of them, the newest of equals, and whether the others bear it out. */
struct findings {
	struct reading best;
	uint8_t unstable;
	bool is_agreed, is_disputed, had_conflict;
};

static void read_all(const struct natsonde_evidence *ev, natsonde_server_set liars, struct findings *all)
{
	unsigned best = 0;
	struct reading r;

	*all = (struct findings){0};
	for (unsigned port = 0; port < PORTS_MAX; port++) {
		read_port(ev, liars, port, &r);
		all->unstable = (uint8_t)(all->unstable + (r.rank == 1));
		if (r.rank < all->best.rank)
			continue;
		all->best = r;
		best = port;
	}
	for (unsigned port = 0; port < PORTS_MAX; port++) {
		enum natsonde_witness witness;

		if (port == best)
			continue;
		read_port(ev, liars, port, &r);
		witness = natsonde_samples_witness(ev, &r.m, &all->best.m, (enum natsonde_verdict)all->best.o.verdict);
		all->is_agreed = all->is_agreed || witness == NATSONDE_WITNESS_AGREES;
		/* A port that shows no pattern has met a conflict: that contradicts nothing. */
		all->is_disputed = all->is_disputed || (witness == NATSONDE_WITNESS_DISAGREES && r.rank >= 2);
		all->had_conflict = all->had_conflict || witness == NATSONDE_WITNESS_DISAGREES;
	}
}

/* How the connections fared. */
struct tries { unsigned ports, asked, answered, silent, taken, unsent; };

static struct tries count_tries(const struct natsonde_evidence *ev)
{
	struct tries t = {0};

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (!is_stream(p))
			continue;
		t.ports = port_of(p) + 1 > t.ports ? port_of(p) + 1 : t.ports;
		t.asked++;
		t.answered += natsonde_probe_is_good(ev, p);
		t.silent += p->outcome == NATSONDE_SILENT;
		t.unsent += p->outcome == NATSONDE_UNSENT;
		t.taken += p->outcome == NATSONDE_UNSENT && p->fault == NATSONDE_FAULT_PORT_TAKEN;
	}
	return t;
}

static enum natsonde_reason why_unknown(const struct natsonde_evidence *ev, natsonde_server_set liars)
{
	struct tries t = count_tries(ev);
	bool is_over = ev->end == NATSONDE_END_DECIDED;

	if (t.asked == 0 && natsonde_history_server(ev, 0) == ev->n_servers)
		return liars != 0 ? NATSONDE_WHY_MAPPED_UNTRUE : natsonde_no_answer_reason(ev);
	if (t.asked == 0 || !is_over)
		return NATSONDE_WHY_NOT_FINISHED;
	if (t.taken > 0)
		return NATSONDE_WHY_TCP_PORT_TAKEN;
	if (t.unsent == t.asked)
		return NATSONDE_WHY_LOCAL_FAULT;
	return t.answered > 0 ? NATSONDE_WHY_TCP_TOO_FEW : NATSONDE_WHY_TCP_NO_ANSWER;
}

/* Whether TCP left by another address than UDP did: by another way out, or through somebody in between who makes connections of
 * his own. */
static bool has_another_address(const struct natsonde_evidence *ev, natsonde_server_set liars)
{
	const struct natsonde_addr *outside = natsonde_evidence_outside(ev, NATSONDE_SOCKET_MAPPING);

	for (unsigned i = 0; i < ev->n_probes; i++)
		if (tells(ev, liars, &ev->probes[i]) &&
		    !natsonde_addr_same_ip(natsonde_evidence_addr(ev, ev->probes[i].mapped), outside))
			return true;
	return false;
}

/* Answers that differ count only with servers that are known to answer alike where nothing differs. */
static bool are_steady(const struct natsonde_evidence *ev, const struct natsonde_samples *m)
{
	struct natsonde_evidence first = natsonde_evidence_first(ev);
	struct natsonde_draft udp = {0};

	natsonde_mapping_judge(&first, NULL, &udp);
	if (udp.verdict == NATSONDE_ENDPOINT_INDEPENDENT)
		return true;
	for (unsigned s = 0; s < ev->n_servers; s++)
		if (m->at[s][NATSONDE_A1P1] != 0 && !natsonde_mapped_check(ev, s).is_repeated)
			return false;
	return true;
}

static void judge_untranslated(const struct natsonde_evidence *ev, natsonde_server_set liars, struct natsonde_draft *f)
{
	bool is_protected = false;

	for (unsigned i = 0; i < ev->n_probes; i++)
		is_protected = is_protected || (tells(ev, liars, &ev->probes[i]) && !ev->probes[i].is_unprotected);
	natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT, is_protected ? NATSONDE_VERIFIED : NATSONDE_LIKELY,
		      is_protected ? NATSONDE_WHY_NOT_TRANSLATED : NATSONDE_WHY_MAPPED_UNPROTECTED);
}

static bool is_translated(const struct natsonde_evidence *ev, natsonde_server_set liars)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (tells(ev, liars, &ev->probes[i]) && ev->probes[i].mapped != ev->probes[i].local)
			return true;
	return false;
}

static void judge_independent(const struct findings *all, bool is_elsewhere, struct natsonde_draft *f)
{
	enum natsonde_reason reason = (enum natsonde_reason)all->best.o.reason;
	bool is_sure = reason == NATSONDE_WHY_SAME_EVERYWHERE && (!all->had_conflict || all->is_agreed);

	if (is_elsewhere)
		reason = NATSONDE_WHY_SEVERAL_EGRESS;
	else if (all->had_conflict)
		reason = NATSONDE_WHY_SAME_AFTER_CONFLICT;
	natsonde_find(f, NATSONDE_ENDPOINT_INDEPENDENT, is_sure && !is_elsewhere ? NATSONDE_VERIFIED : NATSONDE_LIKELY, reason);
}

void natsonde_tcp_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);
	bool is_elsewhere = has_another_address(ev, liars);
	struct findings all;
	bool is_sure;

	(void)v;
	read_all(ev, liars, &all);
	is_sure = all.is_agreed && !all.is_disputed && !is_elsewhere && are_steady(ev, &all.best.m);
	if (all.best.rank == 0)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, why_unknown(ev, liars));
	else if (all.best.rank > 1 && !is_translated(ev, liars))
		judge_untranslated(ev, liars, f);
	else if (all.best.rank == 1)
		natsonde_find(f, NATSONDE_UNSTABLE, all.unstable > 1 ? NATSONDE_VERIFIED : NATSONDE_LIKELY,
			      (enum natsonde_reason)all.best.o.reason);
	else if (all.best.o.verdict == NATSONDE_ENDPOINT_INDEPENDENT)
		judge_independent(&all, is_elsewhere, f);
	else if (all.is_disputed && !all.is_agreed)
		natsonde_find(f, NATSONDE_UNSTABLE, NATSONDE_LIKELY, NATSONDE_WHY_SOCKETS_DISAGREE);
	else
		natsonde_find(f, (enum natsonde_verdict)all.best.o.verdict,
			      is_sure ? NATSONDE_VERIFIED : NATSONDE_LIKELY, (enum natsonde_reason)all.best.o.reason);
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (tells(ev, liars, &ev->probes[i]))
			natsonde_rests_on(f, i);
}

static enum state state_of(struct natsonde_want *w, unsigned port, unsigned server, unsigned question)
{
	const struct natsonde_evidence *ev = w->ev;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->question != question || p->server != server || port_of(p) != port)
			continue;
		if (natsonde_probe_is_good(ev, p))
			return ANSWERED;
		if (p->outcome != NATSONDE_SILENT || ev->now_us - p->sent_us >= wait_us(ev, server))
			return FAILED;
		natsonde_want_wake(w, p->sent_us + wait_us(ev, server));
		return UNDER_WAY;
	}
	return NOT_ASKED;
}

static void offer(struct natsonde_want *w, unsigned port, unsigned server, unsigned question)
{
	struct natsonde_further_offer o = {.question = (uint8_t)question, .server = (uint8_t)server};

	o.attempt = (uint8_t)(1 + port * STREAMS_EACH + server * NATSONDE_ENDPOINTS + natsonde_questions[question].endpoint);
	for (unsigned i = 0; i < w->ev->n_probes; i++)
		if (is_stream(&w->ev->probes[i]) && port_of(&w->ev->probes[i]) == port && w->ev->probes[i].local != 0)
			o.local_port = natsonde_evidence_addr(w->ev, w->ev->probes[i].local)->port;
	natsonde_want_offer_further(w, &o);
}

/* Whether this host failed to make a connection from that port: the others would fail as well. */
static bool is_spoilt(const struct natsonde_evidence *ev, unsigned port)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (is_stream(&ev->probes[i]) && port_of(&ev->probes[i]) == port && ev->probes[i].outcome == NATSONDE_UNSENT)
			return true;
	return false;
}

/* The other three endpoints of a server. True while there is something to do or wait for; *all: they have answered. */
static bool ask_alternates(struct natsonde_want *w, unsigned port, unsigned server, bool *all)
{
	unsigned under_way = 0, next = NATSONDE_QUESTIONS;

	*all = true;
	for (unsigned i = sizeof(alternates); i-- > 0;) {
		enum state state = state_of(w, port, server, alternates[i]);

		under_way += state == UNDER_WAY;
		next = state == NOT_ASKED ? alternates[i] : next;
		*all = *all && state == ANSWERED;
	}
	/* One more must not cost a connection that waits for its answer. */
	if (next != NATSONDE_QUESTIONS && !is_spoilt(w->ev, port) && under_way < w->plan->max_sockets) {
		offer(w, port, server, next);
		return true;
	}
	return under_way > 0;
}

/* One server after the other, until one has answered at all four endpoints. True while there is something to do or wait for. */
static bool ask_from(struct natsonde_want *w, unsigned port)
{
	unsigned n = w->ev->n_servers;
	bool has_four = false;

	for (unsigned s = natsonde_history_server(w->ev, 0); s < n && !has_four; s = natsonde_history_server(w->ev, s + 1)) {
		enum state state = state_of(w, port, s, NATSONDE_Q_TCP_A1P1);

		if (state == UNDER_WAY)
			return true;
		if (state == NOT_ASKED && !is_spoilt(w->ev, port)) {
			offer(w, port, s, NATSONDE_Q_TCP_A1P1);
			return true;
		}
		if (state != ANSWERED || natsonde_vet_alternate(w->ev, s) != NATSONDE_SERVER_WHY_NONE)
			continue;
		if (ask_alternates(w, port, s, &has_four))
			return true;
	}
	return false;
}

/* Whether a fresh port may tell more. One that has shown a dependence, or no pattern, needs another one as a witness; nothing but
 * silence, or a port that was taken, is a reason to repeat the rest. */
static bool needs_another_port(const struct natsonde_evidence *ev, const struct tries *t)
{
	struct natsonde_draft f = {0};
	bool is_settled;

	natsonde_tcp_judge(ev, NULL, &f);
	is_settled = f.verdict == NATSONDE_UNKNOWN ||
		     (f.verdict == NATSONDE_ENDPOINT_INDEPENDENT && f.reason != NATSONDE_WHY_SAME_AFTER_CONFLICT);
	if (f.certainty == NATSONDE_VERIFIED && f.verdict != NATSONDE_UNSTABLE)
		return false;
	if (is_settled)
		return (t->taken > 0 || (t->silent > 0 && (t->answered > 0 || t->asked == 1))) && t->ports < PORTS_LOST_MAX;
	return t->ports < PORTS_MAX;
}

void natsonde_tcp_ask(struct natsonde_want *w)
{
	struct tries t = count_tries(w->ev);

	if (ask_from(w, t.ports > 0 ? t.ports - 1 : 0) || t.ports == 0)
		return;
	if (needs_another_port(w->ev, &t))
		(void)ask_from(w, t.ports);
}
