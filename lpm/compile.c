/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes to blocks. The prefixes of an area arrive sorted, each before those that it contains, so
 * one pass paints a block: a prefix that ends inside the block's stride fills the slots it covers,
 * and longer ones that share a slot become the child there, which inherits the value painted so
 * far. Time and memory grow with the number of prefixes.
 *
 * The shape of each block is chosen by what is in its area: the fewest steps that the prefixes pay
 * for. Each step is a load that waits for the one before; each byte is one less of the cache.
 */
#include "compile.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "leaf.h"
#include "prefix.h"

#define WORD_BITS     32u /* of an address: no stride crosses their boundaries */
#define NODE_BITS     8u  /* a node this small, 1 KiB, costs less than one more step */
#define MAX_NODE_BITS 16u
#define MAX_FILL      16u /* slots of a node for each that is in use */
#define SKIP_WORDS    3u

/* What saving steps may cost: an image, and a route of it, in bytes. */
#define MAX_SPEND	((size_t)4 << 20)
#define MAX_ROUTE_SPEND 1024u
/* In a mirror, the part of it: two families are there twice while they change. */
#define MIRROR_SPEND_SHARE 8u

static_assert(LEAF_MAX_STRIDE >= COMPILE_LEAF_BITS && MAX_NODE_BITS >= NODE_BITS,
	      "the caps are caps");

enum kind { LEAF, NODE, SKIP };

struct shape {
	enum kind kind;
	unsigned int stride;
};

size_t cvpn_lpm_compile_spend(const struct store *store, size_t routes)
{
	size_t most = store->home.capacity * sizeof(*store->words) / MIRROR_SPEND_SHARE, spend;

	if (!store->home.words || most > MAX_SPEND)
		most = MAX_SPEND;
	spend = most / (routes + 1);
	return spend < MAX_ROUTE_SPEND ? spend : MAX_ROUTE_SPEND;
}

/* The @count bits of an address from bit @pos on, 1 to 32, not across the middle. */
static uint32_t addr_bits(struct cvpn_lpm_addr a, unsigned int pos, unsigned int count)
{
	uint64_t word = pos < 64 ? a.hi : a.lo;

	return (uint32_t)(word << pos % 64 >> (64 - count));
}

/* What the choice of a shape depends on. */
struct survey {
	unsigned int depth;  /* bits of the longest prefix from the area's position on */
	unsigned int shared; /* bits that all prefixes have in common from there on */
	/* By i: how many prefixes differ from the one before in bit i, and in none before. */
	size_t forks[WORD_BITS];
};

static void survey_area(const struct area *area, unsigned int room, struct survey *s)
{
	const struct route_entry *routes = area->routes;
	unsigned int longest = area->pos;
	unsigned int shared = addr_common(routes[0].addr, routes[area->count - 1].addr);

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < area->count; i++) {
		unsigned int fork;

		if (routes[i].len > longest)
			longest = routes[i].len;
		if (routes[i].len < shared)
			shared = routes[i].len;
		fork = i ? addr_common(routes[i].addr, routes[i - 1].addr) - area->pos : room;
		if (fork < room)
			s->forks[fork]++;
	}
	s->depth = longest - area->pos;
	s->shared = shared - area->pos;
}

/* The widest stride that the prefixes pay for. */
static unsigned int node_stride(const struct compiler *c, const struct area *area,
				unsigned int room, const struct survey *s)
{
	unsigned int most = c->small ? NODE_BITS : MAX_NODE_BITS, stride = 1;
	size_t used = 1;

	if (most > room)
		most = room;
	for (unsigned int bits = 1; bits <= most; bits++) {
		used += s->forks[bits - 1];
		if (bits <= NODE_BITS || (size_t)4 << bits <= c->spend * area->count ||
		    (size_t)1 << bits <= MAX_FILL * used)
			stride = bits;
	}
	/* What is left for the leaf below may be as large as that gets for nothing. */
	if (s->depth <= room && s->depth - COMPILE_LEAF_BITS < stride)
		stride = s->depth - COMPILE_LEAF_BITS;
	return stride;
}

static struct shape choose_shape(const struct compiler *c, const struct area *area)
{
	uint32_t width_shift = c->store->leaves[c->family].width_shift;
	unsigned int room = WORD_BITS - area->pos % WORD_BITS;
	struct survey s;

	survey_area(area, room, &s);
	if (s.depth <= room && s.depth <= LEAF_MAX_STRIDE &&
	    (s.depth <= COMPILE_LEAF_BITS ||
	     ((size_t)1 << s.depth << width_shift) / 8 <= c->spend * area->count))
		return (struct shape){ LEAF, s.depth };
	if (s.shared > MAX_NODE_BITS ||
	    (s.shared > NODE_BITS && (size_t)4 << NODE_BITS > c->spend * area->count))
		return (struct shape){ SKIP, s.shared < room ? s.shared : room };
	return (struct shape){ NODE, node_stride(c, area, room, &s) };
}

/* The routes of @area from number @from on that share its slot of @stride bits. */
static struct area slot_area(const struct area *area, size_t from, unsigned int stride)
{
	struct area child = { area->routes + from, 1, area->pos + stride, 0 };

	while (from + child.count < area->count &&
	       addr_common(child.routes[child.count].addr, child.routes[0].addr) >= child.pos)
		child.count++;
	return child;
}

/* Writes the routes to the slots of a leaf that they cover. */
void cvpn_lpm_compile_paint(const struct area *area, uint32_t *leaf, unsigned int stride,
			    uint32_t width_shift)
{
	for (size_t i = 0; i < area->count; i++) {
		const struct route_entry *route = &area->routes[i];

		cvpn_lpm_leaf_paint(leaf, width_shift, addr_bits(route->addr, area->pos, stride),
				    (size_t)1 << (area->pos + stride - route->len), route->value);
	}
}

unsigned int cvpn_lpm_compile_least_stride(const struct compiler *c, unsigned int pos)
{
	return c->tree->near && pos == c->tree->root_bits
		       ? cvpn_lpm_near_stride(c->tree->width_shift)
		       : 0;
}

uint16_t cvpn_lpm_compile_near(const struct cvpn_lpm_tree *tree, uint32_t entry)
{
	uint32_t at = cvpn_lpm_block(entry), granule;

	if (entry & CVPN_LPM_WALK || at < tree->near ||
	    (cvpn_lpm_stride(entry) != cvpn_lpm_near_stride(tree->width_shift) &&
	     !store_is_constant(entry)))
		return 0;
	granule = (at - tree->near) / CVPN_LPM_GRANULE_WORDS;
	return granule < CVPN_LPM_NEAR_GRANULES ? (uint16_t)granule : 0;
}

/* Not inlined: its values would be on the stack of each level above, too. */
__attribute__((noinline)) static int compile_leaf(struct compiler *c, const struct area *area,
						  unsigned int stride, uint32_t *entry)
{
	uint32_t width_shift = c->store->leaves[c->family].width_shift;
	uint32_t leaf[LEAF_MAX_WORDS];

	memset(leaf, 0, LEAF_MIN_WORDS * sizeof(*leaf));
	cvpn_lpm_leaf_paint(leaf, width_shift, 0, (size_t)1 << stride, area->value);
	cvpn_lpm_compile_paint(area, leaf, stride, width_shift);
	return cvpn_lpm_store_leaf(c->store, c->family, leaf, stride,
				   cvpn_lpm_compile_least_stride(c, area->pos), entry);
}

static int compile_skip(struct compiler *c, const struct area *area, unsigned int stride,
			uint32_t *entry)
{
	struct area child = *area;
	uint32_t at, miss, hit;
	int err = cvpn_lpm_store_constant(c->store, c->family, area->value, &miss);

	child.pos += stride;
	if (!err)
		err = cvpn_lpm_store_alloc(c->store, SKIP_WORDS, &at);
	if (err < 0)
		return err;
	err = cvpn_lpm_compile_area(c, &child, &hit);
	if (err < 0) {
		cvpn_lpm_store_return(c->store, at, SKIP_WORDS);
		return err;
	}
	c->store->words[at + CVPN_LPM_SKIP_EXPECTED] = addr_bits(area->routes[0].addr, area->pos,
								 stride);
	c->store->words[at + CVPN_LPM_SKIP_MISS] = miss;
	c->store->words[at + CVPN_LPM_SKIP_HIT] = hit;
	c->store->words[at + SKIP_WORDS] = 0;
	c->nodes++;
	*entry = CVPN_LPM_WALK | CVPN_LPM_SKIP | store_entry(at, stride);
	return 0;
}

int cvpn_lpm_compile_constants(struct compiler *c, uint32_t at, size_t count, uint16_t value)
{
	uint32_t constant;
	int err = cvpn_lpm_store_constant(c->store, c->family, value, &constant);

	for (size_t i = 0; i < count && !err; i++)
		c->store->words[at + i] = constant;
	return err;
}

/* Addresses go by index: the store moves while it grows. */
int cvpn_lpm_compile_slots(struct compiler *c, const struct area *area, unsigned int stride,
			   uint32_t at)
{
	unsigned int end = area->pos + stride;
	int err = 0;

	for (size_t i = 0; i < area->count && !err;) {
		const struct route_entry *route = &area->routes[i];
		uint32_t slot = at + addr_bits(route->addr, area->pos, stride);
		struct area child;
		uint32_t entry;

		if (route->len <= end) {
			err = cvpn_lpm_compile_constants(c, slot, (size_t)1 << (end - route->len),
							 route->value);
			i++;
			continue;
		}
		child = slot_area(area, i, stride);
		/* What is painted there is a constant. */
		child.value = store_constant_value(c->store, c->family, c->store->words[slot]);
		err = cvpn_lpm_compile_area(c, &child, &entry);
		if (!err)
			c->store->words[slot] = entry;
		i += child.count;
	}
	return err;
}

/* If all slots of a node lead to the same constant, that will do. */
static bool is_constant(const struct store *store, uint32_t at, unsigned int stride)
{
	uint32_t first = store->words[at];

	if (!store_is_constant(first))
		return false;
	for (size_t i = 1; i < (size_t)1 << stride; i++)
		if (store->words[at + i] != first)
			return false;
	return true;
}

static int compile_node(struct compiler *c, const struct area *area, unsigned int stride,
			uint32_t *entry)
{
	uint32_t at;
	int err = cvpn_lpm_store_alloc(c->store, (size_t)1 << stride, &at);

	if (err < 0)
		return err;
	err = cvpn_lpm_compile_constants(c, at, (size_t)1 << stride, area->value);
	if (err < 0) {
		cvpn_lpm_store_return(c->store, at, (size_t)1 << stride);
		return err;
	}
	*entry = CVPN_LPM_WALK | store_entry(at, stride);
	err = cvpn_lpm_compile_slots(c, area, stride, at);
	if (err < 0) {
		cvpn_lpm_compile_release(c->store, c->family, *entry);
		return err;
	}
	c->nodes++;
	return 0;
}

int cvpn_lpm_compile_area(struct compiler *c, const struct area *area, uint32_t *entry)
{
	struct area inner = *area;
	struct shape shape;
	uint32_t at;
	int err;

	/* A prefix that is the area itself is what holds around the others. */
	while (inner.count && inner.routes[0].len == inner.pos) {
		inner.value = inner.routes[0].value;
		inner.routes++;
		inner.count--;
	}
	if (!inner.count)
		return cvpn_lpm_store_constant(c->store, c->family, inner.value, entry);
	shape = choose_shape(c, &inner);
	if (shape.kind == LEAF)
		return compile_leaf(c, &inner, shape.stride, entry);
	if (shape.kind == SKIP)
		return compile_skip(c, &inner, shape.stride, entry);
	err = compile_node(c, &inner, shape.stride, entry);
	if (err < 0)
		return err;
	at = cvpn_lpm_block(*entry);
	if (is_constant(c->store, at, shape.stride)) {
		*entry = c->store->words[at];
		cvpn_lpm_store_return(c->store, at, (size_t)1 << shape.stride);
		c->nodes--;
	}
	return 0;
}

void cvpn_lpm_compile_release(struct store *store, unsigned int family, uint32_t entry)
{
	uint32_t at = cvpn_lpm_block(entry);
	size_t words = (size_t)1 << cvpn_lpm_stride(entry);

	if (!(entry & CVPN_LPM_WALK)) {
		cvpn_lpm_store_release_leaf(store, family, entry);
		return;
	}
	if (entry & CVPN_LPM_SKIP) {
		words = SKIP_WORDS;
		cvpn_lpm_compile_release(store, family, store->words[at + CVPN_LPM_SKIP_HIT]);
	} else {
		for (size_t i = 0; i < words; i++)
			cvpn_lpm_compile_release(store, family, store->words[at + i]);
	}
	cvpn_lpm_store_retire(store, at, words);
}
