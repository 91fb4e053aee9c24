/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public interface of the table: the answers of random tables against the linear oracle, what
 * is visible when, errors, and what an image promises.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

#include "leaks.h"
#include "linear.h"
#include "lpm_check.h"
#include "prefix.h"
#include "rng.h"
#include "tables.h"

TestSuite(lpm, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define IMAGE_ALIGN 64u

/* The largest values of each width, and the smallest that need the next one. */
static const struct {
	uint16_t max_value;
	uint32_t bits;
} widths[] = {
	{ 1, 2 },  { 3, 2 },   { 4, 4 },    { 15, 4 },
	{ 16, 8 }, { 255, 8 }, { 256, 16 }, { UINT16_MAX, 16 },
};

static struct cvpn_lpm *new_table(void)
{
	struct cvpn_lpm *table;

	cr_assert_eq(cvpn_lpm_create(&table), 0);
	return table;
}

/* A table with @routes published. */
static struct cvpn_lpm *table_of(const struct linear_route *routes, size_t n)
{
	struct cvpn_lpm *table = new_table();

	insert_all(table, routes, n);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	return table;
}

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

/* The root has another size from 64 and from 4096 routes on. */
static const size_t sizes[] = { 0, 1, 2, 5, 63, 64, 65, 4095, 4096 };

static void random_tables_agree(unsigned int family)
{
	struct rng rng = { family };

	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (size_t width = 0; width < ARRAY_SIZE(widths); width++)
			random_table_agrees(&rng, family, sizes[s], width);
	}
}

Test(lpm, random_tables_agree_with_the_oracle_ipv4)
{
	random_tables_agree(CVPN_LPM_IPV4);
}

Test(lpm, random_tables_agree_with_the_oracle_ipv6)
{
	random_tables_agree(CVPN_LPM_IPV6);
}

/* So that the sizes above stay the right ones when the root's sizes are tuned. */
Test(lpm, the_sizes_tested_are_those_at_which_the_root_grows)
{
	struct rng rng = { 11 };
	uint32_t bits[ARRAY_SIZE(sizes)];

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			struct linear_route *routes = random_table(&rng, family, sizes[s], 3);
			struct cvpn_lpm *table = table_of(routes, sizes[s]);

			bits[s] = cvpn_lpm_image(table)->tree[family].root_bits;
			cvpn_lpm_destroy(table);
			free(routes);
		}
		cr_assert_eq(bits[3], bits[4]); /* 5 and 63 routes */
		cr_assert_lt(bits[4], bits[5]); /* 63 and 64 */
		cr_assert_eq(bits[6], bits[7]); /* 65 and 4095 */
		cr_assert_lt(bits[7], bits[8]); /* 4095 and 4096 */
	}
}

Test(lpm, both_families_share_one_table)
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

Test(lpm, nested_prefixes_of_every_length)
{
	struct rng rng = { 10 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct cvpn_lpm_addr zeros = { 0 };

		nested_prefixes_agree(family, zeros);
		nested_prefixes_agree(family, addr_before(family, zeros)); /* all ones */
		nested_prefixes_agree(family, random_addr(&rng, family));
	}
}

/* Each length alone: no other route hides a boundary in the wrong place. */
Test(lpm, single_prefixes_of_every_length)
{
	struct rng rng = { 12 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (unsigned int len = 0; len <= prefix_max_len(family); len++) {
			struct linear_route route = {
				{ prefix_first(random_addr(&rng, family), len), (uint8_t)len,
				  (uint8_t)family },
				1,
			};
			struct cvpn_lpm *table = table_of(&route, 1);

			check_image(cvpn_lpm_image(table), family, &route, 1, &rng, 100);
			cvpn_lpm_destroy(table);
		}
	}
}

/* A written place behind the last value shows up as a changed guard; a read one to ASan. */
#define GUARD 0xdead

/* @n lookups from arrays that start @offset elements into an allocation which ends with them. */
static void bulk_equals_single(const struct cvpn_lpm_image *image, struct rng *rng, size_t n,
			       size_t offset)
{
	uint32_t *addrs4 = malloc((offset + n) * sizeof(*addrs4));
	struct cvpn_lpm_addr *addrs6 = malloc((offset + n) * sizeof(*addrs6));
	uint16_t *values = malloc((offset + n + 1) * sizeof(*values));

	cr_assert(values && (offset + n == 0 || (addrs4 && addrs6)));
	for (size_t i = 0; i < offset + n; i++) {
		addrs6[i] = random_addr(rng, CVPN_LPM_IPV6);
		addrs4[i] = (uint32_t)rng_next(rng);
	}
	for (size_t i = 0; i <= offset + n; i++)
		values[i] = GUARD;
	cvpn_lpm_lookup4(image, addrs4 + offset, values + offset, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(values[offset + i], cvpn_lpm_lookup4_one(image, addrs4[offset + i]));
	cvpn_lpm_lookup6(image, addrs6 + offset, values + offset, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(values[offset + i], cvpn_lpm_lookup6_one(image, addrs6[offset + i]));
	for (size_t i = 0; i < offset; i++)
		cr_assert_eq(values[i], GUARD, "wrote before the values, n %zu", n);
	cr_assert_eq(values[offset + n], GUARD, "wrote behind the values, n %zu", n);
	free(addrs4);
	free(addrs6);
	free(values);
}

Test(lpm, bulk_takes_any_count_and_alignment)
{
	static const size_t counts[] = { 0,  1,	 2,  3,	 7,  8,	 9,  15,  16,
					 17, 31, 32, 33, 63, 64, 65, 127, 1000 };
	struct rng rng = { 13 };
	struct linear_route *v4 = random_table(&rng, CVPN_LPM_IPV4, 5000, 300);
	struct linear_route *v6 = random_table(&rng, CVPN_LPM_IPV6, 300, 15);
	struct cvpn_lpm *table = new_table();

	insert_all(table, v4, 5000);
	insert_all(table, v6, 300);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
		for (size_t offset = 0; offset < 17; offset++)
			bulk_equals_single(cvpn_lpm_image(table), &rng, counts[c], offset);
	}
	cvpn_lpm_destroy(table);
	free(v4);
	free(v6);
}

Test(lpm, changes_are_visible_once_published_and_not_before)
{
	struct cvpn_lpm_prefix outer = prefix_of("10.0.0.0/8"), inner = prefix_of("10.1.0.0/16");
	uint32_t addr = 0x0a010203;
	struct cvpn_lpm *table = new_table();

#define VISIBLE cvpn_lpm_lookup4_one(cvpn_lpm_image(table), addr)
	cr_assert_eq(VISIBLE, CVPN_LPM_NO_ROUTE, "a new table is empty");
	cr_assert_eq(cvpn_lpm_insert(table, &outer, 1), 0);
	cr_assert_eq(VISIBLE, CVPN_LPM_NO_ROUTE);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	cr_assert_eq(VISIBLE, 1);
	cr_assert_eq(cvpn_lpm_insert(table, &inner, 2), 0);
	cr_assert_eq(cvpn_lpm_insert(table, &outer, 3), 0);
	cr_assert_eq(VISIBLE, 1);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	cr_assert_eq(VISIBLE, 2);
	cr_assert_eq(cvpn_lpm_remove(table, &inner), 0);
	cr_assert_eq(VISIBLE, 2);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	cr_assert_eq(VISIBLE, 3);
	cr_assert_eq(cvpn_lpm_remove(table, &outer), 0);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	cr_assert_eq(VISIBLE, CVPN_LPM_NO_ROUTE);
#undef VISIBLE
	cvpn_lpm_destroy(table);
}

/* What a table held when it was last published, and what it holds now. */
struct history {
	struct linear_route now[400];
	struct linear_route published[400];
	size_t now_count;
	size_t published_count;
};

static size_t find_route(const struct history *h, const struct cvpn_lpm_prefix *prefix)
{
	size_t i = 0;

	while (i < h->now_count && prefix_compare(&h->now[i].prefix, prefix))
		i++;
	return i;
}

static void random_change(struct rng *rng, struct cvpn_lpm *table, struct history *h,
			  const struct linear_route *route)
{
	size_t at = find_route(h, &route->prefix);
	uint16_t value = (uint16_t)(1 + rng_below(rng, UINT16_MAX)), found;
	int got;

	if (rng_below(rng, 100) < 60) {
		cr_assert_eq(cvpn_lpm_insert(table, &route->prefix, value), 0);
		h->now[at] = (struct linear_route){ route->prefix, value };
		h->now_count += at == h->now_count;
		cr_assert_eq(cvpn_lpm_get(table, &route->prefix, &found), 0);
		cr_assert_eq(found, value);
	} else {
		got = cvpn_lpm_remove(table, &route->prefix);
		cr_assert_eq(got, at < h->now_count ? 0 : -ENOENT);
		if (!got)
			h->now[at] = h->now[--h->now_count];
		cr_assert_eq(cvpn_lpm_get(table, &route->prefix, &found), -ENOENT);
	}
	cr_assert_eq(cvpn_lpm_count(table, route->prefix.family), h->now_count);
}

static void random_changes(unsigned int family)
{
	struct rng rng = { 21 + family };
	struct linear_route *pool = random_table(&rng, family, 400, 1);
	struct history *h = calloc(1, sizeof(*h));
	struct cvpn_lpm *table = new_table();

	cr_assert_not_null(h);
	for (unsigned int round = 0; round < 300; round++) {
		for (unsigned int i = rng_below(&rng, 20) & 0xff; i; i--)
			random_change(&rng, table, h, &pool[rng_below(&rng, 400)]);
		check_image(cvpn_lpm_image(table), family, h->published, h->published_count, &rng,
			    50);
		cr_assert_eq(cvpn_lpm_publish(table), 0);
		memcpy(h->published, h->now, sizeof(h->now));
		h->published_count = h->now_count;
		check_image(cvpn_lpm_image(table), family, h->now, h->now_count, &rng, 50);
	}
	cvpn_lpm_destroy(table);
	free(h);
	free(pool);
}

Test(lpm, random_changes_ipv4)
{
	random_changes(CVPN_LPM_IPV4);
}

Test(lpm, random_changes_ipv6)
{
	random_changes(CVPN_LPM_IPV6);
}

/* An image is a function of the routes: how they came to be there does not show. */
Test(lpm, the_order_of_changes_does_not_matter)
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

/* Every operation that takes a prefix refuses this one. */
static void expect_invalid(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *p, const char *why)
{
	uint16_t value = GUARD;

	cr_assert_eq(cvpn_lpm_insert(table, p, 1), -EINVAL, "inserted with %s", why);
	cr_assert_eq(cvpn_lpm_remove(table, p), -EINVAL, "removed with %s", why);
	cr_assert_eq(cvpn_lpm_get(table, p, &value), -EINVAL, "got with %s", why);
	cr_assert_eq(value, GUARD, "a value was stored with %s", why);
}

Test(lpm, invalid_prefixes_are_refused_and_change_nothing)
{
	static const struct {
		struct cvpn_lpm_prefix prefix;
		const char *why;
	} bad[] = {
		{ { { 0x0a00000100000000, 0 }, 31, CVPN_LPM_IPV4 }, "a host bit at /31" },
		{ { { 0x0a00000000000000, 0 }, 6, CVPN_LPM_IPV4 }, "host bits at /6" },
		{ { { 0x8000000000000000, 0 }, 0, CVPN_LPM_IPV4 }, "a host bit at /0" },
		{ { { 0x0a00000000000001, 0 }, 32, CVPN_LPM_IPV4 }, "bits behind an IPv4 address" },
		{ { { 0x0a00000000000000, 1 }, 32, CVPN_LPM_IPV4 }, "a lower half in IPv4" },
		{ { { 0x0a00000000000000, 0 }, 33, CVPN_LPM_IPV4 }, "IPv4 length 33" },
		{ { { 0x0a00000000000000, 0 }, 128, CVPN_LPM_IPV4 }, "IPv4 length 128" },
		{ { { 0x20010db800000000, 0 }, 129, CVPN_LPM_IPV6 }, "IPv6 length 129" },
		{ { { 0x20010db800000000, 0 }, 255, CVPN_LPM_IPV6 }, "IPv6 length 255" },
		{ { { 0x20010db800000000, 1 }, 127, CVPN_LPM_IPV6 }, "a host bit at /127" },
		{ { { 0x20010db800000000, 1ull << 63 }, 64, CVPN_LPM_IPV6 }, "a host bit at /64" },
		{ { { 0x20010db800000001, 0 }, 63, CVPN_LPM_IPV6 }, "a host bit at /63" },
		{ { { 0, 0 }, 0, CVPN_LPM_FAMILIES }, "family 2" },
		{ { { 0, 0 }, 0, 255 }, "family 255" },
	};
	struct linear_route route = { prefix_of("10.0.0.0/8"), 2 };
	struct cvpn_lpm *table = table_of(&route, 1);
	struct rng rng = { 1 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_invalid(table, &bad[i].prefix, bad[i].why);
	cr_assert_eq(cvpn_lpm_insert(table, &route.prefix, CVPN_LPM_NO_ROUTE), -EINVAL);
	cr_assert_eq(cvpn_lpm_count(table, CVPN_LPM_IPV4), 1);
	cr_assert_eq(cvpn_lpm_count(table, CVPN_LPM_IPV6), 0);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	check_image(cvpn_lpm_image(table), CVPN_LPM_IPV4, &route, 1, &rng, 100);
	cvpn_lpm_destroy(table);
}

Test(lpm, get_remove_and_count_are_exact)
{
	struct cvpn_lpm_prefix p = prefix_of("10.1.0.0/16"), longer = prefix_of("10.1.0.0/17"),
			       shorter = prefix_of("10.0.0.0/8");
	struct cvpn_lpm *table = new_table();
	uint16_t value = GUARD;

	cr_assert_eq(cvpn_lpm_get(table, &p, &value), -ENOENT);
	cr_assert_eq(cvpn_lpm_remove(table, &p), -ENOENT);
	cr_assert_eq(cvpn_lpm_insert(table, &p, 5), 0);
	cr_assert_eq(cvpn_lpm_get(table, &longer, &value), -ENOENT);
	cr_assert_eq(cvpn_lpm_get(table, &shorter, &value), -ENOENT);
	cr_assert_eq(value, GUARD, "a value was stored though none was found");
	cr_assert_eq(cvpn_lpm_get(table, &p, &value), 0, "what is not yet published is there");
	cr_assert_eq(value, 5);
	cr_assert_eq(cvpn_lpm_insert(table, &p, UINT16_MAX), 0);
	cr_assert_eq(cvpn_lpm_count(table, CVPN_LPM_IPV4), 1, "replaced, not added");
	cr_assert_eq(cvpn_lpm_get(table, &p, &value), 0);
	cr_assert_eq(value, UINT16_MAX);
	cr_assert_eq(cvpn_lpm_remove(table, &longer), -ENOENT);
	cr_assert_eq(cvpn_lpm_remove(table, &p), 0);
	cr_assert_eq(cvpn_lpm_remove(table, &p), -ENOENT);
	cr_assert_eq(cvpn_lpm_count(table, CVPN_LPM_IPV4), 0);
	cvpn_lpm_destroy(table);
}

Test(lpm, nothing_is_destroyed)
{
	cvpn_lpm_destroy(NULL);
}

/* The same with every value width of both families, in a copy that outlives the table. */
Test(lpm, an_image_works_wherever_it_is_copied)
{
	struct rng rng = { 41 };

	for (size_t width = 0; width < ARRAY_SIZE(widths); width++) {
		size_t n = 100;
		struct linear_route *v4 = random_table(&rng, CVPN_LPM_IPV4, n,
						       widths[width].max_value);
		struct linear_route *v6 = random_table(&rng, CVPN_LPM_IPV6, n,
						       widths[width].max_value);
		struct cvpn_lpm *table = new_table();
		const struct cvpn_lpm_image *image;
		struct cvpn_lpm_image *copy;
		size_t bytes;

		insert_all(table, v4, n);
		insert_all(table, v6, n);
		cr_assert_eq(cvpn_lpm_publish(table), 0);
		image = cvpn_lpm_image(table);
		bytes = cvpn_lpm_image_bytes(image);
		cr_assert_eq(image->magic, CVPN_LPM_IMAGE_MAGIC);
		cr_assert_eq(image->version, CVPN_LPM_IMAGE_VERSION);
		cr_assert_eq(image->bytes, bytes);
		cr_assert_eq((uintptr_t)image % IMAGE_ALIGN, 0);
		cr_assert_eq(bytes % IMAGE_ALIGN, 0);
		copy = aligned_alloc(IMAGE_ALIGN, bytes);
		cr_assert_not_null(copy);
		memcpy(copy, image, bytes);
		cvpn_lpm_destroy(table);
		check_image(copy, CVPN_LPM_IPV4, v4, n, &rng, 500);
		check_image(copy, CVPN_LPM_IPV6, v6, n, &rng, 500);
		free(copy);
		free(v4);
		free(v6);
	}
}

/* Four gigabytes of address space that look the same everywhere need next to no memory. */
Test(lpm, equal_areas_are_stored_once)
{
	struct linear_route *routes = calloc(UINT16_MAX + 1, sizeof(*routes));
	const struct cvpn_lpm_image *image;
	struct cvpn_lpm *table;
	struct rng rng = { 51 };

	cr_assert_not_null(routes);
	/* 10.0.0.7/32 and its like in each /24 of 10/8: one leaf and one node serve them all. */
	for (uint64_t i = 0; i <= UINT16_MAX; i++) {
		routes[i].prefix = prefix_of("10.0.0.7/32");
		routes[i].prefix.addr.hi |= i << 40;
		routes[i].value = 1;
	}
	table = table_of(routes, UINT16_MAX + 1);
	image = cvpn_lpm_image(table);
	cr_assert_leq(image->tree[CVPN_LPM_IPV4].leaves, 3);
	cr_assert_leq(image->tree[CVPN_LPM_IPV4].nodes, 2);
	check_image(image, CVPN_LPM_IPV4, routes, UINT16_MAX + 1, &rng, 1000);
	cvpn_lpm_destroy(table);
	free(routes);
}
