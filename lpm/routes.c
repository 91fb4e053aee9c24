/* SPDX-License-Identifier: BSD-2-Clause */
/* The exact prefixes of one family: insert, remove, find and list in order. */
#include "routes.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "prefix.h"

/*
 * A node covers the prefix @addr/@len. It holds a route if @value is not CVPN_LPM_NO_ROUTE; a node
 * without a route is a branch and has two children. Children are longer than their parent, and the
 * child's bit number @len says which side it hangs on.
 */
struct route_node {
	struct cvpn_lpm_addr addr;
	uint32_t child[2];
	uint16_t value;
	uint8_t len;
};

static_assert(sizeof(struct route_node) == 32, "two nodes share a cache line");

#define FIRST_NODES 64u
/* Two megabytes: a huge page. */
#define CHUNK_NODES ((uint32_t)(((size_t)2 << 20) / sizeof(struct route_node)))
#define MAX_CHUNKS  (UINT32_MAX / CHUNK_NODES)
/* An insert takes at most a branch and a node. */
#define NODES_PER_INSERT 2u

static struct route_node *node_at(const struct route_set *set, uint32_t index)
{
	return &set->chunks[index / CHUNK_NODES][index % CHUNK_NODES];
}

void cvpn_lpm_route_set_clear(struct route_set *set)
{
	for (uint32_t i = 0; i < set->chunk_count; i++)
		free(set->chunks[i]);
	free(set->chunks);
	*set = (struct route_set){ 0 };
}

/* Puts a chunk of @nodes at number @index; what a smaller one had there moves into it. */
static int set_chunk(struct route_set *set, uint32_t index, uint32_t nodes)
{
	struct route_node **chunks = set->chunks, *chunk;

	if (index == set->chunk_count) {
		chunks = realloc(chunks, (index + 1) * sizeof(*chunks));
		if (!chunks)
			return -ENOMEM;
		set->chunks = chunks;
	}
	chunk = cvpn_lpm_memory(nodes * sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	if (index < set->chunk_count) {
		memcpy(chunk, chunks[index], set->used * sizeof(*chunk));
		free(chunks[index]);
	} else {
		set->chunk_count++;
	}
	chunks[index] = chunk;
	set->capacity = index * CHUNK_NODES + nodes;
	return 0;
}

/*
 * Makes room for an insert. The first chunk grows with the table, further ones are whole: a large
 * table never moves.
 */
static int reserve(struct route_set *set)
{
	int err;

	/* Returned nodes are not counted: one of the two is enough room saved to grow early. */
	if (set->used + NODES_PER_INSERT <= set->capacity)
		return 0;
	if (set->capacity >= CHUNK_NODES)
		return set->chunk_count == MAX_CHUNKS
			       ? -ENOMEM
			       : set_chunk(set, set->chunk_count, CHUNK_NODES);
	err = set_chunk(set, 0, set->capacity ? 2 * set->capacity : FIRST_NODES);
	if (!err && !set->used)
		set->used = 1;
	return err;
}

static uint32_t take_node(struct route_set *set, struct cvpn_lpm_addr addr, unsigned int len,
			  uint16_t value)
{
	uint32_t index = set->free;

	if (index)
		set->free = node_at(set, index)->child[0];
	else
		index = set->used++;
	*node_at(set,
		 index) = (struct route_node){ .addr = addr, .len = (uint8_t)len, .value = value };
	return index;
}

static void return_node(struct route_set *set, uint32_t index)
{
	node_at(set, index)->child[0] = set->free;
	set->free = index;
}

/* Puts a node for @prefix above node *@link, which shares only @common bits with it. */
static void insert_above(struct route_set *set, uint32_t *link, unsigned int common,
			 const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	uint32_t below = *link;
	struct cvpn_lpm_addr below_addr = node_at(set, below)->addr;
	uint32_t added = take_node(set, prefix->addr, prefix->len, value);
	uint32_t top = added;

	if (common < prefix->len) {
		top = take_node(set, prefix_first(prefix->addr, common), common, CVPN_LPM_NO_ROUTE);
		node_at(set, top)->child[addr_bit(prefix->addr, common)] = added;
		set->path[set->path_len++] = top;
	}
	set->path[set->path_len++] = added;
	node_at(set, top)->child[addr_bit(below_addr, common)] = below;
	*link = top;
}

/* How many bits from the first on a prefix shares with that of a node. */
static unsigned int shared_bits(const struct cvpn_lpm_prefix *prefix, const struct route_node *node)
{
	unsigned int common = addr_common(prefix->addr, node->addr);

	return common < prefix->len ? common : prefix->len;
}

/* How many nodes of the path hold @addr/@len and are shorter. */
static unsigned int path_holding(const struct route_set *set, struct cvpn_lpm_addr addr,
				 unsigned int len)
{
	unsigned int n = set->path_len;

	for (; n; n--) {
		const struct route_node *node = node_at(set, set->path[n - 1]);

		if (node->len < len && addr_common(addr, node->addr) >= node->len)
			break;
	}
	return n;
}

/* The link that leads on from node number @n - 1 of the path towards @addr; from the root if none. */
static uint32_t *path_link(struct route_set *set, unsigned int n, struct cvpn_lpm_addr addr)
{
	struct route_node *node;

	if (!n)
		return &set->root;
	node = node_at(set, set->path[n - 1]);
	return &node->child[addr_bit(addr, node->len)];
}

/* Shortens the path to the nodes that hold @prefix. Returns where the way goes on. */
static uint32_t *leave_path(struct route_set *set, const struct cvpn_lpm_prefix *prefix)
{
	set->path_len = path_holding(set, prefix->addr, prefix->len);
	return path_link(set, set->path_len, prefix->addr);
}

int cvpn_lpm_route_set_insert(struct route_set *set, const struct cvpn_lpm_prefix *prefix,
			      uint16_t value)
{
	uint32_t *link;

	if (reserve(set) < 0)
		return -ENOMEM;
	link = leave_path(set, prefix);
	while (*link) {
		struct route_node *node = node_at(set, *link);
		unsigned int common = shared_bits(prefix, node);

		if (common < node->len) {
			insert_above(set, link, common, prefix, value);
			set->count++;
			return 0;
		}
		set->path[set->path_len++] = *link;
		if (node->len == prefix->len) {
			set->count += node->value == CVPN_LPM_NO_ROUTE;
			node->value = value;
			return 0;
		}
		link = &node->child[addr_bit(prefix->addr, node->len)];
	}
	*link = take_node(set, prefix->addr, prefix->len, value);
	set->path[set->path_len++] = *link;
	set->count++;
	return 0;
}

/* Takes the node at *@link out if it is neither a route nor a branch. */
static bool prune(struct route_set *set, uint32_t *link)
{
	uint32_t index = *link;
	const struct route_node *node = node_at(set, index);

	if (node->value != CVPN_LPM_NO_ROUTE || (node->child[0] && node->child[1]))
		return false;
	*link = node->child[0] ? node->child[0] : node->child[1];
	return_node(set, index);
	return true;
}

int cvpn_lpm_route_set_remove(struct route_set *set, const struct cvpn_lpm_prefix *prefix)
{
	uint32_t *link = leave_path(set, prefix);
	struct route_node *node;

	for (;;) {
		if (!*link)
			return -ENOENT;
		node = node_at(set, *link);
		if (node->len >= prefix->len)
			break;
		if (shared_bits(prefix, node) < node->len)
			return -ENOENT;
		set->path[set->path_len++] = *link;
		link = &node->child[addr_bit(prefix->addr, node->len)];
	}
	if (node->len != prefix->len || node->value == CVPN_LPM_NO_ROUTE ||
	    !addr_equal(node->addr, prefix->addr))
		return -ENOENT;
	node->value = CVPN_LPM_NO_ROUTE;
	set->count--;
	(void)prune(set, link);
	if (set->path_len && prune(set, path_link(set, set->path_len - 1, prefix->addr)))
		set->path_len--;
	return 0;
}

uint16_t cvpn_lpm_route_set_find(const struct route_set *set, const struct cvpn_lpm_prefix *prefix)
{
	uint32_t index = set->root;

	while (index) {
		const struct route_node *node = node_at(set, index);

		if (node->len >= prefix->len) {
			if (node->len == prefix->len && addr_equal(node->addr, prefix->addr))
				return node->value;
			break;
		}
		index = node->child[addr_bit(prefix->addr, node->len)];
	}
	return CVPN_LPM_NO_ROUTE;
}

/* Lists the prefixes at and below a node, in order; counts all, writes at most @max. */
static size_t list_below(const struct route_set *set, uint32_t from, struct route_entry *entries,
			 size_t max)
{
	uint32_t stack[ROUTE_SET_DEPTH + 1];
	unsigned int depth = 0;
	size_t count = 0;

	if (from)
		stack[depth++] = from;
	while (depth) {
		const struct route_node *node = node_at(set, stack[--depth]);

		if (node->value != CVPN_LPM_NO_ROUTE && count++ < max)
			*entries++ = (struct route_entry){ node->addr, node->value, node->len };
		if (node->child[1])
			stack[depth++] = node->child[1];
		if (node->child[0])
			stack[depth++] = node->child[0];
	}
	return count;
}

void cvpn_lpm_route_set_list(const struct route_set *set, struct route_entry *entries)
{
	(void)list_below(set, set->root, entries, set->count);
}

size_t cvpn_lpm_route_set_list_in(const struct route_set *set, struct cvpn_lpm_addr addr,
				  unsigned int len, uint16_t *around, struct route_entry *entries,
				  size_t max)
{
	unsigned int n = path_holding(set, addr, len);
	const struct route_node *node;
	uint32_t index = set->root;

	if (n) {
		node = node_at(set, set->path[n - 1]);
		index = node->child[addr_bit(addr, node->len)];
	}
	*around = CVPN_LPM_NO_ROUTE;
	while (n && *around == CVPN_LPM_NO_ROUTE)
		*around = node_at(set, set->path[--n])->value;
	while (index) {
		node = node_at(set, index);
		if (addr_common(node->addr, addr) < (node->len < len ? node->len : len))
			return 0;
		if (node->len >= len)
			break;
		if (node->value != CVPN_LPM_NO_ROUTE)
			*around = node->value;
		index = node->child[addr_bit(addr, node->len)];
	}
	return list_below(set, index, entries, max);
}
