/* One direction of a path: delay, jitter, loss in bursts or not, duplicates. */
#ifndef NATSONDE_SIM_LINK_H
#define NATSONDE_SIM_LINK_H

#include <natsonde/sim.h>

#include "rng.h"

/* Complete, so that a caller can own one; the fields are private. */
struct natsonde_link {
	struct natsonde_rng rng;
	uint64_t turns_bad, turns_good; /* probabilities, for each packet, of the two-state chain (Gilbert) */
	uint64_t duplicates;
	uint32_t delay_us, jitter_us;
	bool     is_bad;                /* packets are lost now */
	bool     is_bursty;
};

/* Each direction delays by rtt/2 and 0 to jitter more (equally likely), loses loss percent and doubles dup percent of what is
 * left. burst=N: losses come in runs of N packets in the mean; at high loss the runs are as much longer as they must be. */
void natsonde_link_init(struct natsonde_link *link, const struct natsonde_sim_spec *spec, uint32_t seed);

/* One packet enters at now. Returns how many copies arrive, 0 to 2, and when, in arrive_us. */
unsigned natsonde_link_pass(struct natsonde_link *link, natsonde_us now, natsonde_us arrive_us[2]);

#endif
