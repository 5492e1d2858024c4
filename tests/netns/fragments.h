/* Datagrams in fragments, IPv4 and IPv6: put together, and cut again (RFC 791 section 3.2, RFC 8200 section 4.5). */
#ifndef NATBOX_FRAGMENTS_H
#define NATBOX_FRAGMENTS_H

#include <natsonde/time.h>

#include "packet.h"

enum { NATBOX_PUZZLES = 16 };

/* A datagram of which some fragments have come. */
struct natbox_puzzle {
	natsonde_us began;
	uint8_t  ip[40];     /* the IP header of the first one to come */
	uint32_t id;
	uint8_t  protocol;
	size_t   total;      /* bytes after the IP header; 0 as long as the last fragment has not come */
	size_t   n_units;    /* that have come */
	bool     has_unit[NATBOX_PACKET_MAX / 8]; /* eight bytes each */
	uint8_t  bytes[NATBOX_PACKET_MAX];
};

/* Those of one direction. All zero is empty. */
struct natbox_puzzles {
	struct natbox_puzzle of[NATBOX_PUZZLES];
};

bool natbox_fragment_is(const uint8_t *ip, size_t len);
/* Takes one fragment in. If it was the last one missing, writes the whole packet to whole and returns its length; else 0. */
size_t natbox_fragment_join(struct natbox_puzzles *p, natsonde_us now, const uint8_t *ip, size_t len,
			    uint8_t whole[NATBOX_PACKET_MAX]);
/* Writes the fragment of whole that carries what begins at *at bytes after the IP header, and moves *at on; begins with 0.
 * Returns its length, 0 once there is none. The id is IPv6's; IPv4 has one in its header. */
size_t natbox_fragment_cut(const uint8_t *whole, size_t len, uint32_t id, size_t *at, uint8_t piece[NATBOX_MTU]);

#endif
