/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exact prefixes of one family with their values: what was inserted, before it is compiled.
 * A path-compressed binary trie (PATRICIA, Morrison 1968) whose nodes are named by index
 * and live in chunks, so that an allocation can fail before anything changed.
 */
#ifndef LPM_ROUTES_H
#define LPM_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>

struct route_node;

/* Nodes on the way from the root to any prefix: one for each length, 0 to 128. */
#define ROUTE_SET_DEPTH 129

struct route_set {
	struct route_node **chunks; /* of nodes, by index; node 0 is unused: it means none */
	uint32_t chunk_count;
	uint32_t used; /* nodes ever handed out, [0] included */
	uint32_t capacity;
	uint32_t free; /* first of the list of returned nodes */
	uint32_t root;
	size_t count; /* prefixes */
	/*
	 * The nodes on the way to the prefix that was inserted or removed last. Most tables are
	 * loaded in order, and an update looks around what it changed: such ways branch off close
	 * to the end of this one.
	 */
	uint32_t path[ROUTE_SET_DEPTH];
	unsigned int path_len;
};

/* One prefix in the order of iteration. */
struct route_entry {
	struct cvpn_lpm_addr addr;
	uint16_t value;
	uint8_t len;
};

/* Frees what the set holds; it is then empty and usable. */
void cvpn_lpm_route_set_clear(struct route_set *set);

/* Adds a prefix or changes its value. Returns 0, or -ENOMEM with the set as it was. */
int cvpn_lpm_route_set_insert(struct route_set *set, const struct cvpn_lpm_prefix *prefix,
			      uint16_t value);

/* Returns 0, or -ENOENT. */
int cvpn_lpm_route_set_remove(struct route_set *set, const struct cvpn_lpm_prefix *prefix);

/* Returns the value of exactly this prefix, or CVPN_LPM_NO_ROUTE. */
uint16_t cvpn_lpm_route_set_find(const struct route_set *set, const struct cvpn_lpm_prefix *prefix);

/* Writes all @set->count prefixes in the order of prefix_compare(). */
void cvpn_lpm_route_set_list(const struct route_set *set, struct route_entry *entries);

/*
 * Writes the first @max prefixes that lie in @addr/@len or equal it, in the order of
 * prefix_compare(), and to @around the value of the longest shorter one that holds it.
 * Returns how many there are.
 */
size_t cvpn_lpm_route_set_list_in(const struct route_set *set, struct cvpn_lpm_addr addr,
				  unsigned int len, uint16_t *around, struct route_entry *entries,
				  size_t max);

#endif
