/* What a run or a saved report comes to, in the form that the user chose. */
#ifndef NATSONDE_CLI_PRESENT_H
#define NATSONDE_CLI_PRESENT_H

#include <natsonde/saved.h>

#include "options.h"
#include "shared/outcome.h"

/* Checks expectations, masks what is to be masked, compares with the report that --diff has named (before; NULL: none), writes
 * to stdout, complains on stderr. code is what the report comes to by itself; returns what all of it comes to. */
enum natsonde_exit natsonde_present(const struct natsonde_options *options, const struct natsonde_report *report,
				    const struct natsonde_saved *before, enum natsonde_exit code);

/* How the user wants it to look. */
struct natsonde_look natsonde_present_look(const struct natsonde_options *options);

/* For faults of this host that concern the output: one line on stderr. */
enum natsonde_exit natsonde_present_failed(void);

#endif
