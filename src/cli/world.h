/* The network that a run takes place in: the real one or the simulated one. Nothing else in src/cli knows the difference. */
#ifndef NATSONDE_CLI_WORLD_H
#define NATSONDE_CLI_WORLD_H

#include <natsonde/io.h>
#include <natsonde/sim.h>

#include "options.h"

struct natsonde_world {
	struct natsonde_door door;
	struct natsonde_sim *sim;        /* NULL: the real network */
	const struct natsonde_sim_spec *spec;
	const char *system;              /* "linux", "simulation" */
	char started[NATSONDE_IO_STAMP]; /* time of day */
};

/* False with *complaint filled: a fault of this host. */
bool natsonde_world_open(struct natsonde_world *world, const struct natsonde_options *options,
			 struct natsonde_complaint *complaint);
void natsonde_world_close(struct natsonde_world *world);

/* The servers to ask where the user named none. Returns how many; *wanted of them are to take part, the others stand in for those
 * of them that fail. */
unsigned natsonde_world_servers(const struct natsonde_world *world, struct natsonde_target targets[NATSONDE_SERVERS_MAX],
				unsigned *wanted);
void natsonde_world_resolve(const struct natsonde_world *world, struct natsonde_io_name *names, unsigned n, natsonde_us until);
/* Why a name has no address, a sentence. */
const char *natsonde_world_why(enum natsonde_resolution result);
/* toward may be NULL: any destination on the Internet. */
bool natsonde_world_has_route(const struct natsonde_world *world, enum natsonde_family family,
			      const struct natsonde_addr *toward);
void natsonde_world_interface(const struct natsonde_world *world, const struct natsonde_addr *local,
			      struct natsonde_io_interface *interface);

#endif
