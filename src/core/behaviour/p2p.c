/* Can peers talk directly? Needs no packets of its own: it follows from mapping and filtering, and from one table of all pairs. */
#include "behaviour.h"

#include "../reach.h"

#include <stddef.h>

/* An ICMP error that says that passing is forbidden: RFC 1812 section 5.2.7.1 (network, host, communication administratively
 * prohibited), RFC 4443 section 3.1 (prohibited, by the source address or the route). A closed port says something else. */
static bool says_forbidden(const struct natsonde_evidence *ev, const struct natsonde_probe *p)
{
	bool is_ipv6 = ev->family == NATSONDE_IPV6;
	unsigned codes = is_ipv6 ? 1u << 1 | 1u << 5 | 1u << 6 : 1u << 9 | 1u << 10 | 1u << 13;

	return p->outcome == NATSONDE_UNREACHABLE && p->icmp_type == (is_ipv6 ? 1 : 3) && p->icmp_code < 16 && (codes >> p->icmp_code & 1) != 0;
}

static bool answers_over_tcp(const struct natsonde_evidence *ev, unsigned server)
{
	const struct natsonde_probe *p = natsonde_reach_tcp_probe(ev, server);

	return p != NULL && natsonde_probe_is_good(ev, p);
}

/* Silence over UDP where the same servers answer over TCP. That it is forbidden shows that something stops UDP; silence alone may
 * yet be a long burst of loss, and a refusal a server that listens over TCP alone. */
static void judge_blocked(const struct natsonde_evidence *ev, struct natsonde_draft *f)
{
	bool udp_answered = natsonde_reach_has_answer(ev);
	enum natsonde_certainty certainty = NATSONDE_LIKELY;
	bool tcp_answered = false;

	for (unsigned s = 0; s < ev->n_servers; s++)
		udp_answered = udp_answered || ev->servers[s].noise > 0;
	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];
		bool is_tcp = p->question == NATSONDE_Q_TCP;

		tcp_answered = tcp_answered || (is_tcp && natsonde_probe_is_good(ev, p));
		if (!is_tcp && says_forbidden(ev, p) && answers_over_tcp(ev, p->server))
			certainty = NATSONDE_VERIFIED;
		if (!is_tcp || natsonde_probe_is_good(ev, p))
			natsonde_rests_on(f, i);
	}
	natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NO_ANSWER);
	if (tcp_answered && !udp_answered)
		natsonde_find(f, NATSONDE_BLOCKED, certainty, NATSONDE_WHY_UDP_BLOCKED);
}

static uint8_t weaker(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

void natsonde_p2p_judge(const struct natsonde_evidence *ev, struct natsonde_verdicts *v, struct natsonde_draft *f)
{
	const struct natsonde_finding *mapping = &v->of[NATSONDE_MAPPING], *filtering = &v->of[NATSONDE_FILTERING];
	uint8_t both = filtering->verdict == NATSONDE_UNKNOWN ? NATSONDE_LIKELY : weaker(mapping->certainty, filtering->certainty);

	natsonde_find(f, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_MAPPING_UNKNOWN);
	switch (mapping->verdict) {
	case NATSONDE_ENDPOINT_INDEPENDENT:
		if (filtering->verdict == NATSONDE_ENDPOINT_INDEPENDENT)
			natsonde_find(f, NATSONDE_OPEN, (enum natsonde_certainty)both, NATSONDE_WHY_STRANGERS_REACH);
		else
			natsonde_find(f, NATSONDE_EASY, (enum natsonde_certainty)both, NATSONDE_WHY_ONE_MAPPING_FOR_ALL);
		break;
	case NATSONDE_ADDRESS_DEPENDENT:
	case NATSONDE_ENDPOINT_DEPENDENT:
		natsonde_find(f, NATSONDE_HARD, (enum natsonde_certainty)mapping->certainty, NATSONDE_WHY_MAPPING_PER_PEER);
		break;
	case NATSONDE_ADDRESS_AND_PORT_DEPENDENT:
	case NATSONDE_PORT_DEPENDENT:
		natsonde_find(f, NATSONDE_TOO_HARD, (enum natsonde_certainty)mapping->certainty, NATSONDE_WHY_MAPPING_PER_PEER_PORT);
		break;
	default:
		if (mapping->reason == NATSONDE_WHY_LOCAL_FAULT || mapping->reason == NATSONDE_WHY_INTERRUPTED)
			f->reason = mapping->reason;
		if (mapping->reason == NATSONDE_WHY_NO_ANSWER)
			judge_blocked(ev, f);
	}
}

/* All pairs of classes, ICE semantics, without port prediction. Filters are per mapping; what relies on a NAT reusing an inbound
 * session's mapping for its replies, or on who sends first, is "maybe". D: any endpoint-dependent mapping. */
enum { E_EIF, E_ADF, E_APDF, D_EIF, D_ADF, D_APDF, CLASSES };
#define YES NATSONDE_PAIR_DIRECT
#define IF_ NATSONDE_PAIR_MAYBE
#define NO_ NATSONDE_PAIR_RELAY
static const uint8_t pairs[CLASSES][CLASSES] = {
	/*          E/EIF E/ADF E/APDF D/EIF D/ADF D/APDF */
	[E_EIF]  = {YES,  YES,  YES,   YES,  YES,  YES},
	[E_ADF]  = {YES,  YES,  YES,   YES,  YES,  YES},
	[E_APDF] = {YES,  YES,  YES,   IF_,  NO_,  NO_},
	[D_EIF]  = {YES,  YES,  IF_,   IF_,  IF_,  IF_},
	[D_ADF]  = {YES,  YES,  NO_,   IF_,  NO_,  NO_},
	[D_APDF] = {YES,  YES,  NO_,   IF_,  NO_,  NO_},
};
#undef YES
#undef IF_
#undef NO_

static const struct { const char *name; uint8_t class; } peers[NATSONDE_PEERS] = {
	{"eim/eif", E_EIF}, {"eim/adf", E_ADF}, {"eim/apdf", E_APDF},
	{"adm/eif", D_EIF}, {"adm/adf", D_ADF}, {"adm/apdf", D_APDF},
	{"apdm/eif", D_EIF}, {"apdm/adf", D_ADF}, {"apdm/apdf", D_APDF},
};

const char *natsonde_peer_class(unsigned peer)
{
	return peer < NATSONDE_PEERS ? peers[peer].name : NULL;
}

enum natsonde_pair natsonde_pair_with(const struct natsonde_verdicts *verdicts, unsigned peer)
{
	uint8_t mapping = verdicts->of[NATSONDE_MAPPING].verdict, filtering = verdicts->of[NATSONDE_FILTERING].verdict;
	uint8_t p2p = verdicts->of[NATSONDE_P2P].verdict;
	unsigned row = mapping == NATSONDE_ENDPOINT_INDEPENDENT ? E_EIF : D_EIF;

	if (peer >= NATSONDE_PEERS || p2p == NATSONDE_UNKNOWN)
		return NATSONDE_PAIR_UNSAID;
	if (p2p == NATSONDE_BLOCKED)
		return NATSONDE_PAIR_RELAY;
	if (filtering != NATSONDE_UNKNOWN)
		return (enum natsonde_pair)pairs[row + filtering - NATSONDE_ENDPOINT_INDEPENDENT][peers[peer].class];
	if (pairs[row][peers[peer].class] == pairs[row + 1][peers[peer].class] &&
	    pairs[row][peers[peer].class] == pairs[row + 2][peers[peer].class])
		return (enum natsonde_pair)pairs[row][peers[peer].class];
	return NATSONDE_PAIR_UNSAID;
}

const char *natsonde_rfc3489(const struct natsonde_verdicts *verdicts)
{
	uint8_t mapping = verdicts->of[NATSONDE_MAPPING].verdict, filtering = verdicts->of[NATSONDE_FILTERING].verdict;

	if (filtering == NATSONDE_UNKNOWN || verdicts->of[NATSONDE_NAT].verdict == NATSONDE_UNKNOWN)
		return NULL;
	if (verdicts->of[NATSONDE_NAT].verdict == NATSONDE_NONE)
		return filtering == NATSONDE_ENDPOINT_INDEPENDENT ? "open internet" : "symmetric UDP firewall";
	if (mapping == NATSONDE_ADDRESS_AND_PORT_DEPENDENT)
		return filtering == NATSONDE_ADDRESS_AND_PORT_DEPENDENT ? "symmetric" : NULL;
	if (mapping != NATSONDE_ENDPOINT_INDEPENDENT)
		return NULL;
	if (filtering == NATSONDE_ENDPOINT_INDEPENDENT)
		return "full cone";
	return filtering == NATSONDE_ADDRESS_DEPENDENT ? "restricted cone" : "port-restricted cone";
}
