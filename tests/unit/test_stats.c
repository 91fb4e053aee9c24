/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians and their bootstrap intervals. */
#include <math.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "rng.h"
#include "stats.h"

TestSuite(stats, .fini = check_leaks);

static struct estimate estimate_of(const double *values, size_t n, uint64_t seed)
{
	struct samples samples = { 0 };
	struct estimate estimate;

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(samples_add(&samples, values[i]), 0);
	estimate = samples_estimate(&samples, seed);
	samples_free(&samples);
	return estimate;
}

Test(stats, median_of_an_odd_and_an_even_number)
{
	const double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 };

	cr_assert_eq(estimate_of(odd, 3, 1).median, 5);
	cr_assert_eq(estimate_of(even, 4, 1).median, 2.5);
}

Test(stats, plain_median)
{
	struct samples samples = { 0 };

	cr_assert_eq(samples_median(&samples), 0);
	samples_add(&samples, 8);
	samples_add(&samples, 2);
	cr_assert_eq(samples_median(&samples), 5);
	samples_add(&samples, 3);
	cr_assert_eq(samples_median(&samples), 3);
	samples_free(&samples);
}

Test(stats, one_sample_is_its_own_interval)
{
	const double one[] = { 7 };
	struct estimate e = estimate_of(one, 1, 1);

	cr_assert(e.median == 7 && e.low == 7 && e.high == 7 && e.samples == 1);
}

Test(stats, nothing_gives_zeros)
{
	struct estimate e = estimate_of(NULL, 0, 1);

	cr_assert(e.median == 0 && e.low == 0 && e.high == 0 && e.samples == 0);
}

Test(stats, estimating_leaves_the_samples_as_they_were)
{
	struct samples samples = { 0 };

	samples_add(&samples, 3);
	samples_add(&samples, 1);
	samples_add(&samples, 2);
	samples_estimate(&samples, 1);
	cr_assert(samples.values[0] == 3 && samples.values[1] == 1 && samples.values[2] == 2);
	samples_free(&samples);
}

Test(stats, the_same_seed_gives_the_same_interval)
{
	const double values[] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5 };
	struct estimate a = estimate_of(values, 11, 4), b = estimate_of(values, 11, 4);

	cr_assert(a.low == b.low && a.high == b.high);
	cr_assert(a.low <= a.median && a.median <= a.high);
}

/* One outlier in eleven is in the median's interval only if it is resampled six times. */
Test(stats, an_outlier_does_not_move_the_median)
{
	const double values[] = { 10, 11, 10, 12, 11, 10, 11, 12, 10, 11, 1e6 };
	struct estimate e = estimate_of(values, 11, 2);

	cr_assert_eq(e.median, 11);
	cr_assert_leq(e.high, 12);
}

/*
 * What the interval promises: of many sets of samples from a known distribution, about 95 % have
 * the true median in theirs. The percentile bootstrap is somewhat off for few samples, so the
 * bounds are wide; an interval that is a standard error too narrow or too wide is outside of them.
 */
Test(stats, the_interval_covers_the_true_median)
{
	const unsigned int sets = 400, size = 41;
	struct rng rng = { 11 };
	unsigned int covered = 0;

	for (unsigned int set = 0; set < sets; set++) {
		double values[41];
		struct estimate e;

		/* Exponential: its median is ln 2. */
		for (unsigned int i = 0; i < size; i++)
			values[i] = -log1p(-(double)(rng_next(&rng) >> 11) * 0x1p-53);
		e = estimate_of(values, size, set);
		covered += e.low <= M_LN2 && M_LN2 <= e.high;
	}
	cr_assert_geq(covered, sets * 90 / 100, "%u of %u", covered, sets);
	cr_assert_leq(covered, sets * 99 / 100, "%u of %u", covered, sets);
}
