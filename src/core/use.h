/* What a server is good for takes two questions that no discovery puts as a rule: is RESPONSE-PORT honoured, and is TCP? */
#ifndef NATSONDE_CORE_USE_H
#define NATSONDE_CORE_USE_H

#include "want.h"

/* Offers them, for every server. */
void natsonde_use_ask(struct natsonde_want *w);

#endif
