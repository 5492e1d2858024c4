#define _DEFAULT_SOURCE
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <natsonde/io.h>

static int ends[2] = { -1, -1 };
static volatile sig_atomic_t has_interrupt;
static natsonde_us first_us; /* when the first came: the handler's own */
static struct sigaction before;

/* One press may come as two signals: timeout(1) sends to the process and to its group. Whoever presses again later does not want
 * the report either. */
#define ONE_PRESS (500 * NATSONDE_MS)

/* A flag alone would be lost if the signal came between looking at it and poll(): the pipe is still readable then. */
static void on_interrupt(int number)
{
	int error = errno;

	if (!has_interrupt) {
		first_us = natsonde_io_now();
	} else if (natsonde_io_now() - first_us > ONE_PRESS) {
		signal(number, SIG_DFL);
		raise(number);
	}
	has_interrupt = 1;
	(void)!write(ends[1], "", 1); /* a full pipe is readable already */
	errno = error;
}

bool natsonde_io_pipe(int pair[2])
{
	if (pipe(pair) < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		(void)fcntl(pair[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(pair[i], F_SETFL, O_NONBLOCK);
	}
	return true;
}

bool natsonde_io_wake_start(void)
{
	struct sigaction action;

	if (!natsonde_io_pipe(ends))
		return false;
	has_interrupt = 0;
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_interrupt;
	sigaction(SIGINT, &action, &before);
	signal(SIGPIPE, SIG_IGN);
	return true;
}

void natsonde_io_wake_stop(void)
{
	if (ends[0] < 0)
		return;
	sigaction(SIGINT, &before, NULL); /* first: the handler writes into the pipe */
	close(ends[0]);
	close(ends[1]);
	ends[0] = ends[1] = -1;
}

int natsonde_io_wake_descriptor(void)
{
	return ends[0];
}

bool natsonde_io_wake_take(void)
{
	char bytes[16];
	bool is_new = false;

	while (read(ends[0], bytes, sizeof(bytes)) > 0)
		is_new = true;
	return is_new;
}

bool natsonde_io_is_interrupted(void)
{
	return has_interrupt;
}
