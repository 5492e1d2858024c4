#include "net.h"

#include <string.h>

#include "alg.h"
#include "intercept.h"

#define GATEWAY_DELAY NATSONDE_MS /* until the gateway refuses, or answers itself */
#define MTU 1500u
#define HEADERS_IPV4 28u /* IP and UDP */
#define HEADERS_IPV6 48u

/* "Communication administratively prohibited": RFC 1812 section 5.2.7.1, RFC 4443 section 3.1. */
static void say_prohibited(const struct natsonde_addr *to, struct natsonde_event *event)
{
	event->icmp_type = to->family == NATSONDE_IPV6 ? 1 : 3;
	event->icmp_code = to->family == NATSONDE_IPV6 ? 1 : 13;
}

/* Never into the past; what does not fit is lost, as in a router. */
static void push(struct natsonde_sim *sim, enum natsonde_packet_kind kind, enum natsonde_transport transport, natsonde_us at,
		 const struct natsonde_addr *from, const struct natsonde_addr *to, const uint8_t *bytes, size_t len)
{
	struct natsonde_packet packet = {
		.kind = (uint8_t)kind,
		.transport = (uint8_t)transport,
		.at = at,
		.from = *from,
		.to = *to,
		.len = (uint16_t)len
	};

	natsonde_queue_push(&sim->queue, &packet, bytes);
}

/* Through a link that may lose, delay and double. */
static void pass(struct natsonde_sim *sim, struct natsonde_link *link, enum natsonde_packet_kind kind, natsonde_us at,
		 const struct natsonde_addr *from, const struct natsonde_addr *to, const uint8_t *bytes, size_t len)
{
	natsonde_us arrive[2];
	unsigned copies = natsonde_link_pass(link, at, arrive);

	for (unsigned i = 0; i < copies; i++)
		push(sim, kind, NATSONDE_UDP, arrive[i], from, to, bytes, len);
}

static bool is_fragmented(const struct natsonde_addr *a, size_t len)
{
	return len + (a->family == NATSONDE_IPV6 ? HEADERS_IPV6 : HEADERS_IPV4) > MTU;
}

/* Whether the way in that direction loses a datagram because it comes in fragments. */
static bool loses_fragments(const struct natsonde_sim *sim, const struct natsonde_addr *a, size_t len,
			    enum natsonde_sim_fragments direction)
{
	return is_fragmented(a, len) && (sim->spec.fragments == NATSONDE_FRAGMENTS_DROP || sim->spec.fragments == direction);
}

/* Whether the host's own stack takes a datagram that has come from outside. */
static bool is_taken(const struct natsonde_sim *sim, const struct natsonde_addr *from, const struct natsonde_addr *to,
		     size_t len)
{
	if (sim->spec.fragments == NATSONDE_FRAGMENTS_LOCAL && is_fragmented(to, len))
		return false;
	return !sim->spec.drops_own_source || !natsonde_addr_same_ip(from, to);
}

/* Whether something near answers in the place of whom the packet was for. */
static bool is_intercepted(struct natsonde_sim *sim, const struct natsonde_addr *from, const struct natsonde_addr *to,
			   const uint8_t *bytes, size_t len)
{
	uint8_t answer[NATSONDE_INTERCEPT_ANSWER_MAX];
	size_t n = sim->spec.intercepts ? natsonde_intercept_answer(from, bytes, len, answer) : 0;

	if (n)
		push(sim, NATSONDE_PACKET_TO_SLOT, NATSONDE_UDP, sim->now + GATEWAY_DELAY, to, from, answer, n);
	return n;
}

/* Through the NATs, and on or back. */
static void leave(struct natsonde_sim *sim, const struct natsonde_addr *from, const struct natsonde_addr *to,
		  const uint8_t *bytes, size_t len)
{
	struct natsonde_addr seen, inside;

	switch (natsonde_chain_leave(&sim->chains[NATSONDE_UDP], sim->now, from, to, &seen, &inside)) {
	case NATSONDE_PASSAGE_OUT:
		pass(sim, &sim->out, NATSONDE_PACKET_TO_SERVER, sim->now, &seen, to, bytes, len);
		break;
	case NATSONDE_PASSAGE_BACK:
		if (is_taken(sim, &seen, &inside, len))
			push(sim, NATSONDE_PACKET_TO_SLOT, NATSONDE_UDP, sim->now, &seen, &inside, bytes, len);
		break;
	default:
		break;
	}
}

void natsonde_net_send(struct natsonde_sim *sim, const struct natsonde_sim_slot *slot, const struct natsonde_addr *to,
		       const uint8_t *bytes, size_t len)
{
	const struct natsonde_addr from = slot->local;

	if (natsonde_addr_same_ip(to, &from))
		push(sim, NATSONDE_PACKET_TO_SLOT, NATSONDE_UDP, sim->now, &from, to, bytes, len);
	else if (is_intercepted(sim, &from, to, bytes, len))
		return;
	else if (sim->spec.udp == NATSONDE_REJECT)
		push(sim, NATSONDE_PACKET_ICMP, NATSONDE_UDP, sim->now + GATEWAY_DELAY, to, &from, bytes, len);
	else if (sim->spec.udp == NATSONDE_DROP || loses_fragments(sim, to, len, NATSONDE_FRAGMENTS_DROP_OUTBOUND))
		return;
	else
		leave(sim, &from, to, bytes, len);
}

static struct natsonde_sim_server *server_at(struct natsonde_sim *sim, const struct natsonde_addr *a)
{
	struct natsonde_sim_server *servers = sim->families[a->family == NATSONDE_IPV6].servers;

	for (unsigned i = 0; i < NATSONDE_SIM_SERVERS; i++)
		if (natsonde_sim_server_owns(&servers[i], a))
			return &servers[i];
	return NULL;
}

static natsonde_us one_way(const struct natsonde_sim *sim)
{
	return sim->spec.rtt_ms * NATSONDE_MS / 2;
}

/* No socket listens behind the NATs: a connection that turns round there goes nowhere. */
void natsonde_net_connect(struct natsonde_sim *sim, struct natsonde_sim_slot *slot)
{
	const struct natsonde_sim_server *server = server_at(sim, &slot->peer);
	struct natsonde_addr to;

	slot->connected = sim->now + 2 * one_way(sim);
	if (sim->spec.tcp == NATSONDE_REJECT)
		push(sim, NATSONDE_PACKET_CLOSED, NATSONDE_TCP, sim->now + GATEWAY_DELAY, &slot->peer, &slot->local, NULL, 0);
	slot->is_mapped = sim->spec.tcp == NATSONDE_PASS &&
			  natsonde_chain_leave(&sim->chains[NATSONDE_TCP], sim->now, &slot->local, &slot->peer, &slot->mapped,
					       &to) == NATSONDE_PASSAGE_OUT;
	if (slot->is_mapped && server && natsonde_sim_server_refuses(server, &slot->peer))
		push(sim, NATSONDE_PACKET_CLOSED, NATSONDE_TCP, slot->connected, &slot->peer, &slot->local, NULL, 0);
}

/* TCP repeats what is lost: here, nothing is. */
void natsonde_net_stream(struct natsonde_sim *sim, const struct natsonde_sim_slot *slot, const uint8_t *bytes, size_t len)
{
	natsonde_us begin = slot->connected > sim->now ? slot->connected : sim->now;

	if (slot->is_mapped)
		push(sim, NATSONDE_PACKET_TO_SERVER, NATSONDE_TCP, begin + one_way(sim), &slot->mapped, &slot->peer, bytes, len);
}

static void serve(struct natsonde_sim *sim, const struct natsonde_packet *p)
{
	struct natsonde_sim_server *server = server_at(sim, &p->to);
	struct natsonde_sim_reply reply;
	natsonde_us at;

	if (!server || !natsonde_sim_server_answer(server, (enum natsonde_transport)p->transport, &p->to, &p->from,
						   natsonde_queue_bytes(&sim->queue, p), p->len, &reply, sim->reply))
		return;
	at = sim->now + reply.delay;
	if (p->transport == NATSONDE_TCP) {
		push(sim, NATSONDE_PACKET_TO_NAT, NATSONDE_TCP, at + one_way(sim), &reply.from, &reply.to, sim->reply, reply.len);
		return;
	}
	for (unsigned i = 0; i < reply.copies; i++)
		pass(sim, &sim->in, NATSONDE_PACKET_TO_NAT, at, &reply.from, &reply.to, sim->reply, reply.len);
}

/* Hands a packet to the socket that it is for. False: nobody listens there, or not to this. */
static bool deliver(struct natsonde_sim *sim, const struct natsonde_packet *p, const struct natsonde_addr *to,
		    struct natsonde_event *event)
{
	for (unsigned i = 0; i < sim->n_slots; i++) {
		const struct natsonde_sim_slot *slot = &sim->slots[i];

		if (!slot->is_open || slot->transport != p->transport || !natsonde_addr_equal(&slot->local, to))
			continue;
		if (slot->transport == NATSONDE_TCP && !natsonde_addr_equal(&slot->peer, &p->from))
			continue;
		*event = (struct natsonde_event){ .slot = i, .peer = p->from, .bytes = sim->received, .len = p->len };
		memcpy(sim->received, natsonde_queue_bytes(&sim->queue, p), p->len);
		return true;
	}
	return false;
}

static bool arrive(struct natsonde_sim *sim, const struct natsonde_packet *p, struct natsonde_event *event)
{
	bool is_datagram = p->transport == NATSONDE_UDP;
	struct natsonde_addr to;

	if (is_datagram && loses_fragments(sim, &p->to, p->len, NATSONDE_FRAGMENTS_DROP_INBOUND))
		return false;
	if (!natsonde_chain_enter(&sim->chains[p->transport], sim->now, &p->from, &p->to, &to) ||
	    (is_datagram && !is_taken(sim, &p->from, &to, p->len)) ||
	    !deliver(sim, p, &to, event))
		return false;
	event->kind = NATSONDE_EVENT_RECEIVED;
	if (sim->spec.rewrites_payload)
		natsonde_alg_rewrite(sim->received, event->len, &p->to, &to);
	return true;
}

/* One packet has come to where it was going; true if that is an event for the host. */
static bool handle(struct natsonde_sim *sim, const struct natsonde_packet *p, struct natsonde_event *event)
{
	switch (p->kind) {
	case NATSONDE_PACKET_TO_SERVER:
		serve(sim, p);
		return false;
	case NATSONDE_PACKET_TO_NAT:
		return arrive(sim, p, event);
	default:
		if (!deliver(sim, p, &p->to, event))
			return false;
	}
	event->kind = NATSONDE_EVENT_RECEIVED;
	if (p->kind == NATSONDE_PACKET_CLOSED)
		event->kind = NATSONDE_EVENT_CLOSED;
	if (p->kind == NATSONDE_PACKET_ICMP) {
		event->kind = NATSONDE_EVENT_ICMP;
		say_prohibited(&p->from, event);
	}
	return true;
}

bool natsonde_net_run(struct natsonde_sim *sim, natsonde_us until, struct natsonde_event *event)
{
	const struct natsonde_packet *p;

	while ((p = natsonde_queue_pop(&sim->queue, until))) {
		sim->now = p->at;
		if (handle(sim, p, event))
			return true;
	}
	if (until > sim->now && until != NATSONDE_NEVER)
		sim->now = until;
	return false;
}
