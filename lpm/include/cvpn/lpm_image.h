/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The image: a compiled table, and the lookup of one address in it. Included by C and by BPF
 * programs, so it uses the kernel's types alone.
 *
 * An image is one block of 32-bit words in the machine's byte order, without pointers: it may be
 * copied, mapped at any address (aligned to 64 bytes) and shared.
 *
 * Each family is stored in one of two tiers. A table that cuts the address space into a few
 * intervals of equal values is stored as these:
 *
 *	bounds	the first address of each interval, ascending, the first one 0; for IPv6 the upper
 *		and lower halves in turn, each as two words, the less significant one first
 *	deltas	for each interval its value minus that of the one before, modulo 2^32
 *
 * and the value of an address is the sum of the deltas of all bounds that are not above it: no
 * branch, no load that depends on another, and many addresses fit side by side into vectors.
 *
 * Any other table is a trie:
 *
 *	root	2^root_bits entries, indexed by the first bits of the address
 *	leaf	64 values of 2, 4, 8 or 16 bits, indexed by the next 6 bits; ends the search
 *	node	64 entries, run-length compressed, indexed by the next 6 bits:
 *		a 64-bit map whose bit i says "entry i differs from entry i - 1" (bit 0 is always
 *		set), then one entry a run. The entry of slot i is number popcount(map[0..i]) - 1.
 *
 * An entry is a tag in its top bits and the offset of a leaf or a node, in words from the start of
 * the image. Equal leaves and equal nodes are stored once. An area that has one value throughout
 * is a leaf of 64 equal values: one load more in the first-level cache, one branch that is hard to
 * predict less.
 *
 * Searching bit i of an address means bit i from its most significant end. IPv4 addresses are
 * searched as the upper half of a 64-bit word, so both families share the code.
 *
 * After Poptrie (Asai and Ohara, SIGCOMM 2015: popcount-indexed nodes of 64, a direct index in
 * front) and DIR-24-8 (Gupta, Lin and McKeown, INFOCOM 1998: flat arrays of results); new here are
 * the narrow values and sharing of equal blocks between all places of the tree.
 */
#ifndef CVPN_LPM_IMAGE_H
#define CVPN_LPM_IMAGE_H

#include <linux/types.h>

#define CVPN_LPM_IMAGE_MAGIC   0x6d706c63u /* "clpm" */
#define CVPN_LPM_IMAGE_VERSION 1u

#define CVPN_LPM_MAX_INTERVALS 32u

#define CVPN_LPM_STRIDE	   6u
#define CVPN_LPM_SLOTS	   (1u << CVPN_LPM_STRIDE)
#define CVPN_LPM_NODE	   0x80000000u /* tag of an entry that leads to a node, else to a leaf */
#define CVPN_LPM_OFFSET	   0x7fffffffu
#define CVPN_LPM_NODE_HEAD 2u /* words of the map before a node's entries */

struct cvpn_lpm_tree {
	__u32 intervals; /* how many, up to CVPN_LPM_MAX_INTERVALS; 0: this is a trie */
	__u32 root;	 /* offset of the root array, or of the bounds, in words */
	__u32 root_bits; /* 18, 12 or 6 for IPv4; 16, 10 or 4 for IPv6: then no stride crosses bit 64 */
	__u32 width_shift; /* a value has 1 << width_shift bits */
	__u32 routes;	   /* prefixes compiled in */
	__u32 leaves;	   /* distinct ones */
	__u32 nodes;	   /* distinct ones */
};

struct cvpn_lpm_image {
	__u32 magic;
	__u32 version;
	__u64 bytes;
	struct cvpn_lpm_tree tree[2]; /* by enum cvpn_lpm_family */
};

/* The value in slot @slot of the leaf at @leaf. */
static inline __u32 cvpn_lpm_leaf_value(const __u32 *leaf, __u32 slot, __u32 width_shift)
{
	__u32 bit = slot << width_shift;
	__u32 mask = (1u << (1u << width_shift)) - 1;

	return leaf[bit / 32] >> (bit % 32) & mask;
}

/* The entry of slot @slot of the node at @node. */
static inline __u32 cvpn_lpm_node_entry(const __u32 *node, __u32 slot)
{
	__u64 map = node[0] | (__u64)node[1] << 32;
	__u64 up_to_slot = map << (CVPN_LPM_SLOTS - 1 - slot);

	return node[CVPN_LPM_NODE_HEAD - 1 + (__u32)__builtin_popcountll(up_to_slot)];
}

/* The CVPN_LPM_STRIDE bits of @word from bit @pos on; bits beyond its end are zero. */
static inline __u32 cvpn_lpm_slot(__u64 word, __u32 pos)
{
	return (__u32)(word << pos >> (64 - CVPN_LPM_STRIDE));
}

/* Looks up an IPv4 address (host order) in a trie. */
static inline __u32 cvpn_lpm_trie_lookup4(const __u32 *words, const struct cvpn_lpm_tree *tree,
					  __u32 addr)
{
	__u64 key = (__u64)addr << 32;
	__u32 pos = tree->root_bits;
	__u32 entry = words[tree->root + (__u32)(key >> (64 - pos))];

	while (entry & CVPN_LPM_NODE) {
		entry = cvpn_lpm_node_entry(words + (entry & CVPN_LPM_OFFSET),
					    cvpn_lpm_slot(key, pos));
		pos += CVPN_LPM_STRIDE;
	}
	return cvpn_lpm_leaf_value(words + entry, cvpn_lpm_slot(key, pos), tree->width_shift);
}

/* Looks up an IPv6 address (host order halves) in a trie. */
static inline __u32 cvpn_lpm_trie_lookup6(const __u32 *words, const struct cvpn_lpm_tree *tree,
					  __u64 hi, __u64 lo)
{
	__u32 pos = tree->root_bits;
	__u32 entry = words[tree->root + (__u32)(hi >> (64 - pos))];
	__u64 key = hi;

	while (entry & CVPN_LPM_NODE) {
		entry = cvpn_lpm_node_entry(words + (entry & CVPN_LPM_OFFSET),
					    cvpn_lpm_slot(key, pos));
		pos += CVPN_LPM_STRIDE;
		if (pos == 64) {
			key = lo;
			pos = 0;
		}
	}
	return cvpn_lpm_leaf_value(words + entry, cvpn_lpm_slot(key, pos), tree->width_shift);
}

/* Looks up an IPv4 address (host order) among intervals. */
static inline __u32 cvpn_lpm_intervals_lookup4(const __u32 *words, const struct cvpn_lpm_tree *tree,
					       __u32 addr)
{
	const __u32 *bounds = words + tree->root;
	const __u32 *deltas = bounds + tree->intervals;
	__u32 value = 0;

	for (__u32 i = 0; i < tree->intervals; i++)
		value += (0u - (__u32)(addr >= bounds[i])) & deltas[i];
	return value;
}

/* Looks up an IPv6 address (host order halves) among intervals. */
static inline __u32 cvpn_lpm_intervals_lookup6(const __u32 *words, const struct cvpn_lpm_tree *tree,
					       __u64 hi, __u64 lo)
{
	const __u32 *bounds = words + tree->root;
	const __u32 *deltas = bounds + (__u64)4 * tree->intervals;
	__u32 value = 0;

	for (__u32 i = 0; i < tree->intervals; i++) {
		const __u32 *bound = bounds + (__u64)4 * i;
		__u64 bound_hi = bound[0] | (__u64)bound[1] << 32;
		__u64 bound_lo = bound[2] | (__u64)bound[3] << 32;
		__u32 above = (hi > bound_hi) | ((hi == bound_hi) & (lo >= bound_lo));

		value += (0u - above) & deltas[i];
	}
	return value;
}

/*
 * Begins to fetch what a lookup of this address (IPv4, or the upper half of IPv6; host order) reads
 * first. Worth calling as soon as an address is known, when its lookup comes a little later.
 */
static inline void cvpn_lpm_image_prefetch4(const struct cvpn_lpm_image *image, __u32 addr)
{
	const struct cvpn_lpm_tree *tree = &image->tree[0];
	const __u32 *words = (const __u32 *)(const void *)image;

	if (!tree->intervals)
		__builtin_prefetch(words + tree->root + (addr >> (32 - tree->root_bits)));
}

static inline void cvpn_lpm_image_prefetch6(const struct cvpn_lpm_image *image, __u64 hi)
{
	const struct cvpn_lpm_tree *tree = &image->tree[1];
	const __u32 *words = (const __u32 *)(const void *)image;

	if (!tree->intervals)
		__builtin_prefetch(words + tree->root + (__u32)(hi >> (64 - tree->root_bits)));
}

/* Looks up an IPv4 address (host order) in a C program. Returns its value, 0 if there is none. */
static inline __u32 cvpn_lpm_image_lookup4(const struct cvpn_lpm_image *image, __u32 addr)
{
	const struct cvpn_lpm_tree *tree = &image->tree[0];
	const __u32 *words = (const __u32 *)(const void *)image;

	if (tree->intervals)
		return cvpn_lpm_intervals_lookup4(words, tree, addr);
	return cvpn_lpm_trie_lookup4(words, tree, addr);
}

/* Looks up an IPv6 address (host order halves) in a C program. Returns its value, 0 if none. */
static inline __u32 cvpn_lpm_image_lookup6(const struct cvpn_lpm_image *image, __u64 hi, __u64 lo)
{
	const struct cvpn_lpm_tree *tree = &image->tree[1];
	const __u32 *words = (const __u32 *)(const void *)image;

	if (tree->intervals)
		return cvpn_lpm_intervals_lookup6(words, tree, hi, lo);
	return cvpn_lpm_trie_lookup6(words, tree, hi, lo);
}

#endif
