/* --server-file: servers from a file. */
#ifndef NATSONDE_CLI_SERVER_FILE_H
#define NATSONDE_CLI_SERVER_FILE_H

#include <natsonde/evidence.h>

#include "shared/target.h"

/* One server a line; from a # on a line is a comment; empty lines count for nothing. "-" is the standard input. False with
 * *complaint filled, naming file and line: it cannot be read, a line is wrong, or it names none or too many. */
bool natsonde_server_file_read(const char *path, struct natsonde_target targets[NATSONDE_SERVERS_MAX], unsigned *n,
			       struct natsonde_complaint *complaint);

#endif
