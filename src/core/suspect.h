/* Does a server look as if it could not test filtering? Not proof: a reason to have another one begin, before this one's silence has
 * lasted long enough to be evidence. */
#ifndef NATSONDE_CORE_SUSPECT_H
#define NATSONDE_CORE_SUSPECT_H

#include "tally.h"

/* wake_us: when it may look so, if it does not yet; else unchanged. */
bool natsonde_is_suspect(const struct natsonde_evidence *ev, const struct natsonde_tally *t, uint32_t *wake_us);

#endif
