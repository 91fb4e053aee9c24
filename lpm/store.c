/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for the blocks of an image. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grace.h"
#include "leaf.h"
#include "memory.h"

#define LINE_WORDS    16u /* words in a cache line: no small block straddles one */
#define GRANULE_BITS  (CVPN_LPM_GRANULE_WORDS * 32u)
#define FIRST_WORDS   1024u
#define FIRST_BUCKETS 256u
#define FIRST_RETIRED 64u
/*
 * Retired blocks that wait for one grace period together: it costs far more than one update. One of
 * the kernel's takes milliseconds, so there as many wait as the memory has room for.
 */
#define RETIRED_BATCH 4096u
/* Bits 29 to 6 of an entry address this many words. */
#define MAX_WORDS ((size_t)CVPN_LPM_BLOCK_MASK + CVPN_LPM_GRANULE_WORDS)

void cvpn_lpm_store_free(struct store *store)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		free(store->leaves[family].buckets);
		free(store->leaves[family].constants);
	}
	free(store->retired);
	if (store->words != store->home.words)
		free(store->words);
	*store = (struct store){ 0 };
}

static unsigned int class_of(size_t words)
{
	unsigned int class = 0;

	while ((size_t)CVPN_LPM_GRANULE_WORDS << class < words)
		class ++;
	return class;
}

static void put_free(struct store *store, uint32_t at, unsigned int class)
{
	store->words[at] = store->free[class];
	store->free[class] = at;
}

static uint32_t take_free(struct store *store, unsigned int class)
{
	uint32_t at = store->free[class];

	store->free[class] = store->words[at];
	return at;
}

/*
 * Makes free blocks of a class of one that is larger. Only in a home: elsewhere an image that is
 * full is compiled anew, which leaves nothing scattered.
 */
static bool split(struct store *store, unsigned int class)
{
	unsigned int from = class + 1;
	uint32_t at;

	if (!store->home.words)
		return false;
	while (from < STORE_CLASSES && !store->free[from])
		from++;
	if (from >= STORE_CLASSES)
		return false;
	at = take_free(store, from);
	while (from-- > class)
		put_free(store, at + (CVPN_LPM_GRANULE_WORDS << from), from);
	put_free(store, at, class);
	return true;
}

/* Makes room for @more words at the end. */
static int reserve(struct store *store, size_t more)
{
	size_t capacity = store->capacity ? store->capacity : FIRST_WORDS;
	uint32_t *words;

	if (store->used + more <= store->capacity)
		return 0;
	if (store->published)
		return -ENOSPC;
	if (store->used + more > MAX_WORDS)
		return -E2BIG;
	while (capacity < store->used + more)
		capacity *= 2;
	words = realloc(store->words, capacity * sizeof(*words));
	if (!words)
		return -ENOMEM;
	store->words = words;
	store->capacity = capacity;
	return 0;
}

static int alloc_class(struct store *store, unsigned int class, uint32_t *at)
{
	size_t size = store_class_words(store, class);
	size_t align = size < LINE_WORDS ? size : LINE_WORDS;
	size_t gap = -store->used & (align - 1);
	int err;

	if (store->free[class]) {
		*at = take_free(store, class);
		store->live += size;
		return 0;
	}
	err = reserve(store, gap + size);
	if (err == -ENOSPC && split(store, class))
		return alloc_class(store, class, at);
	if (err < 0)
		return err;
	/* An image is a function of its routes: no byte of it is left to chance. */
	memset(store->words + store->used, 0, (gap + size) * sizeof(*store->words));
	*at = (uint32_t)(store->used + gap);
	store->used += gap + size;
	store->live += size;
	return 0;
}

int cvpn_lpm_store_alloc(struct store *store, size_t words, uint32_t *at)
{
	return alloc_class(store, class_of(words), at);
}

/* Makes a root of a block that is none, and may be larger. */
static int carve_root(struct store *store, size_t words, uint32_t *at)
{
	unsigned int class = class_of(words);
	size_t rest = store_class_words(store, class) - words;
	int err = alloc_class(store, class, at);

	if (!err && rest)
		cvpn_lpm_store_return(store, *at + (uint32_t)words, rest);
	return err;
}

int cvpn_lpm_store_alloc_root(struct store *store, unsigned int family, size_t words, uint32_t *at)
{
	int err;

	store->root_words[family] = words;
	err = alloc_class(store, STORE_CLASSES + family, at);
	return err == -ENOSPC ? carve_root(store, words, at) : err;
}

void cvpn_lpm_store_put(struct store *store, uint32_t at, size_t words)
{
	put_free(store, at, class_of(words));
}

static void return_class(struct store *store, uint32_t at, unsigned int class)
{
	put_free(store, at, class);
	store->live -= store_class_words(store, class);
}

void cvpn_lpm_store_return(struct store *store, uint32_t at, size_t words)
{
	return_class(store, at, class_of(words));
}

void cvpn_lpm_store_return_root(struct store *store, unsigned int family, uint32_t at)
{
	return_class(store, at, STORE_CLASSES + family);
}

void cvpn_lpm_store_reclaim(struct store *store)
{
	if (!store->retired_count || cvpn_lpm_grace(store->home.words) < 0)
		return;
	for (size_t i = 0; i < store->retired_count; i++)
		put_free(store, store->retired[i].at, store->retired[i].class);
	store->retired_count = 0;
}

static bool reserve_retired(struct store *store)
{
	size_t capacity = store->retired_capacity ? store->retired_capacity * 2 : FIRST_RETIRED;
	struct retired_block *retired;

	if (store->retired_count < store->retired_capacity)
		return true;
	retired = realloc(store->retired, capacity * sizeof(*retired));
	if (!retired)
		return false;
	store->retired = retired;
	store->retired_capacity = capacity;
	return true;
}

static void retire_class(struct store *store, uint32_t at, unsigned int class)
{
	if (!store->published) {
		return_class(store, at, class);
		return;
	}
	store->live -= store_class_words(store, class);
	if ((store->retired_count >= RETIRED_BATCH && !store->home.words) ||
	    !reserve_retired(store)) {
		cvpn_lpm_store_reclaim(store);
		/*
		 * Without memory for a list each block waits for a grace period of its own. Without
		 * those, too, it is lost until the table is destroyed.
		 */
		if (store->retired_count == store->retired_capacity) {
			if (cvpn_lpm_grace(store->home.words) == 0)
				put_free(store, at, class);
			return;
		}
	}
	store->retired[store->retired_count++] = (struct retired_block){ at, class };
}

void cvpn_lpm_store_retire(struct store *store, uint32_t at, size_t words)
{
	retire_class(store, at, class_of(words));
}

void cvpn_lpm_store_retire_root(struct store *store, unsigned int family, uint32_t at)
{
	retire_class(store, at, STORE_CLASSES + family);
}

int cvpn_lpm_leaf_set_begin(struct leaf_set *set, uint32_t width_shift)
{
	set->width_shift = width_shift;
	set->constants = calloc((size_t)1 << (1u << width_shift), sizeof(*set->constants));
	return set->constants ? 0 : -ENOMEM;
}

/* Multiply-and-rotate over the words, with a final avalanche (the mixer of SplitMix64). */
static uint64_t hash_words(const uint32_t *words, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++)
		h = (h << 23 | h >> 41) * 0x9e3779b97f4a7c15 ^ words[i];
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
	h = (h ^ h >> 27) * 0x94d049bb133111eb;
	return h ^ h >> 31;
}

/* The bucket where the leaf of @entry would be if no other were in its way. */
static size_t home(const struct store *store, const struct leaf_set *set, uint32_t entry)
{
	return hash_words(store->words + cvpn_lpm_block(entry),
			  leaf_words(cvpn_lpm_stride(entry), set->width_shift)) &
	       (set->bucket_count - 1);
}

static int grow_buckets(struct store *store, struct leaf_set *set)
{
	struct leaf_set grown = *set;

	if (set->used * 2 < set->bucket_count)
		return 0;
	grown.bucket_count = set->bucket_count ? set->bucket_count * 2 : FIRST_BUCKETS;
	grown.buckets = calloc(grown.bucket_count, sizeof(*grown.buckets));
	if (!grown.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < set->bucket_count; i++) {
		size_t to;

		if (!set->buckets[i].entry)
			continue;
		to = home(store, &grown, set->buckets[i].entry);
		while (grown.buckets[to].entry)
			to = (to + 1) & (grown.bucket_count - 1);
		grown.buckets[to] = set->buckets[i];
	}
	free(set->buckets);
	*set = grown;
	return 0;
}

int cvpn_lpm_store_leaf(struct store *store, unsigned int family, uint32_t *leaf,
			unsigned int stride, unsigned int least, uint32_t *entry)
{
	struct leaf_set *set = &store->leaves[family];
	uint32_t wider[LEAF_MIN_WORDS];
	size_t words, bucket;
	uint32_t at;
	int err;

	stride = cvpn_lpm_leaf_shrink(leaf, stride, set->width_shift);
	if (!stride)
		return cvpn_lpm_store_constant(store, family, (uint16_t)leaf[0], entry);
	if (stride < least) {
		cvpn_lpm_leaf_expand(leaf, stride, wider, least, set->width_shift);
		leaf = wider;
		stride = least;
	}
	err = grow_buckets(store, set);
	if (err < 0)
		return err;
	words = leaf_words(stride, set->width_shift);
	for (bucket = hash_words(leaf, words) & (set->bucket_count - 1); set->buckets[bucket].entry;
	     bucket = (bucket + 1) & (set->bucket_count - 1)) {
		struct leaf_ref *ref = &set->buckets[bucket];

		if (cvpn_lpm_stride(ref->entry) == stride &&
		    !memcmp(store->words + cvpn_lpm_block(ref->entry), leaf,
			    words * sizeof(*leaf))) {
			ref->refs++;
			*entry = ref->entry;
			return 0;
		}
	}
	err = cvpn_lpm_store_alloc(store, words, &at);
	if (err < 0)
		return err;
	memcpy(store->words + at, leaf, words * sizeof(*leaf));
	*entry = store_entry(at, stride);
	set->buckets[bucket] = (struct leaf_ref){ *entry, 1 };
	set->used++;
	return 0;
}

int cvpn_lpm_store_constant(struct store *store, unsigned int family, uint16_t value,
			    uint32_t *entry)
{
	uint32_t *known = &store->leaves[family].constants[value];

	if (!*known) {
		uint32_t at;
		int err = cvpn_lpm_store_alloc(store, 1, &at);

		if (err < 0)
			return err;
		cvpn_lpm_leaf_paint(store->words + at, store->leaves[family].width_shift, 0,
				    GRANULE_BITS >> store->leaves[family].width_shift, value);
		*known = store_entry(at, 0);
	}
	*entry = *known;
	return 0;
}

/* Empties a bucket and moves those that it was in the way of, so that no search ends too early. */
static void empty_bucket(struct store *store, struct leaf_set *set, size_t hole)
{
	size_t mask = set->bucket_count - 1;

	for (size_t i = (hole + 1) & mask; set->buckets[i].entry; i = (i + 1) & mask) {
		size_t at_home = home(store, set, set->buckets[i].entry);

		/* It may move back to the hole unless its home lies behind that. */
		if (((i - at_home) & mask) >= ((i - hole) & mask)) {
			set->buckets[hole] = set->buckets[i];
			hole = i;
		}
	}
	set->buckets[hole].entry = 0;
	set->used--;
}

void cvpn_lpm_store_release_leaf(struct store *store, unsigned int family, uint32_t entry)
{
	struct leaf_set *set = &store->leaves[family];
	unsigned int stride = cvpn_lpm_stride(entry);
	size_t bucket;

	if (!stride)
		return;
	bucket = home(store, set, entry);
	while (set->buckets[bucket].entry != entry)
		bucket = (bucket + 1) & (set->bucket_count - 1);
	if (--set->buckets[bucket].refs)
		return;
	empty_bucket(store, set, bucket);
	cvpn_lpm_store_retire(store, cvpn_lpm_block(entry), leaf_words(stride, set->width_shift));
}

/* The room for @words words and @spare more: a home, or memory of its own. */
static int take_room(const struct store *store, size_t spare, struct store_home *room)
{
	size_t capacity = (store->used + spare + LINE_WORDS - 1) / LINE_WORDS * LINE_WORDS;

	*room = store->home;
	if (room->words)
		return store->used > room->capacity ? -ENOSPC : 0;
	room->capacity = capacity > MAX_WORDS ? MAX_WORDS : capacity;
	room->words = cvpn_lpm_memory(room->capacity * sizeof(*room->words));
	return room->words ? 0 : -ENOMEM;
}

/* No program finds anything in a home from here on, nor is one still in what was there. */
static int vacate(const struct store_home *home)
{
	struct cvpn_lpm_image *image = (struct cvpn_lpm_image *)(void *)home->words;
	bool used = false;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		used |= image->tree[family].root != 0;
		__atomic_store_n(&image->tree[family].root, 0, __ATOMIC_RELAXED);
	}
	return used ? cvpn_lpm_grace(true) : 0;
}

int cvpn_lpm_store_publish(struct store *store, size_t spare)
{
	struct store_home room;
	int err = take_room(store, spare, &room);

	if (!err && store->home.words)
		err = vacate(&room);
	if (err < 0)
		return err;
	memcpy(room.words, store->words, store->used * sizeof(*room.words));
	if (!store->home.words)
		memset(room.words + store->used, 0,
		       (room.capacity - store->used) * sizeof(*room.words));
	free(store->words);
	store->words = room.words;
	store->capacity = room.capacity;
	store->published = true;
	return 0;
}
