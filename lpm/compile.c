/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes to image. The prefixes of a family arrive sorted, each before those that it contains, so
 * one pass paints every block: a prefix that ends inside the block's stride fills the slots it
 * covers, and a run of longer ones that share a slot becomes the child there, which inherits the
 * value painted so far. Blocks are made from the bottom up and looked up in a hash table first, so
 * equal ones are stored once. Time and memory grow with the number of prefixes.
 */
#include "compile.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "intervals.h"
#include "prefix.h"

static_assert(CVPN_LPM_SLOTS == 64, "a node's map is one 64-bit word");

#define IMAGE_ALIGN    64u		 /* bytes: a cache line */
#define HUGE_PAGE      ((size_t)2 << 20) /* bytes, on x86-64 and on aarch64 with 4 KiB pages */
#define LINE_WORDS     16u		 /* words in a cache line */
#define FIRST_WORDS    1024u
#define FIRST_BUCKETS  1024u
#define MAX_NODE_WORDS (CVPN_LPM_NODE_HEAD + CVPN_LPM_SLOTS)
#define INTERVAL_WORDS 5u /* an IPv6 bound and its delta */

/* How many of the first bits the root indexes, by the number of routes. */
static const struct {
	size_t routes; /* from this many routes on */
	uint32_t bits[CVPN_LPM_FAMILIES];
} root_sizes[] = {
	{ 4096, { 18, 16 } },
	{ 64, { 12, 10 } },
	{ 0, { 6, 4 } },
};

struct builder {
	uint32_t *words;	    /* the image so far */
	size_t used;		    /* words */
	size_t capacity;	    /* words */
	struct cvpn_lpm_tree *tree; /* of the family being compiled; not within @words */
	const struct route_entry *routes;
	uint32_t *buckets;   /* entries of the blocks stored, 0 for an empty bucket */
	size_t bucket_count; /* a power of two */
	size_t bucket_used;
	uint32_t *constants; /* by value: the entry of its leaf of equal values, or 0 */
};

static int reserve(struct builder *b, size_t more)
{
	size_t capacity = b->capacity ? b->capacity : FIRST_WORDS;
	uint32_t *words;

	if (b->used + more > CVPN_LPM_OFFSET)
		return -E2BIG;
	while (capacity < b->used + more)
		capacity *= 2;
	if (capacity == b->capacity)
		return 0;
	words = realloc(b->words, capacity * sizeof(*words));
	if (!words)
		return -ENOMEM;
	b->words = words;
	b->capacity = capacity;
	return 0;
}

/* Moves the end of the image to a multiple of @align words (a power of two); room is reserved. */
static void align_end(struct builder *b, size_t align)
{
	while (b->used & (align - 1))
		b->words[b->used++] = 0;
}

static size_t leaf_words(const struct builder *b)
{
	return (CVPN_LPM_SLOTS << b->tree->width_shift) / 32;
}

static size_t block_words(const struct builder *b, uint32_t entry)
{
	const uint32_t *node = b->words + (entry & CVPN_LPM_OFFSET);

	if (!(entry & CVPN_LPM_NODE))
		return leaf_words(b);
	return CVPN_LPM_NODE_HEAD +
	       (size_t)(__builtin_popcount(node[0]) + __builtin_popcount(node[1]));
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

static int grow_buckets(struct builder *b)
{
	size_t count = b->bucket_count ? b->bucket_count * 2 : FIRST_BUCKETS;
	uint32_t *buckets = calloc(count, sizeof(*buckets));

	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < b->bucket_count; i++) {
		uint32_t entry = b->buckets[i];
		size_t at;

		if (!entry)
			continue;
		at = hash_words(b->words + (entry & CVPN_LPM_OFFSET), block_words(b, entry));
		for (at &= count - 1; buckets[at]; at = (at + 1) & (count - 1))
			;
		buckets[at] = entry;
	}
	free(b->buckets);
	b->buckets = buckets;
	b->bucket_count = count;
	return 0;
}

/*
 * Stores a leaf or node of @n words, or finds an equal one stored before; @tag is CVPN_LPM_NODE or
 * 0. No leaf straddles a cache line unless it is larger than one.
 */
static int store_block(struct builder *b, uint32_t tag, const uint32_t *block, size_t n,
		       uint32_t *entry)
{
	size_t align = tag ? CVPN_LPM_NODE_HEAD : n < LINE_WORDS ? n : LINE_WORDS;
	size_t at;
	int err;

	if (b->bucket_used * 2 >= b->bucket_count) {
		err = grow_buckets(b);
		if (err < 0)
			return err;
	}
	at = hash_words(block, n) & (b->bucket_count - 1);
	for (; b->buckets[at]; at = (at + 1) & (b->bucket_count - 1)) {
		uint32_t other = b->buckets[at];

		if ((other & CVPN_LPM_NODE) == tag && block_words(b, other) == n &&
		    !memcmp(b->words + (other & CVPN_LPM_OFFSET), block, n * sizeof(*block))) {
			*entry = other;
			return 0;
		}
	}
	err = reserve(b, n + align);
	if (err < 0)
		return err;
	align_end(b, align);
	*entry = tag | (uint32_t)b->used;
	b->buckets[at] = *entry;
	b->bucket_used++;
	memcpy(b->words + b->used, block, n * sizeof(*block));
	b->used += n;
	*(tag ? &b->tree->nodes : &b->tree->leaves) += 1;
	return 0;
}

static int store_leaf(struct builder *b, const uint16_t values[CVPN_LPM_SLOTS], uint32_t *entry)
{
	uint32_t leaf[CVPN_LPM_SLOTS / 2] = { 0 };

	for (uint32_t slot = 0; slot < CVPN_LPM_SLOTS; slot++) {
		uint32_t bit = slot << b->tree->width_shift;

		leaf[bit / 32] |= (uint32_t)values[slot] << (bit % 32);
	}
	return store_block(b, 0, leaf, leaf_words(b), entry);
}

static int store_constant(struct builder *b, uint16_t value, uint32_t *entry)
{
	uint16_t values[CVPN_LPM_SLOTS];
	int err = 0;

	if (!b->constants[value]) {
		for (uint32_t slot = 0; slot < CVPN_LPM_SLOTS; slot++)
			values[slot] = value;
		err = store_leaf(b, values, &b->constants[value]);
	}
	*entry = b->constants[value];
	return err;
}

static int store_node(struct builder *b, const uint32_t entries[CVPN_LPM_SLOTS], uint32_t *entry)
{
	uint32_t node[MAX_NODE_WORDS];
	size_t n = CVPN_LPM_NODE_HEAD;
	uint64_t map = 0;

	for (uint32_t slot = 0; slot < CVPN_LPM_SLOTS; slot++) {
		if (slot && entries[slot] == entries[slot - 1])
			continue;
		map |= 1ull << slot;
		node[n++] = entries[slot];
	}
	node[0] = (uint32_t)map;
	node[1] = (uint32_t)(map >> 32);
	return store_block(b, CVPN_LPM_NODE, node, n, entry);
}

/* The @count bits of an address from bit @pos on, at most 32; zeros beyond its end. */
static uint32_t addr_bits(struct cvpn_lpm_addr a, unsigned int pos, unsigned int count)
{
	uint64_t word = pos < 64 ? a.hi : a.lo;

	return (uint32_t)(word << pos % 64 >> (64 - count));
}

/* The first route from @from on, before @to, that differs from @from in the bits before @pos. */
static size_t same_slot_end(const struct route_entry *routes, size_t from, size_t to,
			    unsigned int pos)
{
	size_t end = from + 1;

	while (end < to && addr_common(routes[end].addr, routes[from].addr) >= pos)
		end++;
	return end;
}

/* A child that waits to be compiled: the routes that share a slot, and what they inherit. */
struct child {
	size_t from, to;
	uint16_t value;
};

static int compile_block(struct builder *b, unsigned int pos, const struct child *area,
			 uint32_t *entry)
{
	uint16_t values[CVPN_LPM_SLOTS];
	uint32_t entries[CVPN_LPM_SLOTS];
	uint64_t is_child = 0;
	int err;

	for (uint32_t slot = 0; slot < CVPN_LPM_SLOTS; slot++)
		values[slot] = area->value;
	for (size_t i = area->from; i < area->to;) {
		const struct route_entry *route = &b->routes[i];
		uint32_t slot = addr_bits(route->addr, pos, CVPN_LPM_STRIDE);

		if (route->len <= pos + CVPN_LPM_STRIDE) {
			uint32_t span = 1u << (pos + CVPN_LPM_STRIDE - route->len);

			for (uint32_t s = slot; s < slot + span; s++)
				values[s] = route->value;
			i++;
		} else {
			struct child child = { i, 0, values[slot] };

			child.to = same_slot_end(b->routes, i, area->to, pos + CVPN_LPM_STRIDE);
			err = compile_block(b, pos + CVPN_LPM_STRIDE, &child, &entries[slot]);
			if (err < 0)
				return err;
			is_child |= 1ull << slot;
			i = child.to;
		}
	}
	if (!is_child)
		return store_leaf(b, values, entry);
	for (uint32_t slot = 0; slot < CVPN_LPM_SLOTS; slot++) {
		if (is_child >> slot & 1)
			continue;
		err = store_constant(b, values[slot], &entries[slot]);
		if (err < 0)
			return err;
	}
	return store_node(b, entries, entry);
}

/*
 * Fills the root. The leaves of constant values that most slots lead to are stored when first
 * needed; a slot is written once it is final, so @value is what the routes so far paint there.
 */
static int compile_root(struct builder *b, size_t count)
{
	unsigned int bits = b->tree->root_bits;
	uint32_t slots = 1u << bits;
	uint16_t *values = calloc(slots, sizeof(*values));
	uint32_t entry;
	int err = 0;

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err;) {
		const struct route_entry *route = &b->routes[i];
		uint32_t slot = addr_bits(route->addr, 0, bits);

		if (route->len <= bits) {
			for (uint32_t s = 0; s < 1u << (bits - route->len); s++)
				values[slot + s] = route->value;
			i++;
		} else {
			struct child child = { i, 0, values[slot] };

			child.to = same_slot_end(b->routes, i, count, bits);
			err = compile_block(b, bits, &child, &entry);
			if (!err)
				b->words[b->tree->root + slot] = entry;
			i = child.to;
		}
	}
	for (uint32_t slot = 0; slot < slots && !err; slot++) {
		if (b->words[b->tree->root + slot])
			continue;
		err = store_constant(b, values[slot], &entry);
		b->words[b->tree->root + slot] = entry;
	}
	free(values);
	return err;
}

/* The narrowest width that holds every value: 2, 4, 8 or 16 bits, as a shift. */
static uint32_t width_shift(const struct route_entry *routes, size_t count)
{
	uint32_t all = 0, shift = 1;

	for (size_t i = 0; i < count; i++)
		all |= routes[i].value;
	while (all >> (1u << shift))
		shift++;
	return shift;
}

static void forget_blocks(struct builder *b)
{
	free(b->buckets);
	free(b->constants);
	b->buckets = b->constants = NULL;
	b->bucket_count = b->bucket_used = 0;
}

static uint32_t *put_addr(uint32_t *to, unsigned int family, struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4) {
		*to++ = (uint32_t)(addr.hi >> 32);
		return to;
	}
	*to++ = (uint32_t)addr.hi;
	*to++ = (uint32_t)(addr.hi >> 32);
	*to++ = (uint32_t)addr.lo;
	*to++ = (uint32_t)(addr.lo >> 32);
	return to;
}

/* Stores the family as intervals: bounds, then deltas. */
static int store_intervals(struct builder *b, const struct interval *intervals, unsigned int n,
			   unsigned int family)
{
	uint32_t *to;
	int err = reserve(b, LINE_WORDS + INTERVAL_WORDS * n);

	if (err < 0)
		return err;
	align_end(b, LINE_WORDS);
	b->tree->intervals = n;
	b->tree->root = (uint32_t)b->used;
	to = b->words + b->used;
	for (unsigned int i = 0; i < n; i++)
		to = put_addr(to, family, intervals[i].first);
	for (unsigned int i = 0; i < n; i++)
		*to++ = intervals[i].value - (i ? (uint32_t)intervals[i - 1].value : 0);
	b->used = (size_t)(to - b->words);
	return 0;
}

static int store_trie(struct builder *b, size_t count, unsigned int family)
{
	size_t size = 0, slots;
	int err;

	while (count < root_sizes[size].routes)
		size++;
	b->tree->root_bits = root_sizes[size].bits[family];
	slots = (size_t)1 << b->tree->root_bits;
	err = reserve(b, slots + LINE_WORDS);
	if (err < 0)
		return err;
	align_end(b, LINE_WORDS);
	b->tree->root = (uint32_t)b->used;
	memset(b->words + b->used, 0, slots * sizeof(*b->words));
	b->used += slots;
	b->constants = calloc((size_t)1 << (1u << b->tree->width_shift), sizeof(*b->constants));
	err = b->constants ? compile_root(b, count) : -ENOMEM;
	forget_blocks(b);
	return err;
}

static int compile_tree(struct builder *b, const struct route_set *set, unsigned int family)
{
	struct route_entry *routes = malloc((set->count + 1) * sizeof(*routes));
	struct interval intervals[CVPN_LPM_MAX_INTERVALS];
	unsigned int n;
	int err;

	if (!routes)
		return -ENOMEM;
	route_set_list(set, routes);
	*b->tree = (struct cvpn_lpm_tree){
		.width_shift = width_shift(routes, set->count),
		.routes = (uint32_t)set->count,
	};
	b->routes = routes;
	n = intervals_make(routes, set->count, family, intervals, CVPN_LPM_MAX_INTERVALS);
	err = n ? store_intervals(b, intervals, n, family) : store_trie(b, set->count, family);
	free(routes);
	return err;
}

/*
 * Room for an image. A large one gets whole huge pages where the kernel gives them: its lookups go
 * all over it, and with small pages each would wait for an address translation, too.
 */
static struct cvpn_lpm_image *alloc_image(size_t bytes)
{
	size_t room = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	struct cvpn_lpm_image *image;

	if (bytes < HUGE_PAGE / 2)
		return aligned_alloc(IMAGE_ALIGN, bytes);
	image = aligned_alloc(HUGE_PAGE, room);
	/* Advice: without huge pages all works the same. */
	if (image)
		(void)madvise(image, room, MADV_HUGEPAGE);
	return image;
}

static int finish(struct builder *b, struct cvpn_lpm_image *head, struct cvpn_lpm_image **image)
{
	int err = reserve(b, LINE_WORDS);

	if (err < 0)
		return err;
	align_end(b, LINE_WORDS);
	head->bytes = b->used * sizeof(*b->words);
	*image = alloc_image(head->bytes);
	if (!*image)
		return -ENOMEM;
	memcpy(*image, b->words, head->bytes);
	memcpy(*image, head, sizeof(*head));
	return 0;
}

int compile_image(const struct route_set sets[CVPN_LPM_FAMILIES], struct cvpn_lpm_image **image)
{
	struct cvpn_lpm_image head = {
		.magic = CVPN_LPM_IMAGE_MAGIC,
		.version = CVPN_LPM_IMAGE_VERSION,
	};
	struct builder b = { 0 };
	int err = reserve(&b, sizeof(head) / sizeof(*b.words));

	if (!err) {
		b.used = sizeof(head) / sizeof(*b.words);
		memset(b.words, 0, sizeof(head));
	}
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES && !err; family++) {
		b.tree = &head.tree[family];
		err = compile_tree(&b, &sets[family], family);
	}
	if (!err)
		err = finish(&b, &head, image);
	free(b.words);
	return err;
}
