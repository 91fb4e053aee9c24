/* SPDX-License-Identifier: BSD-2-Clause */
/* Samples of one figure, and what is said of them: the median and how sure that is. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	double *values;
	size_t count;
	size_t capacity;
};

struct estimate {
	double median;
	double low, high; /* 95 % bootstrap interval of the median */
	size_t samples;
};

/* Adds a sample. Returns 0 or -ENOMEM. */
int samples_add(struct samples *samples, double value);

/* The median of the samples, which are sorted by this; 0 without any. */
double samples_median(struct samples *samples);

void samples_free(struct samples *samples);

/**
 * samples_estimate() - the median of the samples and its interval
 * @samples:	at least one for a meaningful answer; all zeros without any
 * @seed:	of the resampling: the same samples and seed give the same interval
 *
 * Percentile bootstrap of the median (Efron and Tibshirani, "An Introduction to the Bootstrap",
 * chapter 13), 2,000 resamples.
 *
 * Return: the estimate; all zeros when there is no memory to resample.
 */
struct estimate samples_estimate(const struct samples *samples, uint64_t seed);

#endif
