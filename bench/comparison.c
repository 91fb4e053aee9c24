/* SPDX-License-Identifier: BSD-2-Clause */
/* Judging the changes between two sets of samples. */
#include "comparison.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "rank_tests.h"

/* The chance, at most, that a run says of even one unchanged result that it has changed. */
#define ALPHA 0.05

/* --- the change of one result --------------------------------------------------------------- */

static int compare_pooled(const struct comparison *c, struct compared *x, uint64_t seed)
{
	struct samples before = { 0 }, now = { 0 };
	struct rank_test test = { .p = 1 };
	int err = series_pool(c->before, x->before, x->whole, &before);

	if (!err)
		err = series_pool(c->now, x->now, x->whole, &now);
	if (!err)
		err = mann_whitney(before.values, before.count, now.values, now.count, &test);
	if (!err) {
		x->p = test.p;
		x->effect = test.effect;
		x->ratio = samples_ratio(&before, &now, seed);
	}
	samples_free(&before);
	samples_free(&now);
	return err;
}

/*
 * The logarithms of now / before, turn by turn from the last one back: what was left out to warm up
 * was at the beginning. A figure of 0 or less has none and is left out.
 */
static int add_turns(const struct series_launch *before, const struct series_launch *now,
		     bool whole, struct samples *out)
{
	size_t befores = before->samples.count, nows = now->samples.count;
	size_t n = befores < nows ? befores : nows;

	for (size_t i = 0; i < n; i++) {
		double was = before->samples.values[befores - n + i] +
			     (whole ? before->empty_ns : 0);
		double is = now->samples.values[nows - n + i] + (whole ? now->empty_ns : 0);

		if (was > 0 && is > 0 && samples_add(out, log(is / was)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The turns of all launches, and the median of each launch. */
static int make_turns(const struct comparison *c, const struct compared *x, struct samples *turns,
		      struct samples *medians)
{
	size_t n = c->before->launches < c->now->launches ? c->before->launches : c->now->launches;
	struct samples launch = { 0 };
	int err = 0;

	for (size_t l = 0; l < n && !err; l++) {
		launch.count = 0;
		err = add_turns(&x->before->launches[l], &x->now->launches[l], x->whole, &launch);
		for (size_t i = 0; i < launch.count && !err; i++)
			err = samples_add(turns, launch.values[i]);
		if (!err && launch.count)
			err = samples_add(medians, samples_median(&launch));
	}
	samples_free(&launch);
	return err;
}

static int compare_turns(const struct comparison *c, struct compared *x, uint64_t seed)
{
	struct samples turns = { 0 }, medians = { 0 };
	struct rank_test test = { .p = 1 };
	struct estimate change;
	int err = make_turns(c, x, &turns, &medians);

	if (!err && turns.count)
		err = wilcoxon(turns.values, turns.count, &test);
	if (!err && turns.count) {
		change = samples_estimate(&medians, seed);
		x->p = test.p;
		x->effect = test.effect;
		x->ratio = (struct estimate){ exp(change.median), exp(change.low), exp(change.high),
					      turns.count };
	}
	samples_free(&turns);
	samples_free(&medians);
	return err;
}

static int pooled_median(const struct series_set *set, const struct series *series, bool whole,
			 double *median)
{
	struct samples all;
	int err = series_pool(set, series, whole, &all);

	if (err)
		return err;
	*median = samples_median(&all);
	samples_free(&all);
	return 0;
}

/* Both medians, with the empty loop or without. */
static int find_medians(const struct comparison *c, struct compared *x)
{
	int err = pooled_median(c->before, x->before, x->whole, &x->before_median);

	return err ? err : pooled_median(c->now, x->now, x->whole, &x->now_median);
}

static int compare(const struct comparison *c, struct compared *x, uint64_t seed)
{
	int err = find_medians(c, x);

	/* Until it is known: nothing is. */
	x->p = 1;
	if (!err && (series_hides(c->before, x->before, x->before_median) ||
		     series_hides(c->now, x->now, x->now_median))) {
		x->whole = true;
		err = find_medians(c, x);
	}
	if (err)
		return err;
	return c->kind == COMPARE_AGAINST ? compare_turns(c, x, seed) : compare_pooled(c, x, seed);
}

/* --- the verdicts ---------------------------------------------------------------------------- */

static bool is_known(const struct estimate *ratio)
{
	return isfinite(ratio->median) && isfinite(ratio->low) && isfinite(ratio->high) &&
	       ratio->low > 0;
}

static enum judgement judge(const struct comparison *c, const struct compared *x)
{
	const struct estimate *r = &x->ratio;
	double cost;

	if (!is_known(r))
		return JUDGED_UNSURE;
	/* Of a rate, what one takes: so twice as slow and twice as fast are equally far from 1. */
	cost = x->now->higher_is_better ? 1 / r->median : r->median;
	if (x->p_adjusted < ALPHA && (r->low > 1 || r->high < 1) &&
	    comparison_percent(fmax(cost, 1 / cost)) > c->max_regression)
		return cost > 1 ? JUDGED_REGRESSION : JUDGED_IMPROVEMENT;
	if (comparison_percent(r->high) - comparison_percent(r->low) > 2 * c->max_regression)
		return JUDGED_UNSURE;
	return JUDGED_UNCHANGED;
}

static enum judgement judge_all(const struct comparison *c)
{
	size_t of[JUDGEMENTS] = { 0 };

	for (size_t i = 0; i < c->count; i++)
		of[c->results[i].verdict]++;
	if (c->difference_count || !c->count)
		return JUDGED_UNSURE;
	if (of[JUDGED_REGRESSION])
		return JUDGED_REGRESSION;
	if (of[JUDGED_UNSURE])
		return JUDGED_UNSURE;
	return of[JUDGED_IMPROVEMENT] ? JUDGED_IMPROVEMENT : JUDGED_UNCHANGED;
}

static int correct(struct comparison *c)
{
	double *p = malloc((c->count + 1) * sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < c->count; i++)
		p[i] = c->results[i].p;
	err = holm(p, c->count);
	for (size_t i = 0; i < c->count; i++)
		c->results[i].p_adjusted = p[i];
	free(p);
	return err;
}

int comparison_make(struct comparison *c, uint64_t seed)
{
	int err = 0;

	c->results = calloc(c->now->count + 1, sizeof(*c->results));
	if (!c->results)
		return -ENOMEM;
	for (size_t i = 0; i < c->now->count && !err; i++) {
		struct compared x = { .now = &c->now->list[i] };

		x.before = series_find(c->before, x.now->name);
		if (!x.before)
			continue;
		err = compare(c, &x, seed);
		c->results[c->count++] = x;
	}
	if (!err)
		err = correct(c);
	for (size_t i = 0; i < c->count; i++)
		c->results[i].verdict = judge(c, &c->results[i]);
	c->verdict = judge_all(c);
	return err;
}

int comparison_differs(struct comparison *c, const char *what, const char *before, const char *now)
{
	size_t bytes = (c->difference_count + 1) * sizeof(*c->differences);
	struct difference *list = realloc(c->differences, bytes), *d;

	if (!list)
		return -ENOMEM;
	c->differences = list;
	d = &list[c->difference_count++];
	*d = (struct difference){ .before = strdup(before), .now = strdup(now) };
	strncpy(d->what, what, sizeof(d->what) - 1);
	return d->before && d->now ? 0 : -ENOMEM;
}

void comparison_free(struct comparison *c)
{
	for (size_t i = 0; i < c->difference_count; i++) {
		free(c->differences[i].before);
		free(c->differences[i].now);
	}
	free(c->differences);
	free(c->results);
	*c = (struct comparison){ 0 };
}

int comparison_exit_status(const struct comparison *c)
{
	switch (c->verdict) {
	case JUDGED_REGRESSION:
		return EXIT_REGRESSION;
	case JUDGED_UNSURE:
		return EXIT_INCONCLUSIVE;
	default:
		return EXIT_DONE;
	}
}
