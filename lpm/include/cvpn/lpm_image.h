/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The image: a compiled table, and the lookup of one address in it. Included by C and by BPF
 * programs, so it uses the kernel's types alone.
 *
 * An image is one block of 32-bit words in the machine's byte order, without pointers: it may be
 * copied (while its writer is idle), mapped at any address (aligned to 64 bytes) and shared.
 *
 * Each family is a trie of blocks. Its root is an array of entries, indexed by the first bits of an
 * address. A 32-bit entry leads to a block:
 *
 *	bit  31		CVPN_LPM_WALK: the search goes on below, with an entry of the block;
 *			else the block is a leaf and holds the answer
 *	bit  30		CVPN_LPM_SKIP, with CVPN_LPM_WALK only: the block is a skip
 *	bits 29 to 6	where the block begins, in granules of 16 bytes from the start of the image
 *	bits 5 to 0	32 minus the stride: how many of the address's next bits the block consumes.
 *			Shifting the next 32 bits right by this leaves the stride's: the slot
 *
 *	node		2^stride entries, indexed by the slot
 *	skip		three words: the slot to expect, the entry where it differs, the entry where
 *			it is equal. Stands for a chain of nodes with one child each
 *	leaf		2^stride values of 2, 4, 8 or 16 bits, indexed by the slot. Stride 0: one
 *			value, whatever the rest of the address, over and over in one granule
 *
 * No stride crosses a 32-bit boundary of the address.
 *
 * A table that cuts the address space into a few intervals of equal values has these, too, for the
 * bulk lookups: side by side in vectors they need no load that depends on another one.
 *
 *	bounds		the first address of each interval, ascending, the first one 0; for IPv6 the
 *			upper and lower halves in turn, each as two words, the less significant first
 *	deltas		for each interval its value minus that of the one before, modulo 2^32
 *
 * The value of an address is the sum of the deltas of all bounds that are not above it.
 *
 * After DIR-24-8 (Gupta, Lin and McKeown, INFOCOM 1998: flat arrays), level- and path-compressed
 * tries (Nilsson and Karlsson, IEEE JSAC 17(6), 1999: a stride for each node, skips) and Poptrie
 * (Asai and Ohara, SIGCOMM 2015: small leaves that stay in the cache). New here are the narrow
 * values and that equal leaves are stored once, wherever in the tree they are.
 */
#ifndef CVPN_LPM_IMAGE_H
#define CVPN_LPM_IMAGE_H

#include <linux/types.h>

#define CVPN_LPM_IMAGE_MAGIC   0x6d706c63u /* "clpm" */
#define CVPN_LPM_IMAGE_VERSION 3u

#define CVPN_LPM_MAX_INTERVALS 32u

#define CVPN_LPM_WALK	       0x80000000u
#define CVPN_LPM_SKIP	       0x40000000u
#define CVPN_LPM_SHIFT	       0x0000003fu
#define CVPN_LPM_BLOCK_SHIFT   4u	   /* moves bits 29 to 6 so that they count words */
#define CVPN_LPM_BLOCK_MASK    0x03fffffcu /* of the entry so moved */
#define CVPN_LPM_GRANULE_WORDS 4u

/* The words of a skip. */
#define CVPN_LPM_SKIP_EXPECTED 0u
#define CVPN_LPM_SKIP_MISS     1u
#define CVPN_LPM_SKIP_HIT      2u

/* Nodes and skips below the root: at most one for each bit, of which the root has at least four. */
#define CVPN_LPM_MAX_STEPS4 28u
#define CVPN_LPM_MAX_STEPS6 124u

struct cvpn_lpm_tree {
	/*
	 * Where it begins, in words from the start of the image. In a mirror it may change, and 0
	 * says that there are no routes.
	 */
	__u32 root;
	__u32 root_bits; /* it has 1 << root_bits entries */
	/* In words, where near entries count from, see <cvpn/lpm_mirror.h>. 0: there are none. */
	__u32 near;
	__u32 width_shift; /* a value has 1 << width_shift bits */
	__u32 value_mask;  /* that many ones */
	__u32 intervals;   /* how many, up to CVPN_LPM_MAX_INTERVALS; 0: there are none stored */
	__u32 bounds;	   /* where they begin, in words from the start of the image */
	/* When the image was compiled; single updates since then are not counted. */
	__u32 routes;
	__u32 leaves; /* distinct ones */
	__u32 nodes;  /* and skips; the root is not counted */
};

struct cvpn_lpm_image {
	__u32 magic;
	__u32 version;
	__u64 bytes;		      /* with the room kept for updates */
	struct cvpn_lpm_tree tree[2]; /* by enum cvpn_lpm_family */
};

/* Whether the thread sanitizer is on, as gcc and as clang say it. */
#if defined(__SANITIZE_THREAD__)
#define CVPN_LPM_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CVPN_LPM_TSAN
#endif
#endif

/*
 * Reads an entry that a writer may replace at this moment. What the entry leads to was complete
 * before, and its address depends on the value read; the thread sanitizer knows no such order.
 */
#if defined(__bpf__)
#define CVPN_LPM_READ(entry) (*(const volatile __u32 *)&(entry))
#elif defined(CVPN_LPM_TSAN)
#define CVPN_LPM_READ(entry) __atomic_load_n(&(entry), __ATOMIC_ACQUIRE)
#else
#define CVPN_LPM_READ(entry) __atomic_load_n(&(entry), __ATOMIC_RELAXED)
#endif

/* Where the block of an entry begins, in words from the start of the image. */
static inline __u32 cvpn_lpm_block(__u32 entry)
{
	return entry >> CVPN_LPM_BLOCK_SHIFT & CVPN_LPM_BLOCK_MASK;
}

/* How many bits of the address the block of an entry consumes. */
static inline __u32 cvpn_lpm_stride(__u32 entry)
{
	return 32 - (entry & CVPN_LPM_SHIFT);
}

/* The slot of an address whose next 32 bits are @rest. A stride of 0 shifts all of them out. */
static inline __u32 cvpn_lpm_slot(__u32 entry, __u32 rest)
{
	return (__u32)((__u64)rest >> (entry & CVPN_LPM_SHIFT));
}

/* One step down from @entry, which has CVPN_LPM_WALK set. */
static inline __u32 cvpn_lpm_step(const __u32 *words, __u32 entry, __u32 rest)
{
	__u32 slot = cvpn_lpm_slot(entry, rest), block = cvpn_lpm_block(entry);

	if (entry & CVPN_LPM_SKIP)
		slot = slot == words[block + CVPN_LPM_SKIP_EXPECTED] ? CVPN_LPM_SKIP_HIT
								     : CVPN_LPM_SKIP_MISS;
	return CVPN_LPM_READ(words[block + slot]);
}

/* The value for an address in the leaf of @entry. */
static inline __u32 cvpn_lpm_leaf_value(const __u32 *words, const struct cvpn_lpm_tree *tree,
					__u32 entry, __u32 rest)
{
	__u32 bit = cvpn_lpm_slot(entry, rest) << tree->width_shift;

	return words[cvpn_lpm_block(entry) + bit / 32] >> (bit % 32) & tree->value_mask;
}

/* The 32 bits of an IPv6 address from bit @pos on, as far as the half of the address has them. */
static inline __u32 cvpn_lpm_rest6(__u64 hi, __u64 lo, __u32 pos)
{
	return (__u32)((pos < 64 ? hi : lo) << (pos % 64) >> 32);
}

/* Looks up an IPv4 address (host order) in a C program. Returns its value, 0 if there is none. */
static inline __u32 cvpn_lpm_image_lookup4(const struct cvpn_lpm_image *image, __u32 addr)
{
	const struct cvpn_lpm_tree *tree = &image->tree[0];
	const __u32 *words = (const __u32 *)(const void *)image;
	__u32 entry = CVPN_LPM_READ(
		words[CVPN_LPM_READ(tree->root) + (addr >> (32 - tree->root_bits))]);
	__u32 rest = addr << tree->root_bits;

	while (__builtin_expect(entry & CVPN_LPM_WALK, 0)) {
		__u32 next = cvpn_lpm_step(words, entry, rest);

		rest = (__u32)((__u64)rest << cvpn_lpm_stride(entry));
		entry = next;
	}
	return cvpn_lpm_leaf_value(words, tree, entry, rest);
}

/* Looks up an IPv6 address (host order halves) in a C program. Returns its value, 0 if none. */
static inline __u32 cvpn_lpm_image_lookup6(const struct cvpn_lpm_image *image, __u64 hi, __u64 lo)
{
	const struct cvpn_lpm_tree *tree = &image->tree[1];
	const __u32 *words = (const __u32 *)(const void *)image;
	__u32 entry = CVPN_LPM_READ(
		words[CVPN_LPM_READ(tree->root) + (__u32)(hi >> (64 - tree->root_bits))]);
	__u32 pos = tree->root_bits;

	while (entry & CVPN_LPM_WALK) {
		__u32 next = cvpn_lpm_step(words, entry, cvpn_lpm_rest6(hi, lo, pos));

		pos += cvpn_lpm_stride(entry);
		entry = next;
	}
	return cvpn_lpm_leaf_value(words, tree, entry, cvpn_lpm_rest6(hi, lo, pos));
}

/*
 * Begins to fetch what a lookup of this address (IPv4, or the upper half of IPv6; host order) reads
 * first. Worth calling as soon as an address is known, when its lookup comes a little later.
 */
static inline void cvpn_lpm_image_prefetch4(const struct cvpn_lpm_image *image, __u32 addr)
{
	const struct cvpn_lpm_tree *tree = &image->tree[0];
	const __u32 *words = (const __u32 *)(const void *)image;

	__builtin_prefetch(words + CVPN_LPM_READ(tree->root) + (addr >> (32 - tree->root_bits)));
}

static inline void cvpn_lpm_image_prefetch6(const struct cvpn_lpm_image *image, __u64 hi)
{
	const struct cvpn_lpm_tree *tree = &image->tree[1];
	const __u32 *words = (const __u32 *)(const void *)image;

	__builtin_prefetch(words + CVPN_LPM_READ(tree->root) +
			   (__u32)(hi >> (64 - tree->root_bits)));
}

#endif
