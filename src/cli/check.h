/* natsonde check SERVER ...: what can these servers be used for? */
#ifndef NATSONDE_CLI_CHECK_H
#define NATSONDE_CLI_CHECK_H

#include "options.h"
#include "shared/outcome.h"

enum natsonde_exit natsonde_check(const struct natsonde_options *options);

#endif
