#include "link.h"

#define PERCENT(p) (NATSONDE_RNG_ALWAYS * (p) / 100)

/* Two states, one packet a step; the bad one loses everything. It is left with 1/burst, so that runs are that long, and
 * entered so often that the share of bad steps is the loss asked for: loss / (1 - loss) as often as it is left. Where that
 * would be more than always, runs have to be longer. */
static void init_bursts(struct natsonde_link *link, unsigned loss, unsigned burst)
{
	uint64_t leave = NATSONDE_RNG_ALWAYS / burst;
	uint64_t most = NATSONDE_RNG_ALWAYS * (100 - loss) / loss;

	link->turns_good = leave < most ? leave : most;
	link->turns_bad = link->turns_good * loss / (100 - loss);
	link->is_bad = natsonde_rng_hits(&link->rng, PERCENT(loss));
}

void natsonde_link_init(struct natsonde_link *link, const struct natsonde_sim_spec *spec, uint32_t seed)
{
	unsigned loss = spec->loss_percent;

	natsonde_rng_init(&link->rng, seed);
	link->delay_us = (uint32_t)spec->rtt_ms * 500;
	link->jitter_us = (uint32_t)spec->jitter_ms * 1000;
	link->duplicates = PERCENT(spec->dup_percent);
	link->is_bad = false;
	link->is_bursty = spec->burst && loss && loss < 100;
	if (link->is_bursty)
		init_bursts(link, loss, spec->burst);
	else
		link->turns_bad = PERCENT(loss);
}

static bool loses(struct natsonde_link *link)
{
	if (!link->turns_bad)
		return false;
	if (!link->is_bursty)
		return natsonde_rng_hits(&link->rng, link->turns_bad);
	if (natsonde_rng_hits(&link->rng, link->is_bad ? link->turns_good : link->turns_bad))
		link->is_bad = !link->is_bad;
	return link->is_bad;
}

static natsonde_us arrival(struct natsonde_link *link, natsonde_us now)
{
	natsonde_us at = now + link->delay_us;

	return link->jitter_us ? at + natsonde_rng_below(&link->rng, link->jitter_us + 1) : at;
}

unsigned natsonde_link_pass(struct natsonde_link *link, natsonde_us now, natsonde_us arrive_us[2])
{
	if (loses(link))
		return 0;
	arrive_us[0] = arrival(link, now);
	if (!link->duplicates || !natsonde_rng_hits(&link->rng, link->duplicates))
		return 1;
	arrive_us[1] = arrival(link, now);
	return 2;
}
