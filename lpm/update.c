/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An update compiles the smallest area that an entry leads to and that holds the change, beside the
 * old one, and then replaces that entry.
 *
 * Why a lookup finds all of a change or nothing of it: every block has one entry that leads to it,
 * but for leaves, which are never written once they are linked. So all that differs hangs on the
 * one word that is replaced, by a store that orders what was written before it (release); a reader
 * comes to the new blocks by the address it loads there.
 *
 * Why no reader is in a block that is used again: it was retired after the entry had been replaced,
 * and cvpn_lpm_store_reclaim() waits for a grace period before it frees what was retired by then.
 */
#include "update.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "leaf.h"
#include "prefix.h"

#define FIRST_ENTRIES 256u
/* Entries on the way to any area: the root's, and those of the longest walk. */
#define MAX_PLACES (CVPN_LPM_MAX_STEPS6 + 1)

/* Where the entry of an area is, and at which bit its area begins. */
struct place {
	uint32_t link; /* index of a word */
	unsigned int pos;
};

/*
 * The entries on the way to the last one whose area holds @cover, but for the root: none if @cover
 * spans slots of the root.
 */
static unsigned int find_places(const struct store *store, unsigned int family,
				const struct cvpn_lpm_prefix *cover,
				struct place places[MAX_PLACES])
{
	const struct cvpn_lpm_image *image = (const void *)store->words;
	const struct cvpn_lpm_tree *tree = &image->tree[family];
	unsigned int n = 0, pos = tree->root_bits;
	uint32_t entry;

	if (cover->len < pos)
		return 0;
	places[n++] = (struct place){ tree->root + (uint32_t)(cover->addr.hi >> (64 - pos)), pos };
	entry = store->words[places[0].link];
	while (entry & CVPN_LPM_WALK && cover->len >= pos + cvpn_lpm_stride(entry)) {
		uint32_t rest = cvpn_lpm_rest6(cover->addr.hi, cover->addr.lo, pos);
		uint32_t slot = cvpn_lpm_slot(entry, rest), at = cvpn_lpm_block(entry);

		if (entry & CVPN_LPM_SKIP) {
			/* Beside what a skip leads to there is nothing yet: the skip changes. */
			if (slot != store->words[at + CVPN_LPM_SKIP_EXPECTED])
				break;
			slot = CVPN_LPM_SKIP_HIT;
		}
		pos += cvpn_lpm_stride(entry);
		places[n++] = (struct place){ at + slot, pos };
		entry = store->words[at + slot];
	}
	return n;
}

/* What an update works on. */
struct update {
	struct compiler compiler;
	const struct route_set *set;
	const struct cvpn_lpm_prefix *cover;
	struct route_buffer *buffer;
};

/* Lists the routes in the first @len bits of the cover, with memory as needed. */
static int list_routes(const struct update *u, unsigned int len, struct area *area)
{
	struct route_buffer *buffer = u->buffer;
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_ENTRIES;
	const struct store *store = u->compiler.store;
	uint32_t all;

	for (;;) {
		if (capacity > buffer->capacity) {
			struct route_entry *entries = realloc(buffer->entries,
							      capacity * sizeof(*entries));

			if (!entries)
				return -ENOMEM;
			*buffer = (struct route_buffer){ entries, capacity };
		}
		area->count = cvpn_lpm_route_set_list_in(u->set, u->cover->addr, len, &area->value,
							 buffer->entries, buffer->capacity);
		area->routes = buffer->entries;
		if (area->count <= buffer->capacity)
			break;
		capacity = area->count;
	}
	all = area->value;
	for (size_t i = 0; i < area->count; i++)
		all |= area->routes[i].value;
	return all >> (1u << store->leaves[u->compiler.family].width_shift) ? -EAGAIN : 0;
}

/*
 * Makes the leaf that is at @place anew with the cover's slots painted again, which needs the
 * routes in the cover alone. Returns 1 if that is not possible.
 */
static int edit_leaf(struct update *u, const struct place *place, uint32_t *entry)
{
	struct store *store = u->compiler.store;
	uint32_t old = store->words[place->link], leaf[LEAF_MAX_WORDS];
	uint32_t width_shift = store->leaves[u->compiler.family].width_shift;
	struct area area = { .pos = place->pos };
	unsigned int stride = cvpn_lpm_stride(old), len = u->cover->len, deepest = len;
	struct route_entry cover = { u->cover->addr, 0, (uint8_t)len };
	int err;

	if (old & CVPN_LPM_WALK || len == place->pos)
		return 1;
	err = list_routes(u, len, &area);
	if (err < 0)
		return err;
	for (size_t i = 0; i < area.count; i++)
		if (area.routes[i].len > deepest)
			deepest = area.routes[i].len;
	if (deepest > place->pos + stride) {
		stride = deepest - place->pos;
		if (stride > COMPILE_LEAF_BITS || place->pos % 32 + stride > 32)
			return 1;
	}
	cvpn_lpm_leaf_expand(store->words + cvpn_lpm_block(old), cvpn_lpm_stride(old), leaf, stride,
			     width_shift);
	cover.value = area.value;
	cvpn_lpm_compile_paint(&(struct area){ &cover, 1, place->pos, 0 }, leaf, stride,
			       width_shift);
	cvpn_lpm_compile_paint(&area, leaf, stride, width_shift);
	return cvpn_lpm_store_leaf(store, u->compiler.family, leaf, stride,
				   cvpn_lpm_compile_least_stride(&u->compiler, place->pos), entry);
}

/* The slots of the node of @entry at @pos that the cover takes, which lies within it. */
struct span {
	uint32_t first, count;
};

static struct span cover_span(const struct update *u, uint32_t entry, unsigned int pos)
{
	uint32_t rest = cvpn_lpm_rest6(u->cover->addr.hi, u->cover->addr.lo, pos);

	return (struct span){ cvpn_lpm_slot(entry, rest),
			      1u << (pos + cvpn_lpm_stride(entry) - u->cover->len) };
}

/* Gives back a node, and of what is below it what hangs on the cover's slots. */
static void release_edited(struct update *u, uint32_t entry, unsigned int pos)
{
	struct store *store = u->compiler.store;
	struct span span = cover_span(u, entry, pos);
	uint32_t at = cvpn_lpm_block(entry);

	for (uint32_t slot = span.first; slot < span.first + span.count; slot++)
		cvpn_lpm_compile_release(store, u->compiler.family, store->words[at + slot]);
	cvpn_lpm_store_retire(store, at, (size_t)1 << cvpn_lpm_stride(entry));
}

/*
 * Makes a copy of the node that is at @place, with the cover's slots made anew. The copy shares all
 * other slots' blocks with the node. Returns 1 if that is not possible.
 */
static int edit_node(struct update *u, const struct place *place, uint32_t *entry)
{
	struct store *store = u->compiler.store;
	uint32_t old = store->words[place->link], at;
	unsigned int stride = cvpn_lpm_stride(old);
	struct area area = { .pos = place->pos };
	struct span span;
	int err;

	if (!(old & CVPN_LPM_WALK) || old & CVPN_LPM_SKIP || u->cover->len == place->pos)
		return 1;
	err = list_routes(u, u->cover->len, &area);
	if (!err)
		err = cvpn_lpm_store_alloc(store, (size_t)1 << stride, &at);
	if (err < 0)
		return err;
	memcpy(store->words + at, store->words + cvpn_lpm_block(old),
	       sizeof(*store->words) << stride);
	span = cover_span(u, old, place->pos);
	err = cvpn_lpm_compile_constants(&u->compiler, at + span.first, span.count, area.value);
	if (err < 0) {
		cvpn_lpm_store_return(store, at, (size_t)1 << stride);
		return err;
	}
	*entry = CVPN_LPM_WALK | store_entry(at, stride);
	err = cvpn_lpm_compile_slots(&u->compiler, &area, stride, at);
	if (err < 0)
		release_edited(u, *entry, place->pos);
	return err;
}

static int compile_place(struct update *u, const struct place *place, uint32_t *entry)
{
	struct area area = { .pos = place->pos };
	int err = list_routes(u, place->pos, &area);

	return err < 0 ? err : cvpn_lpm_compile_area(&u->compiler, &area, entry);
}

/*
 * Whether the block around the entry at @link is of no more use once that is @entry: a skip leads
 * to a constant, or so does every slot of a node that could be a leaf, or all to the same one.
 */
static bool is_needless(const struct store *store, const struct place *above, uint32_t link,
			uint32_t entry)
{
	uint32_t around = store->words[above->link], at = cvpn_lpm_block(around);
	unsigned int stride = cvpn_lpm_stride(around);

	if (!store_is_constant(entry) || around & CVPN_LPM_SKIP)
		return store_is_constant(entry);
	for (uint32_t slot = at; slot < at + (1u << stride); slot++) {
		uint32_t other = store->words[slot];

		if (slot != link &&
		    !(stride <= COMPILE_LEAF_BITS ? store_is_constant(other) : other == entry))
			return false;
	}
	return true;
}

/*
 * Writes the near entry for the root's entry at @link, which was stored before: so a lookup that
 * finds no near entry finds that one. Until then lookups go by the old near entry, or by the entry:
 * all of one lookup is before the change or behind it either way.
 */
static void show_near(struct store *store, const struct cvpn_lpm_tree *tree, uint32_t link)
{
	uint32_t slot = link - tree->root;
	uint32_t *pair = &store->words[tree->root + (1u << tree->root_bits) + slot / 2];
	unsigned int shift = slot % 2 * 16;
	uint32_t near = (uint32_t)cvpn_lpm_compile_near(tree, store->words[link]) << shift;

	__atomic_store_n(pair, (*pair & ~(0xffffu << shift)) | near, __ATOMIC_RELEASE);
}

int cvpn_lpm_update_image(struct store *store, const struct route_set *set, unsigned int family,
			  const struct cvpn_lpm_prefix *cover, struct route_buffer *buffer)
{
	const struct cvpn_lpm_image *image = (const void *)store->words;
	struct update u = {
		{ .store = store,
		  .family = family,
		  .tree = &image->tree[family],
		  .spend = cvpn_lpm_compile_spend(store, set->count) },
		set,
		cover,
		buffer,
	};
	struct place places[MAX_PLACES];
	unsigned int n = find_places(store, family, cover, places);
	bool edited = false;
	uint32_t old, entry;
	int err;

	if (!n)
		return -EAGAIN;
	err = edit_leaf(&u, &places[n - 1], &entry);
	if (err > 0) {
		err = edit_node(&u, &places[n - 1], &entry);
		edited = !err;
	}
	if (err > 0)
		err = compile_place(&u, &places[n - 1], &entry);
	while (!err && n > 1 && is_needless(store, &places[n - 2], places[n - 1].link, entry)) {
		n--;
		err = compile_place(&u, &places[n - 1], &entry);
	}
	if (err < 0)
		return err;
	old = store->words[places[n - 1].link];
	__atomic_store_n(&store->words[places[n - 1].link], entry, __ATOMIC_RELEASE);
	if (image->tree[family].near && n == 1)
		show_near(store, &image->tree[family], places[0].link);
	if (edited)
		release_edited(&u, old, places[n - 1].pos);
	else
		cvpn_lpm_compile_release(store, family, old);
	return 0;
}
