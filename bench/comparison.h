/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is it slower than before? Two sets of samples of each result, and what may be said of them.
 *
 * A change is a regression only when it is large enough to matter (--max-regression) and no
 * coincidence: a rank test says so after Holm's correction for the number of results, and the
 * bootstrap interval of the change does not hold 0. Where the interval is wider than what is asked,
 * the answer is that there is none.
 */
#ifndef BENCH_COMPARISON_H
#define BENCH_COMPARISON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "series.h"

enum comparison_kind {
	COMPARE_BASELINE, /* with a report of before: two independent sets */
	COMPARE_AGAINST,  /* two builds in turns: pairs, taken one right after the other */
};

/* Of a result, and of all of them. */
enum judgement {
	JUDGED_UNCHANGED,
	JUDGED_IMPROVEMENT,
	JUDGED_REGRESSION,
	JUDGED_UNSURE, /* the noise is larger than what is asked, or the two are not comparable */
	JUDGEMENTS,
};

struct compared {
	const struct series *before, *now;
	/*
	 * Compared with the empty loop, in which the lookup hides: it takes less than that, so that the
	 * difference of the two is mostly noise.
	 */
	bool whole;
	double before_median, now_median;
	/* now / before, and its 95 % bootstrap interval */
	struct estimate ratio;
	double p, p_adjusted, effect;
	enum judgement verdict;
};

/* What makes two runs not comparable. */
struct difference {
	char what[64];
	char *before, *now;
};

struct comparison {
	enum comparison_kind kind;
	const char *with;			/* the file or program of before */
	const char *with_version, *with_commit; /* of series before's report */
	double max_regression;			/* percent */
	const struct series_set *before, *now;
	struct compared *results;
	size_t count;
	struct difference *differences;
	size_t difference_count;
	enum judgement verdict;
};

/* The change that a ratio now / before is. */
static inline double comparison_percent(double ratio)
{
	return 100.0 * (ratio - 1.0);
}

/**
 * comparison_make() - compare all results that both sets have
 * @c:		kind, with, max_regression, before, now and the differences are set; the rest is
 *		filled in. What it points to stays the caller's
 * @seed:	of the resampling
 *
 * Of COMPARE_BASELINE the samples of all launches are put together and compared by Mann and
 * Whitney's test. Of COMPARE_AGAINST each sample is divided by the one before it in the same turn;
 * the change is the median, over launches, of the median of their turns, because all turns of a
 * launch share where in memory it came to lie; the test is Wilcoxon's.
 *
 * Return: 0 or -ENOMEM.
 */
int comparison_make(struct comparison *c, uint64_t seed);

/* Adds a difference; the texts are copied. Returns 0 or -ENOMEM. */
int comparison_differs(struct comparison *c, const char *what, const char *before, const char *now);

void comparison_free(struct comparison *c);

/* The object "comparison" of the report; NULL: no memory. */
json_t *comparison_json(const struct comparison *c);

/* The table that people read; with colours on a terminal. */
void comparison_text(const struct comparison *c, FILE *out);

/* The program's. */
int comparison_exit_status(const struct comparison *c);

#endif
