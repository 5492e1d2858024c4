/* Chance in the simulated network: PCG32, the same numbers on every machine. Not for secrets. */
#ifndef NATSONDE_SIM_RNG_H
#define NATSONDE_SIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct natsonde_rng { uint64_t state; };

/* Equal seeds give equal numbers. */
void natsonde_rng_init(struct natsonde_rng *rng, uint32_t seed);
uint32_t natsonde_rng_next(struct natsonde_rng *rng);
/* A number from 0 to n - 1; 0 for n = 0. */
uint32_t natsonde_rng_below(struct natsonde_rng *rng, uint32_t n);
/* True once in a while: a probability of 1 is NATSONDE_RNG_ALWAYS. */
#define NATSONDE_RNG_ALWAYS ((uint64_t)1 << 32)
bool natsonde_rng_hits(struct natsonde_rng *rng, uint64_t probability);

#endif
