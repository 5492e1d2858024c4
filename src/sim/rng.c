#include "rng.h"

#define MULTIPLIER UINT64_C(6364136223846793005)
#define INCREMENT UINT64_C(1442695040888963407)

void natsonde_rng_init(struct natsonde_rng *rng, uint32_t seed)
{
	rng->state = 0;
	natsonde_rng_next(rng);
	rng->state += seed;
	natsonde_rng_next(rng);
}

/* PCG-XSH-RR 64/32 (O'Neill 2014). */
uint32_t natsonde_rng_next(struct natsonde_rng *rng)
{
	uint64_t old = rng->state;
	uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
	uint32_t turn = (uint32_t)(old >> 59);

	rng->state = old * MULTIPLIER + INCREMENT;
	return (mixed >> turn) | (mixed << ((32 - turn) & 31));
}

uint32_t natsonde_rng_below(struct natsonde_rng *rng, uint32_t n)
{
	return (uint32_t)(((uint64_t)natsonde_rng_next(rng) * n) >> 32);
}

bool natsonde_rng_hits(struct natsonde_rng *rng, uint64_t probability)
{
	return natsonde_rng_next(rng) < probability;
}
