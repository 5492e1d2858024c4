/* An engine's sockets as slots: which one a question takes, on which port, and when. */
#ifndef NATSONDE_CORE_SLOT_H
#define NATSONDE_CORE_SLOT_H

#include <natsonde/engine.h>

#include "want.h"

/* The slot of the socket that must ask: its own if it is open, else one that it can have. A filter test with the next server may
 * begin before the one before it is given up: then it has its two sockets beside, where there are so many. */
unsigned natsonde_slot_for(const struct natsonde_engine *e, unsigned kind, unsigned attempt);
/* When an open slot may be taken from who has it: a test of filtering that makes room for another one shall first have waited for all
 * that it has asked, or its silence would mean nothing. */
uint32_t natsonde_slot_free_us(const struct natsonde_engine *e, unsigned slot, struct natsonde_want *w);

/* The action that opens a slot for what is wanted. Always true. */
bool natsonde_slot_open(struct natsonde_engine *e, unsigned slot, const struct natsonde_want *w, struct natsonde_action *action);
/* The action that closes it; what has not come in by then never will. Always true. */
bool natsonde_slot_close(struct natsonde_engine *e, unsigned slot, struct natsonde_action *action);

#endif
