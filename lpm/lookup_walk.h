/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bulk lookups by vectors, for each instruction set that includes this after it has defined
 *
 *	LANES		32-bit lanes of a vector
 *	TARGET		what a function inlined into them needs
 *	vec, mask	a vector of LANES words; a choice of lanes
 *	v_set1(), v_load(), v_load6(), v_store(), v_add(), v_sub(), v_and(), v_srl(), v_srlv(),
 *	v_sllv(), v_equal(), v_top() (lanes whose top bit is set), v_any(), v_blend(), v_gather()
 *
 * Lanes walk down side by side. A lane that has met its leaf waits for the others: its entry has no
 * CVPN_LPM_WALK, so it is masked off. Several vectors go side by side, too: a gather waits for
 * memory, and the next vector's need not wait for it.
 */
#ifndef LPM_LOOKUP_WALK_H
#define LPM_LOOKUP_WALK_H

#include <string.h>

#include "kernels.h"

/* Vectors in a block: enough to keep the memory busy, few enough for the registers. */
#define VECTORS 4u

struct walk {
	vec entry;
	vec rest; /* the next 32 bits of the address */
};

TARGET vec v_slot(vec entry, vec rest)
{
	return v_srlv(rest, v_and(entry, v_set1(CVPN_LPM_SHIFT)));
}

TARGET vec v_stride(vec entry)
{
	return v_sub(v_set1(32), v_and(entry, v_set1(CVPN_LPM_SHIFT)));
}

TARGET vec v_block(vec entry)
{
	return v_and(v_srl(entry, CVPN_LPM_BLOCK_SHIFT), v_set1(CVPN_LPM_BLOCK_MASK));
}

/* The lanes on a skip, of those in @on: CVPN_LPM_SKIP is the bit below the top. */
TARGET mask on_skip(vec entry, mask on)
{
	return v_both(on, v_top(v_add(entry, entry)));
}

/* One step down for the lanes @on. */
TARGET struct walk step(const uint32_t *words, struct walk at, mask on)
{
	vec slot = v_slot(at.entry, at.rest), block = v_block(at.entry);
	mask skip = on_skip(at.entry, on);

	if (__builtin_expect(v_any(skip), 0)) {
		vec expected = v_gather(skip, slot, words + CVPN_LPM_SKIP_EXPECTED, block);
		vec choice = v_blend(v_equal(slot, expected), v_set1(CVPN_LPM_SKIP_MISS),
				     v_set1(CVPN_LPM_SKIP_HIT));

		slot = v_blend(skip, slot, choice);
	}
	return (struct walk){
		.entry = v_gather(on, at.entry, words, v_add(block, slot)),
		.rest = v_blend(on, at.rest, v_sllv(at.rest, v_stride(at.entry))),
	};
}

TARGET struct walk root_step(const uint32_t *words, const struct cvpn_lpm_tree *tree, vec addr)
{
	return (struct walk){
		.entry = v_gather_all(words + CVPN_LPM_READ(tree->root),
				      v_srl(addr, 32 - tree->root_bits)),
		.rest = v_sll(addr, tree->root_bits),
	};
}

TARGET vec leaf_value(const uint32_t *words, const struct cvpn_lpm_tree *tree, struct walk at)
{
	vec bit = v_sll(v_slot(at.entry, at.rest), tree->width_shift);
	vec word = v_gather_all(words, v_add(v_block(at.entry), v_srl(bit, 5)));

	return v_and(v_srlv(word, v_and(bit, v_set1(31))), v_set1(tree->value_mask));
}

TARGET void trie4(const uint32_t *words, const struct cvpn_lpm_tree *tree, const uint32_t *addrs,
		  uint16_t *values, const unsigned int vectors)
{
	struct walk at[VECTORS];
	int walking = 0;

	for (unsigned int v = 0; v < vectors; v++)
		at[v] = root_step(words, tree, v_load(addrs + (size_t)v * LANES));
	for (unsigned int v = 0; v < vectors; v++)
		walking |= v_any(v_top(at[v].entry));
	while (walking) {
		walking = 0;
		for (unsigned int v = 0; v < vectors; v++) {
			at[v] = step(words, at[v], v_top(at[v].entry));
			walking |= v_any(v_top(at[v].entry));
		}
	}
	for (unsigned int v = 0; v < vectors; v++)
		v_store(values + (size_t)v * LANES, leaf_value(words, tree, at[v]));
}

TARGET void intervals4(const uint32_t *words, const struct cvpn_lpm_tree *tree,
		       const uint32_t *addrs, uint16_t *values, const unsigned int vectors)
{
	const uint32_t *bounds = words + tree->bounds;
	const uint32_t *deltas = bounds + tree->intervals;
	vec addr[VECTORS], sum[VECTORS];

	for (unsigned int v = 0; v < vectors; v++) {
		addr[v] = v_load(addrs + (size_t)v * LANES);
		sum[v] = v_set1(0);
	}
	for (uint32_t i = 0; i < tree->intervals; i++) {
		vec bound = v_set1(bounds[i]), delta = v_set1(deltas[i]);

		for (unsigned int v = 0; v < vectors; v++)
			sum[v] = v_blend(v_at_least(addr[v], bound), sum[v], v_add(sum[v], delta));
	}
	for (unsigned int v = 0; v < vectors; v++)
		v_store(values + (size_t)v * LANES, sum[v]);
}

TARGET void block4(const uint32_t *words, const struct cvpn_lpm_tree *tree, const uint32_t *addrs,
		   uint16_t *values, const unsigned int vectors)
{
	if (tree->intervals)
		intervals4(words, tree, addrs, values, vectors);
	else
		trie4(words, tree, addrs, values, vectors);
}

TARGET void lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs, uint16_t *values,
		    size_t n)
{
	const struct cvpn_lpm_tree *tree = &image->tree[CVPN_LPM_IPV4];
	const uint32_t *words = (const uint32_t *)(const void *)image;
	uint32_t last_addrs[LANES] = { 0 };
	uint16_t last_values[LANES];
	size_t i = 0;

	for (; i + (size_t)VECTORS * LANES <= n; i += (size_t)VECTORS * LANES)
		block4(words, tree, addrs + i, values + i, VECTORS);
	for (; i + LANES <= n; i += LANES)
		block4(words, tree, addrs + i, values + i, 1);
	if (i == n)
		return;
	memcpy(last_addrs, addrs + i, (n - i) * sizeof(*addrs));
	block4(words, tree, last_addrs, last_values, 1);
	memcpy(values + i, last_values, (n - i) * sizeof(*values));
}

/*
 * The lanes that have consumed 32, 64 or 96 bits go on with the next word of their address. Those
 * that met a leaf there do so again in each step, which changes nothing: leaves consume no bits of
 * the rest. Few tables have lanes beyond 64 bits, so these words are fetched when they are needed.
 */
TARGET vec next_word6(const struct cvpn_lpm_addr *addrs, vec second, vec pos, vec rest)
{
	mask beyond;

	rest = v_blend(v_equal(pos, v_set1(32)), rest, second);
	beyond = v_at_least(pos, v_set1(64));
	if (__builtin_expect(v_any(beyond), 0)) {
		rest = v_blend(v_equal(pos, v_set1(64)), rest, v_load6(addrs, 2));
		rest = v_blend(v_equal(pos, v_set1(96)), rest, v_load6(addrs, 3));
	}
	return rest;
}

TARGET void trie6(const uint32_t *words, const struct cvpn_lpm_tree *tree,
		  const struct cvpn_lpm_addr *addrs, uint16_t *values, const unsigned int vectors)
{
	struct walk at[VECTORS];
	vec second[VECTORS], pos[VECTORS];
	int walking = 0;

	for (unsigned int v = 0; v < vectors; v++) {
		second[v] = v_load6(addrs + (size_t)v * LANES, 1);
		at[v] = root_step(words, tree, v_load6(addrs + (size_t)v * LANES, 0));
		pos[v] = v_set1(tree->root_bits);
	}
	for (unsigned int v = 0; v < vectors; v++)
		walking |= v_any(v_top(at[v].entry));
	while (walking) {
		walking = 0;
		for (unsigned int v = 0; v < vectors; v++) {
			mask on = v_top(at[v].entry);

			/* A few long prefixes keep the others waiting; not their vectors, too. */
			if (!v_any(on))
				continue;
			pos[v] = v_blend(on, pos[v], v_add(pos[v], v_stride(at[v].entry)));
			at[v] = step(words, at[v], on);
			at[v].rest = next_word6(addrs + (size_t)v * LANES, second[v], pos[v],
						at[v].rest);
			walking |= v_any(v_top(at[v].entry));
		}
	}
	for (unsigned int v = 0; v < vectors; v++)
		v_store(values + (size_t)v * LANES, leaf_value(words, tree, at[v]));
}

/* Lanes whose address is not below the bound, whose halves begin with their last words. */
TARGET mask at_least6(const vec addr[4], const uint32_t bound[4])
{
	mask above = v_at_least(addr[3], v_set1(bound[3 ^ 1]));

	/* From the last word to the first: an earlier one decides unless it is equal. */
	for (unsigned int word = 3; word-- > 0;) {
		vec part = v_set1(bound[word ^ 1]);
		mask equal = v_equal(addr[word], part);

		above = v_either(v_both(equal, above),
				 v_without(v_at_least(addr[word], part), equal));
	}
	return above;
}

TARGET void intervals6(const uint32_t *words, const struct cvpn_lpm_tree *tree,
		       const struct cvpn_lpm_addr *addrs, uint16_t *values)
{
	const uint32_t *bounds = words + tree->bounds;
	const uint32_t *deltas = bounds + (size_t)4 * tree->intervals;
	vec addr[4], sum = v_set1(0);

	for (unsigned int word = 0; word < 4; word++)
		addr[word] = v_load6(addrs, word);
	for (uint32_t i = 0; i < tree->intervals; i++)
		sum = v_blend(at_least6(addr, bounds + (size_t)4 * i), sum,
			      v_add(sum, v_set1(deltas[i])));
	v_store(values, sum);
}

TARGET void block6(const uint32_t *words, const struct cvpn_lpm_tree *tree,
		   const struct cvpn_lpm_addr *addrs, uint16_t *values, const unsigned int vectors)
{
	if (!tree->intervals) {
		trie6(words, tree, addrs, values, vectors);
		return;
	}
	for (unsigned int v = 0; v < vectors; v++)
		intervals6(words, tree, addrs + (size_t)v * LANES, values + (size_t)v * LANES);
}

TARGET void lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
		    uint16_t *values, size_t n)
{
	const struct cvpn_lpm_tree *tree = &image->tree[CVPN_LPM_IPV6];
	const uint32_t *words = (const uint32_t *)(const void *)image;
	struct cvpn_lpm_addr last_addrs[LANES] = { 0 };
	uint16_t last_values[LANES];
	size_t i = 0;

	for (; i + (size_t)VECTORS * LANES <= n; i += (size_t)VECTORS * LANES)
		block6(words, tree, addrs + i, values + i, VECTORS);
	for (; i + LANES <= n; i += LANES)
		block6(words, tree, addrs + i, values + i, 1);
	if (i == n)
		return;
	memcpy(last_addrs, addrs + i, (n - i) * sizeof(*addrs));
	block6(words, tree, last_addrs, last_values, 1);
	memcpy(values + i, last_values, (n - i) * sizeof(*values));
}

#endif
