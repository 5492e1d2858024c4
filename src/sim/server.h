/* An RFC 5780 server, honest or with one fault, on the four endpoints of two addresses and two ports: requests in, replies
 * out, no network. */
#ifndef NATSONDE_SIM_SERVER_H
#define NATSONDE_SIM_SERVER_H

#include <natsonde/sim.h>

#define NATSONDE_SIM_REPLY_MAX 1700 /* no reply is longer */

/* The fields are private but for reading. */
struct natsonde_sim_server {
	struct natsonde_addr ip[2]; /* A1 and A2, without ports */
	uint16_t port[2];           /* P1 and P2 */
	uint8_t  fault;             /* enum natsonde_sim_fault */
	uint8_t  asked;             /* endpoints that have had a packet, a bit each */
	uint16_t packets;           /* UDP packets that have reached an endpoint */
};

struct natsonde_sim_reply {
	struct natsonde_addr from, to;
	natsonde_us delay; /* how long the server takes */
	size_t len;
	unsigned copies;   /* how often it is sent */
};

/* a1 is its first address and port; the others are the next ones: A2 = A1 + 1, P2 = P1 + 1 (65534 after
 * 65535). */
void natsonde_sim_server_init(struct natsonde_sim_server *server, const struct natsonde_addr *a1, enum natsonde_sim_fault fault);
/* Where it listens: one of its addresses (0, 1) with one of its ports (0, 1). */
struct natsonde_addr natsonde_sim_server_at(const struct natsonde_sim_server *server, unsigned ip, unsigned port);
/* Whether it owns that address, whatever the port, and whether or not anything answers there. */
bool natsonde_sim_server_owns(const struct natsonde_sim_server *server, const struct natsonde_addr *a);
/* Whether a TCP connection to it is refused: its address is there, and nothing listens on that port. */
bool natsonde_sim_server_refuses(const struct natsonde_sim_server *server, const struct natsonde_addr *at);

/* A request from src arrives at `at`. True if it is answered: the reply's bytes are written to buf, of
 * NATSONDE_SIM_REPLY_MAX bytes. */
bool natsonde_sim_server_answer(struct natsonde_sim_server *server, enum natsonde_transport transport,
				const struct natsonde_addr *at, const struct natsonde_addr *src, const uint8_t *bytes, size_t len,
				struct natsonde_sim_reply *reply, uint8_t *buf);

#endif
