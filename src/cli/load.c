#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All that the file holds, NUL-terminated; NULL with *why set. */
static char *read_all(FILE *in, size_t *len, const char **why)
{
	char *text = malloc(NATSONDE_SAVED_BYTES_MAX + 1);

	if (!text) {
		*why = "no memory";
		return NULL;
	}
	errno = 0;
	*len = fread(text, 1, NATSONDE_SAVED_BYTES_MAX, in);
	text[*len] = '\0';
	if (!ferror(in) && (*len < NATSONDE_SAVED_BYTES_MAX || getc(in) == EOF))
		return text;
	*why = ferror(in) ? strerror(errno) : "too large for a report";
	free(text);
	return NULL;
}

static bool read_report(const char *option, const char *path, FILE *in, struct natsonde_saved *saved,
			struct natsonde_complaint *complaint)
{
	char wrong[NATSONDE_SAVED_WRONG];
	const char *why;
	size_t len;
	char *text = read_all(in, &len, &why);
	bool is_read;

	if (!text)
		return natsonde_complain(complaint, "%s %s: %s", option, path, why);
	is_read = natsonde_saved_read(text, len, saved, wrong);
	free(text);
	return is_read || natsonde_complain(complaint, "%s %s: %s; give a report that natsonde --json has written", option, path, wrong);
}

bool natsonde_load(const char *option, const char *path, struct natsonde_saved *saved, struct natsonde_complaint *complaint)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	bool is_read;

	if (!in)
		return natsonde_complain(complaint, "%s %s: %s", option, path, strerror(errno));
	is_read = read_report(option, path, in, saved, complaint);
	if (in != stdin)
		fclose(in);
	return is_read;
}
