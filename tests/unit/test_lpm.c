/* SPDX-License-Identifier: BSD-2-Clause */
/* The public interface of the table: changes, when they become visible, and errors. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>

#include "leaks.h"
#include "linear.h"
#include "lpm_check.h"
#include "prefix.h"
#include "rng.h"
#include "tables.h"

TestSuite(lpm, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* What a variable holds that must not be written. */
#define UNTOUCHED 0xdead

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

/* Every operation that takes a prefix refuses this one. */
static void expect_invalid(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *p, const char *why)
{
	uint16_t value = UNTOUCHED;

	cr_assert_eq(cvpn_lpm_insert(table, p, 1), -EINVAL, "inserted with %s", why);
	cr_assert_eq(cvpn_lpm_remove(table, p), -EINVAL, "removed with %s", why);
	cr_assert_eq(cvpn_lpm_get(table, p, &value), -EINVAL, "got with %s", why);
	cr_assert_eq(value, UNTOUCHED, "a value was stored with %s", why);
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
	uint16_t value = UNTOUCHED;

	cr_assert_eq(cvpn_lpm_get(table, &p, &value), -ENOENT);
	cr_assert_eq(cvpn_lpm_remove(table, &p), -ENOENT);
	cr_assert_eq(cvpn_lpm_insert(table, &p, 5), 0);
	cr_assert_eq(cvpn_lpm_get(table, &longer, &value), -ENOENT);
	cr_assert_eq(cvpn_lpm_get(table, &shorter, &value), -ENOENT);
	cr_assert_eq(value, UNTOUCHED, "a value was stored though none was found");
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

/* What a thread is given where little is usual. */
#define SMALL_STACK (256u << 10)

/* Prefixes of every length around one address: no table is deeper. */
static void *publish_nested(void *table)
{
	struct rng rng = { 3 };
	struct cvpn_lpm_addr addr = random_addr(&rng, CVPN_LPM_IPV6);

	for (unsigned int len = 0; len <= 128; len++) {
		struct cvpn_lpm_prefix p = { prefix_first(addr, len), (uint8_t)len, CVPN_LPM_IPV6 };

		cr_assert_eq(cvpn_lpm_insert(table, &p, (uint16_t)(1 + len)), 0);
	}
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	return NULL;
}

Test(lpm, a_small_stack_is_enough_to_publish)
{
	struct cvpn_lpm *table = new_table();
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	cr_assert_eq(pthread_attr_setstacksize(&attr, SMALL_STACK), 0);
	cr_assert_eq(pthread_create(&thread, &attr, publish_nested, table), 0);
	pthread_attr_destroy(&attr);
	pthread_join(thread, NULL);
	cvpn_lpm_destroy(table);
}
