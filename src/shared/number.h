/* The only number parsers of the command line. Decimal digits alone: no sign, no space, no hexadecimal. */
#ifndef NATSONDE_CLI_NUMBER_H
#define NATSONDE_CLI_NUMBER_H

#include <stdbool.h>

#include <natsonde/time.h>

/* A whole number from min to max; false, leaving *value alone, for anything else. */
bool natsonde_number_parse(const char *text, unsigned min, unsigned max, unsigned *value);

/* Seconds with up to six decimals ("0.5"), within min and max; false, leaving *value alone, for anything else. */
bool natsonde_seconds_parse(const char *text, natsonde_us min, natsonde_us max, natsonde_us *value);

#endif
