/* SPDX-License-Identifier: BSD-2-Clause */
/* The tries within an image, walked block by block. */
#include "layout.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "prefix.h"
#include "require.h"

#define LINE_WORDS    16u
#define WORD_BITS     32u
#define SKIP_WORDS    4u /* with the one that fills its granule */
#define GRANULE_BYTES (CVPN_LPM_GRANULE_WORDS * sizeof(uint32_t))

/* Owners that are not blocks. */
#define HEADER	  (UINT64_MAX)
#define INTERVALS (UINT64_MAX - 1) /* and the one below, by family */
#define ROOTS	  (UINT64_MAX - 3)

/* Where the walk is. */
struct at {
	unsigned int family;
	unsigned int pos; /* bits of the address that led here */
	unsigned int steps;
};

static uint64_t owner_of(unsigned int family, uint32_t entry)
{
	return (uint64_t)(family + 1) << 32 | entry;
}

/* Notes that a block is there. Returns false if the same one was met before. */
static bool claim(struct layout *l, uint64_t owner, uint32_t at, size_t words)
{
	size_t first = at / CVPN_LPM_GRANULE_WORDS;
	size_t n = (words + CVPN_LPM_GRANULE_WORDS - 1) / CVPN_LPM_GRANULE_WORDS;

	REQUIRE(at % CVPN_LPM_GRANULE_WORDS == 0, "a block begins within a granule");
	REQUIRE(first + n <= l->granules, "a block reaches beyond the image");
	REQUIRE(words >= LINE_WORDS ? at % LINE_WORDS == 0
				    : at / LINE_WORDS == (at + words - 1) / LINE_WORDS,
		"a block of %zu words straddles a cache line", words);
	l->links[first]++;
	if (l->owner[first] == owner)
		return false;
	for (size_t i = first; i < first + n; i++) {
		REQUIRE(!l->owner[i], "two blocks overlap at granule %zu", i);
		l->owner[i] = owner;
	}
	l->owned += n;
	return true;
}

static uint32_t leaf_slot(const struct layout *l, unsigned int family, uint32_t entry,
			  uint32_t slot)
{
	uint32_t bit = slot << l->image->tree[family].width_shift;

	return l->words[cvpn_lpm_block(entry) + bit / WORD_BITS] >> bit % WORD_BITS &
	       l->image->tree[family].value_mask;
}

static size_t leaf_words(const struct layout *l, unsigned int family, uint32_t entry)
{
	size_t bits = ((size_t)1 << cvpn_lpm_stride(entry)) << l->image->tree[family].width_shift;
	size_t words = bits / WORD_BITS;

	return words < CVPN_LPM_GRANULE_WORDS ? CVPN_LPM_GRANULE_WORDS : words;
}

/* All that a constant's granule has room for is its value. */
static void check_constant(struct layout *l, unsigned int family, uint32_t entry)
{
	uint32_t width = 1u << l->image->tree[family].width_shift;

	for (uint32_t slot = 1; slot < GRANULE_BYTES * 8 / width; slot++)
		REQUIRE(leaf_slot(l, family, entry, slot) == leaf_slot(l, family, entry, 0),
			"not all of a constant is its value");
	l->trees[family].constants++;
}

/* Leaves that near entries lead to have the stride of these, or more. */
static void check_leaf(struct layout *l, unsigned int family, uint32_t entry, unsigned int pos)
{
	const struct cvpn_lpm_tree *tree = &l->image->tree[family];
	unsigned int least = tree->near && pos == tree->root_bits
				     ? cvpn_lpm_near_stride(tree->width_shift)
				     : 0;
	uint32_t slots = 1u << cvpn_lpm_stride(entry), halves = 0;
	const uint32_t *words = l->words + cvpn_lpm_block(entry);
	size_t bits = (size_t)slots << tree->width_shift;

	if (!claim(l, owner_of(family, entry), cvpn_lpm_block(entry), leaf_words(l, family, entry)))
		return;
	if (slots == 1) {
		check_constant(l, family, entry);
		return;
	}
	/* What no slot has is 0: leaves are compared by their words. */
	for (; bits < leaf_words(l, family, entry) * WORD_BITS; bits++)
		REQUIRE(!(words[bits / WORD_BITS] >> bits % WORD_BITS & 1),
			"bits behind a leaf's values are set");
	l->trees[family].leaves++;
	REQUIRE(cvpn_lpm_stride(entry) >= least, "too small a leaf");
	if (cvpn_lpm_stride(entry) == least)
		return;
	for (uint32_t slot = 0; slot < slots; slot += 2)
		halves += leaf_slot(l, family, entry, slot) ==
			  leaf_slot(l, family, entry, slot + 1);
	REQUIRE(halves < slots / 2, "a leaf's values are equal in pairs");
}

static bool is_constant(uint32_t entry)
{
	return !(entry & CVPN_LPM_WALK) && cvpn_lpm_stride(entry) == 0;
}

static void walk(struct layout *l, uint32_t entry, struct at at);

static void walk_skip(struct layout *l, uint32_t entry, struct at below)
{
	const uint32_t *skip = l->words + cvpn_lpm_block(entry);
	unsigned int stride = cvpn_lpm_stride(entry);
	struct at beside = below;

	REQUIRE(claim(l, owner_of(below.family, entry), cvpn_lpm_block(entry), SKIP_WORDS),
		"two entries lead to a skip");
	l->trees[below.family].skips++;
	REQUIRE((uint64_t)skip[CVPN_LPM_SKIP_EXPECTED] >> stride == 0,
		"no slot is what a skip expects");
	REQUIRE(is_constant(skip[CVPN_LPM_SKIP_MISS]), "beside a skip's way there is a block");
	walk(l, skip[CVPN_LPM_SKIP_MISS], beside);
	walk(l, skip[CVPN_LPM_SKIP_HIT], below);
}

static void walk_node(struct layout *l, uint32_t entry, struct at below)
{
	const uint32_t *slots = l->words + cvpn_lpm_block(entry);
	size_t n = (size_t)1 << cvpn_lpm_stride(entry), equal = 0;

	REQUIRE(claim(l, owner_of(below.family, entry), cvpn_lpm_block(entry), n),
		"two entries lead to a node");
	for (size_t i = 0; i < n; i++) {
		equal += is_constant(slots[i]) && slots[i] == slots[0];
		walk(l, slots[i], below);
	}
	if (equal == n)
		l->trees[below.family].constant_nodes++;
}

static void walk(struct layout *l, uint32_t entry, struct at at)
{
	struct layout_tree *tree = &l->trees[at.family];
	unsigned int stride = cvpn_lpm_stride(entry);

	REQUIRE((entry & CVPN_LPM_SHIFT) <= WORD_BITS, "a stride below 0");
	REQUIRE(at.pos + stride <= prefix_max_len(at.family), "beyond the address's last bit");
	REQUIRE(!stride || at.pos % WORD_BITS + stride <= WORD_BITS,
		"a stride of %u crosses the boundary behind bit %u", stride, at.pos);
	if (!(entry & CVPN_LPM_WALK)) {
		REQUIRE(!(entry & CVPN_LPM_SKIP), "a leaf that is a skip");
		if (at.steps > tree->steps)
			tree->steps = at.steps;
		check_leaf(l, at.family, entry, at.pos);
		return;
	}
	REQUIRE(stride > 0, "a step that consumes nothing");
	at.pos += stride;
	at.steps++;
	REQUIRE(at.steps <= 1 + (at.family == CVPN_LPM_IPV4 ? CVPN_LPM_MAX_STEPS4
							    : CVPN_LPM_MAX_STEPS6),
		"more steps than an address has bits");
	tree->nodes++;
	if (entry & CVPN_LPM_SKIP)
		walk_skip(l, entry, at);
	else
		walk_node(l, entry, at);
}

/* All the leaves of a family, to compare them. */
struct leaf_list {
	const struct layout *layout;
	unsigned int family;
	uint32_t *entries;
	size_t count;
};

static int compare_leaves(const void *a, const void *b, void *list)
{
	const struct leaf_list *leaves = list;
	const uint32_t *words = leaves->layout->words;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (cvpn_lpm_stride(x) != cvpn_lpm_stride(y))
		return cvpn_lpm_stride(x) < cvpn_lpm_stride(y) ? -1 : 1;
	return memcmp(words + cvpn_lpm_block(x), words + cvpn_lpm_block(y),
		      leaf_words(leaves->layout, leaves->family, x) * sizeof(*words));
}

static void check_distinct(const struct layout *l, unsigned int family)
{
	struct leaf_list list = { l, family, NULL, 0 };

	list.entries = calloc(l->granules, sizeof(*list.entries));
	cr_assert_not_null(list.entries);
	for (size_t i = 0; i < l->granules; i++) {
		uint32_t entry = (uint32_t)l->owner[i];

		if (l->links[i] && l->owner[i] == owner_of(family, entry) &&
		    !(entry & CVPN_LPM_WALK))
			list.entries[list.count++] = entry;
	}
	cr_assert_eq(list.count, l->trees[family].leaves + l->trees[family].constants);
	qsort_r(list.entries, list.count, sizeof(*list.entries), compare_leaves, &list);
	for (size_t i = 1; i < list.count; i++)
		REQUIRE(compare_leaves(&list.entries[i - 1], &list.entries[i], &list),
			"a leaf is stored twice");
	free(list.entries);
}

/* Each near entry that is there leads to the leaf of the entry, and those that can be are there. */
static void check_near(const struct layout *l, const struct cvpn_lpm_tree *tree)
{
	const uint16_t *near = (const void *)(l->words + tree->root + (1u << tree->root_bits));
	uint32_t near_stride = cvpn_lpm_near_stride(tree->width_shift);

	for (uint32_t slot = 0; slot < 1u << tree->root_bits; slot++) {
		uint32_t entry = l->words[tree->root + slot];
		uint32_t at = tree->near + near[slot] * CVPN_LPM_GRANULE_WORDS;
		uint32_t stride = cvpn_lpm_stride(entry), far = cvpn_lpm_block(entry);

		if (near[slot])
			REQUIRE(!(entry & CVPN_LPM_WALK) && far == at &&
					(!stride || stride == near_stride),
				"a near entry leads elsewhere, in slot %u", slot);
		else
			REQUIRE(entry & CVPN_LPM_WALK || stride > near_stride ||
					far <= tree->near ||
					far >= tree->near + CVPN_LPM_NEAR_GRANULES *
								    CVPN_LPM_GRANULE_WORDS,
				"no near entry in slot %u", slot);
	}
}

static void walk_family(struct layout *l, unsigned int family)
{
	const struct cvpn_lpm_tree *tree = &l->image->tree[family];
	size_t interval_words = family == CVPN_LPM_IPV4 ? 2 : 5;
	size_t slots = (size_t)1 << tree->root_bits;

	cr_assert_eq(tree->value_mask, (1u << (1u << tree->width_shift)) - 1);
	cr_assert(tree->root_bits >= 1 && tree->root_bits <= WORD_BITS);
	cr_assert(claim(l, ROOTS - family, tree->root,
			cvpn_lpm_root_words(tree->root_bits, tree->near != 0)));
	if (tree->intervals)
		(void)claim(l, INTERVALS - family, tree->bounds, interval_words * tree->intervals);
	/* A root stays whatever it holds. */
	for (size_t i = 0; i < slots; i++)
		walk(l, l->words[tree->root + i], (struct at){ family, tree->root_bits, 1 });
	check_distinct(l, family);
	if (tree->near)
		check_near(l, tree);
}

struct layout layout_of(const struct cvpn_lpm_image *image)
{
	struct layout l = {
		.image = image,
		.words = (const uint32_t *)(const void *)image,
		.granules = image->bytes / GRANULE_BYTES,
	};

	l.owner = calloc(l.granules, sizeof(*l.owner));
	l.links = calloc(l.granules, sizeof(*l.links));
	cr_assert(l.owner && l.links);
	cr_assert_eq(image->bytes % (LINE_WORDS * sizeof(*l.words)), 0);
	(void)claim(&l, HEADER, 0, sizeof(*image) / sizeof(*l.words));
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		walk_family(&l, family);
	return l;
}

void layout_free(struct layout *layout)
{
	free(layout->owner);
	free(layout->links);
}
