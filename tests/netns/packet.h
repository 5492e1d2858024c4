/* Real UDP and TCP packets, IPv4 and IPv6: where things are in them, and how a NAT changes them. */
#ifndef NATBOX_PACKET_H
#define NATBOX_PACKET_H

#include <natsonde/addr.h>

enum { NATBOX_TCP = 6, NATBOX_UDP = 17 };
enum { NATBOX_MTU = 1500, NATBOX_PACKET_MAX = 4096 }; /* of what goes over a wire; of what fragments make together */

/* Where things are in a packet; points into the caller's bytes. */
struct natbox_packet {
	uint8_t *ip;
	uint8_t *src, *dst; /* IP addresses */
	size_t   ip_len;    /* bytes of an address */
	uint8_t *payload;   /* the UDP or TCP header */
	size_t   payload_len;
	uint8_t *data;      /* what it carries */
	size_t   data_len;
	uint8_t  protocol;  /* NATBOX_... */
};

/* Numbers as they are in packets. */
unsigned natbox_get16(const uint8_t *p);
void natbox_put16(uint8_t *p, unsigned value);
/* Puts the checksum of an IPv4 header in its place. */
void natbox_packet_seal_ipv4(uint8_t *ip);

/* False, leaving *v unspecified, unless these bytes begin with one whole UDP or TCP packet: no fragment, no extension header. */
bool natbox_packet_look(struct natbox_packet *v, uint8_t *ip, size_t len);
struct natsonde_addr natbox_packet_src(const struct natbox_packet *v);
struct natsonde_addr natbox_packet_dst(const struct natbox_packet *v);
/* Changes addresses, ports and checksums. */
void natbox_packet_rewrite(const struct natbox_packet *v, const struct natsonde_addr *src, const struct natsonde_addr *dst);
/* One hop more. False: the packet has come too far. */
bool natbox_packet_age(const struct natbox_packet *v);

/* Writes what tells the sender that its packet is forbidden (ICMPv4 3/13, ICMPv6 1/1), in the name of whom it was meant for.
 * Returns the length. */
#define NATBOX_REFUSAL_MAX (40 + 8 + 60)
size_t natbox_packet_refuse(const struct natbox_packet *v, uint8_t reply[NATBOX_REFUSAL_MAX]);
/* Writes a UDP datagram with that data to the sender of v, in the name of whom v was meant for. Returns the length. */
#define NATBOX_HEADERS_MAX (40 + 8)
size_t natbox_packet_answer(const struct natbox_packet *v, const uint8_t *data, size_t len, uint8_t *reply);

#endif
