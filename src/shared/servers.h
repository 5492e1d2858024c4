/* Which servers to ask where the command line names none. */
#ifndef NATSONDE_CLI_SERVERS_H
#define NATSONDE_CLI_SERVERS_H

#include <natsonde/evidence.h>

#include "target.h"

/* Reads NATSONDE_SERVERS: servers separated by spaces or commas. False with *complaint filled if any is wrong; an empty list
 * gives *n = 0. */
bool natsonde_servers_parse(const char *list, struct natsonde_target targets[NATSONDE_SERVERS_MAX], unsigned *n,
			    struct natsonde_complaint *complaint);

/* Shuffles the built-in list: first those to use, two servers that claim RFC 5780 and one plain one, each of another operator;
 * then those that take the place of one that fails. The draws are random numbers: no operator shall get all of the traffic. */
#define NATSONDE_BUILTIN 3
#define NATSONDE_BUILTIN_DRAWS NATSONDE_SERVERS_MAX
void natsonde_servers_builtin(const uint32_t draws[NATSONDE_BUILTIN_DRAWS], struct natsonde_target targets[NATSONDE_SERVERS_MAX]);

/* Whether that host is on the built-in list, and so no secret of anybody's. */
bool natsonde_servers_is_builtin(const char *host);

#endif
