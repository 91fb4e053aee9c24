/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the core itself kept its speed while it was measured. Two short loops that touch no memory
 * are timed once a round: instructions that each wait for the last, which take as long as the clock
 * says, and independent ones, which also slow down when another hardware thread shares the core's
 * execution units.
 */
#ifndef BENCH_SPEED_H
#define BENCH_SPEED_H

#include "stats.h"

struct speed {
	struct samples dependent_ns, independent_ns; /* one a round */
	struct samples khz;			     /* as the kernel says, where it does */
	/* Set by speed_finish(): how far apart the rounds were, in percent of their median. */
	double clock_spread, throughput_spread;
	double frequency_spread; /* negative: the kernel does not say */
};

/* Times the loops, for about half a millisecond; @core is where the caller is pinned, or -1. */
void speed_sample(struct speed *speed, int core);

/**
 * speed_spread() - how far samples lie apart
 * @samples:	sorted by this
 *
 * Return: from the slowest tenth to the quickest, in percent of the median; below ten samples from
 * the slowest to the quickest. 0 for less than two.
 */
double speed_spread(struct samples *samples);

/* Works the spreads out and frees the samples. */
void speed_finish(struct speed *speed);

#endif
