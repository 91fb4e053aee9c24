/* SPDX-License-Identifier: BSD-2-Clause */
/* What lookups answer: random and awkward tables of every size against the linear oracle. */
#include <stdlib.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

#include "guarded.h"
#include "leaks.h"
#include "linear.h"
#include "lpm_check.h"
#include "prefix.h"
#include "rng.h"
#include "tables.h"

TestSuite(lpm_lookup, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The largest values of each width, and the smallest that need the next one. */
static const struct {
	uint16_t max_value;
	uint32_t bits;
} widths[] = {
	{ 1, 2 },  { 3, 2 },   { 4, 4 },    { 15, 4 },
	{ 16, 8 }, { 255, 8 }, { 256, 16 }, { UINT16_MAX, 16 },
};

/* A few routes are intervals, more a trie, whose root grows at 64 and at 4096 routes. */
static const size_t sizes[] = { 0, 1, 2, 5, 10, 15, 16, 20, 40, 63, 64, 65, 4095, 4096 };

static void random_table_agrees(struct rng *rng, unsigned int family, size_t n, size_t width)
{
	struct linear_route *routes = random_table(rng, family, n, widths[width].max_value);
	struct cvpn_lpm *table = table_of(routes, n);
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table);

	cr_assert_eq(cvpn_lpm_count(table, (enum cvpn_lpm_family)family), n);
	cr_assert_eq(image->tree[family].routes, n);
	if (n)
		cr_assert_eq(1u << image->tree[family].width_shift, widths[width].bits);
	check_image(image, family, routes, n, rng, 1000);
	/* The other family's tree is empty. */
	check_image(image, !family, routes, n, rng, 100);
	cvpn_lpm_destroy(table);
	free(routes);
}

static void random_tables_agree(unsigned int family)
{
	struct rng rng = { family };

	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (size_t width = 0; width < ARRAY_SIZE(widths); width++)
			random_table_agrees(&rng, family, sizes[s], width);
	}
}

Test(lpm_lookup, random_tables_agree_with_the_oracle_ipv4)
{
	random_tables_agree(CVPN_LPM_IPV4);
}

Test(lpm_lookup, random_tables_agree_with_the_oracle_ipv6)
{
	random_tables_agree(CVPN_LPM_IPV6);
}

Test(lpm_lookup, both_families_share_one_table)
{
	struct rng rng = { 5 };
	struct linear_route *v4 = random_table(&rng, CVPN_LPM_IPV4, 500, 3);
	struct linear_route *v6 = random_table(&rng, CVPN_LPM_IPV6, 5000, 300);
	struct cvpn_lpm *table = new_table();

	insert_all(table, v4, 500);
	insert_all(table, v6, 5000);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	cr_assert_eq(cvpn_lpm_count(table, CVPN_LPM_IPV4), 500);
	cr_assert_eq(cvpn_lpm_count(table, CVPN_LPM_IPV6), 5000);
	check_image(cvpn_lpm_image(table), CVPN_LPM_IPV4, v4, 500, &rng, 1000);
	check_image(cvpn_lpm_image(table), CVPN_LPM_IPV6, v6, 5000, &rng, 1000);
	cvpn_lpm_destroy(table);
	free(v4);
	free(v6);
}

/* One prefix of each length around one address, each with a value of its own. */
static void nested_prefixes_agree(unsigned int family, struct cvpn_lpm_addr addr)
{
	unsigned int max_len = prefix_max_len(family);
	struct linear_route routes[129];
	struct rng rng = { 9 };
	struct cvpn_lpm *table;

	for (unsigned int len = 0; len <= max_len; len++) {
		routes[len] = (struct linear_route){
			{ prefix_first(addr, len), (uint8_t)len, (uint8_t)family },
			(uint16_t)(len + 1),
		};
	}
	table = table_of(routes, max_len + 1);
	check_image(cvpn_lpm_image(table), family, routes, max_len + 1, &rng, 1000);
	cvpn_lpm_destroy(table);
}

Test(lpm_lookup, nested_prefixes_of_every_length)
{
	struct rng rng = { 10 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct cvpn_lpm_addr zeros = { 0 };

		nested_prefixes_agree(family, zeros);
		nested_prefixes_agree(family, addr_before(family, zeros)); /* all ones */
		nested_prefixes_agree(family, random_addr(&rng, family));
	}
}

/* Host routes far from what is tested: so many that the table is a trie and not intervals. */
#define FILLERS 40u

static size_t add_fillers(struct linear_route *routes, size_t n, unsigned int family)
{
	for (unsigned int i = 0; i < FILLERS; i++) {
		struct cvpn_lpm_addr addr = { 0xfffe000000000000 | (uint64_t)i << 33, 0 };

		routes[n++] = (struct linear_route){
			{ addr, (uint8_t)prefix_max_len(family), (uint8_t)family },
			2,
		};
	}
	return n;
}

/* One prefix of each length, as intervals or in a trie: nothing hides a boundary that is wrong. */
static void single_prefixes_agree(unsigned int family, bool trie)
{
	struct linear_route routes[1 + FILLERS];
	struct rng rng = { 12 };

	for (unsigned int len = 0; len <= prefix_max_len(family); len++) {
		struct cvpn_lpm_addr addr = prefix_first(random_addr(&rng, family), len);
		struct cvpn_lpm *table;
		size_t n = 1;

		routes[0] = (struct linear_route){ { addr, (uint8_t)len, (uint8_t)family }, 1 };
		if (trie)
			n = add_fillers(routes, n, family);
		table = table_of(routes, n);
		cr_assert_eq(cvpn_lpm_image(table)->tree[family].intervals == 0, trie);
		check_image(cvpn_lpm_image(table), family, routes, n, &rng, 100);
		cvpn_lpm_destroy(table);
	}
}

Test(lpm_lookup, single_prefixes_of_every_length)
{
	single_prefixes_agree(CVPN_LPM_IPV4, false);
	single_prefixes_agree(CVPN_LPM_IPV4, true);
	single_prefixes_agree(CVPN_LPM_IPV6, false);
	single_prefixes_agree(CVPN_LPM_IPV6, true);
}

/* @n lookups from arrays that end where memory does, and into one. */
static void bulk_equals_single(const struct cvpn_lpm_kernels *kernels,
			       const struct cvpn_lpm_image *image, struct rng *rng, size_t n)
{
	struct guarded memory4 = guarded_alloc(n * sizeof(uint32_t));
	struct guarded memory6 = guarded_alloc(n * sizeof(struct cvpn_lpm_addr));
	struct guarded memory = guarded_alloc(n * sizeof(uint16_t));
	struct cvpn_lpm_addr *addrs6 = memory6.data;
	uint32_t *addrs4 = memory4.data;
	uint16_t *values = memory.data;

	for (size_t i = 0; i < n; i++) {
		addrs6[i] = random_addr(rng, CVPN_LPM_IPV6);
		addrs4[i] = (uint32_t)rng_next(rng);
	}
	kernels->lookup4(image, addrs4, values, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(values[i], cvpn_lpm_lookup4_one(image, addrs4[i]), "%s, %zu of %zu",
			     kernels->name, i, n);
	kernels->lookup6(image, addrs6, values, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(values[i], cvpn_lpm_lookup6_one(image, addrs6[i]), "%s, %zu of %zu",
			     kernels->name, i, n);
	guarded_free(&memory4);
	guarded_free(&memory6);
	guarded_free(&memory);
}

#define UNTOUCHED 0xdead

/* Nothing but the @n values is written, also where nothing stops it. */
static void bulk_writes_its_values_alone(const struct cvpn_lpm_kernels *kernels,
					 const struct cvpn_lpm_image *image, size_t n)
{
	enum { AROUND = 64, MOST = 1000 };
	static const struct cvpn_lpm_addr addrs6[MOST];
	static const uint32_t addrs4[MOST];
	uint16_t values[AROUND + MOST + AROUND];

	for (size_t i = 0; i < AROUND + MOST + AROUND; i++)
		values[i] = UNTOUCHED;
	kernels->lookup4(image, addrs4, values + AROUND, n);
	kernels->lookup6(image, addrs6, values + AROUND, n);
	for (size_t i = 0; i < AROUND; i++) {
		cr_assert_eq(values[i], UNTOUCHED, "%s, n %zu", kernels->name, n);
		cr_assert_eq(values[AROUND + n + i], UNTOUCHED, "%s, n %zu", kernels->name, n);
	}
}

/*
 * Every remainder that vectors leave behind; and, since the arrays end with their page, every
 * alignment that they may start at.
 */
static void bulk_takes_any_count(size_t n4, size_t n6)
{
	struct rng rng = { 13 };
	struct linear_route *v4 = random_table(&rng, CVPN_LPM_IPV4, n4, 300);
	struct linear_route *v6 = random_table(&rng, CVPN_LPM_IPV6, n6, 15);
	struct cvpn_lpm *table = table_of(v4, n4);
	struct cvpn_lpm_kernels kernels[MAX_KERNELS];
	unsigned int kernel_count = all_kernels(kernels);

	insert_all(table, v6, n6);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	for (unsigned int k = 0; k < kernel_count; k++) {
		for (size_t n = 0; n <= 1000; n += n < 130 ? 1 : 87) {
			bulk_equals_single(&kernels[k], cvpn_lpm_image(table), &rng, n);
			bulk_writes_its_values_alone(&kernels[k], cvpn_lpm_image(table), n);
		}
	}
	cvpn_lpm_destroy(table);
	free(v4);
	free(v6);
}

Test(lpm_lookup, bulk_takes_any_count_and_alignment)
{
	bulk_takes_any_count(0, 0);
	bulk_takes_any_count(5, 5);
	bulk_takes_any_count(50, 50);
	bulk_takes_any_count(5000, 300);
}

Test(lpm_lookup, every_machine_has_the_scalar_kernels)
{
	for (enum cvpn_lpm_isa isa = 0; isa < CVPN_LPM_ISAS; isa++) {
		const struct cvpn_lpm_kernels *kernels = cvpn_lpm_kernels(isa);

		cr_assert_not_null(cvpn_lpm_isa_name(isa));
		if (kernels) {
			cr_assert_str_eq(kernels->name, cvpn_lpm_isa_name(isa));
			cr_assert(kernels->lookup4 && kernels->lookup6);
		}
	}
	cr_assert_not_null(cvpn_lpm_kernels(CVPN_LPM_SCALAR));
	cr_assert_null(cvpn_lpm_kernels(CVPN_LPM_ISAS));
	cr_assert_null(cvpn_lpm_isa_name(CVPN_LPM_ISAS));
}
