/* --replay: judges the probes of a saved report again. */
#ifndef NATSONDE_CLI_REPLAY_H
#define NATSONDE_CLI_REPLAY_H

#include "options.h"
#include "shared/outcome.h"

/* The report on stdout, with today's verdicts; each one that differs from the saved one on stderr, and exit code 1 then. Else
 * the exit code is that of the run that was saved. */
enum natsonde_exit natsonde_replay(const struct natsonde_options *options);

#endif
