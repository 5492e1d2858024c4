/* A NAT, or a stateful firewall (mapping=none), and nothing around it: addresses and time in, addresses out (RFC 4787).
 * The simulated network and the laboratory's natbox both drive this one. Packets without memory are the caller's. */
#ifndef NATSONDE_SIM_NAT_H
#define NATSONDE_SIM_NAT_H

#include <natsonde/sim.h>

#include "rng.h"

#define NATSONDE_NAT_MAPPINGS 256 /* alive at once; more are refused, as a carrier's quota does (RFC 6888 REQ-4) */
#define NATSONDE_NAT_SESSIONS 512
#define NATSONDE_NAT_OCCUPIED 16

/* One inside endpoint as the outside sees it. */
struct natsonde_nat_mapping {
	struct natsonde_addr inside;
	struct natsonde_addr toward; /* the key of the destination: as much of it as the mapping behaviour looks at */
	natsonde_us created, refreshed;
	uint16_t port;               /* external */
	uint8_t  ip;                 /* external: number within the pool */
	bool     is_displaced;       /* made because of a port conflict (conflict=) */
	bool     has_received;
	bool     is_stream;          /* has seen both directions more than 2 s after its creation */
};

/* A destination that a mapping has sent to. Filters look at as much of it as their behaviour says. */
struct natsonde_nat_session {
	struct natsonde_addr peer;
	uint16_t mapping;
};

/* Toward this peer the external port of an inside endpoint is taken. */
struct natsonde_nat_conflict {
	struct natsonde_addr peer;   /* no address: no conflict */
	struct natsonde_addr inside; /* no address: whoever sends there first */
	natsonde_us until;           /* forgotten then, if it has not been met */
	bool is_met;
};

/* Per family: where it stands outside, and the conflict that waits there. */
struct natsonde_nat_side {
	struct natsonde_addr external; /* first address of the pool; no address: this family is not served */
	struct natsonde_nat_conflict conflict; /* with another inside host */
};

/* Complete, so that a caller can own one; the fields are private. */
struct natsonde_nat {
	struct natsonde_sim_spec spec;
	struct natsonde_nat_side sides[2]; /* IPv4, IPv6 */
	struct natsonde_nat_conflict occupied[NATSONDE_NAT_OCCUPIED]; /* with the NAT itself (wan-input=open); a ring */
	uint8_t next_occupied;
	struct natsonde_rng rng;
	uint16_t drawn_first, n_drawn;     /* the ports that are drawn from: the first, and how many */
	uint16_t next_drawn;               /* sequential: which of them is next */
	uint16_t n_mappings, n_sessions;   /* entries in use, dead ones among them */
	struct natsonde_nat_mapping mappings[NATSONDE_NAT_MAPPINGS];
	struct natsonde_nat_session sessions[NATSONDE_NAT_SESSIONS];
};

/* A NAT without mappings. external: the first external address (the pool counts up from it; the port is ignored); with
 * mapping=none nothing is ever translated to it. Equal seeds draw equal ports. */
void natsonde_nat_init(struct natsonde_nat *nat, const struct natsonde_sim_spec *spec, const struct natsonde_addr *external,
		       uint32_t seed);
/* Serves the family of external as well, or instead of an earlier address of that family. */
void natsonde_nat_add_external(struct natsonde_nat *nat, const struct natsonde_addr *external);
/* Another inside host holds the port toward dst: the first inside endpoint that sends there gets a new external port for
 * this and every later new destination, as with Linux. Later endpoints meet no conflict. One per family. */
void natsonde_nat_set_conflict(struct natsonde_nat *nat, const struct natsonde_addr *dst);
/* Whether a is one of the external addresses, whatever the port. Never with mapping=none. */
bool natsonde_nat_owns(const struct natsonde_nat *nat, const struct natsonde_addr *a);

/* A packet from the inside: *mapped becomes its source outside, and the way back is open. False: dropped, for want of a
 * port or table entry, or because the family is not served. */
bool natsonde_nat_outbound(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			   const struct natsonde_addr *dst, struct natsonde_addr *mapped);
/* A packet from the outside to an external endpoint: *inside becomes its destination. False: no mapping there, or filtered. */
bool natsonde_nat_inbound(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			  const struct natsonde_addr *dst, struct natsonde_addr *inside);
/* A packet from the inside to an address that natsonde_nat_owns: *inside becomes its destination and *seen its source there,
 * external or internal as the spec says (RFC 4787 section 6). False: dropped. */
bool natsonde_nat_hairpin(struct natsonde_nat *nat, natsonde_us now, const struct natsonde_addr *src,
			  const struct natsonde_addr *dst, struct natsonde_addr *seen, struct natsonde_addr *inside);

#endif
