#include "chain.h"

#define TCP_LIFETIME_S 7440 /* of an established connection: two hours and four minutes (RFC 5382 REQ-5) */

static struct natsonde_sim_spec tcp_spec(const struct natsonde_sim_spec *spec)
{
	struct natsonde_sim_spec tcp = *spec;

	if (spec->tcp_mapping != NATSONDE_UNKNOWN && spec->mapping != NATSONDE_NONE)
		tcp.mapping = spec->tcp_mapping;
	tcp.lifetime_s = TCP_LIFETIME_S;
	tcp.stream_lifetime_s = 0;
	return tcp;
}

/* The outer NAT is a carrier's: endpoint-independent mapping, whatever the host's own NAT does (RFC 6888 REQ-1). */
static struct natsonde_sim_spec outer_spec(const struct natsonde_sim_spec *spec)
{
	struct natsonde_sim_spec outer = *spec;

	outer.mapping = NATSONDE_ENDPOINT_INDEPENDENT;
	outer.filtering = NATSONDE_ADDRESS_AND_PORT_DEPENDENT;
	outer.is_host_keyed = false;
	outer.pool = outer.uplinks = 1;
	outer.is_forwarded = outer.accepts_input = false;
	return outer;
}

void natsonde_chain_init(struct natsonde_chain *chain, const struct natsonde_sim_spec *spec, enum natsonde_transport transport,
			 uint32_t seed)
{
	static const struct natsonde_addr nowhere = { .family = NATSONDE_NO_FAMILY };
	struct natsonde_sim_spec own = transport == NATSONDE_TCP ? tcp_spec(spec) : *spec;

	chain->n = spec->nats;
	natsonde_nat_init(&chain->nats[0], &own, &nowhere, seed);
	if (chain->n == 1)
		return;
	own = outer_spec(&own);
	natsonde_nat_init(&chain->nats[1], &own, &nowhere, seed ^ 1);
}

void natsonde_chain_serve(struct natsonde_chain *chain, const struct natsonde_addr *external, const struct natsonde_addr *middle)
{
	natsonde_nat_add_external(&chain->nats[chain->n - 1], external);
	if (chain->n > 1)
		natsonde_nat_add_external(&chain->nats[0], middle);
}

/* From the outside of NAT number level - 1 to the host. */
static bool enter(struct natsonde_chain *chain, unsigned level, natsonde_us now, const struct natsonde_addr *src,
		  struct natsonde_addr *dst)
{
	while (level-- > 0) {
		struct natsonde_addr inside;

		if (!natsonde_nat_inbound(&chain->nats[level], now, src, dst, &inside))
			return false;
		*dst = inside;
	}
	return true;
}

enum natsonde_passage natsonde_chain_leave(struct natsonde_chain *chain, natsonde_us now, const struct natsonde_addr *src,
					   const struct natsonde_addr *dst, struct natsonde_addr *seen, struct natsonde_addr *to)
{
	struct natsonde_addr from = *src;

	for (unsigned level = 0; level < chain->n; level++) {
		struct natsonde_nat *nat = &chain->nats[level];

		if (natsonde_nat_owns(nat, dst))
			return natsonde_nat_hairpin(nat, now, &from, dst, seen, to) && enter(chain, level, now, seen, to) ?
				NATSONDE_PASSAGE_BACK : NATSONDE_PASSAGE_NONE;
		if (!natsonde_nat_outbound(nat, now, &from, dst, seen))
			return NATSONDE_PASSAGE_NONE;
		from = *seen;
	}
	*to = *dst;
	return NATSONDE_PASSAGE_OUT;
}

bool natsonde_chain_enter(struct natsonde_chain *chain, natsonde_us now, const struct natsonde_addr *src,
			  const struct natsonde_addr *dst, struct natsonde_addr *inside)
{
	*inside = *dst;
	return enter(chain, chain->n, now, src, inside);
}
