#include "server_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"
#define LINE_MAX_LEN 512 /* a host name has 253 letters */

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

static bool read_line(char *line, struct natsonde_target targets[NATSONDE_SERVERS_MAX], unsigned *n,
		      struct natsonde_complaint *complaint)
{
	const bool is_cut = strlen(line) == LINE_MAX_LEN - 1 && line[LINE_MAX_LEN - 2] != '\n';
	const char *server = trim(line);

	if (is_cut)
		return natsonde_complain(complaint, "the line is too long");
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

	for (unsigned number = 1; fgets(line, sizeof(line), in); number++)
		if (!read_line(line, targets, n, &inner))
			return natsonde_complain(complaint, "--server-file %s, line %u: %s", path, number, inner.text);
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
