/* Do packets larger than a link carries, sent in fragments, come through (RFC 4787 sections 9 and 10)? Outbound: a request with
 * an attribute that servers skip, and a small answer. Inbound: a small request for a padded answer (RFC 5780 section 3.5). What
 * came was seen. What did not counts only beside small packets that passed; and whether it is the server, or its own network,
 * that drops fragments, only another server can tell. */
#include "behaviour.h"

#include "../history.h"
#include "../silence.h"

#define LINK_MTU 1500u
#define HEADERS_IPV4 28u /* IP and UDP */
#define HEADERS_IPV6 48u
#define ROUNDS_MAX 24u       /* small and large together, with each server */
#define ROUNDS_DEAF_MAX 6u   /* to a server that answers not even the small ones any more */
#define ROUNDS_UNPADDED_MAX 3u /* for a padded answer, where a server does not claim to know RFC 5780 */
#define UNSENT_ENOUGH 2u

enum fate { UNDECIDED, PASSES, STOPPED, CANNOT_TELL, TOO_FEW, UNSENT };

/* A request that was answered has arrived, and so has one that was answered with an error; an answer has to be large in fact. */
static bool has_passed(const struct natsonde_evidence *ev, const struct natsonde_probe *p)
{
	unsigned most = LINK_MTU - (ev->family == NATSONDE_IPV6 ? HEADERS_IPV6 : HEADERS_IPV4);

	if (p->question == NATSONDE_Q_LARGE_OUT)
		return p->outcome == NATSONDE_ERROR || natsonde_probe_is_good(ev, p);
	return p->is_padded && p->len > most && natsonde_probe_is_good(ev, p);
}

/* The copies of one question that one server was sent. */
struct copies {
	unsigned n, silent, unsent, pending;
	bool has_passed, is_unpadded;
};

static struct copies count_copies(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q)
{
	uint32_t wait_us = natsonde_history_wait_us(ev, server);
	struct copies c = {0};
	bool is_open = false; /* the small one of this round came back */

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server != server)
			continue;
		if (p->question == NATSONDE_Q_SMALL)
			is_open = natsonde_probe_is_good(ev, p);
		if (p->question != q)
			continue;
		c.n++;
		c.has_passed = c.has_passed || has_passed(ev, p);
		c.is_unpadded = c.is_unpadded || (q == NATSONDE_Q_LARGE_IN && p->len > 0 && !has_passed(ev, p));
		c.unsent += p->outcome == NATSONDE_UNSENT && p->fault != NATSONDE_FAULT_BUSY;
		c.pending += p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us < wait_us;
		/* ICMP errors, such as "reassembly time exceeded", say no more than silence: anyone can send them. */
		c.silent += is_open && (p->outcome == NATSONDE_UNREACHABLE ||
					(p->outcome == NATSONDE_SILENT && ev->now_us - p->sent_us >= wait_us));
	}
	return c;
}

static enum fate fate_of(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q)
{
	struct natsonde_history small = natsonde_history(ev, server, NATSONDE_Q_SMALL, 0);
	struct copies c = count_copies(ev, server, q);
	unsigned controls = (unsigned)small.answered + small.lost;
	bool pads = q == NATSONDE_Q_LARGE_OUT || ev->servers[server].other != 0;

	if (c.has_passed)
		return PASSES;
	if (c.is_unpadded || (!pads && c.pending == 0 && c.n >= ROUNDS_UNPADDED_MAX))
		return CANNOT_TELL;
	if (c.unsent >= UNSENT_ENOUGH && c.unsent == c.n && small.sent > 0)
		return UNSENT;
	if (pads && natsonde_silence_convinces(c.silent, small.lost, controls, NATSONDE_DOUBT_VERDICT))
		return STOPPED;
	if (c.pending == 0 && (c.n >= ROUNDS_MAX || (c.n >= ROUNDS_DEAF_MAX && small.answered == 0)))
		return TOO_FEW;
	return UNDECIDED;
}

/* One direction, whichever server it was tried with. */
struct way { uint8_t fate, witnesses; };

/* What was seen anywhere counts most, then what can be concluded. */
static struct way find_way(const struct natsonde_evidence *ev, enum natsonde_question q)
{
	static const uint8_t weight[] = {[TOO_FEW] = 1, [CANNOT_TELL] = 2, [STOPPED] = 3, [UNSENT] = 4, [PASSES] = 5};
	struct way way = {UNDECIDED, 0};

	for (unsigned s = 0; s < ev->n_servers; s++) {
		uint8_t fate = (uint8_t)fate_of(ev, s, q);

		way.witnesses = (uint8_t)(way.witnesses + (fate == STOPPED));
		if (weight[fate] > weight[way.fate])
			way.fate = fate;
	}
	return way;
}

static bool is_settled(struct way way)
{
	return way.fate == PASSES || way.fate == UNSENT || way.witnesses > 1;
}

static enum natsonde_reason why_unknown(const struct natsonde_evidence *ev, struct way out, struct way in)
{
	if (natsonde_history_server(ev, 0) == ev->n_servers)
		return natsonde_no_answer_reason(ev);
	if (out.fate == UNDECIDED || in.fate == UNDECIDED)
		return NATSONDE_WHY_NOT_FINISHED;
	return in.fate == CANNOT_TELL ? NATSONDE_WHY_NOT_PADDED : NATSONDE_WHY_TOO_FEW_COPIES;
}

static void judge_ways(const struct natsonde_evidence *ev, struct way out, struct way in, struct natsonde_draft *f)
{
	bool is_sure = is_settled(out) && is_settled(in);
	enum natsonde_certainty certainty = is_sure ? NATSONDE_VERIFIED : NATSONDE_LIKELY;

	if (out.fate == PASSES && in.fate == PASSES)
		natsonde_find(f, NATSONDE_PASS_ALL, certainty, NATSONDE_WHY_LARGE_PASS);
	else if (out.fate == STOPPED && in.fate == PASSES)
		natsonde_find(f, NATSONDE_OUTBOUND_DROPPED, certainty, NATSONDE_WHY_LARGE_OUT_SILENT);
	else if (out.fate == PASSES && in.fate == STOPPED)
		natsonde_find(f, NATSONDE_INBOUND_DROPPED, certainty, NATSONDE_WHY_LARGE_IN_SILENT);
	else if (out.fate == STOPPED && in.fate == STOPPED)
		natsonde_find(f, NATSONDE_DROPPED, certainty, NATSONDE_WHY_LARGE_SILENT);
	else
		natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, why_unknown(ev, out, in));
}

void natsonde_fragments_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	struct way out = find_way(ev, NATSONDE_Q_LARGE_OUT), in = find_way(ev, NATSONDE_Q_LARGE_IN);

	(void)v;
	if ((ev->sees & NATSONDE_SEES_FRAGMENTS) == 0)
		natsonde_find(f, NATSONDE_LOCAL_STACK, NATSONDE_VERIFIED, NATSONDE_WHY_NO_REASSEMBLY);
	else if (out.fate == UNSENT)
		natsonde_find(f, NATSONDE_LOCAL_STACK, NATSONDE_VERIFIED, NATSONDE_WHY_LARGE_UNSENT);
	else
		judge_ways(ev, out, in, f);
	for (unsigned i = 0; i < ev->n_probes; i++)
		if (natsonde_questions[ev->probes[i].question].socket == NATSONDE_SOCKET_LARGE)
			natsonde_rests_on(f, i);
}

static void offer(struct natsonde_want *w, unsigned server, enum natsonde_question q)
{
	struct natsonde_further_offer o = {.question = (uint8_t)q, .server = (uint8_t)server, .attempt = (uint8_t)(server + 1)};

	natsonde_want_offer_further(w, &o);
}

static void wait_for_answers(struct natsonde_want *w, unsigned server)
{
	for (unsigned i = 0; i < w->ev->n_probes; i++) {
		const struct natsonde_probe *p = &w->ev->probes[i];

		if (natsonde_questions[p->question].socket == NATSONDE_SOCKET_LARGE && p->server == server &&
		    p->outcome == NATSONDE_SILENT)
			natsonde_want_wake(w, p->sent_us + natsonde_history_wait_us(w->ev, server));
	}
}

/* A round is a small request and, close behind it, the large ones that are not decided yet; then all are waited for. */
static void ask_round(struct natsonde_want *w, unsigned server, bool asks_out, bool asks_in)
{
	struct natsonde_history small = natsonde_history(w->ev, server, NATSONDE_Q_SMALL, 0);
	struct copies out = count_copies(w->ev, server, NATSONDE_Q_LARGE_OUT);
	struct copies in = count_copies(w->ev, server, NATSONDE_Q_LARGE_IN);
	unsigned round = (unsigned)small.sent + small.unsent;

	if (asks_out && out.n < round)
		offer(w, server, NATSONDE_Q_LARGE_OUT);
	else if (asks_in && in.n < round)
		offer(w, server, NATSONDE_Q_LARGE_IN);
	else if (small.pending + out.pending + in.pending > 0)
		wait_for_answers(w, server);
	else
		offer(w, server, NATSONDE_Q_SMALL);
}

void natsonde_fragments_ask(struct natsonde_want *w)
{
	const struct natsonde_evidence *ev = w->ev;
	struct way out, in;

	if (w->plan->large == NULL || (ev->sees & NATSONDE_SEES_FRAGMENTS) == 0)
		return;
	out = find_way(ev, NATSONDE_Q_LARGE_OUT);
	in = find_way(ev, NATSONDE_Q_LARGE_IN);
	if (out.fate == UNSENT)
		return;
	for (unsigned s = natsonde_history_server(ev, 0); s < ev->n_servers; s = natsonde_history_server(ev, s + 1)) {
		bool asks_out = !is_settled(out) && fate_of(ev, s, NATSONDE_Q_LARGE_OUT) == UNDECIDED;
		bool asks_in = !is_settled(in) && fate_of(ev, s, NATSONDE_Q_LARGE_IN) == UNDECIDED;

		if (asks_out || asks_in) {
			ask_round(w, s, asks_out, asks_in);
			return;
		}
	}
}
