/* SPDX-License-Identifier: BSD-2-Clause */
/* What an image promises: its tiers, its order, that it may be copied, and that it is small. */
#include <stdlib.h>
#include <string.h>

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

TestSuite(image, .fini = check_leaks);

#define IMAGE_ALIGN 64u

/* What tier and root a table of @n random routes gets. */
static struct cvpn_lpm_tree tree_of_size(unsigned int family, size_t n)
{
	struct rng rng = { 11 };
	struct linear_route *routes = random_table(&rng, family, n, 3);
	struct cvpn_lpm *table = table_of(routes, n);
	struct cvpn_lpm_tree tree = cvpn_lpm_image(table)->tree[family];

	cvpn_lpm_destroy(table);
	free(routes);
	return tree;
}

Test(image, only_small_tables_have_intervals)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		cr_assert_gt(tree_of_size(family, 5).intervals, 0);
		cr_assert_eq(tree_of_size(family, 63).intervals, 0);
		cr_assert_lt(tree_of_size(family, 63).root_bits,
			     tree_of_size(family, 5000).root_bits);
	}
}

/* The bounds of a family's intervals, which its lookups compare with. */
static struct cvpn_lpm_addr bound_of(const struct cvpn_lpm_image *image, unsigned int family,
				     uint32_t i)
{
	const uint32_t *words = (const uint32_t *)(const void *)image;
	const uint32_t *bounds = words + image->tree[family].bounds;

	if (family == CVPN_LPM_IPV4)
		return (struct cvpn_lpm_addr){ (uint64_t)bounds[i] << 32, 0 };
	bounds += (size_t)4 * i;
	return (struct cvpn_lpm_addr){ bounds[0] | (uint64_t)bounds[1] << 32,
				       bounds[2] | (uint64_t)bounds[3] << 32 };
}

/*
 * @count intervals: each host route makes two, unless it begins the space. Returns the image's
 * tree after its answers and, if it is of intervals, their order were found right.
 */
static struct cvpn_lpm_tree intervals_agree(unsigned int family, unsigned int count)
{
	struct linear_route routes[CVPN_LPM_MAX_INTERVALS];
	struct cvpn_lpm_addr addr = { 0 };
	struct rng rng = { count };
	struct cvpn_lpm_tree tree;
	struct cvpn_lpm *table;

	if (count % 2)
		addr = addr_after(family, addr);
	for (unsigned int i = 0; i < count / 2; i++) {
		struct cvpn_lpm_prefix host = { addr, (uint8_t)prefix_max_len(family),
						(uint8_t)family };

		routes[i] = (struct linear_route){ host, (uint16_t)(UINT16_MAX - i) };
		addr = addr_after(family, addr_after(family, addr));
	}
	table = table_of(routes, count / 2);
	check_image(cvpn_lpm_image(table), family, routes, count / 2, &rng, 200);
	tree = cvpn_lpm_image(table)->tree[family];
	for (uint32_t i = 0; i < tree.intervals; i++) {
		struct cvpn_lpm_addr bound = bound_of(cvpn_lpm_image(table), family, i);

		cr_assert_eq(addr_compare(bound, (struct cvpn_lpm_addr){ 0 }), i > 0);
		cr_assert(!i ||
			  addr_compare(bound_of(cvpn_lpm_image(table), family, i - 1), bound) < 0);
	}
	cvpn_lpm_destroy(table);
	return tree;
}

Test(image, up_to_32_intervals_are_stored_as_such)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (unsigned int count = 2; count <= CVPN_LPM_MAX_INTERVALS; count++)
			cr_assert_eq(intervals_agree(family, count).intervals, count);
		cr_assert_eq(intervals_agree(family, CVPN_LPM_MAX_INTERVALS + 1).intervals, 0);
		cr_assert_eq(intervals_agree(family, CVPN_LPM_MAX_INTERVALS + 2).intervals, 0);
	}
}

/* An image is a function of the routes: how they came to be there does not show. */
Test(image, the_order_of_changes_does_not_matter)
{
	struct rng rng = { 31 };
	struct linear_route *routes = random_table(&rng, CVPN_LPM_IPV6, 500, 15);
	struct cvpn_lpm *forth = table_of(routes, 500), *back = new_table();
	const struct cvpn_lpm_image *a, *b;

	for (size_t i = 500; i > 0; i--)
		cr_assert_eq(cvpn_lpm_insert(back, &routes[i - 1].prefix, UINT16_MAX), 0);
	insert_all(back, routes, 500);
	cr_assert_eq(cvpn_lpm_publish(back), 0);
	a = cvpn_lpm_image(forth);
	b = cvpn_lpm_image(back);
	cr_assert_eq(cvpn_lpm_image_bytes(a), cvpn_lpm_image_bytes(b));
	cr_assert_eq(memcmp(a, b, cvpn_lpm_image_bytes(a)), 0);
	cvpn_lpm_destroy(forth);
	cvpn_lpm_destroy(back);
	free(routes);
}

/*
 * What an image says of itself, and the same answers from a copy that outlives the table; behind
 * its last byte there is nothing to be read.
 */
static void copy_agrees(struct rng *rng, size_t n, uint16_t max_value)
{
	struct linear_route *v4 = random_table(rng, CVPN_LPM_IPV4, n, max_value);
	struct linear_route *v6 = random_table(rng, CVPN_LPM_IPV6, n, max_value);
	struct cvpn_lpm *table = table_of(v4, n);
	const struct cvpn_lpm_image *image;
	struct guarded copy;
	size_t bytes;

	insert_all(table, v6, n);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	image = cvpn_lpm_image(table);
	bytes = cvpn_lpm_image_bytes(image);
	cr_assert_eq(image->magic, CVPN_LPM_IMAGE_MAGIC);
	cr_assert_eq(image->version, CVPN_LPM_IMAGE_VERSION);
	cr_assert_eq(image->bytes, bytes);
	cr_assert_eq((uintptr_t)image % IMAGE_ALIGN, 0);
	cr_assert_eq(bytes % IMAGE_ALIGN, 0);
	copy = guarded_alloc(bytes);
	memcpy(copy.data, image, bytes);
	cvpn_lpm_destroy(table);
	check_image(copy.data, CVPN_LPM_IPV4, v4, n, rng, 500);
	check_image(copy.data, CVPN_LPM_IPV6, v6, n, rng, 500);
	guarded_free(&copy);
	free(v4);
	free(v6);
}

Test(image, works_wherever_it_is_copied)
{
	static const size_t counts[] = { 0, 4, 100, 5000 };
	static const uint16_t max_values[] = { 3, 15, 255, UINT16_MAX };
	struct rng rng = { 41 };

	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		for (size_t v = 0; v < sizeof(max_values) / sizeof(max_values[0]); v++)
			copy_agrees(&rng, counts[c], max_values[v]);
	}
}

/* Four gigabytes of address space that look the same everywhere need next to no memory. */
Test(image, equal_areas_are_stored_once)
{
	struct linear_route *routes = calloc(UINT16_MAX + 1, sizeof(*routes));
	const struct cvpn_lpm_image *image;
	struct cvpn_lpm *table;
	struct rng rng = { 51 };

	cr_assert_not_null(routes);
	/* 10.0.0.7/32 and its like in each /24 of 10/8: one leaf serves them all. */
	for (uint64_t i = 0; i <= UINT16_MAX; i++) {
		routes[i].prefix = prefix_of("10.0.0.7/32");
		routes[i].prefix.addr.hi |= i << 40;
		routes[i].value = 1;
	}
	table = table_of(routes, UINT16_MAX + 1);
	image = cvpn_lpm_image(table);
	cr_assert_leq(image->tree[CVPN_LPM_IPV4].leaves, 3);
	check_image(image, CVPN_LPM_IPV4, routes, UINT16_MAX + 1, &rng, 1000);
	cvpn_lpm_destroy(table);
	free(routes);
}
