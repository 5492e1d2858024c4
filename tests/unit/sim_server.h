/* For the tests of the simulated server: one server, one client, and questions as one-liners. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/stun.h>

#include "sim/server.h"

static struct natsonde_sim_server server;
static struct natsonde_sim_reply reply;
static struct natsonde_stun_message answer;
static struct natsonde_addr client;
static uint8_t bytes[NATSONDE_SIM_REPLY_MAX];

static inline struct natsonde_addr at(const char *ip, uint16_t port)
{
	struct natsonde_addr a;

	assert_true(natsonde_addr_parse_ip(ip, &a));
	a.port = port;
	return a;
}

static inline void start(enum natsonde_sim_fault fault)
{
	struct natsonde_addr a1 = at("203.0.113.10", 3478);

	natsonde_sim_server_init(&server, &a1, fault);
	client = at("192.0.2.1", 40000);
}

static inline struct natsonde_stun_message binding(void)
{
	return (struct natsonde_stun_message){ .method = NATSONDE_STUN_BINDING, .tid = "0123456789a" };
}

static inline bool send_over(enum natsonde_transport transport, const struct natsonde_stun_message *ask, struct natsonde_addr to)
{
	uint8_t request[256];
	size_t len = natsonde_stun_encode(ask, request, sizeof(request));

	assert_int_not_equal(len, 0);
	if (!natsonde_sim_server_answer(&server, transport, &to, &client, request, len, &reply, bytes))
		return false;
	assert_true(natsonde_stun_decode(bytes, reply.len, &answer));
	assert_memory_equal(answer.tid, ask->tid, sizeof(answer.tid));
	return true;
}

/* Asks endpoint (ip, port) with that CHANGE-REQUEST; true if an answer comes. */
static inline bool ask_change(unsigned ip, unsigned port, uint8_t change)
{
	struct natsonde_stun_message ask = binding();

	ask.has_change = change != NATSONDE_CHANGE_NONE;
	ask.change = change;
	return send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, ip, port));
}

static inline void assert_endpoint(struct natsonde_addr a, unsigned ip, unsigned port)
{
	struct natsonde_addr expected = natsonde_sim_server_at(&server, ip, port);

	assert_true(natsonde_addr_equal(&a, &expected));
}

static inline void assert_success(void)
{
	assert_int_equal(answer.cls, NATSONDE_STUN_SUCCESS);
	assert_true(natsonde_addr_equal(&answer.xor_mapped, &client));
	assert_true(natsonde_addr_equal(&answer.mapped, &client));
}

static inline void assert_error(uint16_t code, uint16_t unknown)
{
	assert_int_equal(answer.cls, NATSONDE_STUN_ERROR);
	assert_int_equal(answer.error_code, code);
	assert_int_equal(answer.unknown_count, unknown ? 1 : 0);
	assert_int_equal(answer.unknown[0], unknown);
}

#endif
