#include "server.h"

#include <string.h>

#include <natsonde/stun.h>

#define LATE_BY (3 * NATSONDE_S)
#define PADDING_BYTES 1500 /* the MTU of the server's interface (RFC 5780 section 7.6) */
#define CUT_BYTES 8
#define WRONG_PORT 9
#define FIRST_PORT 1024u

void natsonde_sim_server_init(struct natsonde_sim_server *server, const struct natsonde_addr *a1, enum natsonde_sim_fault fault)
{
	unsigned last = a1->family == NATSONDE_IPV6 ? 15 : 3;

	server->ip[0] = server->ip[1] = *a1;
	server->ip[0].port = server->ip[1].port = 0;
	server->ip[1].ip[last]++;
	server->port[0] = a1->port;
	server->port[1] = (uint16_t)(a1->port < UINT16_MAX ? a1->port + 1 : a1->port - 1);
	server->fault = (uint8_t)fault;
	server->asked = 0;
	server->packets = 0;
}

struct natsonde_addr natsonde_sim_server_at(const struct natsonde_sim_server *server, unsigned ip, unsigned port)
{
	struct natsonde_addr a = server->ip[ip];

	a.port = server->port[port];
	return a;
}

bool natsonde_sim_server_owns(const struct natsonde_sim_server *server, const struct natsonde_addr *a)
{
	return natsonde_addr_same_ip(a, &server->ip[0]) || natsonde_addr_same_ip(a, &server->ip[1]);
}

/* Whether nothing has this address: packets to it are lost on the way. */
static bool is_gone(const struct natsonde_sim_server *server, unsigned ip)
{
	switch (server->fault) {
	case NATSONDE_SIM_SILENT:
		return true;
	case NATSONDE_SIM_BINDING_ONLY:
	case NATSONDE_SIM_SAME_IP:
	case NATSONDE_SIM_DEAD_ALTERNATE:
		return ip;
	default:
		return false;
	}
}

/* Neither comes from nor goes to an endpoint that is not there. */
static bool is_dead(const struct natsonde_sim_server *server, unsigned ip, unsigned port)
{
	return is_gone(server, ip) ||
	       (port && (server->fault == NATSONDE_SIM_DEAD_PORT || server->fault == NATSONDE_SIM_BINDING_ONLY));
}

static bool find_endpoint(const struct natsonde_sim_server *server, const struct natsonde_addr *at, unsigned *ip, unsigned *port)
{
	*ip = natsonde_addr_same_ip(at, &server->ip[1]);
	*port = at->port == server->port[1];
	return natsonde_sim_server_owns(server, at) && at->port == server->port[*port] && !is_dead(server, *ip, *port);
}

bool natsonde_sim_server_refuses(const struct natsonde_sim_server *server, const struct natsonde_addr *at)
{
	unsigned ip, port;
	bool is_there = find_endpoint(server, at, &ip, &port);

	/* What stops packets to a dead port stops connections without a word. */
	return natsonde_sim_server_owns(server, at) && !is_gone(server, ip) && !is_there &&
	       !(server->fault == NATSONDE_SIM_DEAD_PORT && port);
}

/* The faults of a server that does not take every packet: the first one to each endpoint is lost, or there were too many. Over
 * TCP, what was lost would be sent again. */
static bool overlooks(struct natsonde_sim_server *server, enum natsonde_transport transport, unsigned ip, unsigned port)
{
	uint8_t bit = (uint8_t)(1u << (ip * 2 + port));
	bool is_first = !(server->asked & bit);

	if (transport != NATSONDE_UDP)
		return false;
	server->asked |= bit;
	server->packets++;
	if (server->fault == NATSONDE_SIM_RATE_LIMIT)
		return server->packets > NATSONDE_SIM_RATE_LIMIT_PACKETS;
	return is_first && server->fault == NATSONDE_SIM_DROPS_FIRST;
}

static void refuse(struct natsonde_stun_message *answer, uint16_t attribute)
{
	answer->error_code = 420;
	if (answer->unknown_count < NATSONDE_STUN_UNKNOWNS)
		answer->unknown[answer->unknown_count++] = attribute;
}

/* Nobody has credentials here (RFC 8656 section 7.2, RFC 8489 section 9.2.4). */
static void check_allocate(const struct natsonde_stun_message *ask, struct natsonde_stun_message *answer)
{
	static const char realm[] = "example.org", nonce[] = "obMatJos2AAAAsimulated";

	answer->error_code = ask->requested_transport ? 401 : 400;
	if (answer->error_code != 401)
		return;
	answer->realm = realm;
	answer->realm_len = sizeof(realm) - 1;
	answer->nonce = nonce;
	answer->nonce_len = sizeof(nonce) - 1;
}

/* Sets the error code if the request is one that this server refuses. */
static void check(const struct natsonde_sim_server *server, const struct natsonde_stun_message *ask,
		  struct natsonde_stun_message *answer)
{
	bool is_plain = server->fault == NATSONDE_SIM_BINDING_ONLY;

	if (ask->method == NATSONDE_STUN_ALLOCATE) {
		check_allocate(ask, answer);
		return;
	}
	if (ask->has_change && server->fault == NATSONDE_SIM_ANSWERS_400) {
		answer->error_code = 400;
		return;
	}
	if (ask->not_understood)
		refuse(answer, ask->not_understood);
	if (ask->has_change && (is_plain || server->fault == NATSONDE_SIM_REJECTS_CHANGE))
		refuse(answer, NATSONDE_ATTR_CHANGE_REQUEST);
	if (ask->has_response_port && (is_plain || server->fault == NATSONDE_SIM_NO_RESPONSE_PORT))
		refuse(answer, NATSONDE_ATTR_RESPONSE_PORT);
	if (ask->padding && is_plain)
		refuse(answer, NATSONDE_ATTR_PADDING);
	/* RFC 5780 section 6.1: the two together would make an amplifier. */
	if (!answer->error_code && ask->padding && ask->has_response_port)
		answer->error_code = 400;
}

/* OTHER-ADDRESS is always the opposite of where the request arrived (RFC 5780 section 6.1, Ca:Cp). */
static struct natsonde_addr other_of(const struct natsonde_sim_server *server, unsigned ip, unsigned port)
{
	struct natsonde_addr other = natsonde_sim_server_at(server, server->fault == NATSONDE_SIM_SAME_IP ? ip : !ip, !port);

	if (server->fault == NATSONDE_SIM_BINDING_ONLY)
		return (struct natsonde_addr){ 0 };
	if (server->fault == NATSONDE_SIM_PRIVATE_ALTERNATE) {
		/* 10.0.0.x or fd00::x: what such a server calls itself behind a 1:1 NAT. */
		unsigned last = other.family == NATSONDE_IPV6 ? 15 : 3;
		uint8_t host = other.ip[last];

		memset(other.ip, 0, sizeof(other.ip));
		other.ip[0] = other.family == NATSONDE_IPV6 ? 0xfd : 10;
		other.ip[last] = host;
	}
	return other;
}

/* Decides where the reply comes from (RFC 5780 section 6.1, table 1) and how late. False: it never comes. */
static bool route(const struct natsonde_sim_server *server, unsigned change, unsigned ip, unsigned port,
		  struct natsonde_sim_reply *reply)
{
	bool is_changed = change != NATSONDE_CHANGE_NONE;

	if (server->fault == NATSONDE_SIM_DROPS_CHANGE && is_changed)
		return false;
	if (server->fault == NATSONDE_SIM_IGNORES_CHANGE)
		is_changed = false;
	if (is_changed && (change & NATSONDE_CHANGE_IP) && server->fault != NATSONDE_SIM_SAME_IP)
		ip = !ip;
	if (is_changed && (change & NATSONDE_CHANGE_PORT))
		port = !port;
	if (is_dead(server, ip, port))
		return false;
	reply->from = natsonde_sim_server_at(server, ip, port);
	reply->delay = 0;
	if ((server->fault == NATSONDE_SIM_LATE && is_changed) || server->fault == NATSONDE_SIM_LATE_ALL)
		reply->delay = LATE_BY;
	reply->copies = server->fault == NATSONDE_SIM_DUPLICATES ? 2 : 1;
	if (server->fault == NATSONDE_SIM_THIRD_ADDRESS && is_changed)
		reply->from.ip[reply->from.family == NATSONDE_IPV6 ? 15 : 3] ^= 0x80;
	return true;
}

/* Where the server says that the request came from. */
static struct natsonde_addr seen_by(const struct natsonde_sim_server *server, const struct natsonde_addr *src)
{
	struct natsonde_addr seen = *src;

	if (server->fault == NATSONDE_SIM_WRONG_MAPPED) {
		/* As behind a proxy: one of the server's own network. */
		seen = server->ip[0];
		seen.ip[seen.family == NATSONDE_IPV6 ? 15 : 3] = 0xfe;
		seen.port = WRONG_PORT;
	}
	/* A step that shares no divisor with the number of ports. */
	if (server->fault == NATSONDE_SIM_RANDOM_MAPPED)
		seen.port = (uint16_t)(FIRST_PORT + (src->port + server->packets * 7919u) % (65536u - FIRST_PORT));
	return seen;
}

/* Fills in a success response (RFC 5780 section 6.1). */
static void succeed(const struct natsonde_sim_server *server, const struct natsonde_stun_message *ask,
		    const struct natsonde_addr *src, const struct natsonde_addr *from, struct natsonde_stun_message *answer)
{
	answer->cls = NATSONDE_STUN_SUCCESS;
	answer->mapped = seen_by(server, src);
	if (!ask->is_classic && server->fault != NATSONDE_SIM_MAPPED_ONLY)
		answer->xor_mapped = answer->mapped;
	answer->origin = *from;
	if ((ask->padding && server->fault != NATSONDE_SIM_NO_PADDING) || server->fault == NATSONDE_SIM_OVERSIZED)
		answer->padding = PADDING_BYTES;
}

/* What comes to harm on its way into the packet. */
static void spoil(const struct natsonde_sim_server *server, uint8_t *buf, size_t *len)
{
	if (server->fault == NATSONDE_SIM_WRONG_ID)
		buf[NATSONDE_STUN_HEADER - 1] ^= 1;
	if (server->fault == NATSONDE_SIM_TRUNCATED)
		*len -= CUT_BYTES;
}

/* A request that deserves an answer, good or bad: the method is one that the server knows (RFC 8489 section 6.3).
 * CHANGE-REQUEST and RESPONSE-PORT have no meaning over TCP (RFC 5780 section 6). */
static bool read_request(const struct natsonde_sim_server *server, const uint8_t *bytes, size_t len,
			 enum natsonde_transport transport, struct natsonde_stun_message *ask)
{
	if (server->fault == NATSONDE_SIM_SMALL_BUFFER && len > NATSONDE_SIM_SMALL_BUFFER_BYTES)
		return false;
	if (!natsonde_stun_decode(bytes, len, ask) || ask->cls != NATSONDE_STUN_REQUEST ||
	    ask->fingerprint == NATSONDE_FINGERPRINT_BAD)
		return false;
	if (ask->padding && server->fault == NATSONDE_SIM_DROPS_PADDING)
		return false;
	if (ask->method != NATSONDE_STUN_BINDING && (ask->method != NATSONDE_STUN_ALLOCATE || server->fault != NATSONDE_SIM_TURN))
		return false;
	if (transport == NATSONDE_TCP) {
		ask->has_change = ask->has_response_port = false;
		ask->change = NATSONDE_CHANGE_NONE;
	}
	return true;
}

bool natsonde_sim_server_answer(struct natsonde_sim_server *server, enum natsonde_transport transport,
				const struct natsonde_addr *at, const struct natsonde_addr *src, const uint8_t *bytes, size_t len,
				struct natsonde_sim_reply *reply, uint8_t *buf)
{
	static const char software[] = "natsonde simulated server";
	struct natsonde_stun_message ask;
	struct natsonde_stun_message answer = {
		.cls = NATSONDE_STUN_ERROR,
		.software = software,
		.software_len = sizeof(software) - 1
	};
	unsigned ip, port;

	if (!find_endpoint(server, at, &ip, &port) || overlooks(server, transport, ip, port) ||
	    !read_request(server, bytes, len, transport, &ask))
		return false;
	answer.method = ask.method;
	answer.is_classic = ask.is_classic;
	memcpy(answer.classic_id, ask.classic_id, sizeof(answer.classic_id));
	memcpy(answer.tid, ask.tid, sizeof(answer.tid));
	answer.fingerprint = ask.fingerprint;
	check(server, &ask, &answer);
	if (!route(server, answer.error_code ? NATSONDE_CHANGE_NONE : ask.change, ip, port, reply))
		return false;
	reply->to = *src;
	if (!answer.error_code) {
		succeed(server, &ask, src, &reply->from, &answer);
		answer.other = other_of(server, ip, port);
		if (ask.has_response_port && server->fault != NATSONDE_SIM_IGNORES_RESPONSE_PORT)
			reply->to.port = ask.response_port;
	}
	reply->len = natsonde_stun_encode(&answer, buf, NATSONDE_SIM_REPLY_MAX);
	if (reply->len)
		spoil(server, buf, &reply->len);
	return reply->len;
}
