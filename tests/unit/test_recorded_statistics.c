/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statistics agree with SciPy: tests/fixtures/statistics/make has recorded samples and what
 * SciPy says of them.
 */
#include <math.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "leaks.h"
#include "rank_tests.h"
#include "stats.h"

TestSuite(recorded_statistics, .fini = check_leaks);

/* Fewer would mean that the file is not what it should be. */
#define LEAST_PAIRS 40
#define LEAST_HOLM  10

static json_t *cases(const char *kind, size_t least)
{
	json_error_t error;
	json_t *all = json_load_file(STATISTICS "/cases.json", 0, &error), *list;

	cr_assert(all, "%s:%d: %s", STATISTICS "/cases.json", error.line, error.text);
	list = json_incref(json_object_get(all, kind));
	json_decref(all);
	cr_assert_geq(json_array_size(list), least, "too few %s", kind);
	return list;
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	cr_assert(json_is_number(value), "no number \"%s\"", key);
	return json_number_value(value);
}

static struct samples numbers(const json_t *object, const char *key)
{
	struct samples samples = { 0 };
	const json_t *value;
	size_t i;

	json_array_foreach (json_object_get(object, key), i, value)
		cr_assert_eq(samples_add(&samples, json_number_value(value)), 0);
	cr_assert(samples.count, "no numbers \"%s\"", key);
	return samples;
}

static const char *name_of(const json_t *pair)
{
	return json_string_value(json_object_get(pair, "name"));
}

/* To six significant digits, and 0 to rounding errors of what is at most 1. */
static bool agrees(double value, double recorded)
{
	return fabs(value - recorded) <= fmax(1e-6 * fabs(recorded), 1e-15);
}

static void check(double value, const json_t *recorded, const char *key, const char *name)
{
	cr_assert(agrees(value, number(recorded, key)), "%s: %s is %.17g, recorded is %.17g", name,
		  key, value, number(recorded, key));
}

Test(recorded_statistics, mann_whitney)
{
	json_t *pairs = cases("pairs", LEAST_PAIRS), *pair;
	size_t i;

	json_array_foreach (pairs, i, pair) {
		const json_t *recorded = json_object_get(pair, "mann_whitney");
		struct samples before = numbers(pair, "before"), now = numbers(pair, "now");
		struct rank_test test;

		cr_assert_eq(
			mann_whitney(before.values, before.count, now.values, now.count, &test), 0);
		check(test.u, recorded, "u", name_of(pair));
		check(test.p, recorded, "p", name_of(pair));
		check(test.effect, recorded, "effect", name_of(pair));
		samples_free(&before);
		samples_free(&now);
	}
	json_decref(pairs);
}

Test(recorded_statistics, wilcoxon)
{
	json_t *pairs = cases("pairs", LEAST_PAIRS), *pair;
	size_t i, checked = 0;

	json_array_foreach (pairs, i, pair) {
		const json_t *recorded = json_object_get(pair, "wilcoxon");
		struct samples before, now;
		struct rank_test test;

		if (!recorded)
			continue;
		before = numbers(pair, "before");
		now = numbers(pair, "now");
		cr_assert_eq(before.count, now.count);
		for (size_t k = 0; k < now.count; k++)
			now.values[k] -= before.values[k];
		cr_assert_eq(wilcoxon(now.values, now.count, &test), 0);
		check(test.w, recorded, "w", name_of(pair));
		check(test.p, recorded, "p", name_of(pair));
		check(test.effect, recorded, "effect", name_of(pair));
		samples_free(&before);
		samples_free(&now);
		checked++;
	}
	cr_assert_geq(checked, LEAST_PAIRS);
	json_decref(pairs);
}

Test(recorded_statistics, holm)
{
	json_t *corrections = cases("holm", LEAST_HOLM), *correction;
	size_t i;

	json_array_foreach (corrections, i, correction) {
		struct samples p = numbers(correction, "p");
		struct samples adjusted = numbers(correction, "adjusted");

		cr_assert_eq(p.count, adjusted.count);
		cr_assert_eq(holm(p.values, p.count), 0);
		for (size_t k = 0; k < p.count; k++)
			cr_assert(agrees(p.values[k], adjusted.values[k]),
				  "%zu of %zu: %.17g, not %.17g", k, p.count, p.values[k],
				  adjusted.values[k]);
		samples_free(&p);
		samples_free(&adjusted);
	}
	json_decref(corrections);
}

/*
 * Both intervals are percentiles of random resamples. What is compared is therefore the share of
 * SciPy's resamples below an end: each end must lie where that share is within four standard errors
 * of 2.5 or 97.5 %, for which the values are recorded (some 8 % of the interval's width to either
 * side for a normal distribution). A fixed share of the width would not do: the median of few
 * samples takes few values only, and one step may be a third of the width.
 */
static void check_interval(struct estimate estimate, const json_t *recorded, const char *name)
{
	const double rounding = 1e-12;

	check(estimate.median, recorded, "median", name);
	cr_assert(estimate.low >= number(recorded, "low_from") - rounding &&
			  estimate.low <= number(recorded, "low_to") + rounding,
		  "%s: the interval starts at %g, recorded is %g", name, estimate.low,
		  number(recorded, "low"));
	cr_assert(estimate.high >= number(recorded, "high_from") - rounding &&
			  estimate.high <= number(recorded, "high_to") + rounding,
		  "%s: the interval ends at %g, recorded is %g", name, estimate.high,
		  number(recorded, "high"));
}

/*
 * How much wider an interval is than SciPy's, as a share. One may be far off for its steps, but the
 * standard error of the mean over all pairs is 0.8 % (of 50 seeds); three of these are tolerated.
 * Intervals from the 3rd to the 97th percentile would be some 4 % off.
 */
#define WIDTH_TOLERANCE 0.025

static double wider(struct estimate estimate, const json_t *recorded)
{
	double width = number(recorded, "high") - number(recorded, "low");

	return width > 0 ? (estimate.high - estimate.low) / width - 1 : 0;
}

Test(recorded_statistics, intervals_of_medians)
{
	json_t *pairs = cases("pairs", LEAST_PAIRS), *pair;
	double sum = 0;
	size_t i, checked = 0;

	json_array_foreach (pairs, i, pair) {
		const json_t *recorded = json_object_get(pair, "median");
		struct samples now;
		struct estimate estimate;

		if (!recorded)
			continue;
		now = numbers(pair, "now");
		estimate = samples_estimate(&now, i);
		check_interval(estimate, recorded, name_of(pair));
		sum += wider(estimate, recorded);
		samples_free(&now);
		checked++;
	}
	cr_assert_geq(checked, LEAST_PAIRS);
	cr_assert_lt(fabs(sum / (double)checked), WIDTH_TOLERANCE, "%g", sum / (double)checked);
	json_decref(pairs);
}

Test(recorded_statistics, intervals_of_ratios)
{
	json_t *pairs = cases("pairs", LEAST_PAIRS), *pair;
	double sum = 0;
	size_t i, checked = 0;

	json_array_foreach (pairs, i, pair) {
		const json_t *recorded = json_object_get(pair, "ratio");
		struct samples before, now;
		struct estimate ratio;

		if (!recorded)
			continue;
		before = numbers(pair, "before");
		now = numbers(pair, "now");
		ratio = samples_ratio(&before, &now, i);
		check_interval(ratio, recorded, name_of(pair));
		sum += wider(ratio, recorded);
		samples_free(&before);
		samples_free(&now);
		checked++;
	}
	cr_assert_geq(checked, LEAST_PAIRS);
	cr_assert_lt(fabs(sum / (double)checked), WIDTH_TOLERANCE, "%g", sum / (double)checked);
	json_decref(pairs);
}
