/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trie within an image, walked block by block: that it is laid out as <cvpn/lpm_image.h> says,
 * that nothing is stored twice, and that no block is there that need not be. A lookup would not
 * show any of this.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

#include "leaks.h"
#include "linear.h"
#include "lpm_check.h"
#include "prefix.h"
#include "rng.h"
#include "tables.h"

TestSuite(image_layout, .fini = check_leaks);

#define LINE_WORDS 16u
/* Nodes on the way to a leaf: one for each stride of an IPv6 address. */
#define MAX_DEPTH (128 / CVPN_LPM_STRIDE + 1)

struct walk {
	const struct cvpn_lpm_tree *tree;
	const uint32_t *words;
	size_t word_count;
	uint32_t *blocks; /* entries of all the blocks met */
	uint32_t leaves, nodes;
};

static uint32_t leaf_words(const struct walk *w)
{
	return (CVPN_LPM_SLOTS << w->tree->width_shift) / 32;
}

static uint32_t node_runs(const uint32_t *node)
{
	return (uint32_t)(__builtin_popcount(node[0]) + __builtin_popcount(node[1]));
}

static uint32_t block_words(const struct walk *w, uint32_t entry)
{
	if (!(entry & CVPN_LPM_NODE))
		return leaf_words(w);
	return CVPN_LPM_NODE_HEAD + node_runs(w->words + (entry & CVPN_LPM_OFFSET));
}

/* Notes a block; returns whether it was met before. */
static bool is_known(struct walk *w, uint32_t entry)
{
	for (uint32_t i = 0; i < w->leaves + w->nodes; i++) {
		if (w->blocks[i] == entry)
			return true;
	}
	w->blocks[w->leaves + w->nodes] = entry;
	*(entry & CVPN_LPM_NODE ? &w->nodes : &w->leaves) += 1;
	cr_assert_leq(w->leaves, w->tree->leaves, "more leaves than the image says");
	cr_assert_leq(w->nodes, w->tree->nodes, "more nodes than the image says");
	return false;
}

static void walk_block(struct walk *w, uint32_t entry, unsigned int depth)
{
	uint32_t offset = entry & CVPN_LPM_OFFSET, n, runs;
	const uint32_t *node = w->words + offset;

	if (is_known(w, entry))
		return;
	n = block_words(w, entry);
	cr_assert_leq(offset + n, w->word_count, "a block reaches beyond the image");
	if (!(entry & CVPN_LPM_NODE)) {
		cr_assert(n >= LINE_WORDS ? offset % LINE_WORDS == 0
					  : offset / LINE_WORDS == (offset + n - 1) / LINE_WORDS,
			  "a leaf straddles a cache line");
		return;
	}
	cr_assert_lt(depth, MAX_DEPTH);
	cr_assert(node[0] & 1, "the first run does not begin at slot 0");
	runs = node_runs(node);
	for (uint32_t i = 0; i < runs; i++) {
		uint32_t next = node[CVPN_LPM_NODE_HEAD + i];

		cr_assert(!i || next != node[CVPN_LPM_NODE_HEAD + i - 1], "two runs are one");
		walk_block(w, next, depth + 1);
	}
}

static void check_distinct(const struct walk *w)
{
	for (uint32_t i = 0; i < w->leaves + w->nodes; i++) {
		for (uint32_t j = 0; j < i; j++) {
			uint32_t a = w->blocks[i], b = w->blocks[j];
			uint32_t n = block_words(w, a);

			if ((a ^ b) & CVPN_LPM_NODE || block_words(w, b) != n)
				continue;
			cr_assert(memcmp(w->words + (a & CVPN_LPM_OFFSET),
					 w->words + (b & CVPN_LPM_OFFSET), n * sizeof(uint32_t)),
				  "a block is stored twice");
		}
	}
}

/* Walks the whole trie of a family. */
static void check_layout(const struct cvpn_lpm_image *image, unsigned int family)
{
	const struct cvpn_lpm_tree *tree = &image->tree[family];
	struct walk w = {
		.tree = tree,
		.words = (const uint32_t *)(const void *)image,
		.word_count = image->bytes / sizeof(uint32_t),
		.blocks = calloc(tree->leaves + tree->nodes + 1, sizeof(uint32_t)),
	};

	cr_assert_not_null(w.blocks);
	cr_assert_eq(tree->intervals, 0, "there is no trie to walk");
	cr_assert_eq(tree->root % LINE_WORDS, 0);
	cr_assert_leq(tree->root + (1u << tree->root_bits), w.word_count);
	for (uint32_t slot = 0; slot < 1u << tree->root_bits; slot++)
		walk_block(&w, w.words[tree->root + slot], 0);
	cr_assert_eq(w.leaves, tree->leaves, "%u of %u leaves are met", w.leaves, tree->leaves);
	cr_assert_eq(w.nodes, tree->nodes, "%u of %u nodes are met", w.nodes, tree->nodes);
	check_distinct(&w);
	free(w.blocks);
}

static void random_layout(unsigned int family, size_t n, uint16_t max_value)
{
	struct rng rng = { n + max_value };
	struct linear_route *routes = random_table(&rng, family, n, max_value);
	struct cvpn_lpm *table = table_of(routes, n);

	check_layout(cvpn_lpm_image(table), family);
	cvpn_lpm_destroy(table);
	free(routes);
}

Test(image_layout, of_random_tables)
{
	static const uint16_t max_values[] = { 3, 15, 255, UINT16_MAX };
	static const size_t counts[] = { 63, 300 };

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (size_t v = 0; v < sizeof(max_values) / sizeof(max_values[0]); v++) {
			for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
				random_layout(family, counts[c], max_values[v]);
		}
	}
}

/* @n routes of @len, each at the front of every other slot of the root, so that none merge. */
static struct cvpn_lpm *routes_in_slots(unsigned int family, unsigned int root_bits,
					unsigned int len, size_t n)
{
	struct cvpn_lpm *table = new_table();

	for (uint64_t i = 0; i < n; i++) {
		struct cvpn_lpm_prefix p = { { i << (65 - root_bits), 0 },
					     (uint8_t)len,
					     (uint8_t)family };

		cr_assert_eq(cvpn_lpm_insert(table, &p, 1), 0);
	}
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	return table;
}

/* A route that ends with a stride is painted there: it needs no block below. */
Test(image_layout, no_node_for_a_route_that_ends_with_its_stride)
{
	const size_t n = 100;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct cvpn_lpm *table = routes_in_slots(family, 20, 20, n);
		unsigned int bits = cvpn_lpm_image(table)->tree[family].root_bits;

		cvpn_lpm_destroy(table);
		/* In the root, in a leaf below it, and in a leaf below a node below that. */
		table = routes_in_slots(family, bits, bits, n);
		cr_assert_eq(cvpn_lpm_image(table)->tree[family].nodes, 0);
		cr_assert_eq(cvpn_lpm_image(table)->tree[family].leaves, 2, "of one value each");
		cvpn_lpm_destroy(table);
		table = routes_in_slots(family, bits, bits + CVPN_LPM_STRIDE, n);
		cr_assert_eq(cvpn_lpm_image(table)->tree[family].nodes, 0);
		cr_assert_eq(cvpn_lpm_image(table)->tree[family].leaves, 2);
		check_layout(cvpn_lpm_image(table), family);
		cvpn_lpm_destroy(table);
		table = routes_in_slots(family, bits, bits + CVPN_LPM_STRIDE + 1, n);
		cr_assert_eq(cvpn_lpm_image(table)->tree[family].nodes, 1);
		cr_assert_eq(cvpn_lpm_image(table)->tree[family].leaves, 2);
		check_layout(cvpn_lpm_image(table), family);
		cvpn_lpm_destroy(table);
	}
}

/* The routes that @add_leaf_like() needs around it, to make a trie with a root of 12 bits. */
#define FILLERS 100u
#define ROOT4	12u

static size_t add_fillers(struct linear_route *routes)
{
	for (uint64_t i = 0; i < FILLERS; i++)
		routes[i] = (struct linear_route){ { { 0xf000000000000000 | i << 33, 0 }, 32, 0 },
						   1 };
	return FILLERS;
}

/* Routes that paint a leaf of 2-bit values which has just these four words, below 11.0.0.0/12. */
static size_t add_leaf_like(struct linear_route *routes, const uint32_t words[4])
{
	size_t n = 0;

	for (uint64_t slot = 0; slot < CVPN_LPM_SLOTS; slot++) {
		uint16_t value = words[slot / 16] >> slot % 16 * 2 & 3;
		struct cvpn_lpm_addr addr = { 0x0b00000000000000 | slot << 46, 0 };

		if (value)
			routes[n++] = (struct linear_route){ { addr, ROOT4 + CVPN_LPM_STRIDE, 0 },
							     value };
	}
	return n;
}

/* A leaf may by chance have the very words of a node; they are not the same for that. */
Test(image_layout, a_leaf_is_not_taken_for_a_node_with_the_same_words)
{
	struct linear_route routes[FILLERS + 1 + CVPN_LPM_SLOTS];
	size_t n = add_fillers(routes);
	const struct cvpn_lpm_image *image;
	const uint32_t *words;
	struct cvpn_lpm *table;
	struct rng rng = { 1 };
	uint32_t node[4], entry;

	/* A route in the last slot of 10.0.0.0/12 makes a node of two runs: four words. */
	routes[n++] = (struct linear_route){ prefix_of("10.15.255.0/24"), 3 };
	table = table_of(routes, n);
	image = cvpn_lpm_image(table);
	words = (const uint32_t *)(const void *)image;
	cr_assert_eq(image->tree[0].root_bits, ROOT4);
	cr_assert_eq(image->tree[0].width_shift, 1);
	entry = words[image->tree[0].root + (0x0a000000 >> (32 - ROOT4))];
	cr_assert(entry & CVPN_LPM_NODE);
	memcpy(node, words + (entry & CVPN_LPM_OFFSET), sizeof(node));
	cr_assert_eq(node_runs(node), 2);
	cvpn_lpm_destroy(table);

	n += add_leaf_like(routes + n, node);
	table = table_of(routes, n);
	image = cvpn_lpm_image(table);
	words = (const uint32_t *)(const void *)image;
	cr_assert_eq(words[image->tree[0].root + (0x0a000000 >> (32 - ROOT4))], entry,
		     "the node moved, so this tests nothing");
	cr_assert_eq(memcmp(words + (entry & CVPN_LPM_OFFSET), node, sizeof(node)), 0);
	check_image(image, CVPN_LPM_IPV4, routes, n, &rng, 1000);
	check_layout(image, CVPN_LPM_IPV4);
	cvpn_lpm_destroy(table);
}
