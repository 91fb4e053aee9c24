/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeded random numbers, the same on every machine: SplitMix64 (Steele, Lea and Flood, 2014). */
#ifndef LPM_RNG_H
#define LPM_RNG_H

#include <stdint.h>

#include "prefix.h"

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* A number from 0 to @limit - 1; @limit is not 0. Biased by less than @limit / 2^64. */
static inline uint64_t rng_below(struct rng *rng, uint64_t limit)
{
	return (uint64_t)((unsigned __int128)rng_next(rng) * limit >> 64);
}

/* Replaces the bits of an address from bit @from (0 to 128) on by random ones. */
static inline struct cvpn_lpm_addr addr_randomize(struct cvpn_lpm_addr addr, unsigned int from,
						  struct rng *rng)
{
	struct cvpn_lpm_addr keep = prefix_mask(from);

	addr.hi = (addr.hi & keep.hi) | (rng_next(rng) & ~keep.hi);
	addr.lo = (addr.lo & keep.lo) | (rng_next(rng) & ~keep.lo);
	return addr;
}

#endif
