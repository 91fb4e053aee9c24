/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians and ratios of them with their bootstrap intervals, and the end of warming up. */
#include <math.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "rng.h"
#include "stats.h"

TestSuite(stats, .fini = check_leaks);

static struct samples samples_of(const double *values, size_t n)
{
	struct samples samples = { 0 };

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(samples_add(&samples, values[i]), 0);
	return samples;
}

static struct estimate estimate_of(const double *values, size_t n, uint64_t seed)
{
	struct samples samples = samples_of(values, n);
	struct estimate estimate = samples_estimate(&samples, seed);

	samples_free(&samples);
	return estimate;
}

static struct estimate ratio_of(const double *before, size_t n, const double *now, size_t m)
{
	struct samples from = samples_of(before, n), to = samples_of(now, m);
	struct estimate ratio = samples_ratio(&from, &to, 1);

	samples_free(&from);
	samples_free(&to);
	return ratio;
}

static size_t warm_up_of(const double *values, size_t n)
{
	struct samples samples = samples_of(values, n);
	size_t warm_up = samples_warm_up(&samples);

	samples_free(&samples);
	return warm_up;
}

static double uniform(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/* Of an exponential distribution with mean 1; its median is ln 2. */
static double exponential(struct rng *rng)
{
	return -log1p(-uniform(rng));
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

		for (unsigned int i = 0; i < size; i++)
			values[i] = exponential(&rng);
		e = estimate_of(values, size, set);
		covered += e.low <= M_LN2 && M_LN2 <= e.high;
	}
	cr_assert_geq(covered, sets * 90 / 100, "%u of %u", covered, sets);
	cr_assert_leq(covered, sets * 99 / 100, "%u of %u", covered, sets);
}

/* --- ratios ----------------------------------------------------------------------------------- */

Test(stats, a_ratio_is_now_by_before)
{
	const double before[] = { 8, 10, 9, 11, 12 }, now[] = { 21, 20, 19 };
	struct estimate ratio = ratio_of(before, 5, now, 3);

	cr_assert_eq(ratio.median, 2);
	cr_assert_eq(ratio.samples, 3);
	cr_assert(ratio.low < 2 && 2 < ratio.high);
	cr_assert(ratio.low >= 19.0 / 12 && ratio.high <= 21.0 / 8);
}

Test(stats, a_ratio_to_nothing_is_zeros)
{
	const double zeros[] = { 0, 0, 0 }, below[] = { -1, -2, -3 }, some[] = { 1, 2, 3 };
	struct estimate ratios[] = {
		ratio_of(some, 0, some, 3),   ratio_of(some, 3, some, 0),
		ratio_of(zeros, 3, some, 3),  ratio_of(below, 3, some, 3),
		ratio_of(zeros, 3, zeros, 3),
	};

	for (size_t i = 0; i < sizeof(ratios) / sizeof(*ratios); i++)
		cr_assert(ratios[i].median == 0 && ratios[i].low == 0 && ratios[i].high == 0, "%zu",
			  i);
}

/* Of the sets of 21 drawn, one in some 10^7 has a median of 0; of those of 3, one in four. */
Test(stats, a_zero_in_the_interval_leaves_no_ratio)
{
	const double some[] = { 1, 2, 3 };
	const double few[] = { 0, 1, 1 };
	double many[21] = { 0 };

	for (size_t i = 2; i < 21; i++)
		many[i] = 1;
	cr_assert_eq(ratio_of(many, 21, some, 3).median, 2);
	cr_assert_eq(ratio_of(few, 3, some, 3).median, 0);
}

/* As for the median: the interval has the true ratio, which is 1.1, in about 95 % of many sets. */
Test(stats, the_interval_covers_the_true_ratio)
{
	enum { SETS = 400, SIZE = 41 };
	struct rng rng = { 12 };
	unsigned int covered = 0;

	for (unsigned int set = 0; set < SETS; set++) {
		double before[SIZE], now[SIZE];
		struct estimate ratio;

		for (unsigned int i = 0; i < SIZE; i++) {
			before[i] = exponential(&rng);
			now[i] = 1.1 * exponential(&rng);
		}
		ratio = ratio_of(before, SIZE, now, SIZE);
		covered += ratio.low <= 1.1 && 1.1 <= ratio.high;
	}
	cr_assert_geq(covered, SETS * 90 / 100, "%u of %u", covered, SETS);
	cr_assert_leq(covered, SETS * 99 / 100, "%u of %u", covered, SETS);
}

/* --- warming up ------------------------------------------------------------------------------- */

Test(stats, a_steady_series_has_no_warm_up)
{
	double constant[40], turns[40], saw[40];

	for (unsigned int i = 0; i < 40; i++) {
		constant[i] = 5;
		turns[i] = i % 2 ? 5 : 6;
		saw[i] = i % 5;
	}
	cr_assert_eq(warm_up_of(NULL, 0), 0);
	cr_assert_eq(warm_up_of(constant, 40), 0);
	cr_assert_eq(warm_up_of(turns, 40), 0);
	cr_assert_eq(warm_up_of(saw, 40), 0);
}

/* Interrupts in early samples are not warm-up. */
Test(stats, early_outliers_are_no_warm_up)
{
	double values[40];

	for (unsigned int i = 0; i < 40; i++)
		values[i] = 10 + 0.01 * ((i * 17) % 40);
	values[0] = values[5] = 50;
	cr_assert_eq(warm_up_of(values, 40), 0);
}

Test(stats, a_series_that_settles_has_a_warm_up)
{
	struct rng rng = { 13 };

	for (unsigned int length = 3; length <= 10; length++) {
		double step[40], decay[40];
		size_t warm_up;

		for (unsigned int i = 0; i < 40; i++) {
			double steady = 10 + 0.1 * uniform(&rng);

			step[i] = steady + (i < length);
			decay[i] = steady + 5 * exp(-3.0 * i / length);
		}
		/* MSER may well take one or two with it that are high by chance. */
		warm_up = warm_up_of(step, 40);
		cr_assert(length <= warm_up && warm_up <= length + 2, "%zu of %u", warm_up, length);
		/* Up to there it is above the rest by more than twice the range of the noise. */
		cr_assert_geq(warm_up_of(decay, 40), length);
	}
}

/* Without any noise, all truncations after the step are equally good: the least is taken. */
Test(stats, no_more_than_the_warm_up_is_left_out)
{
	double values[40];

	for (unsigned int i = 0; i < 40; i++)
		values[i] = i < 6 ? 9 : 1;
	cr_assert_eq(warm_up_of(values, 40), 6);
}

/* What starts too quick, such as a clock that is lowered when the processor gets hot. */
Test(stats, a_warm_up_may_be_quicker_than_the_rest)
{
	double values[30];

	for (unsigned int i = 0; i < 30; i++)
		values[i] = (i < 6 ? 8 : 10) + 0.01 * ((i * 7) % 30);
	cr_assert_eq(warm_up_of(values, 30), 6);
}

/* All series of three values, and the steepest. */
Test(stats, few_samples_are_all_kept)
{
	for (unsigned int n = 1, all = 3; n <= 8; n++, all *= 3) {
		double falling[8], values[8];

		for (unsigned int i = 0; i < n; i++)
			falling[i] = exp2(-(double)i);
		cr_assert_eq(warm_up_of(falling, n), 0);
		for (unsigned int series = 0; series < all; series++) {
			for (unsigned int i = 0, rest = series; i < n; i++, rest /= 3)
				values[i] = rest % 3;
			cr_assert_eq(warm_up_of(values, n), 0, "%u of %u", series, n);
		}
	}
}

/* MSER alone would leave out samples of some 40 % of these. */
Test(stats, noise_costs_hardly_any_series_samples)
{
	enum { SERIES = 2000, SIZE = 60 };
	const unsigned int sizes[] = { 10, 20, 30, SIZE };
	struct rng rng = { 14 };

	for (unsigned int s = 0; s < 4; s++) {
		unsigned int cut = 0;

		for (unsigned int series = 0; series < SERIES; series++) {
			double values[SIZE];

			for (unsigned int i = 0; i < sizes[s]; i++)
				values[i] = 10 + exponential(&rng);
			cut += warm_up_of(values, sizes[s]) > 0;
		}
		cr_assert_leq(cut, SERIES * 3 / 100, "%u of %u", cut, SERIES);
	}
}
