#include "server_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"
#define LINE_MAX_LEN 512 /* a host name has 253 letters */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF" /* what some editors write before the first line */

/* What of the line is a server: without comment and blanks. */
static char *trim(char *line)
{
	char *begin = line + strspn(line, BLANKS), *end;

	begin[strcspn(begin, "#")] = '\0';
	for (end = begin + strlen(begin); end > begin && strchr(BLANKS, end[-1]); end--)
		;
	*end = '\0';
	return begin;
}

/* The next line, without its end; false at the end of the file, or where something is wrong with it. */
static bool next_line(FILE *in, char line[LINE_MAX_LEN], const char **wrong)
{
	size_t len = 0;
	int c;

	*wrong = NULL;
	while ((c = getc(in)) != EOF && c != '\n' && !*wrong) {
		if (c == '\0')
			*wrong = "this is no text";
		else if (len + 1 == LINE_MAX_LEN)
			*wrong = "the line is too long";
		else
			line[len++] = (char)c;
	}
	line[len] = '\0';
	return !*wrong && (c != EOF || len > 0);
}

static bool read_line(char *line, struct natsonde_target targets[NATSONDE_SERVERS_MAX], unsigned *n,
		      struct natsonde_complaint *complaint)
{
	const char *server = trim(line);

	if (!*server)
		return true;
	if (*n == NATSONDE_SERVERS_MAX)
		return natsonde_complain(complaint, "server '%s' is one too many: at most %d are used together", server,
					 NATSONDE_SERVERS_MAX);
	return natsonde_target_parse(server, &targets[*n], complaint) && ++*n;
}

static bool read_all(FILE *in, const char *path, struct natsonde_target targets[NATSONDE_SERVERS_MAX], unsigned *n,
		     struct natsonde_complaint *complaint)
{
	char line[LINE_MAX_LEN];
	struct natsonde_complaint inner;
	const size_t mark = strlen(BYTE_ORDER_MARK);
	const char *wrong;
	unsigned number = 1;

	for (; next_line(in, line, &wrong); number++)
		if (!read_line(number == 1 && strncmp(line, BYTE_ORDER_MARK, mark) == 0 ? line + mark : line, targets, n, &inner))
			return natsonde_complain(complaint, "--server-file %s, line %u: %s", path, number, inner.text);
	if (wrong)
		return natsonde_complain(complaint, "--server-file %s, line %u: %s", path, number, wrong);
	if (ferror(in))
		return natsonde_complain(complaint, "--server-file %s: %s", path, strerror(errno));
	return *n || natsonde_complain(complaint, "--server-file %s: it names no server", path);
}

bool natsonde_server_file_read(const char *path, struct natsonde_target targets[NATSONDE_SERVERS_MAX], unsigned *n,
			       struct natsonde_complaint *complaint)
{
	bool is_stdin = strcmp(path, "-") == 0, ok;
	FILE *in = is_stdin ? stdin : fopen(path, "r");

	*n = 0;
	if (!in)
		return natsonde_complain(complaint, "--server-file %s: %s", path, strerror(errno));
	ok = read_all(in, path, targets, n, complaint);
	if (!is_stdin)
		fclose(in);
	return ok;
}
