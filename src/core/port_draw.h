/* How does a NAT choose the ports of new mappings, if it does not keep those inside (RFC 4787 section 4.2)? Statistics of a few
 * ports alone; no verdict is called verified that random draws would lead to more often than once in 10,000. */
#ifndef NATSONDE_CORE_PORT_DRAW_H
#define NATSONDE_CORE_PORT_DRAW_H

#include <natsonde/judge.h>

#define NATSONDE_DRAWS_MIN 9u /* fewer tell nothing: eight ports in ascending order are not improbable enough */
#define NATSONDE_DRAWS_MAX 24u

struct natsonde_port_draw {
	uint8_t  verdict;   /* NATSONDE_SEQUENTIAL, SET, BLOCK or RANDOM; NATSONDE_UNKNOWN for fewer than NATSONDE_DRAWS_MIN */
	uint8_t  certainty; /* enum natsonde_certainty */
	uint8_t  reason;    /* enum natsonde_reason */
	int16_t  step;      /* SEQUENTIAL: from one mapping to the next */
	uint32_t guess;     /* ports to try for an even chance of hitting the next one */
};
/* The ports outside, all of one address, in the order in which their mappings were made; n is at most NATSONDE_DRAWS_MAX. */
struct natsonde_port_draw natsonde_port_draw(const uint16_t *ports, unsigned n);

#endif
