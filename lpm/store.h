/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the blocks of an image live while it is compiled and updated: memory by sizes of powers of
 * two, and the leaves of each family found by what they hold, so that equal ones are stored once.
 *
 * Blocks are named by their first word's index. A store grows by moving until cvpn_lpm_store_publish(); from
 * then on readers may be in it, it stays where it is and -ENOSPC says that it is full. A published
 * block that is no longer linked is retired, and used again after a grace period.
 *
 * Not thread-safe: one writer.
 */
#ifndef LPM_STORE_H
#define LPM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

/*
 * Sizes of blocks: CVPN_LPM_GRANULE_WORDS << 0 to << (STORE_CLASSES - 1) words. Behind them come
 * the roots, by family: one that is free stays a root, since there must be room for another one.
 */
#define STORE_CLASSES	  18u
#define STORE_ALL_CLASSES (STORE_CLASSES + CVPN_LPM_FAMILIES)

/* A leaf in the hash table, with how many entries lead to it. entry 0: an empty bucket. */
struct leaf_ref {
	uint32_t entry;
	uint32_t refs;
};

/* The leaves of one family. */
struct leaf_set {
	struct leaf_ref *buckets;
	size_t bucket_count; /* a power of two, or 0 */
	size_t used;
	uint32_t *constants; /* by value: the entry of its leaf of stride 0, or 0; not counted */
	uint32_t width_shift;
};

struct retired_block {
	uint32_t at;
	uint32_t class;
};

/* Where the words of a published store are to be, if not in memory of its own. */
struct store_home {
	uint32_t *words; /* NULL: anywhere */
	size_t capacity; /* words */
};

struct store {
	uint32_t *words;
	size_t used;	 /* words */
	size_t capacity; /* words */
	size_t live;	 /* words of blocks that are neither free nor retired */
	bool published;
	struct store_home home; /* set before anything else; BPF programs read there, too */
	uint32_t free[STORE_ALL_CLASSES]; /* lists of free blocks, linked by their first words */
	size_t root_words[CVPN_LPM_FAMILIES];
	struct retired_block *retired;
	size_t retired_count;
	size_t retired_capacity;
	struct leaf_set leaves[CVPN_LPM_FAMILIES];
};

/* The entry that leads to the block at word @at; of a leaf, unless CVPN_LPM_WALK is added. */
static inline uint32_t store_entry(uint32_t at, unsigned int stride)
{
	return at << CVPN_LPM_BLOCK_SHIFT | (32 - stride);
}

/* Whether an entry leads to a leaf of stride 0. */
static inline bool store_is_constant(uint32_t entry)
{
	return !(entry & CVPN_LPM_WALK) && !cvpn_lpm_stride(entry);
}

/* The value of a constant, which all slots of its granule have. */
static inline uint16_t store_constant_value(const struct store *store, unsigned int family,
					    uint32_t entry)
{
	uint32_t mask = (1u << (1u << store->leaves[family].width_shift)) - 1;

	return (uint16_t)(store->words[cvpn_lpm_block(entry)] & mask);
}

/* The words of a block of this class. */
static inline size_t store_class_words(const struct store *store, unsigned int class)
{
	return class < STORE_CLASSES ? (size_t)CVPN_LPM_GRANULE_WORDS << class
				     : store->root_words[class - STORE_CLASSES];
}

void cvpn_lpm_store_free(struct store *store);

/* Takes a block of at least @words words, contents undefined. Errors: -ENOMEM, -E2BIG, -ENOSPC. */
int cvpn_lpm_store_alloc(struct store *store, size_t words, uint32_t *at);

/* Gives back a block of that size that no reader can know. */
void cvpn_lpm_store_return(struct store *store, uint32_t at, size_t words);

/* Lists as free what was so before, in blocks of other sizes. */
void cvpn_lpm_store_put(struct store *store, uint32_t at, size_t words);

/* Gives back a block that readers may still be in. May wait for a grace period. */
void cvpn_lpm_store_retire(struct store *store, uint32_t at, size_t words);

/* The same for a family's root: always as many words, a power of two or one and a half. */
int cvpn_lpm_store_alloc_root(struct store *store, unsigned int family, size_t words, uint32_t *at);
void cvpn_lpm_store_return_root(struct store *store, unsigned int family, uint32_t at);
void cvpn_lpm_store_retire_root(struct store *store, unsigned int family, uint32_t at);

/* Waits for a grace period and makes all retired blocks free; without one they stay retired. */
void cvpn_lpm_store_reclaim(struct store *store);

/* Sets how wide a family's values are, before its first leaf. Returns 0 or -ENOMEM. */
int cvpn_lpm_leaf_set_begin(struct leaf_set *set, uint32_t width_shift);

/*
 * The entry of this leaf, which is stored unless an equal one is there; the caller holds one
 * reference more. Where its values allow a smaller stride it has that, but no less than @least,
 * which is 0 or that of a leaf of one granule; if all are equal, it is a constant. @leaf is
 * overwritten. Errors: as cvpn_lpm_store_alloc().
 */
int cvpn_lpm_store_leaf(struct store *store, unsigned int family, uint32_t *leaf,
			unsigned int stride, unsigned int least, uint32_t *entry);

/* The entry of the leaf of stride 0 with this value. Errors: as cvpn_lpm_store_alloc(). */
int cvpn_lpm_store_constant(struct store *store, unsigned int family, uint16_t value,
			    uint32_t *entry);

/* Takes back one reference to a leaf. The last one retires it. */
void cvpn_lpm_store_release_leaf(struct store *store, unsigned int family, uint32_t entry);

/*
 * Moves the words to where readers will find them: to its home, all of which is then its room, or
 * to memory of its own, aligned, in huge pages where that helps, with @spare words of room. A
 * home's roots are not set there then, so that no program can be in what is copied. Returns 0,
 * -ENOMEM, -ENOSPC when the home is too small, or what cvpn_lpm_grace() does.
 */
int cvpn_lpm_store_publish(struct store *store, size_t spare);

#endif
