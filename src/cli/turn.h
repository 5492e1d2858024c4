/* Is there a TURN server? An Allocate request without credentials asks (RFC 8656 section 7): a TURN server says 401. */
#ifndef NATSONDE_CLI_TURN_H
#define NATSONDE_CLI_TURN_H

#include <natsonde/check.h>
#include <natsonde/stun.h>

struct natsonde_turn {
	struct natsonde_addr to;           /* in */
	enum natsonde_transport transport; /* in */
	struct natsonde_turn_finding finding; /* out */
	/* private */
	uint8_t allocate_id[NATSONDE_STUN_TID], binding_id[NATSONDE_STUN_TID];
	natsonde_us began, due;
	natsonde_us rtt;                   /* of the Binding, 0 unknown */
	unsigned copies;
	bool is_open, is_over, is_binding_answered, is_refused, is_garbled;
};

/* Asks all of them, side by side as far as the door has sockets. False if the user has ended it; what could not be asked or
 * answered by until is left unfinished. */
bool natsonde_turn_ask(struct natsonde_turn *turns, unsigned n, const struct natsonde_door *door, natsonde_us until);

#endif
