/* What a run wants to do next. Each behaviour looks at the evidence and offers its questions, each with the time when its next
 * copy is due; the earliest offer wins. There is no queue and no state machine: what is wanted follows from what is known. */
#ifndef NATSONDE_CORE_WANT_H
#define NATSONDE_CORE_WANT_H

#include <natsonde/engine.h>

#include "tally.h"

/* So long after that time. What lies beyond 71 minutes, where evidence ends, is never reached, and no time that has passed. */
static inline uint32_t natsonde_later_us(uint32_t at_us, uint32_t by_us)
{
	return by_us < NATSONDE_NOT_YET_US - 1 - at_us ? at_us + by_us : NATSONDE_NOT_YET_US - 1;
}

struct natsonde_want {
	const struct natsonde_evidence *ev;
	const struct natsonde_plan *plan;
	/* The earliest question offered; when_us is NATSONDE_NOT_YET_US without any. */
	uint32_t when_us;
	uint8_t  question, server;
	uint8_t  attempt;       /* which fresh socket of the question's kind must ask it, from 1 */
	uint8_t  target;        /* running number of the socket that the answer is to come to; 0: that which asks */
	uint16_t response_port;
	uint16_t local_port;    /* that socket's own port, if it is not open yet; 0: any */
	natsonde_addr_id to;    /* where it goes, for NATSONDE_OWN_MAPPING */
	const struct natsonde_slot *slots; /* the engine's */
	uint8_t  done_kind, done_attempt; /* a socket that a test has done with; done_attempt 0: none */
	/* The earliest time at which a silence will have lasted long enough to matter. */
	uint32_t wake_us;
	bool is_out_of_room; /* a question was wanted that the evidence has no room for */
	bool has_tally;
	struct natsonde_tally tally; /* private: of the server looked at last, if has_tally */
};

/* The tally of that server; valid until another one is asked for. */
const struct natsonde_tally *natsonde_want_tally(struct natsonde_want *w, unsigned server);
/* The same, were the mapping questions put from a fresh socket next. */
const struct natsonde_tally *natsonde_want_tally_afresh(struct natsonde_want *w, unsigned server);

/* Offers one more copy of a question, to leave at when_us (or as soon after as politeness allows). */
void natsonde_want_offer(struct natsonde_want *w, unsigned server, enum natsonde_question q, unsigned attempt, uint32_t when_us,
			 uint16_t response_port);
/* A question of the further tests: the same, with all that such a question can have. */
struct natsonde_further_offer {
	uint8_t  question, server, attempt, target;
	uint16_t response_port, local_port;
	natsonde_addr_id to;
	uint32_t when_us;
};
void natsonde_want_offer_further(struct natsonde_want *w, const struct natsonde_further_offer *offer);
bool natsonde_want_is_open(const struct natsonde_want *w, enum natsonde_socket kind, unsigned attempt);
/* Sockets of that kind that are open. Those of tests that are over make room where they must. */
unsigned natsonde_want_count(const struct natsonde_want *w, enum natsonde_socket kind);
/* Gives back a socket, if it is open. */
void natsonde_want_done(struct natsonde_want *w, enum natsonde_socket kind, unsigned attempt);
/* Offers a question that is repeated until it is answered: at once, then after a round trip, then quickly, until its silence
 * would convince. False once there is nothing left to do or wait for: it was answered, or nobody is there. */
bool natsonde_want_answer(struct natsonde_want *w, const struct natsonde_tally *t, enum natsonde_question q, unsigned attempt,
			  uint16_t response_port);
/* The earliest time from which on so many packets can be sent to a server without waiting for politeness in between. */
uint32_t natsonde_want_room_us(const struct natsonde_evidence *ev, unsigned server, unsigned packets);
/* Whether a server has had all the packets that it may have for now. */
bool natsonde_want_is_spent(const struct natsonde_evidence *ev, unsigned server);
/* Asks to be woken at that time. */
void natsonde_want_wake(struct natsonde_want *w, uint32_t when_us);

#endif
