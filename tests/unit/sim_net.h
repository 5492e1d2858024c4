/* For the tests of the simulated network: one network, its door, and questions as one-liners. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/stun.h>

#include "sim/net.h"

static struct natsonde_sim *sim;
static struct natsonde_door door;
static struct natsonde_event event;
static struct natsonde_addr a1p1, local;
static struct natsonde_stun_message answer;

static inline struct natsonde_sim_spec read_spec(const char *text)
{
	struct natsonde_sim_spec spec;
	struct natsonde_sim_complaint complaint;

	if (!natsonde_sim_parse(text, &spec, &complaint))
		fail_msg("%s: %s", text, complaint.what);
	return spec;
}

static inline void start(const char *text)
{
	struct natsonde_sim_spec spec = read_spec(text);

	sim = natsonde_sim_start(&spec);
	door = natsonde_sim_door(sim);
	assert_true(natsonde_sim_resolve(sim, 0, spec.has_ipv4 ? NATSONDE_IPV4 : NATSONDE_IPV6, 3478, &a1p1));
}

static inline void open_slot(unsigned slot, enum natsonde_transport transport)
{
	assert_int_equal(door.open(door.ctx, slot, transport, &a1p1, 0, &local), NATSONDE_OK);
}

/* A Binding as in m from slot; its transaction id begins with tag. */
static inline void ask_as(unsigned slot, struct natsonde_addr to, struct natsonde_stun_message m, uint8_t tag)
{
	uint8_t bytes[NATSONDE_SIM_DATAGRAM_MAX];
	size_t len;

	m.method = NATSONDE_STUN_BINDING;
	m.tid[0] = tag;
	len = natsonde_stun_encode(&m, bytes, sizeof(bytes));
	assert_int_not_equal(len, 0);
	assert_int_equal(door.send(door.ctx, slot, &to, bytes, len), NATSONDE_OK);
}

static inline void ask(unsigned slot, struct natsonde_addr to, uint8_t change, uint8_t tag)
{
	ask_as(slot, to, (struct natsonde_stun_message){ .has_change = change, .change = change }, tag);
}

static inline enum natsonde_event_kind wait_for(natsonde_us us)
{
	door.wait(door.ctx, door.now(door.ctx) + us, &event);
	if (event.kind == NATSONDE_EVENT_RECEIVED)
		assert_true(natsonde_stun_decode(event.bytes, event.len, &answer));
	return event.kind;
}

static inline void assert_ip(const struct natsonde_addr *a, const char *expected)
{
	char text[NATSONDE_ADDR_TEXT];

	natsonde_addr_format_ip(a, text, sizeof(text));
	assert_string_equal(text, expected);
}

#endif
