/* SPDX-License-Identifier: BSD-2-Clause */
/* Do two sets of samples differ? Tests by rank, which hold for any distribution. */
#ifndef BENCH_RANK_TESTS_H
#define BENCH_RANK_TESTS_H

#include <stddef.h>

struct rank_test {
	union {
		double u; /* Mann-Whitney's U of the first set */
		double w; /* Wilcoxon's W: the smaller sum of ranks, of positives or of negatives */
	};
	double p; /* two-sided: how probable so large a difference is by chance alone, 0 to 1 */
	double effect; /* how far the sets are apart, -1 to 1: 0 when they are not */
};

/**
 * mann_whitney() - test whether the values of one of two independent sets tend to be larger
 * @a:		@n finite numbers; neither set is changed or needs to be sorted
 * @b:		@m finite numbers
 * @out:	u: pairs in which @a has the larger value, ties count half;
 *		effect: Cliff's delta, the share of pairs in which @b has the larger value less the
 *		share in which @a has it
 *
 * The two-sided test of Mann and Whitney (1947) by the rules of SciPy 1.10 (method="auto"): by the
 * exact distribution where no values are equal and one of the sets has 8 or fewer; else by the
 * normal approximation, corrected for ties and continuity. p is 1 when all values are equal.
 *
 * Memory and time of the exact distribution grow with the larger set: at most 4 doubles for each
 * of its values.
 *
 * Return: 0, -EINVAL if a set is empty, -ENOMEM.
 */
int mann_whitney(const double *a, size_t n, const double *b, size_t m, struct rank_test *out);

/**
 * wilcoxon() - test whether paired differences tend to be above or below 0
 * @differences: @n finite numbers, in any order; not changed
 * @out:	effect: the matched-pairs rank-biserial correlation, which is 1 when all differences
 *		but zeros are positive and -1 when all are negative
 *
 * The two-sided signed-rank test of Wilcoxon (1945) by the rules of SciPy 1.10
 * (zero_method="wilcox", correction=False, method="auto"): by the exact distribution for up to 50
 * differences of which none is 0; else zeros are left out, and the normal approximation,
 * corrected for ties, is used. p is 1 when all differences are 0.
 *
 * In one thing it is stricter: ties can make the rank sums end in a half, which the exact
 * distribution does not have. SciPy 1.10 then rounds the sum of positive ranks down, so its p
 * depends on the sign; here p is the larger of the two.
 *
 * Return: 0, -EINVAL without differences, -ENOMEM.
 */
int wilcoxon(const double *differences, size_t n, struct rank_test *out);

/**
 * holm() - correct the p-values of several tests for there being several
 * @p:		@n p-values, replaced by the corrected ones in the same order
 *
 * The step-down method of Holm (1979): if those of a corrected p below alpha are taken for real,
 * the chance that even one of them is not is at most alpha, whether the tests depend on each other
 * or not.
 *
 * Return: 0 or -ENOMEM.
 */
int holm(double *p, size_t n);

#endif
