/* The simulated network: host -- NAT (-- outer NAT) -- link -- servers. Its insides, for src/sim and its tests alone. */
#ifndef NATSONDE_SIM_NET_H
#define NATSONDE_SIM_NET_H

#include <natsonde/sim.h>

#include "chain.h"
#include "link.h"
#include "queue.h"
#include "rng.h"
#include "server.h"

#define NATSONDE_SIM_DATAGRAM_MAX 4096 /* bytes that the host may send at once */
#define NATSONDE_SIM_SERVERS 8

/* A socket of the simulated host. */
struct natsonde_sim_slot {
	struct natsonde_addr local;
	bool    is_open;
	uint8_t transport;           /* enum natsonde_transport */
	bool    is_mapped;           /* TCP: a way out exists */
	struct natsonde_addr peer;   /* TCP */
	struct natsonde_addr mapped; /* TCP: the source that the server sees */
	natsonde_us connected;       /* TCP: when the connection stands */
};

/* Indexed by family: 0 IPv4, 1 IPv6. */
struct natsonde_sim_family {
	struct natsonde_addr host;   /* without port; no address: the host does not have this family */
	struct natsonde_sim_server servers[NATSONDE_SIM_SERVERS];
};

struct natsonde_sim {
	struct natsonde_sim_spec spec;
	natsonde_us now;
	struct natsonde_rng rng;     /* of the host */
	struct natsonde_sim_family families[2];
	struct natsonde_sim_slot slots[NATSONDE_DOOR_SLOTS];
	unsigned n_slots;            /* those from here on have never been open */
	struct natsonde_link out, in;
	struct natsonde_queue queue;
	uint8_t received[NATSONDE_SIM_DATAGRAM_MAX]; /* of the last event */
	uint8_t reply[NATSONDE_SIM_REPLY_MAX];       /* of a server, on its way into the queue */
	/* For each transport: UDP and TCP ports have nothing to do with one another. */
	struct natsonde_chain chains[NATSONDE_TCP + 1];
};

/* A UDP datagram leaves the host. */
void natsonde_net_send(struct natsonde_sim *sim, const struct natsonde_sim_slot *slot, const struct natsonde_addr *to,
		       const uint8_t *bytes, size_t len);
/* The host begins a TCP connection from slot to slot->peer. */
void natsonde_net_connect(struct natsonde_sim *sim, struct natsonde_sim_slot *slot);
/* Bytes leave the host over the TCP connection of slot, as soon as it stands. */
void natsonde_net_stream(struct natsonde_sim *sim, const struct natsonde_sim_slot *slot, const uint8_t *bytes, size_t len);
/* Runs until something reaches a socket of the host, or until that time: then false. */
bool natsonde_net_run(struct natsonde_sim *sim, natsonde_us until, struct natsonde_event *event);

#endif
