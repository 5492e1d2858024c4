#define _DEFAULT_SOURCE
#include "host.h"

#include <time.h>

#include <natsonde/io.h>

natsonde_us natsonde_io_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (natsonde_us)t.tv_sec * NATSONDE_S + t.tv_nsec / 1000;
}

void natsonde_io_stamp(char out[NATSONDE_IO_STAMP])
{
	time_t now = time(NULL);
	struct tm utc;

	out[0] = '\0';
	if (gmtime_r(&now, &utc))
		strftime(out, NATSONDE_IO_STAMP, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
