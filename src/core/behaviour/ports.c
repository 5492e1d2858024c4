/* Which ports do new mappings get (RFC 4787 section 4.2)? Sockets on ports of our own choice, one after the other, each ask one
 * server the same plain question. The next one is opened when the last was answered or given up: so mappings are made in the order
 * of the sockets, whatever was lost or overtaken. All ask the same destination: whether a mapping depends on it is no matter. */
#include "behaviour.h"

#include "../history.h"
#include "../mapped.h"
#include "../port_draw.h"
#include "../sample_port.h"

#define SOCKETS 16u
#define ATTEMPTS 24u        /* sockets to open for that many answers: as many as the statistics take */
#define ATTEMPTS_STRIDE 32u /* between the numbers of sockets for one server and those for the next */
#define FAILURES_MAX 4u     /* more of them than answers, and the server has fallen silent */
#define COPIES 4u
#define PAIRS_MIN 2u        /* contiguity */
#define CERTAIN_MIN 8u      /* sockets that all say the same; parity: by chance 1 in 256 */
#define KEPT_MIN 3u         /* kept ports to say anything of */
#define CHANCE_IN 8u        /* one kept port in so many may be chance, where few ports are drawn from */

/* One answer for each socket, in the order of the sockets. */
struct samples {
	uint16_t probe[ATTEMPTS];
	unsigned n;    /* answered */
	unsigned last; /* number of the newest socket, answered or not */
	unsigned server;
};

static const struct natsonde_addr *inside(const struct natsonde_evidence *ev, const struct samples *s, unsigned i)
{
	return natsonde_evidence_addr(ev, ev->probes[s->probe[i]].local);
}

static const struct natsonde_addr *outside(const struct natsonde_evidence *ev, const struct samples *s, unsigned i)
{
	return natsonde_evidence_addr(ev, ev->probes[s->probe[i]].mapped);
}

static bool has_instance(const struct natsonde_evidence *ev, const struct samples *s, unsigned instance)
{
	for (unsigned i = 0; i < s->n; i++)
		if (ev->probes[s->probe[i]].instance == instance)
			return true;
	return false;
}

static struct samples collect(const struct natsonde_evidence *ev, unsigned server)
{
	struct samples s = {.server = server};

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->question != NATSONDE_Q_SAMPLE || p->server != server)
			continue;
		if (p->instance % ATTEMPTS_STRIDE > s.last)
			s.last = p->instance % ATTEMPTS_STRIDE;
		if (p->mapped != 0 && p->local != 0 && natsonde_probe_is_good(ev, p) && s.n < ATTEMPTS &&
		    !has_instance(ev, &s, p->instance))
			s.probe[s.n++] = (uint16_t)i;
	}
	return s;
}

/* --- Asking --- */

static bool has_failed(const struct samples *s)
{
	return s->last > 2 * s->n + FAILURES_MAX;
}

static bool ask_socket(struct natsonde_want *w, const struct samples *s, unsigned number)
{
	unsigned instance = s->server * ATTEMPTS_STRIDE + number;
	struct natsonde_further_offer offer = {.question = NATSONDE_Q_SAMPLE};

	offer.server = (uint8_t)s->server;
	offer.attempt = (uint8_t)instance;
	offer.local_port = natsonde_sample_port(w, instance);
	return offer.local_port != 0 && natsonde_history_ask(w, &offer, COPIES);
}

void natsonde_ports_ask(struct natsonde_want *w)
{
	unsigned server = natsonde_history_server(w->ev, 0);

	while (server < w->ev->n_servers) {
		struct samples s = collect(w->ev, server);

		if (s.n >= SOCKETS)
			return;
		if (s.last != 0 && !has_instance(w->ev, &s, server * ATTEMPTS_STRIDE + s.last) && ask_socket(w, &s, s.last))
			return;
		if (s.last >= ATTEMPTS)
			return;
		if (!has_failed(&s)) {
			ask_socket(w, &s, s.last + 1);
			return;
		}
		server = natsonde_history_server(w->ev, server + 1);
	}
}

/* --- Judging --- */

/* What all samples have in common, and how many have the same port outside as inside. */
struct common { unsigned kept; bool is_one_mapping, is_untranslated, is_protected; };

static struct common compare(const struct natsonde_evidence *ev, const struct samples *s)
{
	struct common c = {0, true, true, true};

	for (unsigned i = 0; i < s->n; i++) {
		const struct natsonde_probe *p = &ev->probes[s->probe[i]];

		c.kept += inside(ev, s, i)->port == outside(ev, s, i)->port;
		c.is_one_mapping = c.is_one_mapping && p->mapped == ev->probes[s->probe[0]].mapped;
		c.is_untranslated = c.is_untranslated && p->mapped == p->local;
		c.is_protected = c.is_protected && !p->is_unprotected;
	}
	return c;
}

static enum natsonde_answer judge_parity(const struct natsonde_evidence *ev, const struct samples *s)
{
	unsigned same = 0;

	for (unsigned i = 0; i < s->n; i++)
		same += ((inside(ev, s, i)->port ^ outside(ev, s, i)->port) & 1) == 0;
	if (s->n < CERTAIN_MIN || s->n - same == 1) /* one may have met a conflict */
		return NATSONDE_UNSAID;
	return same == s->n ? NATSONDE_ANSWER_YES : NATSONDE_ANSWER_NO;
}

static enum natsonde_answer judge_contiguity(const struct natsonde_evidence *ev, const struct samples *s)
{
	unsigned pairs = 0, contiguous = 0;

	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; k < s->n; k++) {
			unsigned port = inside(ev, s, i)->port;

			if (port % 2 != 0 || inside(ev, s, k)->port != port + 1)
				continue;
			pairs++;
			contiguous += outside(ev, s, k)->port == outside(ev, s, i)->port + 1 &&
				      natsonde_addr_same_ip(outside(ev, s, k), outside(ev, s, i));
		}
	if (pairs < PAIRS_MIN || pairs - contiguous == 1)
		return NATSONDE_UNSAID;
	return contiguous == pairs ? NATSONDE_ANSWER_YES : NATSONDE_ANSWER_NO;
}

/* All sockets count, whatever they were opened for. With one host inside, "paired" (RFC 4787 section 4.1) cannot be told from a
 * NAT that has one address only. */
static enum natsonde_pooling judge_pooling(const struct natsonde_evidence *ev)
{
	natsonde_server_set liars = natsonde_mapped_liars(ev);
	const struct natsonde_addr *first = NULL;
	uint32_t seen[(UINT8_MAX + 1) / 32] = {0};
	unsigned sockets = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		bool is_sample = p->question == NATSONDE_Q_SAMPLE && p->mapped != 0 && natsonde_probe_is_good(ev, p);

		if (!is_sample && !natsonde_mapped_tells(ev, liars, p))
			continue;
		if (first != NULL && !natsonde_addr_same_ip(first, natsonde_evidence_addr(ev, p->mapped)))
			return NATSONDE_POOLING_ARBITRARY;
		first = natsonde_evidence_addr(ev, p->mapped);
		sockets += (seen[p->socket / 32] >> p->socket % 32 & 1) == 0;
		seen[p->socket / 32] |= UINT32_C(1) << p->socket % 32;
	}
	return sockets >= SOCKETS ? NATSONDE_POOLING_SINGLE : NATSONDE_POOLING_UNKNOWN;
}

static void state_facts(const struct natsonde_evidence *ev, const struct samples *s, const struct common *c,
			struct natsonde_ports_facts *facts)
{
	facts->sockets = (uint8_t)s->n;
	if (s->n == 0)
		return;
	facts->preserved_percent = (uint8_t)(100 * c->kept / s->n);
	facts->parity = (uint8_t)judge_parity(ev, s);
	facts->contiguity = (uint8_t)judge_contiguity(ev, s);
	facts->pooling = (uint8_t)judge_pooling(ev);
	facts->low = UINT16_MAX;
	for (unsigned i = 0; i < s->n; i++) {
		uint16_t port = outside(ev, s, i)->port;

		facts->low = port < facts->low ? port : facts->low;
		facts->high = port > facts->high ? port : facts->high;
	}
}

/* The ports of the address outside that most sockets have; returns how many these are. */
static unsigned largest_group(const struct natsonde_evidence *ev, const struct samples *s, uint16_t *ports)
{
	unsigned best = 0, best_count = 0, n = 0;

	for (unsigned i = 0; i < s->n; i++) {
		unsigned count = 0;

		for (unsigned k = 0; k < s->n; k++)
			count += natsonde_addr_same_ip(outside(ev, s, i), outside(ev, s, k));
		if (count > best_count) {
			best = i;
			best_count = count;
		}
	}
	for (unsigned i = 0; i < s->n; i++)
		if (natsonde_addr_same_ip(outside(ev, s, i), outside(ev, s, best)))
			ports[n++] = outside(ev, s, i)->port;
	return n;
}

static void judge_draw(const struct natsonde_evidence *ev, const struct samples *s, struct natsonde_ports_facts *facts,
		       struct natsonde_draft *f)
{
	uint16_t ports[NATSONDE_DRAWS_MAX];
	struct natsonde_port_draw draw = natsonde_port_draw(ports, largest_group(ev, s, ports));

	if (draw.verdict == NATSONDE_UNKNOWN && s->n >= NATSONDE_DRAWS_MIN)
		draw.reason = NATSONDE_WHY_ADDRESSES_DIFFER;
	f->verdict = draw.verdict;
	f->certainty = draw.certainty;
	f->reason = draw.reason;
	facts->step = draw.step;
	facts->guess = draw.guess;
}

/* A few that differ may have met a conflict with another host (RFC 4787 section 4.2.1). */
static void judge_kept(const struct samples *s, const struct common *c, struct natsonde_ports_facts *facts,
		       struct natsonde_draft *f)
{
	bool is_sure = c->kept == s->n && s->n >= CERTAIN_MIN && c->is_protected;
	enum natsonde_certainty certainty = is_sure ? NATSONDE_VERIFIED : NATSONDE_LIKELY;
	enum natsonde_reason reason = c->kept == s->n ? NATSONDE_WHY_PORTS_KEPT : NATSONDE_WHY_PORTS_MIXED;

	if (c->kept * 4 < s->n * 3) {
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_PORTS_MIXED);
		return;
	}
	facts->guess = 1;
	natsonde_find(f, NATSONDE_PRESERVED, certainty, c->is_untranslated ? NATSONDE_WHY_NOT_TRANSLATED : reason);
}

/* Why there is not enough to judge. */
static enum natsonde_reason too_few(const struct natsonde_evidence *ev)
{
	bool any_sent = false, any_unsent = false;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		any_sent = any_sent || (p->question == NATSONDE_Q_SAMPLE && p->outcome != NATSONDE_UNSENT);
		any_unsent = any_unsent || (p->question == NATSONDE_Q_SAMPLE && p->outcome == NATSONDE_UNSENT);
	}
	if (any_unsent && !any_sent)
		return NATSONDE_WHY_LOCAL_FAULT;
	if (natsonde_history_server(ev, 0) == ev->n_servers)
		return natsonde_no_answer_reason(ev);
	return ev->end == NATSONDE_END_DECIDED ? NATSONDE_WHY_TOO_FEW_SOCKETS : NATSONDE_WHY_NOT_FINISHED;
}

/* The samples of the server that answered most of them. */
static struct samples collect_most(const struct natsonde_evidence *ev)
{
	struct samples most = collect(ev, 0);

	for (unsigned server = 1; server < ev->n_servers; server++) {
		struct samples s = collect(ev, server);

		most = s.n > most.n ? s : most;
	}
	return most;
}

void natsonde_ports_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	struct samples s = collect_most(ev);
	struct common c = compare(ev, &s);
	struct natsonde_ports_facts unwanted = {0}, *facts = v != NULL ? &v->ports : &unwanted;

	state_facts(ev, &s, &c, facts);
	if (s.n >= KEPT_MIN && c.is_one_mapping)
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_MAPPED_UNTRUE);
	else if (s.n >= KEPT_MIN && c.kept > s.n / CHANCE_IN)
		judge_kept(&s, &c, facts, f);
	else
		judge_draw(ev, &s, facts, f);
	if (f->reason == NATSONDE_WHY_TOO_FEW_SOCKETS)
		f->reason = (uint8_t)too_few(ev);
	for (unsigned i = 0; i < s.n; i++)
		natsonde_rests_on(f, s.probe[i]);
}
