/* SPDX-License-Identifier: BSD-2-Clause */
/* The tries of compiled images, walked block by block: of random tables and of awkward ones. */
#include <stdlib.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

#include "layout.h"
#include "leaks.h"
#include "linear.h"
#include "lpm_check.h"
#include "prefix.h"
#include "rng.h"
#include "tables.h"

TestSuite(image_layout, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const uint16_t max_values[] = { 3, 15, 255, UINT16_MAX };

static void random_layout(size_t n4, size_t n6, uint16_t max_value)
{
	struct rng rng = { n4 + n6 + max_value };
	struct linear_route *v4 = random_table(&rng, CVPN_LPM_IPV4, n4, max_value);
	struct linear_route *v6 = random_table(&rng, CVPN_LPM_IPV6, n6, max_value);
	struct cvpn_lpm *table = table_of(v4, n4);

	insert_all(table, v6, n6);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	check_compiled(cvpn_lpm_image(table));
	cvpn_lpm_destroy(table);
	free(v4);
	free(v6);
}

Test(image_layout, of_random_tables)
{
	static const size_t counts[] = { 0, 1, 5, 15, 17, 33, 63, 300, 3000 };

	for (size_t v = 0; v < ARRAY_SIZE(max_values); v++) {
		for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
			random_layout(counts[c], counts[c], max_values[v]);
			random_layout(counts[c], 0, max_values[v]);
			random_layout(0, counts[c], max_values[v]);
		}
	}
}

/* A table of these prefixes, their values 1, 2, 3 and 1 again. What its family's trie is made of. */
static struct layout_tree layout_tree_of(const char *const *prefixes, size_t n)
{
	struct linear_route *routes = calloc(n, sizeof(*routes));
	struct layout_tree tree;
	struct cvpn_lpm *table;
	struct rng rng = { n };
	struct layout l;
	unsigned int family;

	cr_assert_not_null(routes);
	for (size_t i = 0; i < n; i++)
		routes[i] = (struct linear_route){ prefix_of(prefixes[i]), (uint16_t)(1 + i % 3) };
	family = routes[0].prefix.family;
	table = table_of(routes, n);
	check_compiled(cvpn_lpm_image(table));
	check_image(cvpn_lpm_image(table), family, routes, n, &rng, 100);
	l = layout_of(cvpn_lpm_image(table));
	tree = l.trees[family];
	layout_free(&l);
	cvpn_lpm_destroy(table);
	free(routes);
	return tree;
}

#define TREE_OF(...)                                                                               \
	layout_tree_of((const char *const[]){ __VA_ARGS__ },                                       \
		       ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

Test(image_layout, an_empty_tree_is_its_root)
{
	struct layout_tree v4 = TREE_OF("0.0.0.0/0"), v6 = TREE_OF("::/0");

	cr_assert_eq(v4.nodes, 0);
	cr_assert_eq(v4.leaves, 0);
	cr_assert_eq(v4.constants, 1);
	cr_assert_eq(v4.steps, 1);
	cr_assert_eq(v6.nodes, 0);
	cr_assert_eq(v6.leaves, 0);
	cr_assert_eq(v6.constants, 1);
	cr_assert_eq(v6.steps, 1);
}

/* A chain of single children is skipped, a word of the address at a time. */
Test(image_layout, a_lone_host_route_is_few_steps)
{
	struct layout_tree v4 = TREE_OF("192.0.2.77/32"), v6 = TREE_OF("2001:db8::77/128");

	/* Behind the root a skip; and for IPv6 a skip for each of four words. */
	cr_assert_eq(v4.steps, 2);
	cr_assert_eq(v4.nodes, 1);
	cr_assert_eq(v4.skips, 1);
	cr_assert_eq(v6.steps, 5);
	cr_assert_eq(v6.nodes, 4);
	cr_assert_eq(v6.skips, 4);
	cr_assert_eq(v6.leaves, 0);
	cr_assert_eq(v6.constants, 2);
}

Test(image_layout, a_cluster_below_one_site)
{
	struct layout_tree tree = TREE_OF(
		"2001:db8:7::/48", "2001:db8:7:1::/64", "2001:db8:7:2::/64", "2001:db8:7:3::/64",
		"2001:db8:7:8000::/64", "2001:db8:7:8000::1/128", "2001:db8:7:8000::2/128",
		"2001:db8:7:8000:ffff::/80", "2001:db8:7:ffff::ffff/128");

	/* The two lone ways down from /64 cost a skip a word; before it there are two words. */
	cr_assert_gt(tree.skips, 0);
	cr_assert_leq(tree.steps, 9);
}

/* What ends with a word of the address is in the entry of that word, not behind it. */
Test(image_layout, routes_that_end_with_a_word)
{
	struct layout_tree tree = TREE_OF("2001:db8::/32", "2001:db8:0:7::/64",
					  "2001:db8:0:7:0:1::/96", "2001:db9::/32",
					  "2001:db9:0:7::/64");
	struct layout_tree one = TREE_OF("2001:db8::/32"), two = TREE_OF("2001:db8:1:2::/64"),
			   three = TREE_OF("2001:db8:1:2:3:4::/96");

	cr_assert_leq(tree.steps, 6);
	cr_assert_eq(one.steps, 2);
	cr_assert_eq(two.steps, 3);
	cr_assert_eq(three.steps, 4);
	cr_assert_eq(three.leaves, 0);
}

/* Prefixes that say what holds around them anyway. */
Test(image_layout, routes_that_change_nothing)
{
	struct layout_tree tree = TREE_OF("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "10.7.0.0/16",
					  "13.0.0.0/8", "14.0.0.0/8", "10.7.3.0/24");

	cr_assert_eq(tree.constants, 4);
}

/* Host routes side by side make two intervals each: as many as are stored, fewer and more. */
Test(image_layout, around_the_most_intervals)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (unsigned int n = CVPN_LPM_MAX_INTERVALS / 2 - 2;
		     n <= CVPN_LPM_MAX_INTERVALS / 2 + 2; n++) {
			struct cvpn_lpm *table = new_table();
			struct cvpn_lpm_addr addr = { 0 };

			for (unsigned int i = 0; i < n; i++) {
				struct cvpn_lpm_prefix host = { addr,
								(uint8_t)prefix_max_len(family),
								(uint8_t)family };

				cr_assert_eq(cvpn_lpm_insert(table, &host, (uint16_t)(1 + i)), 0);
				addr = addr_after(family, addr_after(family, addr));
			}
			cr_assert_eq(cvpn_lpm_publish(table), 0);
			cr_assert_eq(cvpn_lpm_image(table)->tree[family].intervals > 0,
				     n <= CVPN_LPM_MAX_INTERVALS / 2);
			check_compiled(cvpn_lpm_image(table));
			cvpn_lpm_destroy(table);
		}
	}
}

/* One prefix of each length around one address. */
Test(image_layout, nested_prefixes_of_every_length)
{
	struct rng rng = { 8 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct cvpn_lpm_addr addr = random_addr(&rng, family);
		struct cvpn_lpm *table = new_table();

		for (unsigned int len = 0; len <= prefix_max_len(family); len++) {
			struct cvpn_lpm_prefix p = { prefix_first(addr, len), (uint8_t)len,
						     (uint8_t)family };

			cr_assert_eq(cvpn_lpm_insert(table, &p, (uint16_t)(1 + len)), 0);
		}
		cr_assert_eq(cvpn_lpm_publish(table), 0);
		check_compiled(cvpn_lpm_image(table));
		cvpn_lpm_destroy(table);
	}
}
