/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Updates seen from within: where they are made in the image and where a new one is, that each
 * block is linked, free or retired, that leaves are counted right, and that memory does not grow.
 */
#include <errno.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

#include "compile.h"
#include "layout.h"
#include "leaks.h"
#include "lpm_check.h"
#include "mirror.h"
#include "prefix.h"
#include "require.h"
#include "rng.h"
#include "routes.h"
#include "store.h"
#include "tables.h"
#include "update.h"

TestSuite(update_store, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Longer than a root's stride can be. */
#define LONG_LEN 19u

/* Makes all routes that long. Returns how many are left when no prefix is there twice. */
static size_t lengthen(struct rng *rng, struct linear_route *routes, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct cvpn_lpm_prefix p = routes[i].prefix;
		size_t j = 0;

		if (p.len < LONG_LEN)
			p.len = (uint8_t)(LONG_LEN + rng_below(rng, 32 - LONG_LEN + 1));
		p.addr = prefix_first(random_addr_in(rng, &routes[i].prefix), p.len);
		while (j < kept && prefix_compare(&routes[j].prefix, &p))
			j++;
		if (j == kept)
			routes[kept++] = (struct linear_route){ p, routes[i].value };
	}
	return kept;
}

/* --- the store alone ------------------------------------------------------------------------------ */

struct bare {
	struct store store;
	struct route_set sets[CVPN_LPM_FAMILIES];
	struct route_buffer buffer;
};

static const struct cvpn_lpm_image *bare_image(const struct bare *b)
{
	return (const struct cvpn_lpm_image *)(const void *)b->store.words;
}

/* Compiles what is in the sets, and moves it to where there is room for all updates to come. */
static void bare_compile(struct bare *b)
{
	struct cvpn_lpm_image *image;

	cr_assert_eq(cvpn_lpm_compile_image(b->sets, NULL, &b->store), 0);
	check_store(&b->store);
	cr_assert_eq(cvpn_lpm_store_publish(&b->store, 4 * b->store.capacity + 1000000), 0);
	image = (struct cvpn_lpm_image *)(void *)b->store.words;
	image->bytes = b->store.capacity * sizeof(*b->store.words);
	check_store(&b->store);
}

static void bare_free(struct bare *b)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		cvpn_lpm_route_set_clear(&b->sets[family]);
	cvpn_lpm_store_free(&b->store);
	free(b->buffer.entries);
}

static void bare_change(struct bare *b, const struct linear_route *route, bool in)
{
	struct route_set *set = &b->sets[route->prefix.family];

	if (in)
		REQUIRE(!cvpn_lpm_route_set_insert(set, &route->prefix, route->value), "insert");
	else
		REQUIRE(!cvpn_lpm_route_set_remove(set, &route->prefix), "remove");
	REQUIRE(!cvpn_lpm_update_image(&b->store, set, route->prefix.family, &route->prefix,
				       &b->buffer),
		"an update failed");
}

/* Exchanges two routes. */
static void swap(struct linear_route *a, struct linear_route *b)
{
	struct linear_route c = *a;

	*a = *b;
	*b = c;
}

/* Routes come and go, and at last all go; those that are in are at the front of the array. */
static void come_and_go(unsigned int family, uint16_t max_value)
{
	struct rng rng = { family + max_value };
	struct linear_route *routes = random_table(&rng, family, 800, max_value);
	size_t n = lengthen(&rng, routes, 800), in = n / 2;
	struct bare b = { 0 };

	for (size_t i = 0; i < in; i++)
		cr_assert_eq(
			cvpn_lpm_route_set_insert(&b.sets[family], &routes[i].prefix, max_value),
			0);
	for (size_t i = 0; i < in; i++)
		routes[i].value = max_value;
	bare_compile(&b);
	for (unsigned int change = 1; change <= 3000; change++) {
		size_t at = rng_below(&rng, n);

		if (at < in) {
			bare_change(&b, &routes[at], false);
			swap(&routes[at], &routes[--in]);
		} else {
			routes[at].value = (uint16_t)(1 + rng_below(&rng, max_value));
			bare_change(&b, &routes[at], true);
			swap(&routes[at], &routes[in++]);
		}
		if (change % 100 == 0) {
			check_store(&b.store);
			check_image(bare_image(&b), family, routes, in, &rng, 50);
		}
	}
	while (in)
		bare_change(&b, &routes[--in], false);
	check_store(&b.store);
	cr_assert_eq(b.store.leaves[family].used, 0, "%zu leaves are left",
		     b.store.leaves[family].used);
	cvpn_lpm_store_reclaim(&b.store);
	check_store(&b.store);
	check_image(bare_image(&b), family, routes, 0, &rng, 1000);
	bare_free(&b);
	free(routes);
}

Test(update_store, routes_come_and_go_and_no_leaf_is_left)
{
	static const uint16_t max_values[] = { 3, 15, 255, UINT16_MAX };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		for (size_t v = 0; v < ARRAY_SIZE(max_values); v++)
			come_and_go(family, max_values[v]);
}

/* The same change back and forth needs no more memory than the first two times. */
Test(update_store, blocks_are_used_again)
{
	struct rng rng = { 4 };
	struct linear_route *routes = random_table(&rng, CVPN_LPM_IPV6, 500, 15);
	size_t n = lengthen(&rng, routes, 500), used;
	struct bare b = { 0 };

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(cvpn_lpm_route_set_insert(&b.sets[1], &routes[i].prefix, 15), 0);
	bare_compile(&b);
	for (unsigned int round = 0; round < 2; round++) {
		bare_change(&b, &routes[0], false);
		bare_change(&b, &routes[0], true);
		cvpn_lpm_store_reclaim(&b.store);
	}
	used = b.store.used;
	for (unsigned int round = 0; round < 1000; round++) {
		bare_change(&b, &routes[0], false);
		bare_change(&b, &routes[0], true);
		cvpn_lpm_store_reclaim(&b.store);
	}
	cr_assert_eq(b.store.used, used, "%zu words, then %zu", used, b.store.used);
	check_store(&b.store);
	bare_free(&b);
	free(routes);
}

/* --- the table ------------------------------------------------------------------------------------ */

static void fill(struct mirror *m, const struct linear_route *routes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mirror_insert(m, &routes[i].prefix, routes[i].value);
}

/* One change of a table that is a trie, in all its room: it is made where the image is. */
Test(update_store, a_single_change_is_made_in_place)
{
	static const size_t sizes[] = { 60, 1000, 5000 };
	struct rng rng = { 14 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			struct linear_route *routes = random_table(&rng, family, sizes[s], 7);
			struct linear_route host = { { random_addr(&rng, family),
						       (uint8_t)prefix_max_len(family),
						       (uint8_t)family },
						     5 };
			struct mirror m;

			mirror_init(&m);
			fill(&m, routes, sizes[s]);
			cr_assert_not(mirror_publish(&m, &rng, 0));
			mirror_insert(&m, &host.prefix, host.value);
			cr_assert(mirror_publish(&m, &rng, 10), "%zu routes: insert", sizes[s]);
			mirror_insert(&m, &host.prefix, 6);
			cr_assert(mirror_publish(&m, &rng, 10), "%zu routes: change", sizes[s]);
			mirror_remove(&m, &host.prefix);
			cr_assert(mirror_publish(&m, &rng, 10), "%zu routes: remove", sizes[s]);
			cr_assert(mirror_publish(&m, &rng, 10), "nothing has changed");
			mirror_free(&m);
			free(routes);
		}
	}
}

static void expect_new_image(struct mirror *m, struct rng *rng, const char *prefix, uint16_t value,
			     const char *why)
{
	struct cvpn_lpm_prefix p = prefix_of(prefix);

	mirror_insert(m, &p, value);
	cr_assert_not(mirror_publish(m, rng, 100), "in place: %s", why);
	mirror_remove(m, &p);
	(void)mirror_publish(m, rng, 100);
}

Test(update_store, what_needs_a_new_image_gets_it)
{
	struct rng rng = { 15 };
	struct linear_route *v4 = random_table(&rng, CVPN_LPM_IPV4, 300, 3);
	struct linear_route *v6 = random_table(&rng, CVPN_LPM_IPV6, 300, 3);
	struct cvpn_lpm_prefix host = prefix_of("192.0.2.1/32");
	struct mirror m;

	mirror_init(&m);
	expect_new_image(&m, &rng, "192.0.2.0/24", 1, "a table of intervals");
	fill(&m, v4, 300);
	fill(&m, v6, 300);
	cr_assert_not(mirror_publish(&m, &rng, 10));
	expect_new_image(&m, &rng, "0.0.0.0/0", 1, "the whole space");
	expect_new_image(&m, &rng, "::/0", 1, "the whole space");
	expect_new_image(&m, &rng, "64.0.0.0/2", 1, "slots of the root");
	expect_new_image(&m, &rng, "2000::/3", 1, "slots of the root");
	expect_new_image(&m, &rng, "192.0.2.0/24", 4, "a value too wide");
	expect_new_image(&m, &rng, "2001:db8::/64", 700, "a value too wide");
	mirror_insert(&m, &host, 1);
	expect_new_image(&m, &rng, "2001:db8::/64", 1, "changes of both families");
	/* Only the change that is made since counts, not those that others waited for. */
	host.addr.hi ^= 1ull << 32;
	mirror_insert(&m, &host, 1);
	cr_assert(mirror_publish(&m, &rng, 10));
	mirror_free(&m);
	free(v4);
	free(v6);
}

/* Beside each bit of a lone host route another one comes and goes: each skip is split anywhere. */
static void split_chain(const char *lone, uint16_t value)
{
	struct cvpn_lpm_prefix host = prefix_of(lone);
	struct rng rng = { 16 };
	struct mirror m;

	mirror_init(&m);
	/* Far away, so many that the table is a trie. */
	for (uint64_t i = 0; i < 60; i++) {
		struct cvpn_lpm_prefix far = host;

		far.addr = (struct cvpn_lpm_addr){ 0xfffe000000000000 | i << 33, 0 };
		mirror_insert(&m, &far, (uint16_t)(1 + i % 3));
	}
	mirror_insert(&m, &host, 3);
	mirror_publish(&m, &rng, 0);
	for (unsigned int bit = 0; bit < host.len; bit++) {
		for (unsigned int len = bit + 1; len <= host.len; len += 1 + (host.len - len) / 3) {
			struct cvpn_lpm_prefix p = host;

			p.addr.hi ^= bit < 64 ? 1ull << (63 - bit) : 0;
			p.addr.lo ^= bit < 64 ? 0 : 1ull << (127 - bit);
			p.addr = prefix_first(p.addr, len);
			p.len = (uint8_t)len;
			mirror_insert(&m, &p, value);
			mirror_publish(&m, &rng, 4);
			mirror_remove(&m, &p);
			mirror_publish(&m, &rng, 4);
			/* And one that holds it, the same length. */
			p.addr = prefix_first(host.addr, len);
			if (len == host.len)
				continue;
			mirror_insert(&m, &p, value);
			mirror_publish(&m, &rng, 4);
			mirror_remove(&m, &p);
			mirror_publish(&m, &rng, 4);
		}
		mirror_check(&m, &rng);
	}
	REQUIRE(m.in_place > m.publishes * 2 / 3, "%zu of %zu in place", m.in_place, m.publishes);
	mirror_free(&m);
}

Test(update_store, a_skip_is_split_at_each_bit)
{
	split_chain("192.0.2.77/32", 2);
	split_chain("2001:db8:1:2:3:4:5:6/128", 2);
	split_chain("2001:db8::/128", 3);
}

/* Many updates of a table that stays as large as it is. */
static void many_updates(unsigned int family)
{
	struct rng rng = { 17 + family };
	const size_t updates = 50000;
	struct linear_route *routes = random_table(&rng, family, 2000, 15);
	size_t n = lengthen(&rng, routes, 2000) / 2;
	struct cvpn_lpm *table = table_of(routes, n);
	size_t bytes = cvpn_lpm_image_bytes(cvpn_lpm_image(table)), most = bytes, in_place = 0;

	for (size_t i = 0; i < updates; i++) {
		const struct cvpn_lpm_image *before = cvpn_lpm_image(table);
		size_t out = rng_below(&rng, n), in = n + rng_below(&rng, n);

		REQUIRE(!cvpn_lpm_remove(table, &routes[out].prefix), "remove");
		REQUIRE(!cvpn_lpm_publish(table), "publish");
		REQUIRE(!cvpn_lpm_insert(table, &routes[in].prefix, routes[in].value), "insert");
		REQUIRE(!cvpn_lpm_publish(table), "publish");
		swap(&routes[out], &routes[in]);
		in_place += cvpn_lpm_image(table) == before;
		bytes = cvpn_lpm_image_bytes(cvpn_lpm_image(table));
		if (bytes > most)
			most = bytes;
	}
	cr_assert_leq(most, 2 * cvpn_lpm_image_bytes(cvpn_lpm_image(table)));
	cr_assert_gt(in_place, updates / 2, "%zu of %zu pairs in place", in_place, updates);
	check_image(cvpn_lpm_image(table), family, routes, n, &rng, 1000);
	check_updated(cvpn_lpm_image(table));
	cvpn_lpm_destroy(table);
	free(routes);
}

Test(update_store, memory_does_not_grow_ipv4)
{
	many_updates(CVPN_LPM_IPV4);
}

Test(update_store, memory_does_not_grow_ipv6)
{
	many_updates(CVPN_LPM_IPV6);
}
