/* Does something answer in the servers' place: a transparent proxy, or one whose resolver makes up addresses? Then it is that
 * which was measured. A Binding request goes to an address where nobody can be, and must not be answered; plain requests beside
 * it, from the same socket to the server, show that an answer would have been heard. */
#include "behaviour.h"

#include "../rounds.h"

static bool is_plain_answer(const struct natsonde_evidence *ev, const struct natsonde_probe *p)
{
	const struct natsonde_question_row *q = &natsonde_questions[p->question];

	return q->endpoint == NATSONDE_A1P1 && q->change == NATSONDE_CHANGE_NONE &&
	       !natsonde_socket_is_tcp((enum natsonde_socket)q->socket) && natsonde_probe_is_good(ev, p);
}

/* The next server, from that number on, that has answered a plain request: whoever answers in its place may well lie, so that it
 * need not be believed otherwise. n_servers if there is none. */
static unsigned server_from(const struct natsonde_evidence *ev, unsigned from)
{
	for (unsigned s = from; s < ev->n_servers; s++)
		for (unsigned i = 0; i < ev->n_probes && ev->servers[s].same_as == 0; i++)
			if (ev->probes[i].server == s && is_plain_answer(ev, &ev->probes[i]))
				return s;
	return ev->n_servers;
}

/* Whatever comes back is an answer, from wherever, and be it an error. */
static bool is_bitten(const struct natsonde_probe *p)
{
	return p->question == NATSONDE_Q_BAIT && natsonde_is_reply(p->outcome);
}

static bool has_bitten(const struct natsonde_evidence *ev)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (is_bitten(&ev->probes[i]))
			return true;
	return false;
}

static struct natsonde_rounds rounds_with(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	return natsonde_rounds(ev, t, NATSONDE_Q_BAIT, NATSONDE_Q_BAIT_PLAIN, 0);
}

static bool are_settled(const struct natsonde_rounds *r)
{
	return natsonde_rounds_convince(r) || natsonde_rounds_are_refused(r) || natsonde_rounds_are_unsent(r);
}

/* False once there is nothing left to do or wait for with that server. */
static bool ask_beside(struct natsonde_want *w, const struct natsonde_tally *t, const struct natsonde_rounds *r)
{
	enum natsonde_round_step step = natsonde_rounds_next(w, t->server, r);
	struct natsonde_further_offer offer = {.server = t->server, .attempt = 1};

	if (step == NATSONDE_ROUND_COPY)
		offer.question = NATSONDE_Q_BAIT;
	if (step == NATSONDE_ROUND_PLAIN) {
		offer.question = NATSONDE_Q_BAIT_PLAIN;
		offer.when_us = r->n == 0 ? 0 : r->last_us + t->spacing_us;
	}
	if (step == NATSONDE_ROUND_COPY || step == NATSONDE_ROUND_PLAIN)
		natsonde_want_offer_further(w, &offer);
	return step != NATSONDE_ROUND_OVER;
}

void natsonde_intercept_ask(struct natsonde_want *w)
{
	const struct natsonde_evidence *ev = w->ev;

	if (has_bitten(ev))
		return;
	for (unsigned s = server_from(ev, 0); s < ev->n_servers; s = server_from(ev, s + 1)) {
		const struct natsonde_tally *t = natsonde_want_tally(w, s);
		struct natsonde_rounds r = rounds_with(ev, t);

		if (ask_beside(w, t, &r) || are_settled(&r))
			return;
	}
}

/* RFC 2544's range for benchmarks, 198.18.0.0/15: proxies' resolvers draw from it. */
static bool is_made_up(const struct natsonde_addr *a)
{
	return a->family == NATSONDE_IPV4 && a->ip[0] == 198 && (a->ip[1] & 0xfe) == 18;
}

static bool find_made_up_server(const struct natsonde_evidence *ev, struct natsonde_draft *f)
{
	bool any = false;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (!is_plain_answer(ev, p) || !is_made_up(natsonde_evidence_addr(ev, ev->servers[p->server].addr)))
			continue;
		any = true;
		natsonde_rests_on(f, i);
	}
	if (any)
		natsonde_find(f, NATSONDE_SUSPECTED, NATSONDE_LIKELY, NATSONDE_WHY_FAKE_ADDRESS);
	return any;
}

static bool find_bitten(const struct natsonde_evidence *ev, struct natsonde_draft *f)
{
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (is_bitten(&ev->probes[i]))
			natsonde_rests_on(f, i);
	if (has_bitten(ev))
		natsonde_find(f, NATSONDE_SUSPECTED, NATSONDE_VERIFIED, NATSONDE_WHY_NOBODY_WAS_ANSWERED_FOR);
	return has_bitten(ev);
}

static bool find_silence(const struct natsonde_evidence *ev, struct natsonde_draft *f)
{
	for (unsigned s = server_from(ev, 0); s < ev->n_servers; s = server_from(ev, s + 1)) {
		struct natsonde_rounds r;
		struct natsonde_tally t;

		natsonde_tally(ev, s, &t);
		r = rounds_with(ev, &t);
		if (!natsonde_rounds_convince(&r) && !natsonde_rounds_are_refused(&r))
			continue;
		for (unsigned i = 0; i < ev->n_probes; i++)
			if (ev->probes[i].server == s &&
			    (ev->probes[i].question == NATSONDE_Q_BAIT || ev->probes[i].question == NATSONDE_Q_BAIT_PLAIN))
				natsonde_rests_on(f, i);
		natsonde_find(f, NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_NOBODY_ANSWERED);
		return true;
	}
	return false;
}

static enum natsonde_reason why_unknown(const struct natsonde_evidence *ev)
{
	unsigned s = server_from(ev, 0);
	struct natsonde_tally t;
	struct natsonde_rounds r;

	if (s == ev->n_servers)
		return natsonde_no_answer_reason(ev);
	natsonde_tally(ev, s, &t);
	r = rounds_with(ev, &t);
	/* What never left this host was not intercepted; that says nothing about what does leave. */
	if (natsonde_rounds_are_unsent(&r))
		return NATSONDE_WHY_LOCAL_FAULT;
	return ev->end == NATSONDE_END_DECIDED ? NATSONDE_WHY_TOO_FEW_COPIES : NATSONDE_WHY_NOT_FINISHED;
}

void natsonde_intercept_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	(void)v;
	if (!find_bitten(ev, f) && !find_made_up_server(ev, f) && !find_silence(ev, f))
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, why_unknown(ev));
}
