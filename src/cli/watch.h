/* A door that lets somebody look at a run after each of its steps, without the engine's knowing. */
#ifndef NATSONDE_CLI_WATCH_H
#define NATSONDE_CLI_WATCH_H

#include <natsonde/engine.h>

struct natsonde_watch {
	struct natsonde_door inner; /* filled in by natsonde_watch_door */
	/* Called whenever the evidence of all engines is whole; not within a step. False: the run shall end. */
	bool (*look)(void *ctx, natsonde_us now);
	void *ctx;
	natsonde_us slice;          /* look at least so often; 0: whenever something happens */
	const struct natsonde_engine *engines[2]; /* whom to look at, by family; NULL: not measured */
};

/* Does what the inner door does. *watch lives as long as the door. */
struct natsonde_door natsonde_watch_door(struct natsonde_watch *watch, const struct natsonde_door *inner);

#endif
