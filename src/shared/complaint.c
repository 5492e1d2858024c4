#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>

bool natsonde_complain(struct natsonde_complaint *complaint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint->text, sizeof(complaint->text), format, args);
	va_end(args);
	/* Quoted input may hold newlines or terminal escapes: neither belongs into a message. */
	for (char *c = complaint->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return false;
}
