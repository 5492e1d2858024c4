/* A question whose silence is to be evidence, put in rounds: a plain request to the server, then two copies of the question close
 * behind it. Copies count only where that plain request was answered: the path was open just then. */
#ifndef NATSONDE_CORE_ROUNDS_H
#define NATSONDE_CORE_ROUNDS_H

#include "want.h"

#define NATSONDE_ROUNDS_MAX 20

struct natsonde_rounds {
	uint8_t  n;        /* rounds begun */
	uint8_t  copies;   /* of the question, in the last of them */
	uint8_t  silent;   /* copies not answered after long enough, or refused by ICMP, that count */
	uint8_t  pending;  /* copies that may yet come to count */
	uint8_t  refused;  /* ICMP errors to copies, whether these count or not */
	uint8_t  unsent;   /* copies that this host could not send */
	uint16_t controls, lost; /* plain requests with a known fate, those of the first tests among them; those lost */
	uint32_t last_us;  /* when the last packet of these rounds was sent */
};

/* Looks at the probes from number `from` on; controls are taken from everywhere. */
struct natsonde_rounds natsonde_rounds(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
				       enum natsonde_question q, enum natsonde_question plain, unsigned from);
/* Whether so many copies were silent that it is a verdict: see silence.h. */
bool natsonde_rounds_convince(const struct natsonde_rounds *r);
/* Whether the question met ICMP errors, or this host's own refusal, often enough that more copies would tell nothing new. */
bool natsonde_rounds_are_refused(const struct natsonde_rounds *r);
bool natsonde_rounds_are_unsent(const struct natsonde_rounds *r);

/* What comes next while nothing has answered; the caller puts the request. WAIT: natsonde_want_wake was called. */
enum natsonde_round_step { NATSONDE_ROUND_OVER, NATSONDE_ROUND_WAIT, NATSONDE_ROUND_PLAIN, NATSONDE_ROUND_COPY };
enum natsonde_round_step natsonde_rounds_next(struct natsonde_want *w, unsigned server, const struct natsonde_rounds *r);

#endif
