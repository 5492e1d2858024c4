/* Time is an argument: natsonde's core never reads a clock. */
#ifndef NATSONDE_TIME_H
#define NATSONDE_TIME_H

#include <stdint.h>

typedef int64_t natsonde_us;          /* monotonic microseconds; the origin is the caller's */
#define NATSONDE_NEVER INT64_MAX      /* no deadline */
#define NATSONDE_MS ((natsonde_us)1000)
#define NATSONDE_S ((natsonde_us)1000000)

#endif
