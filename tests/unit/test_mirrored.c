/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mirrored tables, in plain memory: for shapes of each width, after each publish every kernel and
 * the lookups for BPF programs, compiled as C, answer as the linear oracle does; and what a mirror
 * refuses, which leaves it as it was.
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
#include "mirror.h"
#include "prefix.h"
#include "require.h"
#include "rng.h"
#include "tables.h"

TestSuite(mirrored, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Every so many changes the whole table is looked at, not only what has changed. */
#define CHANGES_A_CHECK 100u

/* Each width, with near entries and without, and roots from the smallest to the largest. */
static const struct cvpn_lpm_shape shapes[] = {
	{ 4u << 20, 2, { 4, 4 } },   { 8u << 20, 2, { 18, 16 } },  { 4u << 20, 4, { 8, 12 } },
	{ 4u << 20, 4, { 11, 12 } }, { 4u << 20, 8, { 12, 4 } },   { 4u << 20, 8, { 13, 13 } },
	{ 8u << 20, 16, { 4, 11 } }, { 8u << 20, 16, { 13, 11 } }, { 16u << 20, 16, { 16, 18 } },
};

static uint16_t max_value(const struct cvpn_lpm_shape *shape)
{
	return (uint16_t)((1u << shape->value_bits) - 1);
}

static uint16_t random_value(const struct mirror *m, struct rng *rng)
{
	return (uint16_t)(1 + rng_below(rng, max_value(&m->shape)));
}

static void insert_all_of(struct mirror *m, const struct linear_route *routes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mirror_insert(m, &routes[i].prefix, routes[i].value);
}

/* Takes out, puts in or gives another value to one of @n prefixes. */
static void toggle(struct mirror *m, struct rng *rng, const struct linear_route *routes, size_t n)
{
	const struct cvpn_lpm_prefix *prefix = &routes[rng_below(rng, n)].prefix;
	bool there = mirror_find(m, prefix) < m->of[prefix->family].count;

	if (there && rng_below(rng, 3))
		mirror_remove(m, prefix);
	else
		mirror_insert(m, prefix, random_value(m, rng));
}

/* --- grace periods: the linker puts this in the place of the library's -------------------------- */

/* There are no other readers here, and thousands of these would take most of the time. */
static struct {
	unsigned long count;
	int fails; /* what it returns */
} grace;

int __wrap_cvpn_lpm_grace(bool kernel);

int __wrap_cvpn_lpm_grace(bool kernel)
{
	cr_assert(kernel);
	grace.count++;
	return grace.fails;
}

/* --- all shapes ----------------------------------------------------------------------------------- */

static void single_changes(const struct cvpn_lpm_shape *shape, unsigned int family)
{
	const size_t n = 500, changes = 300;
	struct rng rng = { shape->value_bits + shape->root_bits[family] };
	struct linear_route *routes = random_table(&rng, family, n, max_value(shape));
	struct mirror m;

	mirror_init_shape(&m, shape);
	mirror_check(&m, &rng);
	insert_all_of(&m, routes, n / 2);
	mirror_publish(&m, &rng, 0);
	for (size_t i = 1; i <= changes; i++) {
		toggle(&m, &rng, routes, n);
		mirror_publish(&m, &rng, 16);
		if (i % CHANGES_A_CHECK == 0)
			mirror_check(&m, &rng);
	}
	/* Prefixes are of all lengths, so some are no longer than the root's stride. */
	REQUIRE(m.in_place > changes / 4, "%zu of %zu in place", m.in_place, changes);
	mirror_free(&m);
	free(routes);
}

Test(mirrored, single_changes)
{
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++)
		for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
			single_changes(&shapes[s], family);
}

/* From nothing to many routes and back, by batches that lie all over the table, of both families. */
static void grow_and_shrink(const struct cvpn_lpm_shape *shape)
{
	const size_t n = 400, batch = 25;
	struct rng rng = { shape->value_bits };
	struct linear_route *routes[CVPN_LPM_FAMILIES];
	struct mirror m;

	mirror_init_shape(&m, shape);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		routes[family] = random_table(&rng, family, n, max_value(shape));
	for (size_t from = 0; from < n; from += batch) {
		for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
			insert_all_of(&m, routes[family] + from, batch);
		REQUIRE(!mirror_publish(&m, &rng, 30), "batches were made in place");
	}
	mirror_check(&m, &rng);
	for (size_t from = 0; from < n; from += batch) {
		for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
			for (size_t i = from; i < from + batch; i++)
				mirror_remove(&m, &routes[family][i].prefix);
		mirror_publish(&m, &rng, 30);
	}
	mirror_check(&m, &rng);
	mirror_free(&m);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		free(routes[family]);
}

Test(mirrored, batches_of_both_families)
{
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++)
		grow_and_shrink(&shapes[s]);
}

/* One prefix after the other comes, and goes: the table outgrows what its root was made for. */
Test(mirrored, a_table_grows_and_shrinks)
{
	const size_t n = 600;

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		unsigned int family = s % CVPN_LPM_FAMILIES;
		struct rng rng = { s };
		struct linear_route *routes = random_table(&rng, family, n, max_value(&shapes[s]));
		struct mirror m;

		mirror_init_shape(&m, &shapes[s]);
		for (size_t i = 0; i < n; i++) {
			mirror_insert(&m, &routes[i].prefix, routes[i].value);
			mirror_publish(&m, &rng, 4);
		}
		mirror_check(&m, &rng);
		for (size_t i = 0; i < n; i++) {
			mirror_remove(&m, &routes[i].prefix);
			mirror_publish(&m, &rng, 4);
		}
		mirror_check(&m, &rng);
		mirror_free(&m);
		free(routes);
	}
}

/* --- what is refused ------------------------------------------------------------------------------ */

static int create_in(void *memory, struct cvpn_lpm_shape shape)
{
	struct cvpn_lpm *table;
	int err = cvpn_lpm_create_mirrored(&table, memory, &shape);

	if (!err)
		cvpn_lpm_destroy(table);
	return err;
}

Test(mirrored, shapes_out_of_range_are_refused)
{
	static const struct cvpn_lpm_shape invalid[] = {
		{ 0, 2, { 8, 8 } },
		{ CVPN_LPM_MIRROR_MIN_BYTES - 64, 2, { 4, 4 } },
		{ CVPN_LPM_MIRROR_MAX_BYTES + 64, 2, { 8, 8 } },
		{ (1u << 20) + 4, 2, { 8, 8 } },
		{ (1u << 20) + 32, 2, { 8, 8 } },
		{ 1u << 20, 0, { 8, 8 } },
		{ 1u << 20, 1, { 8, 8 } },
		{ 1u << 20, 3, { 8, 8 } },
		{ 1u << 20, 6, { 8, 8 } },
		{ 1u << 20, 32, { 8, 8 } },
		{ 1u << 20, 2, { CVPN_LPM_MIN_ROOT_BITS - 1, 8 } },
		{ 1u << 20, 2, { 8, CVPN_LPM_MIN_ROOT_BITS - 1 } },
		{ 1u << 20, 2, { 0, 8 } },
		{ 16u << 20, 2, { CVPN_LPM_MAX_ROOT_BITS + 1, 8 } },
		{ 16u << 20, 2, { 8, CVPN_LPM_MAX_ROOT_BITS + 1 } },
		{ 1u << 20, 2, { 8, UINT32_MAX } },
	};
	char *memory = aligned_alloc(64, 16u << 20);

	cr_assert_not_null(memory);
	memset(memory, 0, 16u << 20);
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		cr_assert_eq(create_in(memory, invalid[i]), -EINVAL, "shape number %zu", i);
	cr_assert_eq(create_in(memory + 4, shapes[0]), -EINVAL);
	cr_assert_eq(create_in(memory + 32, shapes[0]), -EINVAL);
	cr_assert_eq(create_in(NULL, shapes[0]), -EINVAL);
	/* Nothing of it was touched. */
	for (size_t i = 0; i < 16u << 20; i++)
		REQUIRE(!memory[i], "byte %zu was written", i);
	free(memory);
}

/* Each root is there twice while it is replaced; and there must be room for something below it. */
Test(mirrored, roots_must_fit_twice)
{
	char *memory = aligned_alloc(64, 8u << 20);

	cr_assert_not_null(memory);
	memset(memory, 0, 8u << 20);
	cr_assert_eq(create_in(memory, (struct cvpn_lpm_shape){ 1u << 20, 2, { 18, 4 } }), -ENOSPC);
	cr_assert_eq(create_in(memory, (struct cvpn_lpm_shape){ 1u << 20, 2, { 4, 18 } }), -ENOSPC);
	cr_assert_eq(create_in(memory, (struct cvpn_lpm_shape){ 2u << 20, 2, { 18, 4 } }), -ENOSPC);
	cr_assert_eq(create_in(memory, (struct cvpn_lpm_shape){ 3u << 20, 2, { 18, 17 } }),
		     -ENOSPC);
	cr_assert_eq(create_in(memory, (struct cvpn_lpm_shape){ (2u << 20) + 4096, 2, { 18, 4 } }),
		     0);
	cr_assert_eq(create_in(memory, (struct cvpn_lpm_shape){ (3u << 20) + 4096, 2, { 18, 17 } }),
		     0);
	cr_assert_eq(create_in(memory,
			       (struct cvpn_lpm_shape){ CVPN_LPM_MIRROR_MIN_BYTES, 2, { 4, 4 } }),
		     0);
	free(memory);
}

Test(mirrored, values_too_wide_are_refused)
{
	struct cvpn_lpm_prefix p = prefix_of("192.0.2.0/24");

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		uint32_t most = max_value(&shapes[s]);
		struct rng rng = { s };
		struct mirror m;

		mirror_init_shape(&m, &shapes[s]);
		mirror_insert(&m, &p, (uint16_t)most);
		mirror_publish(&m, &rng, 10);
		if (most < UINT16_MAX) {
			cr_assert_eq(cvpn_lpm_insert(m.table, &p, (uint16_t)(most + 1)), -ERANGE);
			cr_assert_eq(cvpn_lpm_insert(m.table, &p, UINT16_MAX), -ERANGE);
		}
		cr_assert_eq(cvpn_lpm_insert(m.table, &p, 0), -EINVAL);
		mirror_publish(&m, &rng, 10);
		mirror_check(&m, &rng);
		mirror_free(&m);
	}
}

/* --- mirrors that are full ------------------------------------------------------------------------ */

/* What readers are to see, whatever the table has been told since. */
struct seen {
	struct linear_route *routes[CVPN_LPM_FAMILIES];
	size_t count[CVPN_LPM_FAMILIES];
};

static struct seen see(const struct mirror *m)
{
	struct seen seen = { 0 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		const struct mirror_family *of = &m->of[family];

		seen.count[family] = of->count;
		seen.routes[family] = malloc((of->count + 1) * sizeof(*of->routes));
		cr_assert_not_null(seen.routes[family]);
		for (size_t i = 0; i < of->count; i++)
			seen.routes[family][i] = of->routes[i];
	}
	return seen;
}

static void check_seen(const struct mirror *m, const struct seen *seen, struct rng *rng)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct addr_list keys = { 0 };

		add_boundaries(&keys, m->of[family].routes, m->of[family].count, family);
		add_boundaries(&keys, seen->routes[family], seen->count[family], family);
		add_random(&keys, rng, seen->routes[family], seen->count[family], family, 500);
		check_addrs(cvpn_lpm_image(m->table), family, seen->routes[family],
			    seen->count[family], &keys);
		check_mirror_addrs(m->memory, &m->shape, family, seen->routes[family],
				   seen->count[family], &keys);
		addr_list_free(&keys);
	}
	check_updated(cvpn_lpm_image(m->table));
}

static void seen_free(struct seen *seen)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		free(seen->routes[family]);
}

/* Random routes that are longer than any root's stride: alone they are made in place. */
static struct linear_route *long_routes(struct rng *rng, unsigned int family, size_t n,
					uint16_t most)
{
	struct linear_route *routes = random_table(rng, family, 3 * n, most);
	size_t kept = 0;

	for (size_t i = 0; i < 3 * n && kept < n; i++)
		if (routes[i].prefix.len > CVPN_LPM_MAX_ROOT_BITS)
			routes[kept++] = routes[i];
	cr_assert_eq(kept, n);
	return routes;
}

/*
 * Routes come, by so many a publish, until the mirror is full; then it goes on with what there was,
 * and once the last ones are gone with others. Returns how many fitted.
 */
static size_t fill_up(const struct cvpn_lpm_shape *shape, unsigned int family, size_t batch)
{
	const size_t n = 4000;
	struct rng rng = { family + batch };
	struct linear_route *routes = long_routes(&rng, family, n, max_value(shape));
	struct seen seen;
	struct mirror m;
	size_t in = 0, left;
	int err;

	mirror_init_shape(&m, shape);
	for (;;) {
		seen = see(&m);
		insert_all_of(&m, routes + in, batch);
		in += batch;
		cr_assert_lt(in, n, "the mirror is too large for this test");
		err = mirror_try(&m);
		if (err)
			break;
		seen_free(&seen);
	}
	cr_assert_eq(err, -ENOSPC);
	check_seen(&m, &seen, &rng);
	cr_assert_eq(mirror_try(&m), -ENOSPC);
	check_seen(&m, &seen, &rng);
	/*
	 * Without what was too much there is room to go on. Changes that need a new root may want
	 * more than that: what was shown before it was full may take more than half of the mirror.
	 */
	left = in;
	do {
		for (size_t i = 0; i < batch; i++)
			mirror_remove(&m, &routes[--left].prefix);
		err = mirror_try(&m);
		cr_assert(!err || err == -ENOSPC);
		cr_assert_geq(left, batch == 1 ? in - 1 : in * 3 / 4, "%zu of %zu", left, in);
	} while (err);
	mirror_check(&m, &rng);
	if (batch == 1) {
		mirror_remove(&m, &routes[--left].prefix);
		cr_assert(mirror_publish(&m, &rng, 100));
	}
	while (left)
		mirror_remove(&m, &routes[--left].prefix);
	mirror_publish(&m, &rng, 100);
	mirror_check(&m, &rng);
	/* As many routes as before, but others: blocks of other sizes. */
	insert_all_of(&m, routes + n - in / 2, in / 2);
	mirror_publish(&m, &rng, 100);
	mirror_check(&m, &rng);
	seen_free(&seen);
	mirror_free(&m);
	free(routes);
	return in - batch;
}

Test(mirrored, a_full_mirror_goes_on_with_what_it_had)
{
	static const struct cvpn_lpm_shape small[] = {
		{ 128u << 10, 2, { 4, 4 } },
		{ 128u << 10, 8, { 8, 8 } },
		{ 256u << 10, 16, { 11, 4 } },
	};

	for (size_t s = 0; s < ARRAY_SIZE(small); s++) {
		for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
			cr_expect_gt(fill_up(&small[s], family, 1), 30);
			cr_expect_gt(fill_up(&small[s], family, 20), 30);
		}
	}
}

/* When the second family of a publish does not fit, the first one is not shown, either. */
Test(mirrored, both_families_or_none)
{
	const struct cvpn_lpm_shape shape = { 256u << 10, 8, { 8, 8 } };
	struct rng rng = { 21 };

	for (unsigned int large = 0; large < CVPN_LPM_FAMILIES; large++) {
		unsigned int little = !large;
		struct linear_route *many = random_table(&rng, large, 4000, 255);
		struct linear_route *few = random_table(&rng, little, 40, 255);
		struct mirror_roots before, after;
		struct seen seen;
		struct mirror m;

		mirror_init_shape(&m, &shape);
		insert_all_of(&m, many, 20);
		insert_all_of(&m, few, 20);
		mirror_publish(&m, &rng, 0);
		seen = see(&m);
		before = mirror_roots(&m);
		insert_all_of(&m, many + 20, 3980);
		insert_all_of(&m, few + 20, 20);
		cr_assert_eq(mirror_try(&m), -ENOSPC);
		after = mirror_roots(&m);
		cr_assert_not(memcmp(&before, &after, sizeof(before)));
		check_seen(&m, &seen, &rng);
		for (size_t i = 20; i < 4000; i++)
			mirror_remove(&m, &many[i].prefix);
		mirror_publish(&m, &rng, 100);
		mirror_check(&m, &rng);
		seen_free(&seen);
		mirror_free(&m);
		free(many);
		free(few);
	}
}

/* Without grace periods nothing is used again, and nothing that readers see is harmed. */
Test(mirrored, a_kernel_that_no_longer_waits)
{
	const struct cvpn_lpm_shape shape = { 128u << 10, 8, { 8, 8 } };
	struct rng rng = { 22 };
	struct linear_route *routes = long_routes(&rng, CVPN_LPM_IPV6, 100, 255);
	struct cvpn_lpm_prefix host = { routes[0].prefix.addr, 128, CVPN_LPM_IPV6 };
	struct cvpn_lpm *other;
	struct mirror m;
	int err;

	mirror_init_shape(&m, &shape);
	insert_all_of(&m, routes, 100);
	mirror_publish(&m, &rng, 0);
	grace.fails = -EOPNOTSUPP;
	do {
		mirror_insert(&m, &host, random_value(&m, &rng));
		err = mirror_try(&m);
		if (!err)
			mirror_check(&m, &rng);
	} while (!err);
	cr_assert_eq(err, -ENOSPC);
	grace.fails = 0;
	mirror_publish(&m, &rng, 0);
	mirror_check(&m, &rng);
	/* Nor is the mirror another table's then. */
	cvpn_lpm_destroy(m.table);
	grace.fails = -EOPNOTSUPP;
	cr_assert_eq(cvpn_lpm_create_mirrored(&other, m.memory, &shape), -EOPNOTSUPP);
	m.table = NULL;
	mirror_free(&m);
	free(routes);
}

/* --- memory before, and after ---------------------------------------------------------------------- */

static void expect_no_routes(const uint32_t *memory, const struct cvpn_lpm_shape *shape)
{
	struct rng rng = { 3 };

	for (unsigned int i = 0; i < 10000; i++) {
		unsigned int family = i % CVPN_LPM_FAMILIES;
		/* Small ones, too: they index what is at the beginning of the mirror. */
		struct cvpn_lpm_addr addr = random_addr(&rng, family);
		unsigned int shift = i % 5 * 8;

		addr.hi = family ? addr.hi >> shift : (addr.hi >> shift) & 0xffffffff00000000;
		REQUIRE(!lookup_mirror(memory, shape, family, addr), "a route out of nothing");
	}
}

Test(mirrored, memory_without_a_table_has_no_routes)
{
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		uint32_t *memory = aligned_alloc(64, shapes[s].bytes);
		struct rng rng = { s };
		struct cvpn_lpm_image *image = (void *)memory;

		cr_assert_not_null(memory);
		memset(memory, 0, shapes[s].bytes);
		expect_no_routes(memory, &shapes[s]);
		/* While a table is made, programs run: its roots come last. */
		for (size_t i = 0; i < shapes[s].bytes / sizeof(*memory); i++)
			memory[i] = (uint32_t)rng_next(&rng);
		image->tree[0].root = 0;
		image->tree[1].root = 0;
		expect_no_routes(memory, &shapes[s]);
		free(memory);
	}
}

/* A lookup ends, and stays within the mirror, whatever that holds (the sanitizer watches). */
Test(mirrored, memory_of_any_content_is_safe_to_search)
{
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		uint32_t *memory = aligned_alloc(64, shapes[s].bytes);
		struct rng rng = { s };

		cr_assert_not_null(memory);
		for (size_t i = 0; i < shapes[s].bytes / sizeof(*memory); i++)
			memory[i] = (uint32_t)rng_next(&rng) & (i % 3 ? 0xe0ffffff : UINT32_MAX);
		for (unsigned int i = 0; i < 20000; i++)
			REQUIRE(lookup_mirror(memory, &shapes[s], i % 2,
					      random_addr(&rng, i % 2)) <= max_value(&shapes[s]),
				"no value of this width");
		free(memory);
	}
}

/* A destroyed table's mirror goes on as it was; in another table's hands it is empty, then that. */
Test(mirrored, a_mirror_is_used_again)
{
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		const struct cvpn_lpm_shape *shape = &shapes[s];
		struct rng rng = { s };

		for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
			struct linear_route *routes = random_table(&rng, family, 200,
								   max_value(shape));
			struct addr_list keys = { 0 };
			struct mirror m;

			mirror_init_shape(&m, shape);
			insert_all_of(&m, routes, 200);
			mirror_publish(&m, &rng, 0);
			cvpn_lpm_destroy(m.table);
			add_boundaries(&keys, routes, 200, family);
			check_mirror_addrs(m.memory, shape, family, routes, 200, &keys);
			addr_list_free(&keys);

			cr_assert_eq(cvpn_lpm_create_mirrored(&m.table, m.memory, shape), 0);
			expect_no_routes(m.memory, shape);
			m.of[family].count = 0;
			mirror_check(&m, &rng);
			insert_all_of(&m, routes, 100);
			mirror_publish(&m, &rng, 100);
			mirror_check(&m, &rng);
			mirror_free(&m);
			free(routes);
		}
	}
}
