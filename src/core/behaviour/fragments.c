/* Do packets larger than a link carries, sent in fragments, come through (RFC 4787 sections 9 and 10)? Outbound: a request with
 * an attribute that servers skip, and a small answer. Inbound: a small request for a padded answer (RFC 5780 section 3.5). What
 * came was seen. What did not counts only beside small packets that passed; and whether it is the server, or its own network,
 * that drops fragments, only another server can tell.
 *
 * A server may take no request of that size, or none with PADDING, and then says nothing. So what stays silent has a control, which
 * differs in that nothing is sent in fragments. Outbound: a request that just fits into one packet. Inbound: PADDING beside
 * RESPONSE-PORT, which a server that knows both must refuse (RFC 5780 section 6.1), and any other answers somehow. */
#include "behaviour.h"

#include "../history.h"
#include "../silence.h"
#include "../stun_wire.h"

#define LINK_MTU 1500u
#define HEADERS_IPV4 28u /* IP and UDP */
#define HEADERS_IPV6 48u
/* Bytes of UDP payload. Servers may take no more than a buffer of 1,500 bytes holds; so what is sent in fragments is just more than
 * goes without. Its control is just less, also where PPPoE leaves 1,492 for IP. */
#define LARGE 1480u
#define FULL_IPV4 (1492u - HEADERS_IPV4)
#define FULL_IPV6 (1492u - HEADERS_IPV6)
#define PADDING 4u /* bytes: how much comes back is the server's choice */
#define ROUNDS_MAX 24u       /* small and large together, with each server */
#define ROUNDS_DEAF_MAX 6u   /* to a server that answers not even the small ones any more */
#define CONTROLS_MAX 12u     /* of these for a control */
#define UNSENT_ENOUGH 2u

enum fate { UNDECIDED, PASSES, STOPPED, CANNOT_TELL, TOO_FEW, UNSENT };

void natsonde_fragments_enlarge(struct natsonde_stun_request *request, unsigned question, unsigned family)
{
	unsigned headers = NATSONDE_STUN_HEADER + STUN_ATTR_HEADER, full = family == NATSONDE_IPV6 ? FULL_IPV6 : FULL_IPV4;

	if (question == NATSONDE_Q_LARGE_IN || question == NATSONDE_Q_PADDING)
		request->padding = PADDING;
	if (question == NATSONDE_Q_LARGE_OUT)
		request->filler = (uint16_t)(LARGE - headers);
	if (question == NATSONDE_Q_FULL)
		request->filler = (uint16_t)(full - headers);
}

/* A request that was answered has arrived, and so has one that was answered with an error; an answer has to be large in fact. */
static bool has_passed(const struct natsonde_evidence *ev, const struct natsonde_probe *p)
{
	unsigned most = LINK_MTU - (ev->family == NATSONDE_IPV6 ? HEADERS_IPV6 : HEADERS_IPV4);

	if (p->question != NATSONDE_Q_LARGE_IN)
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

static enum natsonde_question control_of(enum natsonde_question q)
{
	return q == NATSONDE_Q_LARGE_OUT ? NATSONDE_Q_FULL : NATSONDE_Q_PADDING;
}

/* Whether the server answers where nothing is sent in fragments: PASSES if it does, STOPPED if it seems that it does not. */
static enum fate fate_of_control(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q)
{
	struct natsonde_history small = natsonde_history(ev, server, NATSONDE_Q_SMALL, 0);
	struct copies c = count_copies(ev, server, control_of(q));
	unsigned controls = (unsigned)small.answered + small.lost;

	if (c.has_passed)
		return PASSES;
	if (natsonde_silence_convinces(c.silent, small.lost, controls, NATSONDE_DOUBT_DEAD) || (c.unsent >= UNSENT_ENOUGH && c.unsent == c.n))
		return STOPPED;
	return c.pending == 0 && c.n >= CONTROLS_MAX ? TOO_FEW : UNDECIDED;
}

static enum fate fate_of(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q)
{
	struct natsonde_history small = natsonde_history(ev, server, NATSONDE_Q_SMALL, 0);
	struct copies c = count_copies(ev, server, q);
	unsigned controls = (unsigned)small.answered + small.lost;
	enum fate control = fate_of_control(ev, server, q);

	if (c.has_passed)
		return PASSES;
	if (c.is_unpadded || control == STOPPED)
		return CANNOT_TELL;
	if (c.unsent >= UNSENT_ENOUGH && c.unsent == c.n && small.sent > 0)
		return UNSENT;
	if (natsonde_silence_convinces(c.silent, small.lost, controls, NATSONDE_DOUBT_VERDICT))
		return control == PASSES ? STOPPED : CANNOT_TELL;
	if (control == TOO_FEW || (c.pending == 0 && (c.n >= ROUNDS_MAX || (c.n >= ROUNDS_DEAF_MAX && small.answered == 0))))
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
	if (in.fate == CANNOT_TELL)
		return NATSONDE_WHY_NOT_PADDED;
	return out.fate == CANNOT_TELL ? NATSONDE_WHY_NOT_TAKEN : NATSONDE_WHY_TOO_FEW_COPIES;
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

/* RESPONSE-PORT names the port that the answer would come to without it, should the server not refuse. */
static void offer(struct natsonde_want *w, unsigned server, enum natsonde_question q)
{
	struct natsonde_further_offer o = {.question = (uint8_t)q, .server = (uint8_t)server, .attempt = (uint8_t)(server + 1)};
	struct natsonde_history small = natsonde_history(w->ev, server, NATSONDE_Q_SMALL, 0);

	if (q == NATSONDE_Q_PADDING && small.answered > 0)
		o.response_port = natsonde_evidence_addr(w->ev, w->ev->probes[small.first_answer].mapped)->port;
	natsonde_want_offer_further(w, &o);
}

/* The copies that one server was sent in one direction, those of the control among them. */
static struct copies count_way(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q)
{
	struct copies way = count_copies(ev, server, q), control = count_copies(ev, server, control_of(q));

	way.n += control.n;
	way.pending += control.pending;
	return way;
}

/* Silence has its control next: without that, more of it would be in vain. */
static enum natsonde_question next_question(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q)
{
	return count_copies(ev, server, q).silent > 0 && fate_of_control(ev, server, q) == UNDECIDED ? control_of(q) : q;
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

/* A round is a small request and, close behind it, the large ones that are not decided yet, or their controls; then all are waited
 * for. */
static void ask_round(struct natsonde_want *w, unsigned server, bool asks_out, bool asks_in)
{
	struct natsonde_history small = natsonde_history(w->ev, server, NATSONDE_Q_SMALL, 0);
	struct copies out = count_way(w->ev, server, NATSONDE_Q_LARGE_OUT);
	struct copies in = count_way(w->ev, server, NATSONDE_Q_LARGE_IN);
	unsigned round = (unsigned)small.sent + small.unsent;

	if (asks_out && out.n < round)
		offer(w, server, next_question(w->ev, server, NATSONDE_Q_LARGE_OUT));
	else if (asks_in && in.n < round)
		offer(w, server, next_question(w->ev, server, NATSONDE_Q_LARGE_IN));
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
