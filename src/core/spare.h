/* Servers that stand in for others. */
#ifndef NATSONDE_CORE_SPARE_H
#define NATSONDE_CORE_SPARE_H

#include <natsonde/engine.h>

#include "tally.h"

/* Whether that server of the plan is to take part now: it is no spare, or one that it stands in for has failed.
 * scratch: room that the caller has on its stack anyway. */
bool natsonde_spare_is_needed(const struct natsonde_engine *e, unsigned which, struct natsonde_tally *scratch);

#endif
