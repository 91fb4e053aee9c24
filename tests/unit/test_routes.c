/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set of exact prefixes against an array of them, under long random sequences of operations.
 * The prefixes come from a window of a few bits, so that the same ones come again and again and
 * every split, branch and prune of the trie happens.
 */
#include <errno.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "prefix.h"
#include "require.h"
#include "rng.h"
#include "routes.h"
#include "tables.h"

TestSuite(routes, .fini = check_leaks);

#define WINDOW_BITS 7u
/* All prefixes of a window: 1 + 2 + 4 + ... */
#define WINDOW_PREFIXES	    ((2u << WINDOW_BITS) - 1)
#define OPERATIONS	    20000u
#define OPERATIONS_PER_LIST 50u

/* The model: every prefix of the window that is in the set, in no order. */
struct model {
	struct linear_route routes[WINDOW_PREFIXES];
	size_t count;
	size_t peak;
};

static struct linear_route *model_find(struct model *model, const struct cvpn_lpm_prefix *prefix)
{
	for (size_t i = 0; i < model->count; i++) {
		if (!prefix_compare(&model->routes[i].prefix, prefix))
			return &model->routes[i];
	}
	return NULL;
}

static void model_insert(struct model *model, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	struct linear_route *route = model_find(model, prefix);

	if (!route)
		route = &model->routes[model->count++];
	*route = (struct linear_route){ *prefix, value };
	if (model->count > model->peak)
		model->peak = model->count;
}

static int model_remove(struct model *model, const struct cvpn_lpm_prefix *prefix)
{
	struct linear_route *route = model_find(model, prefix);

	if (!route)
		return -ENOENT;
	*route = model->routes[--model->count];
	return 0;
}

static int compare_routes(const void *a, const void *b)
{
	return prefix_compare(&((const struct linear_route *)a)->prefix,
			      &((const struct linear_route *)b)->prefix);
}

/* The set lists exactly the model's routes, in the order of prefix_compare(). */
static void check_list(const struct route_set *set, struct model *model, unsigned int family)
{
	struct route_entry entries[WINDOW_PREFIXES];

	cr_assert_eq(set->count, model->count);
	cvpn_lpm_route_set_list(set, entries);
	qsort(model->routes, model->count, sizeof(model->routes[0]), compare_routes);
	for (size_t i = 0; i < model->count; i++) {
		struct cvpn_lpm_prefix listed = { entries[i].addr, entries[i].len,
						  (uint8_t)family };

		cr_assert_eq(prefix_compare(&listed, &model->routes[i].prefix), 0,
			     "entry %zu of %zu is another prefix", i, model->count);
		cr_assert_eq(entries[i].value, model->routes[i].value);
	}
}

/* @count prefixes need at most count - 1 branches, and index 0 is not used. */
static void check_nodes(const struct route_set *set, const struct model *model)
{
	cr_assert_leq(set->used, 2 * model->peak + !model->peak,
		      "%u nodes handed out for at most %zu prefixes", set->used, model->peak);
	cr_assert_leq(set->used, set->capacity);
}

/* A prefix whose length is @from to @from + WINDOW_BITS and whose other bits are those of @base. */
static struct cvpn_lpm_prefix window_prefix(struct rng *rng, unsigned int family,
					    struct cvpn_lpm_addr base, unsigned int from)
{
	struct cvpn_lpm_prefix window = { prefix_first(base, from), (uint8_t)from,
					  (uint8_t)family };
	struct cvpn_lpm_prefix prefix = window;

	prefix.len = (uint8_t)(from + rng_below(rng, WINDOW_BITS + 1));
	prefix.addr = prefix_first(random_addr_in(rng, &window), prefix.len);
	return prefix;
}

static void one_operation(struct rng *rng, struct route_set *set, struct model *model,
			  const struct cvpn_lpm_prefix *prefix, unsigned int insert_percent)
{
	const struct linear_route *expected;

	if (rng_below(rng, 100) < insert_percent) {
		uint16_t value = (uint16_t)(1 + rng_below(rng, UINT16_MAX));

		cr_assert_eq(cvpn_lpm_route_set_insert(set, prefix, value), 0);
		model_insert(model, prefix, value);
	} else {
		cr_assert_eq(cvpn_lpm_route_set_remove(set, prefix), model_remove(model, prefix));
	}
	expected = model_find(model, prefix);
	cr_assert_eq(cvpn_lpm_route_set_find(set, prefix),
		     expected ? expected->value : CVPN_LPM_NO_ROUTE);
	cr_assert_eq(set->count, model->count);
	check_nodes(set, model);
}

static void remove_all(struct route_set *set, struct model *model)
{
	while (model->count) {
		struct cvpn_lpm_prefix prefix = model->routes[0].prefix;

		cr_assert_eq(cvpn_lpm_route_set_remove(set, &prefix), 0);
		cr_assert_eq(cvpn_lpm_route_set_remove(set, &prefix), -ENOENT);
		model_remove(model, &prefix);
	}
	cr_assert_eq(set->count, 0);
	cr_assert_eq(set->root, 0, "an empty set still has a root");
}

/* Fills and empties in turn, so that the trie is seen at every density. */
static void random_operations(unsigned int family, unsigned int from)
{
	struct rng rng = { 1000 * family + from };
	struct cvpn_lpm_addr base = random_addr(&rng, family);
	struct model *model = calloc(1, sizeof(*model));
	struct route_set set = { 0 };

	cr_assert_not_null(model);
	for (unsigned int i = 0; i < OPERATIONS; i++) {
		struct cvpn_lpm_prefix prefix = window_prefix(&rng, family, base, from);
		unsigned int insert_percent = i / 1000 % 2 ? 25 : 65;

		one_operation(&rng, &set, model, &prefix, insert_percent);
		if (i % OPERATIONS_PER_LIST == 0)
			check_list(&set, model, family);
	}
	check_list(&set, model, family);
	remove_all(&set, model);
	cvpn_lpm_route_set_clear(&set);
	free(model);
}

Test(routes, random_operations_ipv4)
{
	random_operations(CVPN_LPM_IPV4, 0);
	random_operations(CVPN_LPM_IPV4, 14);
	random_operations(CVPN_LPM_IPV4, 32 - WINDOW_BITS);
}

Test(routes, random_operations_ipv6)
{
	random_operations(CVPN_LPM_IPV6, 0);
	random_operations(CVPN_LPM_IPV6, 60);
	random_operations(CVPN_LPM_IPV6, 64);
	random_operations(CVPN_LPM_IPV6, 128 - WINDOW_BITS);
}

/* Lengths and addresses from the whole space, and far more of them than one allocation holds. */
static void grow_and_shrink(unsigned int family)
{
	const size_t count = 3000;
	struct rng rng = { 7 + family };
	struct linear_route *routes = random_table(&rng, family, count, UINT16_MAX);
	struct route_entry *entries = calloc(count, sizeof(*entries));
	struct route_set set = { 0 };

	cr_assert_not_null(entries);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(cvpn_lpm_route_set_insert(&set, &routes[i].prefix, routes[i].value),
			     0);
	cr_assert_eq(set.count, count);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(cvpn_lpm_route_set_find(&set, &routes[i].prefix), routes[i].value);
	cvpn_lpm_route_set_list(&set, entries);
	qsort(routes, count, sizeof(*routes), compare_routes);
	for (size_t i = 0; i < count; i++) {
		cr_assert(addr_equal(entries[i].addr, routes[i].prefix.addr));
		cr_assert_eq(entries[i].len, routes[i].prefix.len);
		cr_assert_eq(entries[i].value, routes[i].value);
	}
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(cvpn_lpm_route_set_remove(&set, &routes[i].prefix), 0);
	cr_assert_eq(set.count, 0);
	cr_assert_eq(set.root, 0);
	cvpn_lpm_route_set_clear(&set);
	free(entries);
	free(routes);
}

Test(routes, grow_and_shrink)
{
	grow_and_shrink(CVPN_LPM_IPV4);
	grow_and_shrink(CVPN_LPM_IPV6);
}

Test(routes, every_nested_length_at_once)
{
	struct route_entry entries[129];
	struct route_set set = { 0 };
	struct rng rng = { 3 };
	struct cvpn_lpm_addr addr = random_addr(&rng, CVPN_LPM_IPV6);

	for (unsigned int len = 0; len <= 128; len++) {
		struct cvpn_lpm_prefix p = { prefix_first(addr, len), (uint8_t)len, CVPN_LPM_IPV6 };

		cr_assert_eq(cvpn_lpm_route_set_insert(&set, &p, (uint16_t)(len + 1)), 0);
	}
	cvpn_lpm_route_set_list(&set, entries);
	for (unsigned int len = 0; len <= 128; len++) {
		cr_assert_eq(entries[len].len, len);
		cr_assert_eq(entries[len].value, len + 1);
	}
	cvpn_lpm_route_set_clear(&set);
}

Test(routes, what_is_not_there_is_not_removed_or_found)
{
	static const char *const absent[] = {
		"0.0.0.0/0",   /* above everything */
		"10.0.0.0/8",  /* the branch above both routes */
		"10.0.0.0/16", /* the address of a route, but shorter */
		"10.0.0.0/25", /* and longer */
		"10.0.1.0/24", /* beside one */
		"10.128.0.0/32", "11.0.0.0/8",
	};
	struct cvpn_lpm_prefix a = prefix_of("10.0.0.0/24"), b = prefix_of("10.128.0.0/24");
	struct route_set set = { 0 };

	cr_assert_eq(cvpn_lpm_route_set_remove(&set, &a), -ENOENT, "an empty set has nothing");
	cr_assert_eq(cvpn_lpm_route_set_find(&set, &a), CVPN_LPM_NO_ROUTE);
	cr_assert_eq(cvpn_lpm_route_set_insert(&set, &a, 1), 0);
	cr_assert_eq(cvpn_lpm_route_set_insert(&set, &b, 2), 0);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		struct cvpn_lpm_prefix p = prefix_of(absent[i]);

		cr_assert_eq(cvpn_lpm_route_set_remove(&set, &p), -ENOENT, "%s was removed",
			     absent[i]);
		cr_assert_eq(cvpn_lpm_route_set_find(&set, &p), CVPN_LPM_NO_ROUTE, "%s was found",
			     absent[i]);
	}
	cr_assert_eq(set.count, 2);
	cr_assert_eq(cvpn_lpm_route_set_find(&set, &a), 1);
	cr_assert_eq(cvpn_lpm_route_set_find(&set, &b), 2);
	cvpn_lpm_route_set_clear(&set);
}

Test(routes, nodes_are_used_again)
{
	struct cvpn_lpm_prefix a = prefix_of("10.0.0.0/24"), b = prefix_of("10.128.0.0/24");
	struct route_set set = { 0 };
	uint32_t used, capacity;

	cr_assert_eq(cvpn_lpm_route_set_insert(&set, &a, 1), 0);
	cr_assert_eq(cvpn_lpm_route_set_insert(&set, &b, 2), 0);
	used = set.used;
	capacity = set.capacity;
	for (unsigned int i = 0; i < 10000; i++) {
		cr_assert_eq(cvpn_lpm_route_set_remove(&set, &b), 0);
		cr_assert_eq(cvpn_lpm_route_set_insert(&set, &b, 2), 0);
	}
	cr_assert_eq(set.used, used);
	cr_assert_eq(set.capacity, capacity);
	cvpn_lpm_route_set_clear(&set);
}

Test(routes, a_cleared_set_is_usable)
{
	struct cvpn_lpm_prefix p = prefix_of("2001:db8::/32");
	struct route_set set = { 0 };

	cr_assert_eq(cvpn_lpm_route_set_insert(&set, &p, 1), 0);
	cvpn_lpm_route_set_clear(&set);
	cr_assert_eq(set.count, 0);
	cr_assert_eq(cvpn_lpm_route_set_find(&set, &p), CVPN_LPM_NO_ROUTE);
	cr_assert_eq(cvpn_lpm_route_set_insert(&set, &p, 2), 0);
	cr_assert_eq(cvpn_lpm_route_set_find(&set, &p), 2);
	cvpn_lpm_route_set_clear(&set);
}

/* Whether @prefix lies in @addr/@len or equals it. */
static bool is_in(const struct cvpn_lpm_prefix *prefix, struct cvpn_lpm_addr addr, unsigned int len)
{
	return prefix->len >= len &&
	       addr_equal(prefix_first(prefix->addr, len), prefix_first(addr, len));
}

/* What route_set_list_in() is to say, by a look at each route; @routes are sorted. */
static size_t filter(const struct linear_route *routes, size_t n, struct cvpn_lpm_addr addr,
		     unsigned int len, uint16_t *around, struct route_entry *entries)
{
	size_t count = 0;

	*around = CVPN_LPM_NO_ROUTE;
	for (size_t i = 0; i < n; i++) {
		const struct cvpn_lpm_prefix *p = &routes[i].prefix;

		if (is_in(p, addr, len))
			entries[count++] = (struct route_entry){ p->addr, routes[i].value, p->len };
		else if (p->len < len && prefix_contains(p, addr))
			*around = routes[i].value;
	}
	return count;
}

/* All of @max and fewer entries; none behind them is written. */
static void list_in_agrees(const struct route_set *set, const struct linear_route *routes,
			   struct cvpn_lpm_addr addr, unsigned int len, size_t max)
{
	const size_t n = set->count;
	struct route_entry *found = calloc(n + 1, sizeof(*found));
	struct route_entry *expected = calloc(n + 1, sizeof(*expected));
	uint16_t around = UINT16_MAX, expected_around;
	size_t count = filter(routes, n, addr, len, &expected_around, expected);

	cr_assert(found && expected);
	cr_assert_eq(cvpn_lpm_route_set_list_in(set, addr, len, &around, found, max), count);
	cr_assert_eq(around, expected_around, "%u around, not %u", around, expected_around);
	for (size_t i = 0; i < n; i++) {
		bool written = i < count && i < max;

		REQUIRE(found[i].len == (written ? expected[i].len : 0) &&
				found[i].value == (written ? expected[i].value : 0) &&
				(!written || addr_equal(found[i].addr, expected[i].addr)),
			"entry %zu of %zu, room for %zu", i, count, max);
	}
	free(found);
	free(expected);
}

static void list_in(unsigned int family, size_t n)
{
	struct rng rng = { 90 + family + n };
	struct linear_route *routes = random_table(&rng, family, n, UINT16_MAX);
	struct route_set set = { 0 };

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(cvpn_lpm_route_set_insert(&set, &routes[i].prefix, routes[i].value),
			     0);
	qsort(routes, n, sizeof(*routes), compare_routes);
	for (unsigned int i = 0; i < 300; i++) {
		struct cvpn_lpm_prefix p = random_prefix(&rng, family);
		struct cvpn_lpm_addr addr = random_addr(&rng, family);

		/* Above, at and below the routes; the bits behind the length do not count. */
		if (n && i % 4) {
			p = routes[rng_below(&rng, n)].prefix;
			addr = random_addr_in(&rng, &p);
			if (i % 4 == 2)
				p.len = (uint8_t)rng_below(&rng, p.len + 1u);
			if (i % 4 == 3)
				p.len = (uint8_t)rng_below(&rng, prefix_max_len(family) + 1);
		}
		list_in_agrees(&set, routes, addr, p.len, n);
		list_in_agrees(&set, routes, addr, p.len, rng_below(&rng, n + 1));
		list_in_agrees(&set, routes, addr, p.len, 0);
	}
	cvpn_lpm_route_set_clear(&set);
	free(routes);
}

Test(routes, those_in_an_area_are_listed)
{
	static const size_t sizes[] = { 0, 1, 2, 10, 200 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
			list_in(family, sizes[s]);
}
