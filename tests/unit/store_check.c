/* SPDX-License-Identifier: BSD-2-Clause */
/* What is around the tries of an image: how much memory is unused, and that none is lost. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "layout.h"
#include "require.h"

#define LINE_GRANULES  4u
#define GRANULE_BYTES  (CVPN_LPM_GRANULE_WORDS * sizeof(uint32_t))
#define INTERVAL_WORDS 5u /* of each, in the block of either family */
/* Granules free though nothing was ever changed, at most, beside the part kept for updates. */
#define FEW_GRANULES 1024u

void check_compiled(const struct cvpn_lpm_image *image)
{
	struct layout l = layout_of(image);

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		cr_assert_eq(l.trees[family].leaves, image->tree[family].leaves);
		cr_assert_eq(l.trees[family].nodes, image->tree[family].nodes);
		cr_assert_eq(l.trees[family].constant_nodes, 0);
	}
	cr_assert_leq(l.granules, l.owned + l.owned / 3 + FEW_GRANULES,
		      "%zu granules for an image of %zu", l.granules, l.owned);
	layout_free(&l);
}

void check_updated(const struct cvpn_lpm_image *image)
{
	struct layout l = layout_of(image);

	layout_free(&l);
}

/* Each leaf is in the hash table, with as many references as entries lead to it. */
static void check_refs(const struct layout *l, const struct store *store, unsigned int family)
{
	const struct leaf_set *set = &store->leaves[family];
	size_t leaves = 0;

	for (size_t i = 0; i < set->bucket_count; i++) {
		struct leaf_ref ref = set->buckets[i];

		if (!ref.entry)
			continue;
		leaves++;
		REQUIRE(cvpn_lpm_stride(ref.entry) > 0, "a constant among the leaves");
		REQUIRE(l->links[cvpn_lpm_block(ref.entry) / CVPN_LPM_GRANULE_WORDS] == ref.refs,
			"a leaf has %u references too many",
			ref.refs - l->links[cvpn_lpm_block(ref.entry) / CVPN_LPM_GRANULE_WORDS]);
	}
	cr_assert_eq(leaves, set->used);
	cr_assert_eq(leaves, l->trees[family].leaves, "%zu leaves are known, %u are linked", leaves,
		     l->trees[family].leaves);
}

/* Constants are never freed, so some may not be linked. */
static void take_constants(struct layout *l, const struct store *store, unsigned int family)
{
	const struct leaf_set *set = &store->leaves[family];

	for (size_t value = 0; value < (size_t)1 << (1u << set->width_shift); value++) {
		uint32_t at = cvpn_lpm_block(set->constants[value]);

		if (!set->constants[value])
			continue;
		REQUIRE(store->words[at] ==
				value * (UINT32_MAX / ((1u << (1u << set->width_shift)) - 1)),
			"another value's constant");
		REQUIRE(cvpn_lpm_stride(set->constants[value]) == 0, "no constant");
		l->owner[at / CVPN_LPM_GRANULE_WORDS] = UINT64_MAX;
	}
}

/* The block of the intervals has a power of two words, which need not be full. */
static void take_intervals(struct layout *l, unsigned int family)
{
	const struct cvpn_lpm_tree *tree = &l->image->tree[family];
	size_t first = tree->bounds / CVPN_LPM_GRANULE_WORDS, n = 1;

	while (n * CVPN_LPM_GRANULE_WORDS < INTERVAL_WORDS * tree->intervals)
		n *= 2;
	for (size_t i = first; tree->intervals && i < first + n; i++)
		l->owner[i] = UINT64_MAX;
}

/* A free or retired block is nobody else's. */
static void take_unused(struct layout *l, uint32_t at, size_t words)
{
	size_t first = at / CVPN_LPM_GRANULE_WORDS, n = words / CVPN_LPM_GRANULE_WORDS;

	REQUIRE(first + n <= l->granules, "a free block beyond the image");
	for (size_t i = first; i < first + n; i++) {
		REQUIRE(!l->owner[i], "granule %zu is in use and free", i);
		l->owner[i] = UINT64_MAX;
	}
}

/* What is counted as in use is what someone owns; the header's block is not all header. */
static void check_live(const struct layout *l, const struct store *store)
{
	size_t live = 0,
	       header = (sizeof(struct cvpn_lpm_image) + GRANULE_BYTES - 1) / GRANULE_BYTES;

	for (size_t i = 0; i < l->granules; i++)
		live += l->owner[i] != 0;
	while (header & (header - 1)) {
		header++;
		live++;
	}
	cr_assert_eq(store->live, live * CVPN_LPM_GRANULE_WORDS);
}

/* What is left was skipped to align a block: less than a line each time, and never written. */
static void check_gaps(const struct layout *l, size_t used)
{
	size_t run = 0;

	for (size_t i = 0; i < used; i++) {
		run = l->owner[i] ? 0 : run + 1;
		REQUIRE(run < LINE_GRANULES, "the block at granule %zu is lost", i);
		for (size_t j = 0; run && j < CVPN_LPM_GRANULE_WORDS; j++)
			REQUIRE(!l->words[i * CVPN_LPM_GRANULE_WORDS + j],
				"the block at granule %zu is lost", i);
	}
}

void check_store(const struct store *store)
{
	struct layout l = layout_of((const struct cvpn_lpm_image *)(const void *)store->words);
	size_t used = store->used / CVPN_LPM_GRANULE_WORDS;

	cr_assert_eq(l.granules, store->capacity / CVPN_LPM_GRANULE_WORDS);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		check_refs(&l, store, family);
		take_constants(&l, store, family);
		take_intervals(&l, family);
	}
	check_live(&l, store);
	for (unsigned int class = 0; class < STORE_ALL_CLASSES; class ++)
		for (uint32_t at = store->free[class]; at; at = store->words[at])
			take_unused(&l, at, store_class_words(store, class));
	for (size_t i = 0; i < store->retired_count; i++)
		take_unused(&l, store->retired[i].at,
			    store_class_words(store, store->retired[i].class));
	check_gaps(&l, used);
	layout_free(&l);
}
