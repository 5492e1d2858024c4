/* For the tests of the simulated NAT: one NAT, and packets through it as one-liners. */
#ifndef SIM_NAT_H
#define SIM_NAT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/nat.h"

static struct natsonde_nat nat;

static inline struct natsonde_addr at(const char *ip, uint16_t port)
{
	struct natsonde_addr a;

	assert_true(natsonde_addr_parse_ip(ip, &a));
	a.port = port;
	return a;
}

#define HOST at("192.168.1.2", 40001)
#define A1P1 at("203.0.113.10", 3478)
#define A1P2 at("203.0.113.10", 3479)
#define A2P1 at("203.0.113.11", 3478)
#define A2P2 at("203.0.113.11", 3479)

/* A NAT as --simulate SPEC has it, on 192.0.2.1. */
static inline void build(const char *text)
{
	struct natsonde_sim_spec spec;
	struct natsonde_sim_complaint complaint;
	struct natsonde_addr external = at("192.0.2.1", 0);

	assert_true(natsonde_sim_parse(text, &spec, &complaint));
	natsonde_nat_init(&nat, &spec, &external, spec.seed);
}

/* Sends from src to dst; the source seen outside. */
static inline struct natsonde_addr out(natsonde_us now, struct natsonde_addr src, struct natsonde_addr dst)
{
	struct natsonde_addr mapped;

	assert_true(natsonde_nat_outbound(&nat, now, &src, &dst, &mapped));
	return mapped;
}

/* Whether a packet from src to an external endpoint comes in, and to whom. */
static inline bool in(natsonde_us now, struct natsonde_addr src, struct natsonde_addr external, struct natsonde_addr expected)
{
	struct natsonde_addr inside;

	if (!natsonde_nat_inbound(&nat, now, &src, &external, &inside))
		return false;
	assert_true(natsonde_addr_equal(&inside, &expected));
	return true;
}

static inline bool is_refused(natsonde_us now, struct natsonde_addr src, struct natsonde_addr dst)
{
	struct natsonde_addr mapped;

	return !natsonde_nat_outbound(&nat, now, &src, &dst, &mapped);
}

/* Sends from src to an external endpoint, hoping that it turns round; the source seen by the one that it reaches. */
static inline bool turns(natsonde_us now, struct natsonde_addr src, struct natsonde_addr dst, struct natsonde_addr expected,
		  struct natsonde_addr *seen)
{
	struct natsonde_addr inside;

	if (!natsonde_nat_hairpin(&nat, now, &src, &dst, seen, &inside))
		return false;
	assert_true(natsonde_addr_equal(&inside, &expected));
	return true;
}

static inline bool owns(const char *ip)
{
	struct natsonde_addr a = at(ip, 1);

	return natsonde_nat_owns(&nat, &a);
}

static inline bool same(struct natsonde_addr a, struct natsonde_addr b)
{
	return natsonde_addr_equal(&a, &b);
}

#endif
