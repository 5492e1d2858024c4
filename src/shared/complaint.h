/* What is wrong with the user's input, as one line for stderr. */
#ifndef NATSONDE_CLI_COMPLAINT_H
#define NATSONDE_CLI_COMPLAINT_H

#include <stdbool.h>

struct natsonde_complaint {
	char text[768]; /* no newline; empty: nothing is wrong */
};

/* Always false, so that a parser can say `return natsonde_complain(...)`. The text stays one line whatever the input was. */
bool natsonde_complain(struct natsonde_complaint *complaint, const char *format, ...)
#ifdef __GNUC__
	__attribute__((format(printf, 2, 3)))
#endif
	;

#endif
