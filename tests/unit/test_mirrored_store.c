/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mirrored tables seen from within: an image that never moves loses no memory and finds room again,
 * over thousands of updates and new roots in a mirror that is only as large as it has to be.
 */
#include <stdlib.h>

/* Not its interface alone: the store of a table is looked at. */
#include "table.c"

#include <criterion/criterion.h>

#include "layout.h"
#include "leaks.h"
#include "lpm_check.h"
#include "require.h"
#include "rng.h"
#include "tables.h"

TestSuite(mirrored_store, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* What a mirror should have of an image's size, see <cvpn/lpm_mirror.h>. */
#define ROOM(bytes) ((bytes)*5 / 2 / 64 * 64)

/* There are no readers here; the linker puts this in the place of the library's. */
int __wrap_cvpn_lpm_grace(bool kernel);

int __wrap_cvpn_lpm_grace(bool kernel)
{
	cr_assert(kernel);
	return 0;
}

static uint32_t *new_memory(size_t bytes)
{
	uint32_t *memory = aligned_alloc(64, bytes);

	cr_assert_not_null(memory);
	memset(memory, 0, bytes);
	return memory;
}

/* Routes that come and go: those that are in are at the front. */
struct turnover {
	struct linear_route *routes;
	size_t count;
	size_t in;
};

static void swap_routes(struct linear_route *a, struct linear_route *b)
{
	struct linear_route c = *a;

	*a = *b;
	*b = c;
}

/* One route comes for one that goes. */
static void turn_over(struct cvpn_lpm *table, struct turnover *t, struct rng *rng)
{
	size_t out = rng_below(rng, t->in), in = t->in + rng_below(rng, t->count - t->in);

	REQUIRE(!cvpn_lpm_remove(table, &t->routes[out].prefix), "remove");
	REQUIRE(!cvpn_lpm_insert(table, &t->routes[in].prefix, t->routes[in].value), "insert");
	swap_routes(&t->routes[out], &t->routes[in]);
}

static void publish(struct cvpn_lpm *table, size_t number)
{
	int err = cvpn_lpm_publish(table);

	REQUIRE(!err, "publish number %zu: error %d", number, err);
}

/* The shape that a mirror of a table has, by what the table takes without one. */
static struct cvpn_lpm_shape shape_for(const struct turnover turnovers[CVPN_LPM_FAMILIES],
				       unsigned int value_bits)
{
	struct cvpn_lpm_shape shape = { .value_bits = value_bits };
	const struct cvpn_lpm_image *image;
	struct cvpn_lpm *table = new_table();

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		insert_all(table, turnovers[family].routes, turnovers[family].in);
	publish(table, 0);
	image = cvpn_lpm_image(table);
	shape.bytes = (uint32_t)ROOM(cvpn_lpm_image_bytes(image));
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		shape.root_bits[family] = image->tree[family].root_bits;
	cvpn_lpm_destroy(table);
	return shape;
}

/* Updates of one route, of some that lie apart, and of both families, in what room there should be. */
static void many_changes(size_t n, unsigned int value_bits)
{
	const size_t changes = 3000, many = 40;
	struct turnover turnovers[CVPN_LPM_FAMILIES];
	uint16_t most = (uint16_t)((1u << value_bits) - 1);
	struct rng rng = { n + value_bits };
	struct cvpn_lpm_shape shape;
	struct cvpn_lpm *table;
	uint32_t *memory;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		turnovers[family] = (struct turnover){ random_table(&rng, family, 2 * n, most),
						       2 * n, n };
	shape = shape_for(turnovers, value_bits);
	memory = new_memory(shape.bytes);
	cr_assert_eq(cvpn_lpm_create_mirrored(&table, memory, &shape), 0);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		insert_all(table, turnovers[family].routes, n);
	publish(table, 0);
	for (size_t i = 1; i <= changes; i++) {
		unsigned int family = (unsigned int)rng_below(&rng, CVPN_LPM_FAMILIES);

		turn_over(table, &turnovers[family], &rng);
		for (size_t more = 0; i % 8 == 0 && more < many; more++)
			turn_over(table, &turnovers[family], &rng);
		if (i % 16 == 0)
			turn_over(table, &turnovers[!family], &rng);
		publish(table, i);
		if (i % 600)
			continue;
		check_store(&table->store);
		for (family = 0; family < CVPN_LPM_FAMILIES; family++)
			check_image(cvpn_lpm_image(table), family, turnovers[family].routes,
				    turnovers[family].in, &rng, 100);
	}
	cvpn_lpm_destroy(table);
	free(memory);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		free(turnovers[family].routes);
}

Test(mirrored_store, a_mirror_of_a_small_table_is_never_full)
{
	many_changes(10, 2);
	many_changes(30, 8);
	many_changes(30, 16);
}

Test(mirrored_store, a_mirror_is_never_full)
{
	many_changes(300, 2);
	many_changes(300, 4);
	many_changes(1000, 8);
	many_changes(1000, 16);
}

/* A table of a kind takes the place of one of another, again and again: blocks of other sizes. */
Test(mirrored_store, tables_that_differ_take_turns)
{
	enum { KINDS = 4 };
	static const struct {
		unsigned int family;
		size_t n;
	} kinds[KINDS] = { { 0, 1500 }, { 1, 200 }, { 0, 100 }, { 1, 600 } };
	struct cvpn_lpm_shape shape = { 512u << 10, 8, { 12, 12 } };
	uint32_t *memory = new_memory(shape.bytes);
	struct rng rng = { 8 };
	struct cvpn_lpm *table;

	cr_assert_eq(cvpn_lpm_create_mirrored(&table, memory, &shape), 0);
	for (unsigned int round = 0; round < 64; round++) {
		unsigned int kind = round % KINDS;
		size_t n = kinds[kind].n;
		struct linear_route *routes = random_table(&rng, kinds[kind].family, n, 255);

		/* At once, or one by one. */
		for (size_t i = 0; i < n; i++) {
			REQUIRE(!cvpn_lpm_insert(table, &routes[i].prefix, routes[i].value),
				"insert");
			if (round & 4)
				publish(table, i);
		}
		publish(table, round);
		check_store(&table->store);
		check_image(cvpn_lpm_image(table), kinds[kind].family, routes, n, &rng, 100);
		for (size_t i = 0; i < n; i++)
			REQUIRE(!cvpn_lpm_remove(table, &routes[i].prefix), "remove");
		if (round & 2)
			publish(table, round);
		free(routes);
	}
	publish(table, 0);
	cvpn_lpm_make_room(&table->store);
	check_store(&table->store);
	/* Only the roots are left, and what is at the same place behind them. */
	cr_assert_leq(table->store.live, 2 * 4096 + 64);
	cvpn_lpm_destroy(table);
	free(memory);
}

/* Each value has a constant of its own: not for good, or they would fill any mirror. */
Test(mirrored_store, constants_go_when_no_entry_leads_to_them)
{
	struct cvpn_lpm_shape shape = { 64u << 10, 16, { 4, 4 } };
	uint32_t *memory = new_memory(shape.bytes);
	struct cvpn_lpm *table;

	cr_assert_eq(cvpn_lpm_create_mirrored(&table, memory, &shape), 0);
	for (uint32_t value = 1; value <= UINT16_MAX; value++) {
		unsigned int family = value % CVPN_LPM_FAMILIES;
		struct linear_route route = { { { 0x2000000000000000, 0 },
						(uint8_t)(value % 32 ? 4 : 3),
						(uint8_t)family },
					      (uint16_t)value };

		REQUIRE(!cvpn_lpm_insert(table, &route.prefix, route.value), "insert");
		publish(table, value);
		REQUIRE(cvpn_lpm_lookup6_one(cvpn_lpm_image(table), route.prefix.addr) == value ||
				!family || value % 32 == 0,
			"another value");
		if (value % 4096 == 0)
			check_store(&table->store);
	}
	cvpn_lpm_destroy(table);
	free(memory);
}

/* What a publish takes that fails is all given back, also when it fails at the second family. */
Test(mirrored_store, a_failed_publish_loses_nothing)
{
	struct cvpn_lpm_shape shape = { 128u << 10, 8, { 8, 8 } };
	uint32_t *memory = new_memory(shape.bytes);
	struct rng rng = { 9 };
	struct linear_route *v4 = random_table(&rng, CVPN_LPM_IPV4, 50, 255);
	struct linear_route *v6 = random_table(&rng, CVPN_LPM_IPV6, 2000, 255);
	struct cvpn_lpm *table;
	size_t live;

	cr_assert_eq(cvpn_lpm_create_mirrored(&table, memory, &shape), 0);
	insert_all(table, v4, 25);
	insert_all(table, v6, 5);
	publish(table, 0);
	insert_all(table, v4, 50);
	insert_all(table, v6, 2000);
	live = table->store.live;
	for (unsigned int i = 0; i < 100; i++) {
		cr_assert_eq(cvpn_lpm_publish(table), -ENOSPC);
		check_store(&table->store);
	}
	/* Constants may have come, or gone. */
	cr_assert_leq(table->store.live, live + 256 * CVPN_LPM_GRANULE_WORDS);
	for (size_t i = 5; i < 2000; i++)
		REQUIRE(!cvpn_lpm_remove(table, &v6[i].prefix), "remove");
	publish(table, 1);
	check_store(&table->store);
	check_image(cvpn_lpm_image(table), CVPN_LPM_IPV4, v4, 50, &rng, 1000);
	check_image(cvpn_lpm_image(table), CVPN_LPM_IPV6, v6, 5, &rng, 1000);
	cvpn_lpm_destroy(table);
	free(memory);
	free(v4);
	free(v6);
}

/* A root with near entries is no power of two: of a free block that is, the rest stays free. */
Test(mirrored_store, roots_with_near_entries_are_made_of_free_blocks)
{
	enum { MANY = 8 };
	struct cvpn_lpm_shape shape = { 8u << 20, 2, { 18, 4 } };
	size_t words = cvpn_lpm_root_words(shape.root_bits[0], true);
	uint32_t *memory = new_memory(shape.bytes), roots[MANY], last;
	struct cvpn_lpm *table;
	struct store *store;
	unsigned int n = 0;
	size_t live;

	cr_assert(cvpn_lpm_has_near(&shape));
	cr_assert_eq(cvpn_lpm_create_mirrored(&table, memory, &shape), 0);
	store = &table->store;
	live = store->live;
	/* All the memory goes to roots, and comes back; but what is last stays. */
	while (!cvpn_lpm_store_alloc_root(store, CVPN_LPM_IPV4, words, &roots[n]))
		cr_assert_lt(++n, MANY);
	cr_assert_eq(cvpn_lpm_store_alloc(store, 1, &last), 0);
	for (unsigned int i = 0; i < n; i++)
		cvpn_lpm_store_return_root(store, CVPN_LPM_IPV4, roots[i]);
	cvpn_lpm_make_room(store);
	cr_assert_gt(store->free[STORE_CLASSES - 1], 0, "no block is larger than a root");
	for (unsigned int i = 0; i < 2; i++)
		cr_assert_eq(cvpn_lpm_store_alloc_root(store, CVPN_LPM_IPV4, words, &roots[i]), 0);
	cr_assert_eq(store->live, live + 2 * words + CVPN_LPM_GRANULE_WORDS);
	cr_assert_geq(roots[0] > roots[1] ? roots[0] - roots[1] : roots[1] - roots[0], words);
	for (unsigned int i = 0; i < 2; i++)
		cvpn_lpm_store_return_root(store, CVPN_LPM_IPV4, roots[i]);
	cvpn_lpm_store_return(store, last, 1);
	check_store(store);
	cvpn_lpm_destroy(table);
	free(memory);
}
