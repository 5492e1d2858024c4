/* Conflicts over external ports: toward one peer the port is taken, so that an inside endpoint must leave by another. */
#ifndef NATSONDE_SIM_CONFLICT_H
#define NATSONDE_SIM_CONFLICT_H

#include "nat.h"

/* src wants to send to dst. Whether it has met a conflict, now or before. */
bool natsonde_conflict_is_met(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			      const struct natsonde_addr *dst);
/* The filter has stopped a packet from peer to the external port of inside, and the NAT has taken it for its own. */
void natsonde_conflict_occupy(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *inside,
			      const struct natsonde_addr *peer);

#endif
