#include <natsonde/evidence.h>

#include <string.h>

#include "record.h"

#define ROW(asks, asked, flags, answers) \
	{ .socket = NATSONDE_SOCKET_##asks, .endpoint = (asked), .change = NATSONDE_CHANGE_##flags, .replies = (answers) }

/* RFC 5780 sections 4.3 and 4.4, and the controls that make silence mean something; then the further tests. */
const struct natsonde_question_row natsonde_questions[NATSONDE_QUESTIONS] = {
	/*                             asked by to             change replies from */
	[NATSONDE_Q_MAP_A1P1]      = ROW(MAPPING, NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_MAP_A2P1]      = ROW(MAPPING, NATSONDE_A2P1, NONE, NATSONDE_A2P1),
	[NATSONDE_Q_MAP_A2P2]      = ROW(MAPPING, NATSONDE_A2P2, NONE, NATSONDE_A2P2),
	[NATSONDE_Q_MAP_A1P2]      = ROW(MAPPING, NATSONDE_A1P2, NONE, NATSONDE_A1P2),
	[NATSONDE_Q_FILTER_BOTH]   = ROW(FILTER,  NATSONDE_A1P1, BOTH, NATSONDE_A2P2),
	[NATSONDE_Q_FILTER_PORT]   = ROW(FILTER,  NATSONDE_A1P1, PORT, NATSONDE_A1P2),
	[NATSONDE_Q_FILTER_PLAIN]  = ROW(FILTER,  NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_OPEN_A2P2]     = ROW(CONTROL, NATSONDE_A2P2, NONE, NATSONDE_A2P2),
	[NATSONDE_Q_OPEN_A1P2]     = ROW(CONTROL, NATSONDE_A1P2, NONE, NATSONDE_A1P2),
	[NATSONDE_Q_OPEN_A1P1]     = ROW(CONTROL, NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_OPEN_A2P1]     = ROW(CONTROL, NATSONDE_A2P1, NONE, NATSONDE_A2P1),
	[NATSONDE_Q_CONTROL_BOTH]  = ROW(CONTROL, NATSONDE_A1P1, BOTH, NATSONDE_A2P2),
	[NATSONDE_Q_CONTROL_PORT]  = ROW(CONTROL, NATSONDE_A1P1, PORT, NATSONDE_A1P2),
	[NATSONDE_Q_RESPONSE_PORT] = ROW(MAPPING, NATSONDE_A2P2, NONE, NATSONDE_A2P2),
	[NATSONDE_Q_PORT_A1P1]     = ROW(MAPPING, NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_TCP]           = ROW(TCP,     NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_LIFE_SET]      = ROW(RUNG,    NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_LIFE_KEEP]     = ROW(RUNG,    NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_LIFE_PLAIN]    = ROW(ASKER,   NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_LIFE_ASK]      = ROW(ASKER,   NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_PEER_MAP]      = ROW(PEER,    NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_PEER_HAIR]     = ROW(PEER,    NATSONDE_OWN_MAPPING, NONE, NATSONDE_OWN_MAPPING),
	[NATSONDE_Q_SAMPLE]        = ROW(SAMPLE,  NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_TCP_A1P1]      = ROW(STREAM,  NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_TCP_A2P1]      = ROW(STREAM,  NATSONDE_A2P1, NONE, NATSONDE_A2P1),
	[NATSONDE_Q_TCP_A2P2]      = ROW(STREAM,  NATSONDE_A2P2, NONE, NATSONDE_A2P2),
	[NATSONDE_Q_TCP_A1P2]      = ROW(STREAM,  NATSONDE_A1P2, NONE, NATSONDE_A1P2),
	[NATSONDE_Q_SMALL]         = ROW(LARGE,   NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_LARGE_OUT]     = ROW(LARGE,   NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_LARGE_IN]      = ROW(LARGE,   NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_FULL]          = ROW(LARGE,   NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_PADDING]       = ROW(LARGE,   NATSONDE_A1P1, NONE, NATSONDE_A1P1),
	[NATSONDE_Q_BAIT]          = ROW(BAIT,    NATSONDE_NOBODY, NONE, NATSONDE_OWN_MAPPING),
	[NATSONDE_Q_BAIT_PLAIN]    = ROW(BAIT,    NATSONDE_A1P1, NONE, NATSONDE_A1P1),
};

uint32_t natsonde_probe_waited_us(const struct natsonde_evidence *ev, const struct natsonde_probe *p)
{
	return (p->answered_us != 0 ? p->answered_us : ev->now_us) - p->sent_us;
}

struct natsonde_evidence natsonde_evidence_first(const struct natsonde_evidence *ev)
{
	struct natsonde_evidence first = *ev;

	for (first.n_probes = 0; first.n_probes < ev->n_probes; first.n_probes++)
		if (ev->probes[first.n_probes].question >= NATSONDE_QUESTIONS_FIRST)
			break;
	return first;
}

const struct natsonde_addr *natsonde_evidence_addr(const struct natsonde_evidence *ev, natsonde_addr_id id)
{
	return &ev->addrs[id < ev->n_addrs ? id : 0];
}

struct natsonde_addr natsonde_evidence_endpoint(const struct natsonde_evidence *ev, unsigned server, enum natsonde_endpoint which)
{
	const struct natsonde_addr *a1p1 = natsonde_evidence_addr(ev, ev->servers[server].addr);
	const struct natsonde_addr *a2p2 = natsonde_evidence_addr(ev, ev->servers[server].other);
	struct natsonde_addr addr = which == NATSONDE_A1P1 || which == NATSONDE_A1P2 ? *a1p1 : *a2p2;

	if (which != NATSONDE_A1P1 && a2p2->family == NATSONDE_NO_FAMILY)
		return *natsonde_evidence_addr(ev, 0);
	if (which == NATSONDE_A2P1)
		addr.port = a1p1->port;
	if (which == NATSONDE_A1P2)
		addr.port = a2p2->port;
	return addr;
}

struct natsonde_traffic natsonde_evidence_traffic(const struct natsonde_evidence *ev, unsigned server)
{
	struct natsonde_traffic traffic = {0, 0, 0};
	uint32_t sum_us = 0, n = 0;

	for (unsigned i = 0; i < ev->n_probes; i++) {
		const struct natsonde_probe *p = &ev->probes[i];

		if (p->server != server || p->outcome == NATSONDE_UNSENT || natsonde_socket_is_tcp((enum natsonde_socket)natsonde_questions[p->question].socket) ||
		    natsonde_questions[p->question].endpoint >= NATSONDE_ENDPOINTS)
			continue;
		traffic.sent++;
		if (!natsonde_is_reply(p->outcome))
			continue;
		traffic.answered++;
		if (p->outcome == NATSONDE_ANSWERED && natsonde_questions[p->question].change == NATSONDE_CHANGE_NONE) {
			sum_us += p->answered_us - p->sent_us;
			n++;
		}
	}
	if (n > 0)
		traffic.rtt_us = sum_us / n;
	return traffic;
}

natsonde_addr_id natsonde_record_addr(struct natsonde_evidence *ev, const struct natsonde_addr *addr)
{
	if (addr->family == NATSONDE_NO_FAMILY)
		return 0;
	for (unsigned i = 1; i < ev->n_addrs; i++)
		if (natsonde_addr_equal(&ev->addrs[i], addr))
			return (natsonde_addr_id)i;
	if (ev->n_addrs >= ev->max_addrs) {
		ev->is_truncated = true;
		return 0;
	}
	ev->addrs[ev->n_addrs] = *addr;
	return (natsonde_addr_id)ev->n_addrs++;
}

struct natsonde_probe *natsonde_record_probe(struct natsonde_evidence *ev)
{
	if (ev->n_probes >= ev->max_probes) {
		ev->is_truncated = true;
		return NULL;
	}
	memset(&ev->probes[ev->n_probes], 0, sizeof(ev->probes[0]));
	return &ev->probes[ev->n_probes++];
}

/* A server that is an alternate of this one is this one: two names would otherwise bear witness for each other. */
static void mark_twins(struct natsonde_evidence *ev, unsigned server)
{
	for (unsigned t = 0; t < ev->n_servers; t++) {
		if (t == server || ev->servers[t].same_as != 0 || ev->servers[server].same_as != 0)
			continue;
		for (enum natsonde_endpoint which = NATSONDE_A1P1; which < NATSONDE_ENDPOINTS; which++) {
			struct natsonde_addr endpoint = natsonde_evidence_endpoint(ev, server, which);

			if (natsonde_addr_equal(&endpoint, natsonde_evidence_addr(ev, ev->servers[t].addr)))
				ev->servers[t].same_as = ev->servers[server].addr;
		}
	}
}

void natsonde_record_other(struct natsonde_evidence *ev, unsigned server, natsonde_addr_id other)
{
	if (ev->servers[server].other != 0 || other == 0)
		return;
	ev->servers[server].other = other;
	mark_twins(ev, server);
}
