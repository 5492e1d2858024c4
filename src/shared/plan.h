/* From resolved names to what an engine is to do. */
#ifndef NATSONDE_CLI_PLAN_H
#define NATSONDE_CLI_PLAN_H

#include <natsonde/engine.h>
#include <natsonde/io.h>

/* Fills the plan's family and servers from the names' addresses of that family; the rest of the plan is the caller's.
 * Of the names that have any, the first address of the first so many (wanted) is tried; their others and further names are spares
 * as far as there is room; no address appears twice. n is at most NATSONDE_SERVERS_MAX. False if no name has an address of that
 * family. */
bool natsonde_plan_servers(struct natsonde_plan *plan, enum natsonde_family family, const struct natsonde_io_name *names,
			   unsigned n, unsigned wanted);

/* How long a run with these tests (a set of NATSONDE_TEST(behaviour)) may take: the bound on it where the user gives none. */
#define NATSONDE_PLAN_LIFETIME_S 330 /* how long a mapping is given to die, if nothing else is said: RFC 4787 REQ-5 has five minutes */
natsonde_us natsonde_plan_timeout(uint16_t tests, unsigned max_lifetime_s);

#endif
