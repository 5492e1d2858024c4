#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 120 /* of a line that is too long, what is kept of its beginning and of its end */
#define TAIL 560

static bool is_within_letter(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80; /* UTF-8 */
}

/* Only what a user has typed is ever so long, and it stands before what is accepted: its middle is left out. */
static void cut_middle(char *out, const char *line)
{
	size_t head = HEAD, tail = strlen(line) - TAIL;

	while (head > 0 && is_within_letter(line[head]))
		head--;
	while (is_within_letter(line[tail]))
		tail++;
	memcpy(out, line, head);
	memcpy(out + head, "...", 3);
	strcpy(out + head + 3, line + tail);
}

bool natsonde_complain(struct natsonde_complaint *complaint, const char *format, ...)
{
	va_list args, again;
	char *whole;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(complaint->text, sizeof(complaint->text), format, args);
	if (len >= (int)sizeof(complaint->text) && (whole = malloc((size_t)len + 1)) != NULL) {
		vsnprintf(whole, (size_t)len + 1, format, again);
		cut_middle(complaint->text, whole);
		free(whole);
	}
	va_end(again);
	va_end(args);
	/* Quoted input may hold newlines or terminal escapes: neither belongs into a message. */
	for (char *c = complaint->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return false;
}
