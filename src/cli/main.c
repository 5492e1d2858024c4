#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "shared/outcome.h"
#include "replay.h"
#include "run.h"

static enum natsonde_exit show(void (*print)(FILE *out))
{
	print(stdout);
	if (!ferror(stdout) && fflush(stdout) == 0)
		return NATSONDE_EXIT_OK;
	fprintf(stderr, "natsonde: cannot write to stdout: %s\n", strerror(errno));
	return NATSONDE_EXIT_FAULT;
}

static void print_version(FILE *out)
{
	fputs("natsonde " NATSONDE_VERSION "\n", out);
}

int main(int argc, char *argv[])
{
	struct natsonde_options options;
	struct natsonde_complaint complaint;

	/* A reader that has gone is an error to report (exit 5), not a reason to die without a word. */
	signal(SIGPIPE, SIG_IGN);
	if (!natsonde_options_parse(&options, argc, argv, getenv("NATSONDE_SERVERS"), &complaint)) {
		fprintf(stderr, "natsonde: %s\n", complaint.text);
		return NATSONDE_EXIT_USAGE;
	}
	switch (options.request) {
	case NATSONDE_SHOW_HELP: return (int)show(natsonde_options_help);
	case NATSONDE_SHOW_ALL_HELP: return (int)show(natsonde_options_help_all);
	case NATSONDE_SHOW_VERSION: return (int)show(print_version);
	case NATSONDE_LIST_TESTS: return (int)show(natsonde_options_list_tests);
	default: break;
	}
	if (options.command)
		return (int)options.command->run(&options);
	return (int)(options.replay ? natsonde_replay(&options) : natsonde_run(&options));
}
