#include "page.h"

#include <stdarg.h>
#include <string.h>

size_t natsonde_page_append(char *out, size_t cap, size_t len, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	const int added = vsnprintf(out + len, cap - len, format, args);
	va_end(args);
	if (added < 0)
		return len;
	return (size_t)added < cap - len ? len + (size_t)added : cap - 1;
}

struct line {
	FILE *out;
	unsigned column;  /* of what is written */
	unsigned blanks;  /* owed before the next word */
	unsigned hang;
};

static void new_line(struct line *line)
{
	fputc('\n', line->out);
	line->column = 0;
	line->blanks = line->hang;
}

static void put_part(struct line *line, const char *text, size_t len)
{
	fprintf(line->out, "%*s%.*s", (int)line->blanks, "", (int)len, text);
	line->column += line->blanks + (unsigned)len;
	line->blanks = 0;
}

/* A word longer than any line (a host name may have 253 letters) is broken where the line ends. */
static void put_word(struct line *line, const char *word, size_t len)
{
	if (line->column > 0 && line->column + line->blanks + len > NATSONDE_PAGE_COLUMNS)
		new_line(line);
	while (line->column + line->blanks + len > NATSONDE_PAGE_COLUMNS) {
		const size_t room = NATSONDE_PAGE_COLUMNS - line->column - line->blanks;

		put_part(line, word, room);
		word += room;
		len -= room;
		new_line(line);
	}
	put_part(line, word, len);
	line->blanks = 1;
}

void natsonde_page_put(FILE *out, const char *lead, unsigned hang, const char *format, ...)
{
	size_t lead_len = strlen(lead);
	struct line line = {.out = out, .hang = hang};
	char text[NATSONDE_PAGE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	while (lead_len > 0 && lead[lead_len - 1] == ' ') {
		lead_len--;
		line.blanks++;
	}
	fprintf(out, "%.*s", (int)lead_len, lead);
	line.column = (unsigned)lead_len;
	for (const char *word = text + strspn(text, " "); *word != '\0'; word += strspn(word, " ")) {
		const size_t len = strcspn(word, " ");

		put_word(&line, word, len);
		word += len;
	}
	fputc('\n', out);
}
