/* One discovery, from options to report. */
#ifndef NATSONDE_CLI_RUN_H
#define NATSONDE_CLI_RUN_H

#include "options.h"
#include "shared/outcome.h"

/* Does it all: the report on stdout, complaints and progress on stderr. */
enum natsonde_exit natsonde_run(const struct natsonde_options *options);

#endif
