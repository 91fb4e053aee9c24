/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians and ratios of them with their bootstrap intervals, and the end of warming up. */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lpm/rng.h"
#include "rank_tests.h"

#define RESAMPLES      2000
#define LOW_QUANTILE   0.025
#define HIGH_QUANTILE  0.975
#define FIRST_CAPACITY 32u
#define WARM_UP_P      0.01

int samples_add(struct samples *samples, double value)
{
	if (samples->count == samples->capacity) {
		size_t capacity = samples->capacity ? samples->capacity * 2 : FIRST_CAPACITY;
		double *values = realloc(samples->values, capacity * sizeof(*values));

		if (!values)
			return -ENOMEM;
		samples->values = values;
		samples->capacity = capacity;
	}
	samples->values[samples->count++] = value;
	return 0;
}

void samples_drop(struct samples *samples, size_t n)
{
	samples->count -= n;
	memmove(samples->values, samples->values + n, samples->count * sizeof(*samples->values));
}

void samples_free(struct samples *samples)
{
	free(samples->values);
	*samples = (struct samples){ 0 };
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double sorted_median(const double *values, size_t n)
{
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double samples_median(struct samples *samples)
{
	if (!samples->count)
		return 0;
	qsort(samples->values, samples->count, sizeof(*samples->values), compare_doubles);
	return sorted_median(samples->values, samples->count);
}

/* What medians of sets drawn from some samples are made of. */
struct resampling {
	double *sorted;
	size_t *drawn; /* how often each was */
	size_t n;
};

/* Returns 0, -EINVAL without samples, or -ENOMEM; freed by resampling_free() in any case. */
static int resampling_init(struct resampling *set, const struct samples *samples)
{
	size_t n = samples->count;

	*set = (struct resampling){ .n = n };
	if (!n)
		return -EINVAL;
	set->sorted = malloc(n * sizeof(*set->sorted));
	set->drawn = malloc(n * sizeof(*set->drawn));
	if (!set->sorted || !set->drawn)
		return -ENOMEM;
	memcpy(set->sorted, samples->values, n * sizeof(*set->sorted));
	qsort(set->sorted, n, sizeof(*set->sorted), compare_doubles);
	return 0;
}

static void resampling_free(struct resampling *set)
{
	free(set->sorted);
	free(set->drawn);
}

/* Counting draws from the sorted samples takes time that grows with their number; sorting, more. */
static double resampled_median(struct resampling *set, struct rng *rng)
{
	size_t n = set->n, lower, upper, upto;

	memset(set->drawn, 0, n * sizeof(*set->drawn));
	for (size_t i = 0; i < n; i++)
		set->drawn[rng_below(rng, n)]++;
	lower = 0;
	upto = set->drawn[0];
	while (upto <= (n - 1) / 2)
		upto += set->drawn[++lower];
	upper = lower;
	while (upto <= n / 2)
		upto += set->drawn[++upper];
	return (set->sorted[lower] + set->sorted[upper]) / 2;
}

/* Sorts @resampled, of which there are RESAMPLES. */
static void set_interval(struct estimate *estimate, double *resampled)
{
	qsort(resampled, RESAMPLES, sizeof(*resampled), compare_doubles);
	estimate->low = resampled[(size_t)(LOW_QUANTILE * (RESAMPLES - 1))];
	estimate->high = resampled[(size_t)(HIGH_QUANTILE * (RESAMPLES - 1) + 0.5)];
}

struct estimate samples_estimate(const struct samples *samples, uint64_t seed)
{
	struct estimate estimate = { .samples = samples->count };
	struct rng rng = { seed };
	struct resampling set;
	double medians[RESAMPLES];

	if (!resampling_init(&set, samples)) {
		for (size_t r = 0; r < RESAMPLES; r++)
			medians[r] = resampled_median(&set, &rng);
		estimate.median = sorted_median(set.sorted, set.n);
		set_interval(&estimate, medians);
	}
	resampling_free(&set);
	return estimate;
}

/*
 * As @before goes to 0 from above, the ratio grows beyond all bounds: in the order of ratios, those
 * with 0 and less come last.
 */
static double ratio_of(double before, double now)
{
	return before > 0 ? now / before : INFINITY;
}

struct estimate samples_ratio(const struct samples *before, const struct samples *now,
			      uint64_t seed)
{
	size_t count = before->count < now->count ? before->count : now->count;
	struct estimate ratio = { .samples = count };
	struct rng rng = { seed };
	struct resampling from, to;
	int err = resampling_init(&from, before);
	double ratios[RESAMPLES];

	if (!resampling_init(&to, now) && !err) {
		for (size_t r = 0; r < RESAMPLES; r++) {
			double median = resampled_median(&from, &rng);

			ratios[r] = ratio_of(median, resampled_median(&to, &rng));
		}
		ratio.median = ratio_of(sorted_median(from.sorted, from.n),
					sorted_median(to.sorted, to.n));
		set_interval(&ratio, ratios);
	}
	resampling_free(&from);
	resampling_free(&to);
	if (!isfinite(ratio.median) || !isfinite(ratio.low) || !isfinite(ratio.high))
		return (struct estimate){ .samples = count };
	return ratio;
}

size_t samples_warm_up(const struct samples *samples)
{
	size_t n = samples->count, warm_up = 0;
	double mean = 0, squares = 0, least = INFINITY;
	struct rank_test test;

	/* From the last on, with the mean and squared deviations of those seen (Welford). */
	for (size_t i = n; i-- > 0;) {
		double left = (double)(n - i), deviation = samples->values[i] - mean;

		mean += deviation / left;
		squares += deviation * (samples->values[i] - mean);
		if (i <= n / 2 && squares / (left * left) <= least) {
			least = squares / (left * left);
			warm_up = i;
		}
	}
	if (!warm_up ||
	    mann_whitney(samples->values, warm_up, samples->values + warm_up, n - warm_up, &test))
		return 0;
	return test.p < WARM_UP_P ? warm_up : 0;
}
