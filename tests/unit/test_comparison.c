/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of a change: by its size, its certainty, its noise, and what was comparable at all. */
#include <errno.h>

#include <criterion/criterion.h>

#include "baseline.h"
#include "comparison.h"
#include "leaks.h"
#include "options.h"
#include "rng.h"

TestSuite(comparison, .fini = check_leaks);

#define SAMPLES	 20u
#define LAUNCHES 10u
#define TURNS	 5u

/* A report with one result of each name, whose samples are about @level, +- @noise of it. */
static json_t *make_report(const char *const *names, const double *levels, size_t count,
			   const char *better, double noise, size_t samples, uint64_t seed)
{
	json_t *results = json_array();
	struct rng rng = { seed };

	for (size_t i = 0; i < count; i++) {
		json_t *values = json_array();

		for (size_t v = 0; v < samples; v++) {
			double off = (double)rng_below(&rng, 2001) / 1000.0 - 1.0;

			json_array_append_new(values, json_real(levels[i] * (1.0 + noise * off)));
		}
		json_array_append_new(results,
				      json_pack("{s:s, s:s, s:s, s:o}", "name", names[i], "unit",
						"ns/lookup", "better", better, "values", values));
	}
	return json_pack("{s:o}", "results", results);
}

static void add_launch(struct series_set *set, const char *name, double level, const char *better,
		       double noise, size_t samples, uint64_t seed)
{
	json_t *report = make_report(&name, &level, 1, better, noise, samples, seed);

	cr_assert_eq(series_add_launch(set, report), 0);
	json_decref(report);
}

/* The judgement of one result with these levels before and now. */
static struct compared judge_one(enum comparison_kind kind, double before, double now,
				 const char *better, double noise)
{
	struct series_set sets[2] = { 0 };
	struct comparison c = {
		.kind = kind, .max_regression = 5, .before = &sets[0], .now = &sets[1]
	};
	size_t launches = kind == COMPARE_AGAINST ? LAUNCHES : 1;
	size_t samples = kind == COMPARE_AGAINST ? TURNS : SAMPLES;
	struct compared result;

	for (size_t l = 0; l < launches; l++) {
		/* Launches drift by up to a factor of two, both sides alike. */
		double drift = kind == COMPARE_AGAINST ? 1.0 + (double)l / LAUNCHES : 1.0;

		add_launch(&sets[0], "x", before * drift, better, noise, samples, 2 * l + 1);
		add_launch(&sets[1], "x", now * drift, better, noise, samples, 2 * l + 2);
	}
	cr_assert_eq(comparison_make(&c, 1), 0);
	cr_assert_eq(c.count, 1);
	result = c.results[0];
	cr_assert_eq(c.verdict, result.verdict);
	comparison_free(&c);
	series_free(&sets[0]);
	series_free(&sets[1]);
	return result;
}

Test(comparison, judges_by_size_and_direction)
{
	static const struct {
		double before, now;
		const char *better;
		enum judgement expected;
	} cases[] = {
		{ 10, 10, "lower", JUDGED_UNCHANGED },
		{ 10, 11, "lower", JUDGED_REGRESSION },
		{ 10, 9, "lower", JUDGED_IMPROVEMENT },
		{ 10, 11, "higher", JUDGED_IMPROVEMENT },
		{ 10, 9, "higher", JUDGED_REGRESSION },
		/* No coincidence, but smaller than what matters. */
		{ 10, 10.4, "lower", JUDGED_UNCHANGED },
		{ 10, 9.6, "higher", JUDGED_UNCHANGED },
	};

	for (enum comparison_kind kind = COMPARE_BASELINE; kind <= COMPARE_AGAINST; kind++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct compared x = judge_one(kind, cases[i].before, cases[i].now,
						      cases[i].better, 0.01);
			double truth = cases[i].now / cases[i].before;

			cr_expect_eq(x.verdict, cases[i].expected, "kind %d, case %zu", kind, i);
			cr_expect_float_eq(x.ratio.median, truth, 0.01, "kind %d, case %zu", kind,
					   i);
			cr_expect(x.ratio.low <= x.ratio.median && x.ratio.median <= x.ratio.high);
			if (cases[i].before != cases[i].now)
				cr_expect_lt(x.p, 0.001, "kind %d, case %zu", kind, i);
		}
	}
}

Test(comparison, is_unsure_where_noise_is_larger_than_what_is_asked)
{
	for (enum comparison_kind kind = COMPARE_BASELINE; kind <= COMPARE_AGAINST; kind++) {
		struct compared x = judge_one(kind, 10, 10.2, "lower", 0.5);

		cr_expect_eq(x.verdict, JUDGED_UNSURE, "kind %d: ratio %g in [%g, %g], p %g", kind,
			     x.ratio.median, x.ratio.low, x.ratio.high, x.p);
	}
}

/* The empty loop can take longer than the lookup; such a figure has no ratio. */
Test(comparison, is_unsure_of_figures_that_are_not_positive)
{
	cr_expect_eq(judge_one(COMPARE_AGAINST, -1, 1, "lower", 0.01).verdict, JUDGED_UNSURE);
	cr_expect_eq(judge_one(COMPARE_BASELINE, -1, 1, "lower", 0.01).verdict, JUDGED_UNSURE);
	cr_expect_eq(judge_one(COMPARE_BASELINE, 1, -1, "lower", 0.01).verdict, JUDGED_UNSURE);
}

/* A lookup that takes less than the loop around it is compared with that. */
Test(comparison, takes_the_empty_loop_where_a_lookup_hides_in_it)
{
	static const struct {
		double figure, empty;
		bool whole;
	} cases[] = { { 2, 1, false }, { 0.5, 1, true }, { -0.1, 1, true } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct series_set set = { 0 };
		struct comparison c = {
			.kind = COMPARE_AGAINST, .max_regression = 5, .before = &set, .now = &set
		};
		json_t *report = json_pack("{s:[{s:s, s:s, s:s, s:f, s:[f, f]}]}", "results",
					   "name", "x", "unit", "ns", "better", "lower",
					   "baseline_ns", cases[i].empty, "values", cases[i].figure,
					   cases[i].figure);

		cr_assert_eq(series_add_launch(&set, report), 0);
		cr_assert_eq(comparison_make(&c, 1), 0);
		cr_expect_eq(c.results[0].whole, cases[i].whole, "case %zu", i);
		cr_expect_float_eq(c.results[0].now_median,
				   cases[i].figure + (cases[i].whole ? cases[i].empty : 0), 1e-9);
		cr_expect_eq(c.verdict, JUDGED_UNCHANGED, "case %zu", i);
		comparison_free(&c);
		series_free(&set);
		json_decref(report);
	}
}

/* A launch's place in memory is in all of its turns: six lucky ones of ten decide nothing. */
Test(comparison, counts_launches_and_not_only_turns)
{
	struct series_set sets[2] = { 0 };
	struct comparison c = {
		.kind = COMPARE_AGAINST, .max_regression = 5, .before = &sets[0], .now = &sets[1]
	};

	for (size_t l = 0; l < LAUNCHES; l++) {
		add_launch(&sets[0], "x", 10, "lower", 0.001, 100, 2 * l + 1);
		add_launch(&sets[1], "x", l < 6 ? 11 : 9.9, "lower", 0.001, 100, 2 * l + 2);
	}
	cr_assert_eq(comparison_make(&c, 1), 0);
	/* By turns alone there is no doubt. */
	cr_expect_lt(c.results[0].p_adjusted, 0.001);
	cr_expect_eq(c.results[0].verdict, JUDGED_UNSURE);
	comparison_free(&c);
	series_free(&sets[0]);
	series_free(&sets[1]);
}

/* What was left out to warm up is missing at the beginning: turns are paired from the end. */
Test(comparison, pairs_turns_from_the_last_one)
{
	struct series_set sets[2] = { 0 };
	struct comparison c = {
		.kind = COMPARE_AGAINST, .max_regression = 5, .before = &sets[0], .now = &sets[1]
	};
	json_t *before = json_pack("{s:[{s:s, s:s, s:s, s:[f, f, f, f]}]}", "results", "name", "x",
				   "unit", "ns", "better", "lower", "values", 99.0, 1.0, 2.0, 4.0);
	json_t *now = json_pack("{s:[{s:s, s:s, s:s, s:[f, f, f]}]}", "results", "name", "x",
				"unit", "ns", "better", "lower", "values", 3.0, 6.0, 12.0);

	cr_assert_eq(series_add_launch(&sets[0], before), 0);
	cr_assert_eq(series_add_launch(&sets[1], now), 0);
	cr_assert_eq(comparison_make(&c, 1), 0);
	cr_expect_float_eq(c.results[0].ratio.median, 3, 1e-9);
	cr_expect_float_eq(c.results[0].ratio.low, 3, 1e-9);
	comparison_free(&c);
	series_free(&sets[0]);
	series_free(&sets[1]);
	json_decref(before);
	json_decref(now);
}

Test(comparison, corrects_for_the_number_of_results)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static const double before[] = { 10, 10, 10, 10 }, now[] = { 10, 10, 10.05, 11 };
	struct series_set sets[2] = { 0 };
	struct comparison c = {
		.kind = COMPARE_BASELINE, .max_regression = 5, .before = &sets[0], .now = &sets[1]
	};
	json_t *reports[2] = { make_report(names, before, 4, "lower", 0.01, SAMPLES, 1),
			       make_report(names, now, 4, "lower", 0.01, SAMPLES, 2) };

	cr_assert_eq(series_add_launch(&sets[0], reports[0]), 0);
	cr_assert_eq(series_add_launch(&sets[1], reports[1]), 0);
	cr_assert_eq(comparison_make(&c, 1), 0);
	cr_assert_eq(c.count, 4);
	for (size_t i = 0; i < 4; i++)
		cr_expect_geq(c.results[i].p_adjusted, c.results[i].p);
	/* The smallest of four. */
	cr_expect_float_eq(c.results[3].p_adjusted, 4 * c.results[3].p, 1e-12);
	cr_expect_eq(c.results[3].verdict, JUDGED_REGRESSION);
	cr_expect_eq(c.verdict, JUDGED_REGRESSION);
	cr_expect_eq(comparison_exit_status(&c), EXIT_REGRESSION);
	comparison_free(&c);
	for (unsigned int i = 0; i < 2; i++) {
		series_free(&sets[i]);
		json_decref(reports[i]);
	}
}

static json_t *machine(const char *cpu, const char *microcode, const char *meltdown, int keys)
{
	return json_pack("{s:{s:s, s:s, s:{s:s}}, s:{s:i}, s:[]}", "environment", "cpu", cpu,
			 "microcode", microcode, "mitigations", "meltdown", meltdown, "config",
			 "keys", keys, "results");
}

Test(comparison, names_what_is_not_comparable)
{
	json_t *before = machine("A", "0x1", "PTI", 1024);
	json_t *others[] = { machine("A", "0x1", "PTI", 1024), machine("B", "0x1", "PTI", 1024),
			     machine("A", "0x2", "PTI", 1024), machine("A", "0x1", "none", 1024),
			     machine("A", "0x1", "PTI", 2048) };
	static const char *const expected[] = { NULL, "cpu", "microcode", "mitigation of meltdown",
						"keys" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct comparison c = { 0 };

		cr_assert_eq(baseline_differences(before, others[i], &c), 0);
		cr_expect_eq(c.difference_count, expected[i] ? 1 : 0);
		if (expected[i] && c.difference_count)
			cr_expect_str_eq(c.differences[0].what, expected[i]);
		comparison_free(&c);
		json_decref(others[i]);
	}
	json_decref(before);
}

static json_t *core(double clock, double throughput)
{
	return json_pack("{s:{s:f, s:f}, s:[]}", "environment", "clock_loop_ns", clock,
			 "throughput_loop_ns", throughput, "results");
}

Test(comparison, names_a_core_of_another_speed)
{
	static const struct {
		double clock, throughput;
		const char *expected;
	} cases[] = {
		{ 100, 200, NULL },
		{ 104, 192, NULL },
		{ 107, 200, "speed of the core's clock" },
		{ 93, 200, "speed of the core's clock" },
		{ 100, 300, "speed of the core beside its neighbours" },
		/* A report of before that does not say. */
		{ 0, 0, NULL },
	};
	json_t *before = core(100, 200);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct comparison c = { .max_regression = 5 };
		json_t *now = core(cases[i].clock, cases[i].throughput);

		cr_assert_eq(baseline_differences(before, now, &c), 0);
		cr_expect_eq(c.difference_count, cases[i].expected ? 1 : 0, "case %zu", i);
		if (cases[i].expected && c.difference_count)
			cr_expect_str_eq(c.differences[0].what, cases[i].expected);
		comparison_free(&c);
		json_decref(now);
	}
	json_decref(before);
}

/* However sure the change is. */
Test(comparison, is_inconclusive_on_another_machine)
{
	struct series_set sets[2] = { 0 };
	struct comparison c = {
		.kind = COMPARE_BASELINE, .max_regression = 5, .before = &sets[0], .now = &sets[1]
	};

	add_launch(&sets[0], "x", 10, "lower", 0.01, SAMPLES, 1);
	add_launch(&sets[1], "x", 20, "lower", 0.01, SAMPLES, 2);
	cr_assert_eq(comparison_differs(&c, "cpu", "A", "B"), 0);
	cr_assert_eq(comparison_make(&c, 1), 0);
	cr_expect_eq(c.verdict, JUDGED_UNSURE);
	cr_expect_eq(comparison_exit_status(&c), EXIT_INCONCLUSIVE);
	comparison_free(&c);
	series_free(&sets[0]);
	series_free(&sets[1]);
}

Test(comparison, without_common_results_says_nothing)
{
	struct series_set sets[2] = { 0 };
	struct comparison c = {
		.kind = COMPARE_BASELINE, .max_regression = 5, .before = &sets[0], .now = &sets[1]
	};

	add_launch(&sets[0], "x", 10, "lower", 0.01, SAMPLES, 1);
	add_launch(&sets[1], "y", 10, "lower", 0.01, SAMPLES, 2);
	cr_assert_eq(comparison_make(&c, 1), 0);
	cr_expect_eq(c.count, 0);
	cr_expect_eq(c.verdict, JUDGED_UNSURE);
	comparison_free(&c);
	series_free(&sets[0]);
	series_free(&sets[1]);
}

Test(comparison, refuses_reports_without_values)
{
	json_t *bad[] = {
		json_pack("{}"),
		json_pack("{s:[{s:s, s:s, s:s}]}", "results", "name", "x", "unit", "ns", "better",
			  "lower"),
		json_pack("{s:[{s:s, s:s, s:s, s:[]}]}", "results", "name", "x", "unit", "ns",
			  "better", "lower", "values"),
		json_pack("{s:[{s:s, s:s, s:s, s:[s]}]}", "results", "name", "x", "unit", "ns",
			  "better", "lower", "values", "1"),
		json_pack("{s:[{s:s, s:s, s:[f]}]}", "results", "unit", "ns", "better", "lower",
			  "values", 1.0),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct series_set set = { 0 };

		cr_expect_eq(series_add_launch(&set, bad[i]), -EBADMSG, "case %zu", i);
		series_free(&set);
		json_decref(bad[i]);
	}
}
