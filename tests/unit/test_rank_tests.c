/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rank tests and Holm's correction by their definitions, where all orders or signs can be
 * counted; test_recorded_statistics.c compares them with SciPy.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "rank_tests.h"
#include "rng.h"

TestSuite(rank_tests, .fini = check_leaks);

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-12;
}

/* --- the linker puts these in the place of the C library's ------------------------------------ */

static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

/* The only memory from here is that of the exact distribution, the second of mann_whitney(). */
static bool no_cleared_memory;

void *__wrap_calloc(size_t n, size_t size)
{
	return no_cleared_memory ? NULL : __real_calloc(n, size);
}

Test(rank_tests, no_memory_is_an_error)
{
	const double a[] = { 1, 2, 3 }, b[] = { 4, 5, 6 };
	double p[] = { 0.01, 0.02 };
	struct rank_test test;

	no_memory = true;
	cr_expect_eq(mann_whitney(a, 3, b, 3, &test), -ENOMEM);
	cr_expect_eq(wilcoxon(a, 3, &test), -ENOMEM);
	cr_expect_eq(holm(p, 2), -ENOMEM);
	no_memory = false;
	cr_expect(p[0] == 0.01 && p[1] == 0.02);
	no_cleared_memory = true;
	cr_expect_eq(mann_whitney(a, 3, b, 3, &test), -ENOMEM);
	no_cleared_memory = false;
}

/* --- Mann and Whitney ------------------------------------------------------------------------- */

Test(rank_tests, an_empty_set_is_an_error)
{
	const double one[] = { 1 };
	struct rank_test test;

	cr_assert_eq(mann_whitney(one, 0, one, 1, &test), -EINVAL);
	cr_assert_eq(mann_whitney(one, 1, one, 0, &test), -EINVAL);
	cr_assert_eq(wilcoxon(one, 0, &test), -EINVAL);
}

/* Of the ranks 1 to n + m, those whose bit is set are of the first set: its U by counting. */
static unsigned int pairs_won(unsigned int order, unsigned int all, double *a, double *b)
{
	unsigned int u = 0, n = 0, m = 0;

	for (unsigned int rank = 0; rank < all; rank++) {
		if (order >> rank & 1) {
			a[n++] = rank;
			u += m;
		} else {
			b[m++] = rank;
		}
	}
	return u;
}

/* p is the share of the orders whose U is as far from the middle or farther: there are but 210. */
Test(rank_tests, mann_whitney_is_the_share_of_all_orders)
{
	enum { N = 4, M = 6, ALL = N + M };
	unsigned int with_u[N * M + 1] = { 0 }, orders = 0;
	double a[N], b[M];

	for (unsigned int order = 0; order < 1u << ALL; order++) {
		if (__builtin_popcount(order) == N) {
			with_u[pairs_won(order, ALL, a, b)]++;
			orders++;
		}
	}
	for (unsigned int order = 0; order < 1u << ALL; order++) {
		unsigned int u, as_far = 0;
		struct rank_test test;

		if (__builtin_popcount(order) != N)
			continue;
		u = pairs_won(order, ALL, a, b);
		for (unsigned int k = 0; k <= N * M; k++)
			if (abs(2 * (int)k - N * M) >= abs(2 * (int)u - N * M))
				as_far += with_u[k];
		cr_assert_eq(mann_whitney(a, N, b, M, &test), 0);
		cr_assert_eq(test.u, u);
		cr_assert(near(test.p, (double)as_far / orders), "U = %u: %g", u, test.p);
		cr_assert(near(test.effect, 1 - 2.0 * u / (N * M)));
	}
}

/* Two orders are this extreme of C(10008, 8), which are more than 2^64. */
Test(rank_tests, the_exact_distribution_of_a_large_set)
{
	enum { N = 8, M = 10000 };
	double few[N], *many = malloc(M * sizeof(*many)), orders = 1;
	struct rank_test test;

	for (unsigned int i = 0; i < N; i++) {
		few[i] = -1.0 - i;
		orders *= (double)(M + i + 1) / (i + 1);
	}
	for (unsigned int i = 0; i < M; i++)
		many[i] = i;
	cr_assert_eq(mann_whitney(few, N, many, M, &test), 0);
	cr_assert(fabs(test.p / (2 / orders) - 1) < 1e-9, "%g", test.p);
	cr_assert_eq(test.effect, 1);

	/* In the middle, where the sum runs over half of all orders, the rounding errors add up. */
	for (unsigned int i = 0; i < N; i++)
		few[i] = i * (M / N) + M / N / 2 - 0.5;
	cr_assert_eq(mann_whitney(few, N, many, M, &test), 0);
	cr_assert_eq(test.u, N * M / 2);
	cr_assert_eq(test.p, 1);
	free(many);
}

Test(rank_tests, mann_whitney_does_not_care_which_set_is_first)
{
	struct rng rng = { 5 };

	for (unsigned int round = 0; round < 500; round++) {
		size_t n = 1 + rng_below(&rng, 15), m = 1 + rng_below(&rng, 15);
		double a[15], b[15];
		struct rank_test one, other;

		for (size_t i = 0; i < n; i++)
			a[i] = (double)rng_below(&rng, 100);
		for (size_t i = 0; i < m; i++)
			b[i] = (double)rng_below(&rng, 100);
		cr_assert_eq(mann_whitney(a, n, b, m, &one), 0);
		cr_assert_eq(mann_whitney(b, m, a, n, &other), 0);
		cr_assert(near(one.p, other.p) && near(one.effect, -other.effect));
		cr_assert(near(one.u + other.u, (double)(n * m)));
		cr_assert(one.p > 0 && one.p <= 1);
	}
}

Test(rank_tests, equal_sets_do_not_differ)
{
	const double values[] = { 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 };
	struct rank_test test;

	for (size_t n = 1; n <= COUNT(values); n++) {
		cr_assert_eq(mann_whitney(values, n, values, COUNT(values), &test), 0);
		cr_assert(test.p == 1 && test.effect == 0);
	}
}

/* --- Wilcoxon --------------------------------------------------------------------------------- */

/* p is the share of all 2^8 signs of the ranks whose sum is as far from the middle or farther. */
Test(rank_tests, wilcoxon_is_the_share_of_all_signs)
{
	enum { N = 8, SUM = N * (N + 1) / 2, SIGNS = 1 << N };
	int positive[SIGNS];

	for (unsigned int signs = 0; signs < SIGNS; signs++) {
		positive[signs] = 0;
		for (int rank = 1; rank <= N; rank++)
			positive[signs] += signs >> (rank - 1) & 1 ? rank : 0;
	}
	for (unsigned int signs = 0; signs < SIGNS; signs++) {
		double differences[N], w = fmin(positive[signs], SUM - positive[signs]);
		unsigned int as_far = 0;
		struct rank_test test;

		for (unsigned int other = 0; other < SIGNS; other++)
			as_far += abs(2 * positive[other] - SUM) >= abs(2 * positive[signs] - SUM);
		for (int i = 0; i < N; i++)
			differences[i] = signs >> i & 1 ? i + 1 : -i - 1;
		cr_assert_eq(wilcoxon(differences, N, &test), 0);
		cr_assert_eq(test.w, w);
		cr_assert(near(test.p, (double)as_far / SIGNS), "W+ = %d: %g", positive[signs],
			  test.p);
		cr_assert(near(test.effect, (2.0 * positive[signs] - SUM) / SUM));
	}
}

/* Ties make rank sums end in a half, zeros leave values out, and 60 are too many to count signs. */
Test(rank_tests, wilcoxon_does_not_care_for_the_sign)
{
	struct rng rng = { 6 };
	unsigned int halves = 0;

	for (unsigned int round = 0; round < 500; round++) {
		size_t n = 1 + rng_below(&rng, 60);
		double differences[60];
		struct rank_test one, other;

		for (size_t i = 0; i < n; i++)
			differences[i] = (double)rng_below(&rng, 100) - (round % 2 ? 50 : 49.5);
		cr_assert_eq(wilcoxon(differences, n, &one), 0);
		for (size_t i = 0; i < n; i++)
			differences[i] = -differences[i];
		cr_assert_eq(wilcoxon(differences, n, &other), 0);
		cr_assert(near(one.p, other.p) && near(one.effect, -other.effect));
		cr_assert(one.w == other.w && one.p > 0 && one.p <= 1);
		halves += n <= 50 && one.w != floor(one.w);
	}
	cr_assert_geq(halves, 50);
}

Test(rank_tests, no_difference_is_none)
{
	const double zeros[] = { 0, 0, -0.0, 0 };
	struct rank_test test;

	cr_assert_eq(wilcoxon(zeros, COUNT(zeros), &test), 0);
	cr_assert(test.p == 1 && test.effect == 0 && test.w == 0);
}

/* --- Holm ------------------------------------------------------------------------------------- */

Test(rank_tests, holm_multiplies_the_smallest_by_their_number)
{
	/* In order: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04, which may not become less. */
	double p[] = { 0.01, 0.04, 0.03, 0.005 };

	cr_assert_eq(holm(p, COUNT(p)), 0);
	cr_assert(near(p[0], 0.03) && near(p[1], 0.06) && near(p[2], 0.06) && near(p[3], 0.02));
}

Test(rank_tests, holm_goes_up_to_1)
{
	double p[] = { 0.9, 0.4, 1 };

	cr_assert_eq(holm(p, COUNT(p)), 0);
	cr_assert(p[0] == 1 && p[1] == 1 && p[2] == 1);
}

Test(rank_tests, holm_leaves_a_single_one)
{
	double p = 0.03;

	cr_assert_eq(holm(&p, 1), 0);
	cr_assert_eq(p, 0.03);
	cr_assert_eq(holm(NULL, 0), 0);
}
