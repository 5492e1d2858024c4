/* The NATs between a host and the world, for one transport: one, or two in a row. */
#ifndef NATSONDE_SIM_CHAIN_H
#define NATSONDE_SIM_CHAIN_H

#include "nat.h"

/* Complete, so that a caller can own one; the fields are private. */
struct natsonde_chain {
	struct natsonde_nat nats[2]; /* the host's, and the one behind it */
	unsigned n;
};

/* As many as spec says, without mappings, which serve no family yet. TCP has tables of its own in the same boxes (RFC 5382). */
void natsonde_chain_init(struct natsonde_chain *chain, const struct natsonde_sim_spec *spec, enum natsonde_transport transport,
			 uint32_t seed);
/* Serves that family: external is the address seen by the world, middle that of the first of two NATs between them. */
void natsonde_chain_serve(struct natsonde_chain *chain, const struct natsonde_addr *external, const struct natsonde_addr *middle);

enum natsonde_passage {
	NATSONDE_PASSAGE_NONE, /* dropped */
	NATSONDE_PASSAGE_OUT,  /* out into the world */
	NATSONDE_PASSAGE_BACK  /* turned round at the NAT whose external address it was for, and back to the host */
};
/* A packet from the host. Unless it is dropped, *seen becomes its source, and *to where it is going now. */
enum natsonde_passage natsonde_chain_leave(struct natsonde_chain *chain, natsonde_us now, const struct natsonde_addr *src,
					   const struct natsonde_addr *dst, struct natsonde_addr *seen, struct natsonde_addr *to);
/* A packet from the world to an external endpoint: *inside becomes its destination. False: dropped. */
bool natsonde_chain_enter(struct natsonde_chain *chain, natsonde_us now, const struct natsonde_addr *src,
			  const struct natsonde_addr *dst, struct natsonde_addr *inside);

#endif
