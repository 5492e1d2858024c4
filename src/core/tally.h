/* Evidence about one server, counted question by question: what both the asking and the judging of a behaviour look at. */
#ifndef NATSONDE_CORE_TALLY_H
#define NATSONDE_CORE_TALLY_H

#include <natsonde/evidence.h>

#include "answer.h"
#include "mapped.h"

#define NATSONDE_NO_PROBE UINT16_MAX
#define NATSONDE_NOT_YET_US UINT32_MAX
#define NATSONDE_LEAST_WAIT_US 100000u /* however short the round trip is: hosts and radios have pauses */

/* One question's copies. Mapping questions are counted on the newest mapping socket alone. */
struct natsonde_row {
	uint8_t  sent;    /* left this host */
	uint8_t  pending; /* no answer yet, and not yet waited for long enough */
	uint8_t  lost;    /* no answer after its wait */
	uint8_t  good;    /* success from the address that an honest server answers from */
	uint8_t  strange; /* success from another address */
	uint8_t  errors;  /* STUN error responses */
	uint8_t  unreachable; /* ICMP errors */
	uint8_t  unsent;  /* this host refused */
	bool     is_diverted; /* with RESPONSE-PORT; copies without it that came before are not counted */
	uint16_t first_good; /* probe index, or NATSONDE_NO_PROBE */
	uint32_t first_us, last_us; /* when the first and the last copy was sent; 0 without one */
};

struct natsonde_tally {
	struct natsonde_row row[NATSONDE_QUESTIONS_FIRST];
	uint8_t  server;
	uint8_t  socket;    /* number of the mapping socket counted; 0 none */
	uint8_t  attempt;   /* which mapping socket that is, from 1; 0 none */
	uint8_t  controls;  /* questions with a known fate, to endpoints that are alive: how many were sent ... */
	uint8_t  controls_lost; /* ... and how many of them were lost: what this path loses */
	uint8_t  controls_pending;
	uint8_t  holes;     /* controls lost that another control followed closely ... */
	uint8_t  holes_wide; /* ... and was lost too: whether this path loses one by one or in bursts */
	bool     endpoint_is_alive[NATSONDE_ENDPOINTS];
	struct natsonde_mapped mapped; /* can it be true, what this server says of the mapped address? */
	uint32_t rtt_us;    /* mean, 0 while unknown */
	uint32_t wait_us;   /* silence shorter than this says nothing */
	uint32_t spacing_us; /* between the copies of one question */
	uint32_t alternate_us; /* when this host first spoke to an alternate endpoint of the server, or NATSONDE_NOT_YET_US */
};

void natsonde_tally(const struct natsonde_evidence *ev, unsigned server, struct natsonde_tally *t);

/* The same, were the mapping questions put from a fresh socket next: nothing asked yet. */
void natsonde_tally_forget_mapping(struct natsonde_tally *t);

/* Whether an address is one from which that server's changed replies come, or shares its IP: speaking to it may open the door
 * that is being tested, be it in the name of another server. */
bool natsonde_is_near_alternate(const struct natsonde_evidence *ev, unsigned server, const struct natsonde_addr *addr);
/* The mapping learned from a question's first good answer; 0 none. */
natsonde_addr_id natsonde_tally_mapped(const struct natsonde_evidence *ev, const struct natsonde_tally *t, enum natsonde_question q);
/* How long to wait for the first answer of a server: what the answering ones need, else RFC 8489's 500 ms. */
uint32_t natsonde_tally_patience_us(const struct natsonde_evidence *ev);

#endif
