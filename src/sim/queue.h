/* What is under way in the simulated network, in the order of arrival. */
#ifndef NATSONDE_SIM_QUEUE_H
#define NATSONDE_SIM_QUEUE_H

#include <natsonde/door.h>

#define NATSONDE_QUEUE_PACKETS 192
#define NATSONDE_QUEUE_BYTES 24576

enum natsonde_packet_kind {
	NATSONDE_PACKET_TO_SERVER,
	NATSONDE_PACKET_TO_NAT,  /* from outside, to an external endpoint */
	NATSONDE_PACKET_TO_SLOT, /* to the host itself, past all NATs */
	NATSONDE_PACKET_ICMP,    /* to the socket at `to`, about its datagram to `from` */
	NATSONDE_PACKET_CLOSED   /* the TCP connection from `to` to `from` has failed */
};

struct natsonde_packet {
	natsonde_us at; /* when it arrives */
	struct natsonde_addr from, to;
	uint8_t  kind;      /* enum natsonde_packet_kind */
	uint8_t  transport; /* enum natsonde_transport */
	uint16_t len;
	uint16_t offset;    /* private: where its bytes are */
};

/* The fields are private. */
struct natsonde_queue {
	uint8_t  order[NATSONDE_QUEUE_PACKETS]; /* of packets: the waiting, last to arrive first; then the free */
	uint16_t n;
	uint16_t next_offset;
	struct natsonde_packet packets[NATSONDE_QUEUE_PACKETS];
	uint8_t  bytes[NATSONDE_QUEUE_BYTES];
};

void natsonde_queue_init(struct natsonde_queue *q);
/* Copies packet and packet->len bytes; bytes may be NULL if that is 0. Equal times keep the order of pushing.
 * False if there is no room: the packet is lost, as in a router's queue. */
bool natsonde_queue_push(struct natsonde_queue *q, const struct natsonde_packet *packet, const uint8_t *bytes);
/* Takes out the first to arrive, if it arrives at or before until. NULL if none does. The packet and its bytes
 * (natsonde_queue_bytes) are valid until the next push. */
const struct natsonde_packet *natsonde_queue_pop(struct natsonde_queue *q, natsonde_us until);
const uint8_t *natsonde_queue_bytes(const struct natsonde_queue *q, const struct natsonde_packet *packet);

#endif
