/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds room in an image that is full. Most images need none of this but a grace period: when they
 * are full they are compiled anew, which leaves nothing scattered. One in a mirror never moves.
 */
#include "room.h"

#include <stdlib.h>
#include <string.h>

#define LINE_GRANULES 4u
#define WORD_BITS     64u

/* --- constants -------------------------------------------------------------------------------- */

/* One bit for each value. */
struct values {
	uint64_t bits[((size_t)UINT16_MAX + 1) / WORD_BITS];
};

/* Notes the values of all constants that @entry, or what is below it, leads to. */
static void note_constants(const struct store *store, unsigned int family, uint32_t entry,
			   struct values *values)
{
	uint32_t at = cvpn_lpm_block(entry);

	if (store_is_constant(entry)) {
		uint16_t value = store_constant_value(store, family, entry);

		values->bits[value / WORD_BITS] |= 1ull << value % WORD_BITS;
	}
	if (!(entry & CVPN_LPM_WALK))
		return;
	if (entry & CVPN_LPM_SKIP) {
		note_constants(store, family, store->words[at + CVPN_LPM_SKIP_MISS], values);
		note_constants(store, family, store->words[at + CVPN_LPM_SKIP_HIT], values);
		return;
	}
	for (size_t i = 0; i < (size_t)1 << cvpn_lpm_stride(entry); i++)
		note_constants(store, family, store->words[at + i], values);
}

static void retire_constants(struct store *store, unsigned int family)
{
	const struct cvpn_lpm_image *image = (const void *)store->words;
	const struct cvpn_lpm_tree *tree = &image->tree[family];
	struct leaf_set *set = &store->leaves[family];
	struct values values = { 0 };

	for (uint32_t i = 0; i < 1u << tree->root_bits; i++)
		note_constants(store, family, store->words[tree->root + i], &values);
	for (uint32_t value = 0; value <= tree->value_mask; value++) {
		if (!set->constants[value] ||
		    values.bits[value / WORD_BITS] >> value % WORD_BITS & 1)
			continue;
		cvpn_lpm_store_retire(store, cvpn_lpm_block(set->constants[value]), 1);
		set->constants[value] = 0;
	}
}

/* --- free blocks ------------------------------------------------------------------------------ */

/* Empties the list of free blocks that begins at @list, and sets a byte for each granule of them. */
static void take_free(const struct store *store, unsigned int class, uint32_t *list,
		      uint8_t *is_free)
{
	size_t granules = store_class_words(store, class) / CVPN_LPM_GRANULE_WORDS;

	for (uint32_t at = *list; at; at = store->words[at])
		memset(is_free + at / CVPN_LPM_GRANULE_WORDS, 1, granules);
	*list = 0;
}

/* All but one root of each family. */
static void take_all_free(struct store *store, uint8_t *is_free)
{
	for (unsigned int class = 0; class < STORE_ALL_CLASSES; class ++) {
		uint32_t *list = &store->free[class];

		if (class >= STORE_CLASSES && *list)
			list = &store->words[*list];
		take_free(store, class, list, is_free);
	}
}

/* Makes blocks as large as can be of the granules from @first to before @end. */
static void put_run(struct store *store, size_t first, size_t end)
{
	while (first < end) {
		size_t align = first % LINE_GRANULES, most = (size_t)1 << (STORE_CLASSES - 1), n;

		/* Where a line begins any block can be, else one that does not straddle the next. */
		n = align ? align & -align : most;
		while (n > end - first)
			n /= 2;
		cvpn_lpm_store_put(store, (uint32_t)(first * CVPN_LPM_GRANULE_WORDS),
				   n * CVPN_LPM_GRANULE_WORDS);
		first += n;
	}
}

static void merge_free(struct store *store)
{
	size_t granules = store->used / CVPN_LPM_GRANULE_WORDS, end = granules;
	uint8_t *is_free = calloc(granules, 1);

	/* Without memory for this the blocks are as large as they are. */
	if (!is_free)
		return;
	take_all_free(store, is_free);
	while (end) {
		size_t first = end;

		while (first && is_free[first - 1])
			first--;
		/* What is free at the end joins the room that was never used. */
		if (end == granules)
			store->used = first * CVPN_LPM_GRANULE_WORDS;
		else
			put_run(store, first, end);
		end = first ? first - 1 : 0;
	}
	free(is_free);
}

void cvpn_lpm_make_room(struct store *store)
{
	if (store->home.words)
		for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
			retire_constants(store, family);
	cvpn_lpm_store_reclaim(store);
	if (store->home.words)
		merge_free(store);
}
