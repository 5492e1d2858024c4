#include "use.h"

#include "reach.h"
#include "silence.h"
#include "vet.h"

#define TCP_WAIT_US 1500000u /* one lost SYN is repeated after a second (RFC 6298 section 2) */

static struct natsonde_use_finding finding(enum natsonde_usable usable, enum natsonde_server_reason reason)
{
	return (struct natsonde_use_finding){(uint8_t)usable, (uint8_t)reason};
}

/* The way of the lifetime test (RFC 5780 section 4.6): one socket asks, the answer goes to the port of another, which has
 * opened its own way for it. */
static void ask_response_port(struct natsonde_want *w, const struct natsonde_tally *t)
{
	natsonde_addr_id open = natsonde_tally_mapped(w->ev, t, NATSONDE_Q_OPEN_A1P1);

	if (natsonde_want_answer(w, t, NATSONDE_Q_OPEN_A1P1, t->server + 1u, 0) || open == 0)
		return;
	/* An error, or an answer to the wrong port, says it all: no need to ask twice. */
	if (t->row[NATSONDE_Q_PORT_A1P1].errors + t->row[NATSONDE_Q_PORT_A1P1].strange == 0)
		(void)natsonde_want_answer(w, t, NATSONDE_Q_PORT_A1P1, t->attempt, natsonde_evidence_addr(w->ev, open)->port);
}

void natsonde_use_ask(struct natsonde_want *w)
{
	for (unsigned s = 0; s < w->ev->n_servers; s++) {
		const struct natsonde_probe *tcp = natsonde_reach_tcp_probe(w->ev, s);
		const struct natsonde_tally *t = natsonde_want_tally(w, s);

		if (t->endpoint_is_alive[NATSONDE_A1P1] && t->attempt > 0)
			ask_response_port(w, t);
		if (tcp == NULL)
			natsonde_want_offer(w, s, NATSONDE_Q_TCP, s + 1, 0, 0);
		else if (tcp->outcome == NATSONDE_SILENT)
			natsonde_want_wake(w, tcp->sent_us + TCP_WAIT_US);
	}
}

/* What did not come until the run was cut short may yet have come. */
static bool is_cut_short(const struct natsonde_evidence *ev)
{
	return ev->end == NATSONDE_END_INTERRUPTED || ev->end == NATSONDE_END_TIMEOUT || ev->end == NATSONDE_END_FAULT;
}

static struct natsonde_use_finding judge_mapping(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	for (unsigned e = 0; e < NATSONDE_ENDPOINTS; e++)
		if (!t->endpoint_is_alive[e])
			return finding(NATSONDE_USABLE_WITH_OTHERS, NATSONDE_SERVER_WHY_FEW_ENDPOINTS);
	if (natsonde_vet_alternate(ev, t->server) != NATSONDE_SERVER_WHY_NONE)
		return finding(NATSONDE_USABLE_WITH_OTHERS, NATSONDE_SERVER_WHY_FEW_ENDPOINTS);
	return finding(NATSONDE_USABLE_YES, NATSONDE_SERVER_WHY_FOUR_ENDPOINTS);
}

/* A changed reply from the other port alone does not show that the other address is there. */
static struct natsonde_use_finding judge_filtering(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
						   struct natsonde_server_finding vet)
{
	bool is_there = t->endpoint_is_alive[NATSONDE_A2P2] || t->row[NATSONDE_Q_FILTER_BOTH].good > 0;

	if (vet.verdict != NATSONDE_SERVER_RFC5780)
		return finding(NATSONDE_USABLE_NO, (enum natsonde_server_reason)vet.reason);
	if (vet.reason == NATSONDE_SERVER_WHY_FELL_SILENT)
		return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_FELL_SILENT);
	if (vet.reason == NATSONDE_SERVER_WHY_PROVEN && is_there)
		return finding(NATSONDE_USABLE_YES, NATSONDE_SERVER_WHY_PROVEN);
	if (vet.reason == NATSONDE_SERVER_WHY_PROVEN || is_cut_short(ev))
		return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_NOT_FINISHED);
	return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_UNPROVEN);
}

/* RESPONSE-PORT names a port, never an address: with several external addresses the answer goes astray. */
static bool may_go_astray(const struct natsonde_evidence *ev, const struct natsonde_tally *t)
{
	return !natsonde_addr_same_ip(natsonde_evidence_addr(ev, natsonde_tally_mapped(ev, t, NATSONDE_Q_OPEN_A1P1)),
				      natsonde_evidence_addr(ev, natsonde_tally_mapped(ev, t, NATSONDE_Q_MAP_A1P1)));
}

static struct natsonde_use_finding judge_lifetime(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
						  struct natsonde_server_finding vet)
{
	const struct natsonde_row *asked = &t->row[NATSONDE_Q_PORT_A1P1];

	if (asked->good > 0)
		return finding(NATSONDE_USABLE_YES, NATSONDE_SERVER_WHY_RP_HONOURED);
	if (asked->errors > 0)
		return finding(NATSONDE_USABLE_NO, NATSONDE_SERVER_WHY_RP_REFUSED);
	if (asked->strange > 0)
		return finding(NATSONDE_USABLE_NO, NATSONDE_SERVER_WHY_RP_OVERLOOKED);
	if (vet.reason == NATSONDE_SERVER_WHY_FELL_SILENT)
		return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_FELL_SILENT);
	if (asked->sent == 0 || !natsonde_is_hopeless(asked, t))
		return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_NOT_FINISHED);
	if (may_go_astray(ev, t))
		return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_RP_UNSEEN);
	return finding(NATSONDE_USABLE_NO, NATSONDE_SERVER_WHY_RP_SILENT);
}

static struct natsonde_use_finding judge_tcp(const struct natsonde_evidence *ev, unsigned server)
{
	const struct natsonde_probe *p = natsonde_reach_tcp_probe(ev, server);

	if (p == NULL || p->outcome == NATSONDE_UNSENT)
		return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_NOT_FINISHED);
	if (natsonde_probe_is_good(ev, p))
		return finding(NATSONDE_USABLE_YES, NATSONDE_SERVER_WHY_TCP_ANSWERS);
	if (p->outcome == NATSONDE_ERROR)
		return finding(NATSONDE_USABLE_NO, NATSONDE_SERVER_WHY_ERROR);
	if (p->outcome == NATSONDE_UNREACHABLE)
		return finding(NATSONDE_USABLE_NO, NATSONDE_SERVER_WHY_TCP_CLOSED);
	return ev->now_us - p->sent_us < TCP_WAIT_US ? finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_NOT_FINISHED)
						     : finding(NATSONDE_USABLE_NO, NATSONDE_SERVER_WHY_TCP_SILENT);
}

struct natsonde_use_finding natsonde_judge_use(const struct natsonde_evidence *ev, unsigned server, enum natsonde_use use)
{
	struct natsonde_server_finding vet;
	struct natsonde_tally t;

	if (use == NATSONDE_USE_TCP)
		return judge_tcp(ev, server);
	natsonde_tally(ev, server, &t);
	vet = natsonde_judge_server(ev, server);
	if (vet.verdict == NATSONDE_SERVER_SILENT && is_cut_short(ev))
		return finding(NATSONDE_USABLE_UNKNOWN, NATSONDE_SERVER_WHY_NOT_FINISHED);
	if (vet.verdict == NATSONDE_SERVER_SILENT || vet.verdict == NATSONDE_SERVER_MAPPED_INVALID)
		return finding(NATSONDE_USABLE_NO, (enum natsonde_server_reason)vet.reason);
	switch (use) {
	case NATSONDE_USE_MAPPING: return judge_mapping(ev, &t);
	case NATSONDE_USE_FILTERING: return judge_filtering(ev, &t, vet);
	default: return judge_lifetime(ev, &t, vet);
	}
}
