/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians and their bootstrap intervals. */
#include "stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lpm/rng.h"

#define RESAMPLES      2000
#define LOW_QUANTILE   0.025
#define HIGH_QUANTILE  0.975
#define FIRST_CAPACITY 32u

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

/* Sorts @values. */
static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare_doubles);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double samples_median(struct samples *samples)
{
	return samples->count ? median(samples->values, samples->count) : 0;
}

struct estimate samples_estimate(const struct samples *samples, uint64_t seed)
{
	struct estimate estimate = { .samples = samples->count };
	size_t n = samples->count;
	double *copy = malloc((n + RESAMPLES) * sizeof(*copy));
	double *medians = copy + n;
	struct rng rng = { seed };

	if (!n || !copy) {
		free(copy);
		return estimate;
	}
	for (size_t r = 0; r < RESAMPLES; r++) {
		for (size_t i = 0; i < n; i++)
			copy[i] = samples->values[rng_below(&rng, n)];
		medians[r] = median(copy, n);
	}
	qsort(medians, RESAMPLES, sizeof(*medians), compare_doubles);
	estimate.low = medians[(size_t)(LOW_QUANTILE * (RESAMPLES - 1))];
	estimate.high = medians[(size_t)(HIGH_QUANTILE * (RESAMPLES - 1) + 0.5)];
	memcpy(copy, samples->values, n * sizeof(*copy));
	estimate.median = median(copy, n);
	free(copy);
	return estimate;
}
