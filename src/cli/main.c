#include <errno.h>
#include <fcntl.h>
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

/* What is opened later must not take the place of a standard stream that is closed: the report would go into a socket or a pipe, and
 * nobody would be told. Opened for the wrong direction, a stream fails as a closed one does. */
static void hold_standard_streams(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int main(int argc, char *argv[])
{
	struct natsonde_options options;
	struct natsonde_complaint complaint;

	hold_standard_streams();
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
