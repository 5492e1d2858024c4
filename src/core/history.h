/* What became of one question of the further tests, and putting it again until it is answered. */
#ifndef NATSONDE_CORE_HISTORY_H
#define NATSONDE_CORE_HISTORY_H

#include "want.h"

struct natsonde_history {
	uint8_t  sent;      /* copies that left this host */
	uint8_t  answered;  /* from where an honest server answers */
	uint8_t  strange;   /* from elsewhere, or to another socket than was asked for */
	uint8_t  errors;    /* STUN error responses */
	uint8_t  refused;   /* ICMP errors; connections that ended without an answer */
	uint8_t  unsent;    /* this host could not */
	uint8_t  pending;   /* no answer yet, and not yet waited for long enough */
	uint8_t  lost;      /* no answer after that */
	uint16_t first_answer, last; /* probe index, or NATSONDE_NO_PROBE */
};

/* instance 0: of all sockets. */
struct natsonde_history natsonde_history(const struct natsonde_evidence *ev, unsigned server, enum natsonde_question q, unsigned instance);

/* The server that further tests are with: the first that answers plain requests and is believed, from number `from` on;
 * n_servers if there is none. */
unsigned natsonde_history_server(const struct natsonde_evidence *ev, unsigned from);
/* How long to wait for an answer of that server before its silence says anything. */
uint32_t natsonde_history_wait_us(const struct natsonde_evidence *ev, unsigned server);

/* Offers a question until it is answered, refused, or was put `copies` times in vain; each copy waits for the one before it. False once
 * there is nothing left to do or wait for. offer->when_us is the earliest time of the first copy. */
bool natsonde_history_ask(struct natsonde_want *w, const struct natsonde_further_offer *offer, unsigned copies);

#endif
