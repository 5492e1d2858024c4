/* The control of a negative: the same CHANGE-REQUEST, asked through a door that is open already. If the changed reply comes
 * through it, the server honours the request and the silence at the filter socket was the filter's. */
#ifndef NATSONDE_CORE_CONTROL_H
#define NATSONDE_CORE_CONTROL_H

#include "tally.h"

enum natsonde_control {
	NATSONDE_CONTROL_OPEN,       /* not known yet */
	NATSONDE_CONTROL_PASSED,
	NATSONDE_CONTROL_FAILED,     /* the door was open and nothing came: the server's fault */
	NATSONDE_CONTROL_IMPOSSIBLE  /* behind this mapping it takes a RESPONSE-PORT that the server does not honour */
};

/* The questions of one control. */
struct natsonde_control_row { uint8_t filter, open, map, control; /* enum natsonde_question */ };
extern const struct natsonde_control_row natsonde_control_both, natsonde_control_port;

enum natsonde_control natsonde_control_status(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
					      const struct natsonde_control_row *c);

/* Whether enough is known to ask, and with which RESPONSE-PORT (0: none needed): behind an endpoint-dependent mapping the
 * request itself leaves through another mapping than the one whose filter was opened, so the reply must be sent to that one. */
bool natsonde_control_is_ready(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
			       const struct natsonde_control_row *c, uint16_t *response_port);
/* Whether it must first be found out if the server honours RESPONSE-PORT at all: the control stayed silent. */
bool natsonde_control_needs_response_port(const struct natsonde_evidence *ev, const struct natsonde_tally *t,
					  const struct natsonde_control_row *c);

/* Whether the silence after that question convinces. */
bool natsonde_control_is_unanswered(const struct natsonde_evidence *ev, const struct natsonde_tally *t);

#endif
