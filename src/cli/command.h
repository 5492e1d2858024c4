/* The commands: words that may stand before the servers, and make the program do something else than discover. */
#ifndef NATSONDE_CLI_COMMAND_H
#define NATSONDE_CLI_COMMAND_H

#include "options.h"
#include "shared/outcome.h"

struct natsonde_command {
	const char *name;
	const char *arguments; /* what to call them */
	const char *help;
	const char *options;   /* those it takes, separated by blanks: long names, letters where there is none */
	bool takes_turn;       /* TURN servers are arguments, too */
	bool needs_server;     /* it has no servers of its own */
	enum natsonde_exit (*run)(const struct natsonde_options *options);
};

/* Row i of the table, NULL past the last. */
const struct natsonde_command *natsonde_command(unsigned i);
/* NULL if that is no command. */
const struct natsonde_command *natsonde_command_find(const char *name);
/* False with *complaint filled if the command cannot do with what was given. */
bool natsonde_command_accepts(const struct natsonde_options *options, struct natsonde_complaint *complaint);

#endif
