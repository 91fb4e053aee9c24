/* SPDX-License-Identifier: BSD-2-Clause */
/* The rank tests of Mann and Whitney and of Wilcoxon, and Holm's correction for many tests. */
#include "rank_tests.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The exact distributions are used up to these sizes, as in SciPy 1.10: of the smaller set ... */
#define EXACT_MANN_WHITNEY 8
/* ... and of the differences. Their counts, below 2^53 as long as this is, are exact in doubles. */
#define EXACT_WILCOXON 50
_Static_assert(EXACT_WILCOXON < 53, "the number of signs must be exact in a double");

struct value {
	double value;
	bool counted; /* its rank is part of the sum */
};

static int compare_values(const void *a, const void *b)
{
	double x = ((const struct value *)a)->value, y = ((const struct value *)b)->value;

	return x < y ? -1 : x > y;
}

/*
 * The sum of the ranks of the counted values, from 1; equal values share the mean of their ranks.
 * Sorts @values. @ties is the sum of t^3 - t over all groups of t equal values.
 */
static double rank_sum(struct value *values, size_t n, double *ties)
{
	double sum = 0;

	*ties = 0;
	qsort(values, n, sizeof(*values), compare_values);
	for (size_t first = 0, end; first < n; first = end) {
		double counted = values[first].counted, size;

		for (end = first + 1; end < n && values[end].value == values[first].value; end++)
			counted += values[end].counted;
		size = (double)(end - first);
		sum += counted * (double)(first + 1 + end) / 2;
		*ties += size * size * size - size;
	}
	return sum;
}

/* The probability that a normal variable is @z standard deviations or more from its mean. */
static double two_sided(double z)
{
	return erfc(z * M_SQRT1_2);
}

/*
 * Sets @p to twice the probability of U <= @u, at most 1, without ties. The number of orders of
 * both sets with a given U is a coefficient of the Gaussian binomial, the product of
 * (1 - q^(m+i)) / (1 - q^i) for i from 1 to n, which is multiplied out here up to q^@u. None is
 * negative after a step, and as @n, the size of the smaller set, is at most EXACT_MANN_WHITNEY, the
 * subtractions cancel too few digits to matter.
 */
static int exact_mann_whitney(size_t n, size_t m, size_t u, double *p)
{
	double *orders = calloc(u + 1, sizeof(*orders));
	double sum = 0, all = 1;

	if (!orders)
		return -ENOMEM;
	orders[0] = 1;
	for (size_t i = 1; i <= n; i++) {
		for (size_t k = i; k <= u; k++)
			orders[k] += orders[k - i];
		for (size_t k = u; k >= m + i; k--)
			orders[k] -= orders[k - m - i];
		all *= (double)(m + i) / (double)i;
	}
	for (size_t k = 0; k <= u; k++)
		sum += orders[k];
	free(orders);
	*p = fmin(2 * sum / all, 1);
	return 0;
}

static double normal_mann_whitney(double n, double m, double u, double ties)
{
	const double continuity = 0.5;
	double all = n + m, distance = n * m / 2 - u - continuity;
	double variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)));

	/* The variance is 0 when all values are equal. */
	return distance <= 0 ? 1 : two_sided(distance / sqrt(variance));
}

int mann_whitney(const double *a, size_t n, const double *b, size_t m, struct rank_test *out)
{
	struct value *values;
	double ties, smaller_u, pairs = (double)n * (double)m;

	if (!n || !m)
		return -EINVAL;
	values = malloc((n + m) * sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		values[i] = (struct value){ a[i], true };
	for (size_t i = 0; i < m; i++)
		values[n + i] = (struct value){ b[i], false };
	out->u = rank_sum(values, n + m, &ties) - (double)n * (double)(n + 1) / 2;
	free(values);

	out->effect = 1 - 2 * out->u / pairs;
	smaller_u = fmin(out->u, pairs - out->u);
	if ((n <= EXACT_MANN_WHITNEY || m <= EXACT_MANN_WHITNEY) && ties == 0)
		return exact_mann_whitney(n < m ? n : m, n < m ? m : n, (size_t)smaller_u, &out->p);
	out->p = normal_mann_whitney((double)n, (double)m, smaller_u, ties);
	return 0;
}

/* The probability of W <= @w without ties and zeros: subsets of the ranks 1 to @n are counted. */
static double exact_wilcoxon(size_t n, size_t w)
{
	double subsets[EXACT_WILCOXON * (EXACT_WILCOXON + 1) / 2 + 1] = { 1 };
	double sum = 0;

	for (size_t rank = 1; rank <= n; rank++)
		for (size_t k = w; k >= rank; k--)
			subsets[k] += subsets[k - rank];
	for (size_t k = 0; k <= w; k++)
		sum += subsets[k];
	return ldexp(sum, -(int)n);
}

static double normal_wilcoxon(double n, double w, double ties)
{
	double variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24;

	return two_sided((n * (n + 1) / 4 - w) / sqrt(variance));
}

int wilcoxon(const double *differences, size_t n, struct rank_test *out)
{
	struct value *values;
	double ties, positive, all;
	size_t used = 0;

	if (!n)
		return -EINVAL;
	values = malloc(n * sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (differences[i] != 0)
			values[used++] = (struct value){ fabs(differences[i]), differences[i] > 0 };
	positive = rank_sum(values, used, &ties);
	free(values);

	*out = (struct rank_test){ .p = 1 };
	if (!used)
		return 0;
	all = (double)used * (double)(used + 1) / 2;
	out->w = fmin(positive, all - positive);
	out->effect = (2 * positive - all) / all;
	if (n <= EXACT_WILCOXON && used == n)
		out->p = fmin(2 * exact_wilcoxon(n, (size_t)ceil(out->w)), 1);
	else
		out->p = normal_wilcoxon((double)used, out->w, ties);
	return 0;
}

struct numbered {
	double p;
	size_t number;
};

static int compare_numbered(const void *a, const void *b)
{
	double x = ((const struct numbered *)a)->p, y = ((const struct numbered *)b)->p;

	return x < y ? -1 : x > y;
}

int holm(double *p, size_t n)
{
	struct numbered *sorted;
	double largest = 0;

	if (!n)
		return 0;
	sorted = malloc(n * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct numbered){ p[i], i };
	qsort(sorted, n, sizeof(*sorted), compare_numbered);
	for (size_t i = 0; i < n; i++) {
		/* What a smaller one became is the least, so that the order is kept. */
		largest = fmax(largest, fmin((double)(n - i) * sorted[i].p, 1));
		p[sorted[i].number] = largest;
	}
	free(sorted);
	return 0;
}
