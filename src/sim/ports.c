#include "ports.h"

#define FIRST_PORT 1024u
#define ALL_PORTS (65536u - FIRST_PORT)

/* RFC 7597 section 5.1: of a port's bits, the first four count the run (never 0, so that the system ports stay out), the next
 * eight say whose it is, the last four count within the run. */
#define RUN_PORTS 16u
#define RUNS 15u
#define RUN_DISTANCE 4096u

static void init_set(struct natsonde_nat *nat)
{
	nat->drawn_first = (uint16_t)(RUN_DISTANCE + natsonde_rng_below(&nat->rng, RUN_DISTANCE / RUN_PORTS) * RUN_PORTS);
	nat->n_drawn = RUNS * RUN_PORTS;
}

static void init_block(struct natsonde_nat *nat)
{
	unsigned size = nat->spec.block && nat->spec.block < ALL_PORTS ? nat->spec.block : ALL_PORTS;

	nat->n_drawn = (uint16_t)size;
	nat->drawn_first = (uint16_t)(FIRST_PORT + natsonde_rng_below(&nat->rng, ALL_PORTS / size) * size);
}

void natsonde_ports_init(struct natsonde_nat *nat)
{
	if (nat->spec.ports == NATSONDE_PORTS_SET)
		init_set(nat);
	else
		init_block(nat);
	nat->next_drawn = (uint16_t)natsonde_rng_below(&nat->rng, nat->n_drawn);
}

/* The index-th of the ports that are drawn from. */
static unsigned port_at(const struct natsonde_nat *nat, unsigned index)
{
	if (nat->spec.ports == NATSONDE_PORTS_SET)
		return nat->drawn_first + index / RUN_PORTS * RUN_DISTANCE + index % RUN_PORTS;
	return nat->drawn_first + index;
}

struct natsonde_addr natsonde_ports_external(const struct natsonde_nat *nat, uint8_t family, unsigned ip, uint16_t port)
{
	struct natsonde_addr a = nat->sides[family == NATSONDE_IPV6].external;
	unsigned carry = ip;

	for (unsigned i = family == NATSONDE_IPV6 ? 16 : 4; carry && i-- > 0; carry >>= 8) {
		carry += a.ip[i];
		a.ip[i] = (uint8_t)carry;
	}
	a.port = port;
	return a;
}

struct natsonde_addr natsonde_ports_of(const struct natsonde_nat *nat, const struct natsonde_nat_mapping *m)
{
	if (nat->spec.mapping == NATSONDE_NONE)
		return m->inside;
	return natsonde_ports_external(nat, m->inside.family, m->ip, m->port);
}

/* Overloading looks only at the mappings of the same inside host (RFC 4787 section 4.2.1). */
static bool is_taken(const struct natsonde_nat *nat, natsonde_us now, const struct natsonde_nat_mapping *want, unsigned port)
{
	for (unsigned i = 0; i < nat->n_mappings; i++) {
		const struct natsonde_nat_mapping *m = &nat->mappings[i];

		if (m->port != port || m->ip != want->ip || m->inside.family != want->inside.family ||
		    !natsonde_nat_lives(nat, m, now))
			continue;
		if (nat->spec.ports != NATSONDE_PORTS_OVERLOADED || natsonde_addr_same_ip(&m->inside, &want->inside))
			return true;
	}
	return false;
}

/* Goes from *index on, in steps and round the end, to the first port that is free, and returns it; 0 if all that it meets are
 * taken. */
static unsigned next_free(const struct natsonde_nat *nat, natsonde_us now, const struct natsonde_nat_mapping *want,
			  unsigned *index, unsigned step)
{
	for (unsigned tries = 0; tries < nat->n_drawn; tries++) {
		unsigned port = port_at(nat, *index);
		bool is_odd_one = nat->spec.keeps_parity && ((port ^ want->inside.port) & 1);

		if (!is_odd_one && !is_taken(nat, now, want, port))
			return port;
		*index = (*index + (is_odd_one ? 1 : step)) % nat->n_drawn;
	}
	return 0;
}

static unsigned draw_port(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_nat_mapping *want)
{
	unsigned index = nat->next_drawn, port;

	if (nat->spec.ports != NATSONDE_PORTS_SEQUENTIAL) {
		index = natsonde_rng_below(&nat->rng, nat->n_drawn);
		return next_free(nat, now, want, &index, 1);
	}
	port = next_free(nat, now, want, &index, nat->spec.step);
	if (port)
		nat->next_drawn = (uint16_t)((index + nat->spec.step) % nat->n_drawn);
	return port;
}

/* Paired: one external address for each inside address, the same for ever (RFC 4787 REQ-2). */
static uint8_t choose_ip(struct natsonde_nat *nat, const struct natsonde_addr *inside)
{
	unsigned sum = 0;

	if (nat->spec.is_arbitrary)
		return (uint8_t)natsonde_rng_below(&nat->rng, nat->spec.pool);
	for (unsigned i = 0; i < sizeof(inside->ip); i++)
		sum += inside->ip[i];
	return (uint8_t)(sum % nat->spec.pool);
}

static uint32_t mix(uint32_t hash, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n-- > 0)
		hash = (hash ^ *p++) * 16777619u; /* FNV-1a */
	return hash;
}

/* A hash, as of Linux's multipath routes: of the destination's IP alone, or of all that makes a flow. */
uint8_t natsonde_ports_uplink(const struct natsonde_nat *nat, const struct natsonde_addr *src, const struct natsonde_addr *dst)
{
	uint32_t hash = mix(2166136261u, &nat->spec.seed, sizeof(nat->spec.seed));

	if (nat->spec.uplinks == 1)
		return 0;
	hash = mix(hash, dst->ip, sizeof(dst->ip));
	if (!nat->spec.balances_destinations) {
		hash = mix(hash, &dst->port, sizeof(dst->port));
		hash = mix(hash, src->ip, sizeof(src->ip));
		hash = mix(hash, &src->port, sizeof(src->port));
	}
	return (uint8_t)((hash ^ hash >> 16) % nat->spec.uplinks);
}

static bool keeps_ports(const struct natsonde_nat *nat)
{
	return nat->spec.ports == NATSONDE_PORTS_PRESERVED || nat->spec.ports == NATSONDE_PORTS_OVERLOADED;
}

bool natsonde_ports_assign(struct natsonde_nat *nat, natsonde_us now, struct natsonde_nat_mapping *m)
{
	if (nat->spec.mapping == NATSONDE_NONE)
		return true;
	if (nat->spec.uplinks == 1)
		m->ip = choose_ip(nat, &m->inside);
	if (keeps_ports(nat) && !m->is_displaced && !is_taken(nat, now, m, m->inside.port)) {
		m->port = m->inside.port;
		return true;
	}
	m->port = (uint16_t)draw_port(nat, now, m);
	return m->port;
}
