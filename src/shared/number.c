#include "number.h"

#include <stddef.h>

/* No value of ours is longer; keeps the sums below from overflowing. */
#define DIGITS_MAX 9

static const char *read_digits(const char *text, unsigned *value)
{
	const char *c = text;

	*value = 0;
	while (*c >= '0' && *c <= '9' && c - text < DIGITS_MAX)
		*value = *value * 10 + (unsigned)(*c++ - '0');
	return c == text ? NULL : c;
}

bool natsonde_number_parse(const char *text, unsigned min, unsigned max, unsigned *value)
{
	unsigned n;
	const char *end = read_digits(text, &n);

	if (!end || *end || n < min || n > max)
		return false;
	*value = n;
	return true;
}

bool natsonde_seconds_parse(const char *text, natsonde_us min, natsonde_us max, natsonde_us *value)
{
	unsigned whole;
	natsonde_us us, unit = NATSONDE_S;
	const char *c = read_digits(text, &whole);

	if (!c)
		return false;
	us = whole * NATSONDE_S;
	if (*c == '.' && c[1]) {
		for (c++; *c >= '0' && *c <= '9' && unit > 1; c++) {
			unit /= 10;
			us += (*c - '0') * unit;
		}
	}
	if (*c || us < min || us > max)
		return false;
	*value = us;
	return true;
}
