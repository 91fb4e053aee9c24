/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole images: for each family the values' width, the root and what hangs on it, and the intervals
 * of a small table; then the header, and room for updates.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "intervals.h"

#define MAX_ROOT_BITS4 18u
#define MAX_ROOT_BITS6 16u
#define INTERVAL_WORDS 5u /* an IPv6 bound and its delta */

/* The part of an image that is kept free for updates: a quarter, of a large one an eighth. */
#define SPARE_SHARE	  4u
#define LARGE_SPARE_SHARE 8u
#define MIN_SPARE	  ((size_t)16 << 10 >> 2) /* words */
#define LARGE_SPARE	  ((size_t)512 << 10 >> 2)

static_assert(MAX_ROOT_BITS4 <= CVPN_LPM_MAX_ROOT_BITS &&
		      CVPN_LPM_GRANULE_WORDS << (STORE_CLASSES - 1) >= 2u << CVPN_LPM_MAX_ROOT_BITS,
	      "a root is one block");

/* The narrowest width that holds every value: 2, 4, 8 or 16 bits, as a shift. */
static uint32_t width_shift(const struct route_entry *routes, size_t count)
{
	uint32_t all = 0, shift = 1;

	for (size_t i = 0; i < count; i++)
		all |= routes[i].value;
	while (all >> (1u << shift))
		shift++;
	return shift;
}

/*
 * The bits that the root indexes: so many that about 32 slots come on a route, as far as the caches
 * like it. More would save few prefixes a step and cost all the others room in the cache.
 */
static uint32_t root_bits(unsigned int family, size_t routes)
{
	static const uint32_t most[CVPN_LPM_FAMILIES] = { MAX_ROOT_BITS4, MAX_ROOT_BITS6 };
	uint32_t bits = CVPN_LPM_MIN_ROOT_BITS;

	while (bits < most[family] && (size_t)1 << bits < routes * 32)
		bits++;
	return bits;
}

static uint32_t *put_addr(uint32_t *to, unsigned int family, struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4) {
		*to++ = (uint32_t)(addr.hi >> 32);
		return to;
	}
	*to++ = (uint32_t)addr.hi;
	*to++ = (uint32_t)(addr.hi >> 32);
	*to++ = (uint32_t)addr.lo;
	*to++ = (uint32_t)(addr.lo >> 32);
	return to;
}

/* Stores bounds and deltas if there are few enough intervals. */
static int compile_intervals(struct store *store, unsigned int family, const struct area *all,
			     struct cvpn_lpm_tree *tree)
{
	struct interval intervals[CVPN_LPM_MAX_INTERVALS];
	unsigned int n = cvpn_lpm_intervals_make(all->routes, all->count, family, intervals,
						 CVPN_LPM_MAX_INTERVALS);
	uint32_t *to;
	int err;

	if (!n)
		return 0;
	err = cvpn_lpm_store_alloc(store, (size_t)INTERVAL_WORDS * n, &tree->bounds);
	if (err < 0)
		return err;
	tree->intervals = n;
	to = store->words + tree->bounds;
	for (unsigned int i = 0; i < n; i++)
		to = put_addr(to, family, intervals[i].first);
	for (unsigned int i = 0; i < n; i++)
		*to++ = intervals[i].value - (i ? (uint32_t)intervals[i - 1].value : 0);
	return 0;
}

/* Lists the routes of a family. The caller frees them. */
static int list_all(const struct route_set *set, struct area *all)
{
	struct route_entry *routes = malloc((set->count + 1) * sizeof(*routes));

	if (!routes)
		return -ENOMEM;
	cvpn_lpm_route_set_list(set, routes);
	*all = (struct area){ routes, set->count, 0, CVPN_LPM_NO_ROUTE };
	return 0;
}

/* Writes the near entries behind a root, two in a word. */
static void write_near(const struct store *store, const struct cvpn_lpm_tree *tree)
{
	uint32_t *root = store->words + tree->root;
	size_t slots = (size_t)1 << tree->root_bits;

	for (size_t i = 0; i < slots; i += 2)
		root[slots + i / 2] = cvpn_lpm_compile_near(tree, root[i]) |
				      (uint32_t)cvpn_lpm_compile_near(tree, root[i + 1]) << 16;
}

static int compile_below_root(struct store *store, unsigned int family, const struct area *all,
			      bool small, struct cvpn_lpm_tree *tree)
{
	struct compiler c = { .store = store,
			      .family = family,
			      .tree = tree,
			      .spend = small ? 0 : cvpn_lpm_compile_spend(store, all->count),
			      .small = small };
	size_t slots = (size_t)1 << tree->root_bits;
	int err = cvpn_lpm_store_alloc_root(
		store, family, cvpn_lpm_root_words(tree->root_bits, tree->near != 0), &tree->root);

	if (err < 0)
		return err;
	err = cvpn_lpm_compile_constants(&c, tree->root, slots, all->value);
	if (err < 0) {
		cvpn_lpm_store_return_root(store, family, tree->root);
		return err;
	}
	err = cvpn_lpm_compile_slots(&c, all, tree->root_bits, tree->root);
	if (err < 0)
		cvpn_lpm_compile_release_root(store, family, tree);
	else if (tree->near)
		write_near(store, tree);
	tree->routes = (uint32_t)all->count;
	tree->leaves = (uint32_t)store->leaves[family].used;
	tree->nodes = c.nodes;
	return err;
}

int cvpn_lpm_compile_root(struct store *store, const struct route_set *set, unsigned int family,
			  bool small, struct cvpn_lpm_tree *tree)
{
	struct area all;
	int err = list_all(set, &all);

	if (err < 0)
		return err;
	err = compile_below_root(store, family, &all, small, tree);
	free((void *)all.routes);
	return err;
}

void cvpn_lpm_compile_release_root(struct store *store, unsigned int family,
				   const struct cvpn_lpm_tree *tree)
{
	size_t slots = (size_t)1 << tree->root_bits;

	for (size_t i = 0; i < slots; i++)
		cvpn_lpm_compile_release(store, family, store->words[tree->root + i]);
	cvpn_lpm_store_retire_root(store, family, tree->root);
}

/* The root's and the values' size: as the shape says, or as the routes want them. */
static void choose_sizes(const struct area *all, unsigned int family,
			 const struct cvpn_lpm_shape *shape, struct cvpn_lpm_tree *tree)
{
	tree->root_bits = shape ? shape->root_bits[family] : root_bits(family, all->count);
	tree->near = shape && family == CVPN_LPM_IPV4 && cvpn_lpm_has_near(shape)
			     ? cvpn_lpm_near_base(shape)
			     : 0;
	tree->width_shift = shape ? (uint32_t)__builtin_ctz(shape->value_bits)
				  : width_shift(all->routes, all->count);
	tree->value_mask = (1u << (1u << tree->width_shift)) - 1;
}

/*
 * Makes room for two roots of each family, as a later one has to be made beside the one before.
 * They come first, so that near entries know where the rest begins.
 */
static int reserve_roots(struct store *store, const struct cvpn_lpm_shape *shape)
{
	int err = 0;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES && !err; family++) {
		int near = family == CVPN_LPM_IPV4 && cvpn_lpm_has_near(shape);
		size_t words = cvpn_lpm_root_words(shape->root_bits[family], near);
		uint32_t one, other;

		err = cvpn_lpm_store_alloc_root(store, family, words, &one);
		if (!err)
			err = cvpn_lpm_store_alloc_root(store, family, words, &other);
		if (!err) {
			cvpn_lpm_store_return_root(store, family, other);
			cvpn_lpm_store_return_root(store, family, one);
		}
	}
	return err;
}

static int compile_tree(struct store *store, const struct route_set *set, unsigned int family,
			const struct cvpn_lpm_shape *shape, struct cvpn_lpm_tree *tree)
{
	struct area all;
	int err = list_all(set, &all);

	if (err < 0)
		return err;
	choose_sizes(&all, family, shape, tree);
	err = cvpn_lpm_leaf_set_begin(&store->leaves[family], tree->width_shift);
	if (!err)
		err = compile_below_root(store, family, &all, false, tree);
	/* BPF programs look up one at a time, and what has no intervals is updated in place. */
	if (!err && !shape)
		err = compile_intervals(store, family, &all, tree);
	free((void *)all.routes);
	return err;
}

static size_t spare_words(size_t used)
{
	size_t spare = used / SPARE_SHARE, large = used / LARGE_SPARE_SHARE;

	if (spare > LARGE_SPARE)
		spare = large > LARGE_SPARE ? large : LARGE_SPARE;
	return spare > MIN_SPARE ? spare : MIN_SPARE;
}

/* Writes the header. A program may be reading a mirror: what shows it the rest comes last. */
static void show_head(struct store *store, const struct cvpn_lpm_image *head)
{
	struct cvpn_lpm_image *image = (struct cvpn_lpm_image *)(void *)store->words;
	struct cvpn_lpm_image hidden = *head;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		hidden.tree[family].root = 0;
	*image = hidden;
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		__atomic_store_n(&image->tree[family].root, head->tree[family].root,
				 __ATOMIC_RELEASE);
}

int cvpn_lpm_compile_image(const struct route_set sets[CVPN_LPM_FAMILIES],
			   const struct cvpn_lpm_shape *shape, struct store *store)
{
	struct cvpn_lpm_image head = {
		.magic = CVPN_LPM_IMAGE_MAGIC,
		.version = CVPN_LPM_IMAGE_VERSION,
	};
	size_t spare;
	uint32_t at;
	int err = cvpn_lpm_store_alloc(store, sizeof(head) / sizeof(*store->words), &at);

	if (!err && shape)
		err = reserve_roots(store, shape);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES && !err; family++)
		err = compile_tree(store, &sets[family], family, shape, &head.tree[family]);
	spare = spare_words(store->used);
	/* Tables of a few intervals are compiled again as a whole: they have no use for it. */
	if (head.tree[CVPN_LPM_IPV4].intervals && head.tree[CVPN_LPM_IPV6].intervals)
		spare = 0;
	if (!err)
		err = cvpn_lpm_store_publish(store, spare);
	if (err < 0) {
		cvpn_lpm_store_free(store);
		return err;
	}
	head.bytes = store->capacity * sizeof(*store->words);
	show_head(store, &head);
	return 0;
}
