/* Saved reports: --replay FILE and --diff FILE. */
#ifndef NATSONDE_CLI_LOAD_H
#define NATSONDE_CLI_LOAD_H

#include <natsonde/saved.h>

#include "shared/complaint.h"

/* Reads the report in a file, "-" for the standard input. False with *complaint filled, beginning with the option's name. */
bool natsonde_load(const char *option, const char *path, struct natsonde_saved *saved, struct natsonde_complaint *complaint);

#endif
