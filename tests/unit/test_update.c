/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of a published image: after each one every kernel answers as the linear oracle does, the
 * image is laid out as ever, and it is the same one wherever it can be.
 */
#include <stdlib.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

#include "layout.h"
#include "leaks.h"
#include "lpm_check.h"
#include "mirror.h"
#include "prefix.h"
#include "require.h"
#include "rng.h"
#include "tables.h"

TestSuite(update, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Every so many changes the whole table is looked at, not only what has changed. */
#define CHANGES_A_CHECK 250u

/* Prefixes to insert and remove, and the values they get. */
struct pool {
	struct linear_route *routes;
	size_t count;
	uint16_t max_value;
};

static struct pool new_pool(struct rng *rng, unsigned int family, size_t count, uint16_t max_value)
{
	return (struct pool){ random_table(rng, family, count, max_value), count, max_value };
}

static uint16_t random_value(struct rng *rng, const struct pool *pool)
{
	return (uint16_t)(1 + rng_below(rng, pool->max_value));
}

/* Takes out, puts in or gives another value to a prefix of the pool. */
static void toggle(struct mirror *m, struct rng *rng, const struct pool *pool)
{
	const struct cvpn_lpm_prefix *prefix = &pool->routes[rng_below(rng, pool->count)].prefix;
	bool there = mirror_find(m, prefix) < m->of[prefix->family].count;

	if (there && rng_below(rng, 3))
		mirror_remove(m, prefix);
	else
		mirror_insert(m, prefix, random_value(rng, pool));
}

static void insert_half(struct mirror *m, struct rng *rng, const struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i += 2)
		mirror_insert(m, &pool->routes[i].prefix, pool->routes[i].value);
	mirror_publish(m, rng, 0);
}

/* @n changes of one prefix each. */
static void single_changes(unsigned int family, size_t routes, uint16_t max_value, size_t n)
{
	struct rng rng = { routes + max_value + family };
	struct pool pool = new_pool(&rng, family, 2 * routes, max_value);
	struct mirror m;

	mirror_init(&m);
	insert_half(&m, &rng, &pool);
	for (size_t i = 1; i <= n; i++) {
		toggle(&m, &rng, &pool);
		mirror_publish(&m, &rng, 16);
		if (i % CHANGES_A_CHECK == 0)
			mirror_check(&m, &rng);
	}
	/*
	 * Prefixes are of all lengths, so some are no longer than the root's stride; and tables of
	 * one value are often one interval.
	 */
	REQUIRE(m.in_place > n / 2 || routes < 300 || max_value < 3, "%zu of %zu in place",
		m.in_place, n);
	mirror_free(&m);
	free(pool.routes);
}

static void single_changes_of(unsigned int family)
{
	static const uint16_t max_values[] = { 1, 3, 15, 255, UINT16_MAX };
	static const size_t sizes[] = { 40, 300, 1500 };

	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (size_t v = 0; v < ARRAY_SIZE(max_values); v++)
			single_changes(family, sizes[s], max_values[v], 300);
	}
}

Test(update, single_changes_ipv4)
{
	single_changes_of(CVPN_LPM_IPV4);
}

Test(update, single_changes_ipv6)
{
	single_changes_of(CVPN_LPM_IPV6);
}

/* A pool of prefixes that lie in one area, so that every shape of the blocks there comes up. */
static void crowd(unsigned int family, struct cvpn_lpm_prefix area, uint16_t max_value)
{
	struct rng rng = { area.len + max_value };
	struct pool far = new_pool(&rng, family, 100, max_value);
	struct pool pool = { calloc(60, sizeof(*pool.routes)), 60, max_value };
	struct mirror m;

	cr_assert_not_null(pool.routes);
	for (size_t i = 0; i < pool.count; i++) {
		struct cvpn_lpm_prefix *p = &pool.routes[i].prefix;

		*p = area;
		p->len = (uint8_t)(area.len +
				   rng_below(&rng, prefix_max_len(family) - area.len + 1u));
		p->addr = prefix_first(random_addr_in(&rng, &area), p->len);
		/* Many share long parts with an earlier one: chains to skip, and to split. */
		if (i && rng_below(&rng, 2)) {
			unsigned int shared = area.len +
					      (unsigned int)rng_below(&rng, p->len - area.len + 1u);
			struct cvpn_lpm_addr from = pool.routes[rng_below(&rng, i)].prefix.addr;
			struct cvpn_lpm_addr mask = prefix_mask(shared);

			p->addr.hi = (from.hi & mask.hi) | (p->addr.hi & ~mask.hi);
			p->addr.lo = (from.lo & mask.lo) | (p->addr.lo & ~mask.lo);
		}
	}
	mirror_init(&m);
	for (size_t i = 0; i < far.count; i++)
		mirror_insert(&m, &far.routes[i].prefix, far.routes[i].value);
	mirror_publish(&m, &rng, 0);
	for (size_t i = 1; i <= 1000; i++) {
		toggle(&m, &rng, &pool);
		mirror_publish(&m, &rng, 4);
		if (i % CHANGES_A_CHECK == 0)
			mirror_check(&m, &rng);
	}
	REQUIRE(m.in_place > 400, "%zu in place", m.in_place);
	mirror_free(&m);
	free(pool.routes);
	free(far.routes);
}

Test(update, changes_in_one_area)
{
	static const uint16_t max_values[] = { 3, 15, 255, UINT16_MAX };

	for (size_t v = 0; v < ARRAY_SIZE(max_values); v++) {
		crowd(CVPN_LPM_IPV4, prefix_of("10.0.0.0/14"), max_values[v]);
		crowd(CVPN_LPM_IPV4, prefix_of("10.1.2.0/24"), max_values[v]);
		crowd(CVPN_LPM_IPV6, prefix_of("2001:db8::/32"), max_values[v]);
		crowd(CVPN_LPM_IPV6, prefix_of("2001:db8:1::/48"), max_values[v]);
		crowd(CVPN_LPM_IPV6, prefix_of("2001:db8::/92"), max_values[v]);
	}
}

/* From nothing to thousands and back to nothing, a publish for each prefix. */
static void grow_and_shrink(unsigned int family, size_t n)
{
	static const uint16_t max_values[] = { 3, 15, 255, UINT16_MAX };
	struct rng rng = { 77 + family };
	struct pool pool = new_pool(&rng, family, n, 1);
	struct mirror m;

	mirror_init(&m);
	for (size_t i = 0; i < n; i++) {
		/* The values outgrow each width in turn. */
		pool.max_value = max_values[i * ARRAY_SIZE(max_values) / n];
		mirror_insert(&m, &pool.routes[i].prefix, random_value(&rng, &pool));
		mirror_publish(&m, &rng, 4);
		if (i % CHANGES_A_CHECK == 0)
			mirror_check(&m, &rng);
	}
	for (size_t i = 0; i < n; i++) {
		mirror_remove(&m, &pool.routes[i].prefix);
		mirror_publish(&m, &rng, 4);
		if (i % CHANGES_A_CHECK == 0)
			mirror_check(&m, &rng);
	}
	REQUIRE(m.in_place > n / 3, "%zu of %zu in place", m.in_place, 2 * n);
	/* It has the room of what it became, not of what it was. */
	cr_assert_leq(cvpn_lpm_image_bytes(cvpn_lpm_image(m.table)), 4096);
	mirror_free(&m);
	free(pool.routes);
}

Test(update, a_table_grows_and_shrinks_ipv4)
{
	grow_and_shrink(CVPN_LPM_IPV4, 1500);
}

Test(update, a_table_grows_and_shrinks_ipv6)
{
	grow_and_shrink(CVPN_LPM_IPV6, 1500);
}

/* Batches: some within one area, which need no new image, and some all over the table. */
static void batches(unsigned int family)
{
	struct rng rng = { 5 + family };
	struct pool pool = new_pool(&rng, family, 2000, 255);
	struct mirror m;

	mirror_init(&m);
	insert_half(&m, &rng, &pool);
	for (unsigned int i = 1; i <= 300; i++) {
		struct cvpn_lpm_prefix area = pool.routes[rng_below(&rng, pool.count)].prefix;

		for (uint64_t more = 1 + rng_below(&rng, 12); more; more--) {
			struct cvpn_lpm_prefix p = area;

			if (i % 2) {
				toggle(&m, &rng, &pool);
				continue;
			}
			p.len = (uint8_t)(area.len +
					  rng_below(&rng, prefix_max_len(family) - area.len + 1u));
			/* Half of them are nested in one another. */
			if (rng_below(&rng, 2))
				p.addr = random_addr_in(&rng, &area);
			p.addr = prefix_first(p.addr, p.len);
			mirror_insert(&m, &p, random_value(&rng, &pool));
		}
		mirror_publish(&m, &rng, 16);
	}
	mirror_check(&m, &rng);
	REQUIRE(m.in_place > 50, "%zu in place", m.in_place);
	mirror_free(&m);
	free(pool.routes);
}

Test(update, batches)
{
	batches(CVPN_LPM_IPV4);
	batches(CVPN_LPM_IPV6);
}

/* Changes of both families in turn and together; one must not disturb the other. */
Test(update, both_families)
{
	struct rng rng = { 6 };
	struct pool pools[CVPN_LPM_FAMILIES];
	struct mirror m;

	mirror_init(&m);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		pools[family] = new_pool(&rng, family, 600, family ? 300 : 3);
		insert_half(&m, &rng, &pools[family]);
	}
	for (unsigned int i = 1; i <= 2000; i++) {
		toggle(&m, &rng, &pools[i & 1]);
		if (i % 16 == 0)
			toggle(&m, &rng, &pools[~i & 1]);
		mirror_publish(&m, &rng, 8);
		if (i % CHANGES_A_CHECK == 0)
			mirror_check(&m, &rng);
	}
	REQUIRE(m.in_place > 500, "%zu in place", m.in_place);
	mirror_free(&m);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		free(pools[family].routes);
}
