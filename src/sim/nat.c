#include "nat.h"

#include <string.h>

#include "conflict.h"
#include "ports.h"

#define STREAM_AFTER (2 * NATSONDE_S) /* as Linux conntrack decides that a UDP flow is a stream */

static struct natsonde_nat_side *side_of(struct natsonde_nat *nat, const struct natsonde_addr *a)
{
	return &nat->sides[a->family == NATSONDE_IPV6];
}

void natsonde_nat_init(struct natsonde_nat *nat, const struct natsonde_sim_spec *spec, const struct natsonde_addr *external,
		       uint32_t seed)
{
	nat->spec = *spec;
	memset(nat->sides, 0, sizeof(nat->sides));
	memset(nat->occupied, 0, sizeof(nat->occupied));
	nat->next_occupied = 0;
	nat->n_mappings = nat->n_sessions = 0;
	natsonde_rng_init(&nat->rng, seed);
	natsonde_ports_init(nat);
	natsonde_nat_add_external(nat, external);
}

void natsonde_nat_add_external(struct natsonde_nat *nat, const struct natsonde_addr *external)
{
	side_of(nat, external)->external = *external;
	side_of(nat, external)->external.port = 0;
}

void natsonde_nat_set_conflict(struct natsonde_nat *nat, const struct natsonde_addr *dst)
{
	side_of(nat, dst)->conflict.peer = *dst;
	side_of(nat, dst)->conflict.until = NATSONDE_NEVER;
}

bool natsonde_nat_owns(const struct natsonde_nat *nat, const struct natsonde_addr *a)
{
	unsigned addresses = nat->spec.uplinks > 1 ? nat->spec.uplinks : nat->spec.pool;

	for (unsigned ip = 0; nat->spec.mapping != NATSONDE_NONE && ip < addresses; ip++) {
		struct natsonde_addr own = natsonde_ports_external(nat, a->family, ip, 0);

		if (natsonde_addr_same_ip(&own, a))
			return true;
	}
	return false;
}

/* As much of an endpoint as a behaviour looks at: the same for mapping (of the destination, RFC 4787 section 4.1) and for
 * filtering (of the sender against the destinations sent to, section 5). */
static struct natsonde_addr key(enum natsonde_verdict behaviour, struct natsonde_addr a)
{
	switch (behaviour) {
	case NATSONDE_ADDRESS_AND_PORT_DEPENDENT:
		return a;
	case NATSONDE_ADDRESS_DEPENDENT:
		a.port = 0;
		return a;
	default:
		return (struct natsonde_addr){ .family = a.family };
	}
}

bool natsonde_nat_lives(const struct natsonde_nat *nat, const struct natsonde_nat_mapping *m, natsonde_us now)
{
	unsigned lifetime_s = nat->spec.lifetime_s;

	if (m->is_stream && nat->spec.stream_lifetime_s)
		lifetime_s = nat->spec.stream_lifetime_s;
	return now < m->refreshed + lifetime_s * NATSONDE_S;
}

static bool has_sent(const struct natsonde_nat *nat, const struct natsonde_nat_mapping *m, const struct natsonde_addr *dst)
{
	for (unsigned i = 0; i < nat->n_sessions; i++)
		if (&nat->mappings[nat->sessions[i].mapping] == m && natsonde_addr_equal(&nat->sessions[i].peer, dst))
			return true;
	return false;
}

/* Whether src goes by a displaced mapping toward dst: from its conflict on, toward all that it had not sent to before. */
static bool is_displaced(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			 const struct natsonde_addr *dst)
{
	if (nat->spec.mapping == NATSONDE_NONE || !natsonde_conflict_is_met(nat, now, src, dst))
		return false;
	for (unsigned i = 0; i < nat->n_mappings; i++) {
		const struct natsonde_nat_mapping *m = &nat->mappings[i];

		if (!m->is_displaced && natsonde_addr_equal(&m->inside, src) && natsonde_nat_lives(nat, m, now) &&
		    has_sent(nat, m, dst))
			return false;
	}
	return true;
}

static void forget_sessions(struct natsonde_nat *nat, unsigned mapping)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < nat->n_sessions; i++)
		if (nat->sessions[i].mapping != mapping)
			nat->sessions[kept++] = nat->sessions[i];
	nat->n_sessions = (uint16_t)kept;
}

/* A table entry: a fresh one, or a dead one's. NULL if all are alive: none is evicted (RFC 6888 section 4). */
static struct natsonde_nat_mapping *take_entry(struct natsonde_nat *nat, natsonde_us now)
{
	if (nat->n_mappings < NATSONDE_NAT_MAPPINGS)
		return &nat->mappings[nat->n_mappings++];
	for (unsigned i = 0; i < NATSONDE_NAT_MAPPINGS; i++) {
		if (natsonde_nat_lives(nat, &nat->mappings[i], now))
			continue;
		forget_sessions(nat, i);
		return &nat->mappings[i];
	}
	return NULL;
}

static struct natsonde_nat_mapping *find_mapping(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_nat_mapping *as)
{
	for (unsigned i = 0; i < nat->n_mappings; i++) {
		struct natsonde_nat_mapping *m = &nat->mappings[i];

		if (m->is_displaced == as->is_displaced && (nat->spec.uplinks == 1 || m->ip == as->ip) &&
		    natsonde_addr_equal(&m->inside, &as->inside) &&
		    natsonde_addr_equal(&m->toward, &as->toward) && natsonde_nat_lives(nat, m, now))
			return m;
	}
	return NULL;
}

/* The mapping by which src goes to dst, made if there is none; NULL if it cannot be made. */
static struct natsonde_nat_mapping *mapping_for(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
						const struct natsonde_addr *dst)
{
	struct natsonde_nat_mapping want = {
		.inside = *src,
		.toward = key(nat->spec.mapping, *dst),
		.ip = natsonde_ports_uplink(nat, src, dst),
		.is_displaced = is_displaced(nat, now, src, dst),
		.created = now,
		.refreshed = now
	};
	struct natsonde_nat_mapping *m = find_mapping(nat, now, &want);

	if (m)
		return m;
	if (!natsonde_ports_assign(nat, now, &want))
		return NULL;
	m = take_entry(nat, now);
	if (m)
		*m = want;
	return m;
}

static void purge_sessions(struct natsonde_nat *nat, natsonde_us now)
{
	for (unsigned i = 0; i < nat->n_mappings; i++)
		if (!natsonde_nat_lives(nat, &nat->mappings[i], now))
			forget_sessions(nat, i);
}

/* Remembers that m has sent to dst. False if there is no room. */
static bool open_session(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_nat_mapping *m,
			 const struct natsonde_addr *dst)
{
	if (has_sent(nat, m, dst))
		return true;
	if (nat->n_sessions == NATSONDE_NAT_SESSIONS)
		purge_sessions(nat, now);
	if (nat->n_sessions == NATSONDE_NAT_SESSIONS)
		return false;
	nat->sessions[nat->n_sessions++] = (struct natsonde_nat_session){ *dst, (uint16_t)(m - nat->mappings) };
	return true;
}

static void note_stream(struct natsonde_nat_mapping *m, natsonde_us now)
{
	if (m->has_received && now - m->created > STREAM_AFTER)
		m->is_stream = true;
}

bool natsonde_nat_outbound(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			   const struct natsonde_addr *dst, struct natsonde_addr *mapped)
{
	struct natsonde_nat_mapping *m;

	if (!side_of(nat, src)->external.family)
		return false;
	m = mapping_for(nat, now, src, dst);
	if (!m || !open_session(nat, now, m, dst))
		return false;
	m->refreshed = now;
	note_stream(m, now);
	*mapped = natsonde_ports_of(nat, m);
	return true;
}

/* Whether the filter lets src in to m (RFC 4787 section 5). */
static bool lets_in(const struct natsonde_nat *nat, natsonde_us now, const struct natsonde_nat_mapping *m,
		    const struct natsonde_addr *src)
{
	struct natsonde_addr sender = key(nat->spec.filtering, *src);

	if (nat->spec.filtering == NATSONDE_ENDPOINT_INDEPENDENT)
		return true;
	if (nat->spec.is_forwarded && nat->spec.mapping != NATSONDE_NONE && m->port == m->inside.port)
		return true;
	for (unsigned i = 0; i < nat->n_sessions; i++) {
		const struct natsonde_nat_mapping *opener = &nat->mappings[nat->sessions[i].mapping];
		struct natsonde_addr opened = key(nat->spec.filtering, nat->sessions[i].peer);

		if (opener != m && !(nat->spec.is_host_keyed && natsonde_nat_lives(nat, opener, now)))
			continue;
		if (natsonde_addr_equal(&opened, &sender))
			return true;
	}
	return false;
}

bool natsonde_nat_inbound(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			  const struct natsonde_addr *dst, struct natsonde_addr *inside)
{
	struct natsonde_nat_mapping *best = NULL, *refusing = NULL;

	for (unsigned i = 0; i < nat->n_mappings; i++) {
		struct natsonde_nat_mapping *m = &nat->mappings[i];
		struct natsonde_addr external = natsonde_ports_of(nat, m);

		if (!natsonde_addr_equal(&external, dst) || !natsonde_nat_lives(nat, m, now))
			continue;
		/* Several where ports are overloaded: the one used last gets it, rightly or not (RFC 4787 section 4.2.1). */
		if (!lets_in(nat, now, m, src))
			refusing = m;
		else if (!best || m->refreshed > best->refreshed)
			best = m;
	}
	if (!best && refusing && nat->spec.accepts_input)
		natsonde_conflict_occupy(nat, now, &refusing->inside, src);
	if (!best) {
		/* A firewall that filters nothing needs no state. */
		*inside = *dst;
		return nat->spec.mapping == NATSONDE_NONE && nat->spec.filtering == NATSONDE_ENDPOINT_INDEPENDENT;
	}
	/* Where inbound packets prolong nothing, they make no stream either. The first answer of all does not, with Linux. */
	if (nat->spec.refreshes_inbound) {
		best->refreshed = now;
		note_stream(best, now);
	}
	best->has_received = true;
	*inside = best->inside;
	return true;
}

bool natsonde_nat_hairpin(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			  const struct natsonde_addr *dst, struct natsonde_addr *seen, struct natsonde_addr *inside)
{
	struct natsonde_addr mapped;

	if (nat->spec.hairpin == NATSONDE_HAIRPIN_NO || !natsonde_nat_outbound(nat, now, src, dst, &mapped))
		return false;
	*seen = nat->spec.hairpin == NATSONDE_HAIRPIN_INTERNAL ? *src : mapped;
	/* The filter knows peers by their outside addresses alone. */
	return natsonde_nat_inbound(nat, now, &mapped, dst, inside);
}
