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
	size_t samples;	  /* as many as it was made of; for a ratio, those of the smaller set */
};

/* Adds a sample. Returns 0 or -ENOMEM. */
int samples_add(struct samples *samples, double value);

/* Leaves out the first @n, which are no more than there are. */
void samples_drop(struct samples *samples, size_t n);

/* The median of the samples, which are sorted by this; 0 without any. */
double samples_median(struct samples *samples);

void samples_free(struct samples *samples);

/**
 * samples_estimate() - the median of the samples and its interval
 * @samples:	at least one for a meaningful answer; all zeros without any
 * @seed:	of the resampling: the same samples and seed give the same interval
 *
 * Percentile bootstrap of the median (Efron and Tibshirani, "An Introduction to the Bootstrap",
 * chapter 13): the 2.5th and 97.5th percentile of the medians of 2,000 sets as large as this one,
 * drawn from it with replacement. Efron and Tibshirani want 1,000 or more; 2,000 put the ends of
 * the interval at some 1.5 % of its width from where any number of them would.
 *
 * Return: the estimate; all zeros when there is no memory to resample.
 */
struct estimate samples_estimate(const struct samples *samples, uint64_t seed);

/**
 * samples_ratio() - the ratio of two medians and its interval
 * @before:	what is divided by; medians above 0 are expected of it
 * @now:	what is divided
 * @seed:	of the resampling, as for samples_estimate()
 *
 * The bootstrap of samples_estimate(); each of the 2,000 ratios is that of the medians of two sets
 * drawn independently.
 *
 * Return: the ratio as an estimate's median. All zeros but the number of samples where there is no
 * such ratio: a set is empty, the median of @before is 0 or less or can not be told from that (more
 * than 2.5 % of those drawn are), or there is no memory.
 */
struct estimate samples_ratio(const struct samples *before, const struct samples *now,
			      uint64_t seed);

/**
 * samples_warm_up() - how many of the first samples are unlike the rest and should be left out
 * @samples:	in the order in which they were taken
 *
 * MSER (White, "An effective truncation heuristic for bias reduction in simulation output",
 * Simulation 69(6), 1997): the number of samples, at most half of them, without which the squared
 * standard error of the mean of the rest is the least. Of series that are noise alone, that is not
 * 0 in some 40 %: leaving out a high sample that happens to be early lowers it, too. So samples are
 * given up only if mann_whitney() finds those left out different from the rest with p < 0.01, which
 * spares all but 1 to 2 % of such series (more than 1 %, since MSER has chosen where to look).
 *
 * A few samples can not be that different: of 8 or fewer none is ever left out; where all
 * are different, one alone is only of more than 200, and two of more than 20. A median hardly feels
 * these.
 *
 * Return: 0 when there is no warm-up to speak of, or no memory to look.
 */
size_t samples_warm_up(const struct samples *samples);

#endif
