/* How a NAT chooses external addresses and ports for new mappings (RFC 4787 sections 4.1 pooling, 4.2 port assignment). */
#ifndef NATSONDE_SIM_PORTS_H
#define NATSONDE_SIM_PORTS_H

#include "nat.h"

/* Prepares what ports are drawn from. After spec and rng are set. */
void natsonde_ports_init(struct natsonde_nat *nat);
/* Fills m->port, and m->ip unless that is an uplink's, for m->inside, unlike every live mapping's. False: none is free. */
bool natsonde_ports_assign(struct natsonde_nat *nat, natsonde_us now, struct natsonde_nat_mapping *m);
/* The external endpoint of a mapping; the inside one where nothing is translated. */
struct natsonde_addr natsonde_ports_of(const struct natsonde_nat *nat, const struct natsonde_nat_mapping *m);
/* The ip-th address of the pool. */
struct natsonde_addr natsonde_ports_external(const struct natsonde_nat *nat, uint8_t family, unsigned ip, uint16_t port);

/* The number of the uplink that a packet from src to dst takes; 0 where there is one. */
uint8_t natsonde_ports_uplink(const struct natsonde_nat *nat, const struct natsonde_addr *src, const struct natsonde_addr *dst);

/* Whether a mapping has not yet expired. In nat.c. */
bool natsonde_nat_lives(const struct natsonde_nat *nat, const struct natsonde_nat_mapping *m, natsonde_us now);

#endif
