/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes without memory: each allocation that an insert or a remove and its publish make fails in
 * turn, alone or with all that follow. The error is -ENOMEM or there is none, readers find the table
 * from before or the one from after, and once there is memory again all is well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_mirror.h>

#include "layout.h"
#include "leaks.h"
#include "lpm_check.h"
#include "prefix.h"
#include "require.h"
#include "rng.h"
#include "tables.h"

TestSuite(update_memory, .fini = check_leaks);

/* --- allocations that fail: the linker puts these in the place of the C library's --------------- */

static struct {
	bool on;
	bool all_after; /* else one alone */
	unsigned long countdown;
	unsigned long failed;
} injector;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

static bool fails(void)
{
	if (!injector.on)
		return false;
	if (injector.countdown) {
		injector.countdown--;
		return false;
	}
	if (injector.failed && !injector.all_after)
		return false;
	injector.failed++;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __real_aligned_alloc(align, size);
}

/* --- the changes ---------------------------------------------------------------------------------- */

/* A table and one change of it: the last of @after, which @before has not; or the other way round. */
struct change {
	const struct linear_route *routes;
	size_t count; /* of the routes in both */
	struct linear_route changed;
	bool removes;
};

/* Where the tables are mirrored, if that is set. */
static uint32_t *mirror;
static const struct cvpn_lpm_shape mirror_shape = { 1u << 20, 8, { 8, 10 } };

static struct cvpn_lpm *make_table(const struct linear_route *routes, size_t n)
{
	struct cvpn_lpm *table;

	if (!mirror)
		return table_of(routes, n);
	cr_assert_eq(cvpn_lpm_create_mirrored(&table, mirror, &mirror_shape), 0);
	insert_all(table, routes, n);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	return table;
}

static size_t count_before(const struct change *c)
{
	return c->count + c->removes;
}

static int apply(struct cvpn_lpm *table, const struct change *c)
{
	if (c->removes)
		return cvpn_lpm_remove(table, &c->changed.prefix);
	return cvpn_lpm_insert(table, &c->changed.prefix, c->changed.value);
}

/* Readers find the table with the changed route or the one without it. */
static void check_verdicts(const struct cvpn_lpm *table, const struct change *c, bool changed)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table);
	bool has = changed != c->removes;
	struct rng rng = { c->count };

	check_image(image, c->changed.prefix.family, c->routes, c->count + has, &rng, 50);
	check_updated(image);
}

/* The exact prefix is there or it is not, published or not. */
static void check_exact(const struct cvpn_lpm *table, const struct change *c, bool changed)
{
	bool has = changed != c->removes;
	uint16_t value;

	REQUIRE(cvpn_lpm_get(table, &c->changed.prefix, &value) == (has ? 0 : -ENOENT),
		"a change that failed is there, or one that did not is not");
	REQUIRE(!has || value == c->changed.value, "another value");
	REQUIRE(cvpn_lpm_count(table, c->changed.prefix.family) == c->count + has, "the count");
}

/* Makes the change while allocation number @nth fails. Returns false if there are not so many. */
static bool change_with_failure(const struct change *c, unsigned long nth, bool all_after)
{
	struct cvpn_lpm *table = make_table(c->routes, count_before(c));
	int err, published = 0;

	injector.all_after = all_after;
	injector.countdown = nth;
	injector.failed = 0;
	injector.on = true;
	err = apply(table, c);
	if (!err)
		published = cvpn_lpm_publish(table);
	injector.on = false;
	REQUIRE(!err || err == -ENOMEM, "insert or remove: error %d", err);
	REQUIRE(!published || published == -ENOMEM, "publish: error %d", published);
	REQUIRE(injector.failed || !(err || published), "an error though nothing failed");
	check_exact(table, c, !err);
	check_verdicts(table, c, !err && !published);
	if (err)
		REQUIRE(apply(table, c) == 0, "a retry failed");
	REQUIRE(cvpn_lpm_publish(table) == 0, "publishing again failed");
	check_exact(table, c, true);
	check_verdicts(table, c, true);
	cvpn_lpm_destroy(table);
	return injector.failed;
}

/* The route number @count of @routes is inserted, and removed, without memory. */
static void fail_each(const struct linear_route *routes, size_t count)
{
	for (unsigned int removes = 0; removes < 2; removes++) {
		struct change c = { routes, count, routes[count], removes };

		for (unsigned int all_after = 0; all_after < 2; all_after++) {
			unsigned long nth = 0;

			while (change_with_failure(&c, nth, all_after))
				nth++;
			/* The list of an area's routes is one, at the least. */
			cr_assert(nth > 0 || count == 0);
		}
	}
}

/* A random table with the prefix of @text changed. */
static void fail_each_at(unsigned int family, size_t n, const char *text, uint16_t value)
{
	struct rng rng = { n + family };
	struct linear_route *routes = random_table(&rng, family, n, 3);

	/* The array has room for one more. */
	routes[n] = (struct linear_route){ prefix_of(text), value };
	for (size_t i = 0; i < n; i++)
		cr_assert(prefix_compare(&routes[i].prefix, &routes[n].prefix));
	fail_each(routes, n);
	free(routes);
}

Test(update_memory, in_place)
{
	fail_each_at(CVPN_LPM_IPV4, 500, "10.1.2.3/32", 2);
	fail_each_at(CVPN_LPM_IPV4, 500, "10.1.2.0/23", 2);
	fail_each_at(CVPN_LPM_IPV6, 500, "2001:db8:1:2::3/128", 2);
	fail_each_at(CVPN_LPM_IPV6, 500, "2001:db8:2::/47", 2);
}

Test(update_memory, a_new_image)
{
	fail_each_at(CVPN_LPM_IPV4, 0, "10.1.2.3/32", 1);
	fail_each_at(CVPN_LPM_IPV6, 3, "2001:db8:2::/47", 1);
	fail_each_at(CVPN_LPM_IPV4, 200, "10.0.0.0/7", 1);
	fail_each_at(CVPN_LPM_IPV6, 200, "2000::/3", 1);
	/* Values too wide for what the image has. */
	fail_each_at(CVPN_LPM_IPV4, 500, "10.1.2.3/32", 4000);
	fail_each_at(CVPN_LPM_IPV6, 500, "2001:db8:1:2::3/128", 16);
}

/* In a mirror there are new roots for new images. */
Test(update_memory, mirrored)
{
	mirror = aligned_alloc(64, mirror_shape.bytes);
	cr_assert_not_null(mirror);
	memset(mirror, 0, mirror_shape.bytes);
	fail_each_at(CVPN_LPM_IPV4, 300, "10.1.2.3/32", 2);
	fail_each_at(CVPN_LPM_IPV4, 300, "10.0.0.0/7", 3);
	fail_each_at(CVPN_LPM_IPV6, 100, "2001:db8:1:2::3/128", 200);
	fail_each_at(CVPN_LPM_IPV6, 100, "2000::/3", 1);
	fail_each_at(CVPN_LPM_IPV6, 0, "2000::/3", 1);
	free(mirror);
}

/* So many that the arrays of routes, leaves and retired blocks grow at one time or another. */
Test(update_memory, while_everything_grows)
{
	struct rng rng = { 9 };
	struct linear_route *routes = random_table(&rng, CVPN_LPM_IPV6, 300, 255);
	struct cvpn_lpm *table = new_table();

	for (size_t i = 0; i < 300; i++) {
		unsigned long nth = 0;
		int err;

		/* Each time one allocation more works, until the change is made. */
		do {
			injector.all_after = true;
			injector.countdown = nth++;
			injector.failed = 0;
			injector.on = true;
			err = cvpn_lpm_insert(table, &routes[i].prefix, routes[i].value);
			if (!err)
				err = cvpn_lpm_publish(table);
			injector.on = false;
			REQUIRE(!err || err == -ENOMEM, "error %d", err);
			if (i % 16 == 0)
				check_image(cvpn_lpm_image(table), CVPN_LPM_IPV6, routes, i + !err,
					    &rng, 0);
		} while (err);
	}
	check_image(cvpn_lpm_image(table), CVPN_LPM_IPV6, routes, 300, &rng, 500);
	check_updated(cvpn_lpm_image(table));
	cvpn_lpm_destroy(table);
	free(routes);
}
