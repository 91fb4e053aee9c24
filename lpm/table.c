/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table: routes on the writer's side, one published image on the readers'.
 *
 * Changes that lie in one slot of a node are made in the published image, see update.c. For all
 * others a new image is compiled and takes the place of the old one.
 *
 * Why a reader never sees a half-made table then: an image is complete before rcu_xchg_pointer()
 * stores its address (a full barrier on the writer's side), a reader loads that address once with
 * rcu_dereference() and all it reads depends on it. Why it never reads freed memory: the old image
 * is freed only after synchronize_rcu() has seen every registered reader pass a quiescent state, in
 * which by contract it holds no image (Desnoyers et al., "User-Level Implementations of Read-Copy
 * Update", IEEE TPDS 2012).
 *
 * A mirrored table has one image for all its life, and a new root within that takes the place of a
 * new image: what its tree is made of is complete before the one word that says where its root is.
 */
#include <cvpn/lpm.h>

#include <errno.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

#include "compile.h"
#include "grace.h"
#include "prefix.h"
#include "room.h"
#include "routes.h"
#include "store.h"
#include "update.h"

/* What has changed in a family since the last publish: nothing, or prefixes that @cover holds. */
struct change {
	bool any;
	struct cvpn_lpm_prefix cover;
};

/*
 * Images that were replaced wait together for one grace period: so many, as long as they are small.
 * The table of a client is one that is replaced, by each change.
 */
#define MAX_RETIRED	  64u
#define MAX_RETIRED_BYTES ((size_t)1 << 20)

/*
 * The part of a mirror that is kept for changes that add no route. They need room, too, and where
 * they find none a new root has to be made, for which there must be room for the whole table.
 */
#define RESERVE_SHARE 8u

#define LINE 64u /* bytes in a cache line, to which images are aligned */

struct cvpn_lpm {
	struct cvpn_lpm_image *image; /* published: store.words; never NULL */
	struct store store;
	unsigned int value_bits; /* of a mirrored table, else 0 */
	struct store retired[MAX_RETIRED];
	unsigned int retired_count;
	size_t retired_bytes;
	struct route_set routes[CVPN_LPM_FAMILIES];
	size_t published_count[CVPN_LPM_FAMILIES]; /* of the routes that readers see */
	struct change changes[CVPN_LPM_FAMILIES];
	struct route_buffer buffer;
};

/* The words of a published store are an image. */
static struct cvpn_lpm_image *store_image(const struct store *store)
{
	return (struct cvpn_lpm_image *)(void *)store->words;
}

/* Publishes the image without routes; @t is freed on error. */
static int create(struct cvpn_lpm *t, const struct cvpn_lpm_shape *shape, struct cvpn_lpm **table)
{
	int err = cvpn_lpm_compile_image(t->routes, shape, &t->store);

	if (err < 0) {
		free(t);
		return err;
	}
	t->image = store_image(&t->store);
	*table = t;
	return 0;
}

int cvpn_lpm_create(struct cvpn_lpm **table)
{
	struct cvpn_lpm *t = calloc(1, sizeof(*t));

	return t ? create(t, NULL, table) : -ENOMEM;
}

static bool shape_valid(const struct cvpn_lpm_shape *shape)
{
	uint32_t bits = shape->value_bits;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		if (shape->root_bits[family] < CVPN_LPM_MIN_ROOT_BITS ||
		    shape->root_bits[family] > CVPN_LPM_MAX_ROOT_BITS)
			return false;
	}
	return (bits == 2 || bits == 4 || bits == 8 || bits == 16) && shape->bytes % LINE == 0 &&
	       shape->bytes >= CVPN_LPM_MIRROR_MIN_BYTES &&
	       shape->bytes <= CVPN_LPM_MIRROR_MAX_BYTES;
}

int cvpn_lpm_create_mirrored(struct cvpn_lpm **table, void *mirror,
			     const struct cvpn_lpm_shape *shape)
{
	struct cvpn_lpm *t;
	int err;

	if (!mirror || (uintptr_t)mirror % LINE || !shape_valid(shape))
		return -EINVAL;
	err = cvpn_lpm_grace_check();
	if (err < 0)
		return err;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->store.home = (struct store_home){ mirror, shape->bytes / sizeof(uint32_t) };
	t->value_bits = shape->value_bits;
	return create(t, shape, table);
}

/* Frees the images that were replaced; no reader may be in them. */
static void free_retired(struct cvpn_lpm *table)
{
	while (table->retired_count)
		cvpn_lpm_store_free(&table->retired[--table->retired_count]);
	table->retired_bytes = 0;
}

void cvpn_lpm_destroy(struct cvpn_lpm *table)
{
	if (!table)
		return;
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		cvpn_lpm_route_set_clear(&table->routes[family]);
	free_retired(table);
	cvpn_lpm_store_free(&table->store);
	free(table->buffer.entries);
	free(table);
}

static void note_change(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix)
{
	struct change *change = &table->changes[prefix->family];
	unsigned int common;

	if (!change->any) {
		*change = (struct change){ true, *prefix };
		return;
	}
	common = addr_common(change->cover.addr, prefix->addr);
	if (common < change->cover.len)
		change->cover.len = (uint8_t)common;
	if (prefix->len < change->cover.len)
		change->cover.len = prefix->len;
	change->cover.addr = prefix_first(change->cover.addr, change->cover.len);
}

int cvpn_lpm_insert(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	int err;

	if (!prefix_valid(prefix) || value == CVPN_LPM_NO_ROUTE)
		return -EINVAL;
	if (table->value_bits && value >> table->value_bits)
		return -ERANGE;
	err = cvpn_lpm_route_set_insert(&table->routes[prefix->family], prefix, value);
	if (!err)
		note_change(table, prefix);
	return err;
}

int cvpn_lpm_remove(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix)
{
	int err;

	if (!prefix_valid(prefix))
		return -EINVAL;
	err = cvpn_lpm_route_set_remove(&table->routes[prefix->family], prefix);
	if (!err)
		note_change(table, prefix);
	return err;
}

int cvpn_lpm_get(const struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix,
		 uint16_t *value)
{
	uint16_t found;

	if (!prefix_valid(prefix))
		return -EINVAL;
	found = cvpn_lpm_route_set_find(&table->routes[prefix->family], prefix);
	if (found == CVPN_LPM_NO_ROUTE)
		return -ENOENT;
	*value = found;
	return 0;
}

size_t cvpn_lpm_count(const struct cvpn_lpm *table, enum cvpn_lpm_family family)
{
	return table->routes[family].count;
}

/* Whether a table that was compiled with @then routes still has the right shape for @now. */
static bool same_scale(size_t then, size_t now)
{
	return now <= 2 * then && now >= then / 4;
}

/* Whether a family has become larger, and there is no more room in the mirror for that. */
static bool reserve_reached(const struct cvpn_lpm *table, unsigned int family)
{
	const struct store *store = &table->store;

	return store->home.words && table->routes[family].count > table->published_count[family] &&
	       store->live > store->capacity - store->capacity / RESERVE_SHARE;
}

/* Tries to change the published image. Errors: as cvpn_lpm_update_image(). */
static int publish_in_place(struct cvpn_lpm *table, unsigned int family)
{
	const struct cvpn_lpm_tree *tree = &table->image->tree[family];
	const struct route_set *set = &table->routes[family];
	int err;

	if (tree->intervals || !same_scale(tree->routes, set->count) ||
	    reserve_reached(table, family))
		return -EAGAIN;
	err = cvpn_lpm_update_image(&table->store, set, family, &table->changes[family].cover,
				    &table->buffer);
	if (err == -ENOSPC) {
		cvpn_lpm_make_room(&table->store);
		err = cvpn_lpm_update_image(&table->store, set, family,
					    &table->changes[family].cover, &table->buffer);
	}
	return err;
}

static int publish_image(struct cvpn_lpm *table)
{
	struct store store = { 0 };
	int err = cvpn_lpm_compile_image(table->routes, NULL, &store);

	if (err < 0)
		return err;
	table->retired[table->retired_count++] = table->store;
	table->retired_bytes += table->store.capacity * sizeof(*table->store.words);
	table->store = store;
	(void)rcu_xchg_pointer(&table->image, store_image(&store));
	if (table->retired_count == MAX_RETIRED || table->retired_bytes > MAX_RETIRED_BYTES) {
		(void)cvpn_lpm_grace(false);
		free_retired(table);
	}
	return 0;
}

static void show_root(struct cvpn_lpm *table, unsigned int family, const struct cvpn_lpm_tree *made)
{
	struct cvpn_lpm_tree *tree = &table->image->tree[family], old = *tree;

	tree->routes = made->routes;
	tree->leaves = made->leaves;
	tree->nodes = made->nodes;
	__atomic_store_n(&tree->root, made->root, __ATOMIC_RELEASE);
	cvpn_lpm_compile_release_root(&table->store, family, &old);
}

/* Makes new roots for the families that have changed, and shows them if all could be made. */
static int try_roots(struct cvpn_lpm *table, bool small)
{
	struct cvpn_lpm_tree made[CVPN_LPM_FAMILIES];
	unsigned int tried = 0;
	int err = 0;

	while (tried < CVPN_LPM_FAMILIES && !err) {
		made[tried] = table->image->tree[tried];
		if (table->changes[tried].any)
			err = cvpn_lpm_compile_root(&table->store, &table->routes[tried], tried,
						    small, &made[tried]);
		tried += !err;
	}
	for (unsigned int family = 0; family < tried; family++) {
		if (!table->changes[family].any)
			continue;
		if (!err)
			show_root(table, family, &made[family]);
		else
			cvpn_lpm_compile_release_root(&table->store, family, &made[family]);
	}
	return err;
}

/*
 * What publish_image() is for other tables. Where room is short what is left of it may be scattered,
 * too: then the blocks are small ones.
 */
static int publish_roots(struct cvpn_lpm *table)
{
	int err = try_roots(table, false);

	if (err == -ENOSPC) {
		cvpn_lpm_make_room(&table->store);
		err = try_roots(table, false);
	}
	if (err == -ENOSPC) {
		cvpn_lpm_make_room(&table->store);
		err = try_roots(table, true);
	}
	return err;
}

int cvpn_lpm_publish(struct cvpn_lpm *table)
{
	struct change *changes = table->changes;
	int err = -EAGAIN;

	if (changes[CVPN_LPM_IPV4].any != changes[CVPN_LPM_IPV6].any)
		err = publish_in_place(table,
				       changes[CVPN_LPM_IPV4].any ? CVPN_LPM_IPV4 : CVPN_LPM_IPV6);
	else if (!changes[CVPN_LPM_IPV4].any)
		return 0;
	if (err < 0)
		err = table->value_bits ? publish_roots(table) : publish_image(table);
	if (err < 0)
		return err;
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		changes[family].any = false;
		table->published_count[family] = table->routes[family].count;
	}
	return 0;
}

const struct cvpn_lpm_image *cvpn_lpm_image(const struct cvpn_lpm *table)
{
	return rcu_dereference(table->image);
}

void cvpn_lpm_reader_register(void)
{
	rcu_register_thread();
}

void cvpn_lpm_reader_unregister(void)
{
	rcu_unregister_thread();
}

void cvpn_lpm_reader_quiescent(void)
{
	rcu_quiescent_state();
}

void cvpn_lpm_reader_offline(void)
{
	rcu_thread_offline();
}

void cvpn_lpm_reader_online(void)
{
	rcu_thread_online();
}
