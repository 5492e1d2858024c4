#include "conflict.h"

#define FORGOTTEN_AFTER (30 * NATSONDE_S) /* Linux conntrack, for UDP that was not answered */

static bool meets(struct natsonde_nat_conflict *c, natsonde_us now, const struct natsonde_addr *src,
		  const struct natsonde_addr *dst)
{
	if (!c->peer.family)
		return false;
	if (!c->is_met && now < c->until && natsonde_addr_equal(dst, &c->peer)) {
		if (!c->inside.family)
			c->inside = *src;
		c->is_met = natsonde_addr_equal(src, &c->inside);
	}
	return c->is_met && natsonde_addr_equal(src, &c->inside);
}

bool natsonde_conflict_is_met(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			      const struct natsonde_addr *dst)
{
	bool is_met = meets(&nat->sides[dst->family == NATSONDE_IPV6].conflict, now, src, dst);

	for (unsigned i = 0; i < NATSONDE_NAT_OCCUPIED; i++)
		is_met = meets(&nat->occupied[i], now, src, dst) || is_met;
	return is_met;
}

/* Linux: without an input filter, a packet that belongs to nothing is delivered to the router itself, and conntrack keeps an
 * entry for it. Its reply would have the very addresses of a later outbound packet, which therefore gets another port. */
void natsonde_conflict_occupy(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *inside,
			      const struct natsonde_addr *peer)
{
	nat->occupied[nat->next_occupied] = (struct natsonde_nat_conflict){
		.peer = *peer,
		.inside = *inside,
		.until = now + FORGOTTEN_AFTER
	};
	nat->next_occupied = (uint8_t)((nat->next_occupied + 1u) % NATSONDE_NAT_OCCUPIED);
}
