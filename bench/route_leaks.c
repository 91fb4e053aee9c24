/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling leaks from what is in order. */
#include "route_leaks.h"

#include <errno.h>
#include <stdlib.h>

#include "../lpm/prefix.h"

#define FIRST_CAPACITY 256u

static const char *const kind_names[] = {
	[LEAK_LOOP] = "loop",	      [LEAK_LEAK] = "leak",	    [LEAK_UNCOVERED] = "uncovered",
	[LEAK_OVERLAP] = "overlap",   [LEAK_HOST] = "host",	    [LEAK_PRIVATE] = "private",
	[LEAK_ENDPOINT] = "endpoint", [LEAK_LOCAL] = "local",	    [LEAK_SPECIAL] = "special",
	[LEAK_DROP] = "drop",	      [LEAK_UNROUTED] = "unrouted", [LEAK_TUNNEL] = "tunnel",
	[LEAK_PHYSICAL] = "physical",
};
_Static_assert(sizeof(kind_names) / sizeof(kind_names[0]) == LEAK_KINDS, "a name for each kind");

const char *leak_kind_name(enum leak_kind kind)
{
	return kind_names[kind];
}

static enum leak_kind dropped_kind(const struct route_leaks *leaks, unsigned int family,
				   const struct piece *piece)
{
	if (piece->route)
		return LEAK_DROP;
	/* Perhaps the file is of the other family alone: then nobody knows what the machine does. */
	return leaks->full && !leaks->table->list.of_family[family] ? LEAK_UNCOVERED
								    : LEAK_UNROUTED;
}

/* Of a piece that is no endpoint and leaves by a physical interface. */
static enum leak_kind physical_kind(const struct route_leaks *leaks, const struct piece *piece)
{
	const struct cvpn_lpm_prefix *prefix = &piece->route->prefix;

	if (piece->flags & MARK_SPECIAL)
		return LEAK_SPECIAL;
	/* Every local network lies within a full tunnel's routes, and is longer. */
	if (!leaks->full && piece->local && piece->tunnel)
		return LEAK_OVERLAP;
	if (piece->flags & (MARK_LOCAL | MARK_SELF))
		return LEAK_LOCAL;
	if (!leaks->full)
		return LEAK_PHYSICAL;
	if (piece->flags & MARK_MAYBE)
		return LEAK_PRIVATE;
	if (!leaks->endpoint_known && prefix->len == prefix_max_len(prefix->family))
		return LEAK_HOST;
	return LEAK_LEAK;
}

static enum leak_kind kind_of(const struct route_leaks *leaks, unsigned int family,
			      const struct piece *piece)
{
	switch (leaks->table->kinds[piece->value]) {
	case VERDICT_TUNNEL:
		if (piece->flags & MARK_ENDPOINT)
			return LEAK_LOOP;
		return piece->local && !(piece->flags & MARK_SPECIAL) ? LEAK_OVERLAP : LEAK_TUNNEL;
	case VERDICT_PHYSICAL:
		return piece->flags & MARK_ENDPOINT ? LEAK_ENDPOINT : physical_kind(leaks, piece);
	default:
		return dropped_kind(leaks, family, piece);
	}
}

/* What a region is not cut within. */
static const struct route *whole_range(enum leak_kind kind, const struct piece *piece, bool tunnel)
{
	if (kind == LEAK_SPECIAL)
		return piece->special;
	if (kind == LEAK_LOCAL || kind == LEAK_PRIVATE || (kind == LEAK_OVERLAP && !tunnel))
		return piece->local;
	return NULL;
}

static struct leak_region region_of(const struct route_leaks *leaks, unsigned int family,
				    const struct piece *piece)
{
	bool tunnel = leaks->table->kinds[piece->value] == VERDICT_TUNNEL;
	enum leak_kind kind = kind_of(leaks, family, piece);
	const struct route *within = whole_range(kind, piece, tunnel);

	return (struct leak_region){
		.first = piece->first,
		.route = within ? NULL : piece->route,
		.within = within,
		.against = kind != LEAK_OVERLAP ? NULL
			   : tunnel		? piece->local
						: piece->tunnel,
		.value = piece->value,
		.kind = (uint8_t)kind,
		.family = (uint8_t)family,
	};
}

static bool is_alike(const struct leak_region *a, const struct leak_region *b)
{
	return a->family == b->family && a->kind == b->kind && a->value == b->value &&
	       a->route == b->route && a->within == b->within && a->against == b->against;
}

/* Appends a region, or lets the one before go on if it is alike. */
static int add(struct route_leaks *leaks, const struct leak_region *region)
{
	if (leaks->count && is_alike(&leaks->regions[leaks->count - 1], region))
		return 0;
	if (leaks->count == leaks->capacity) {
		size_t capacity = leaks->capacity ? leaks->capacity * 2 : FIRST_CAPACITY;
		struct leak_region *regions = realloc(leaks->regions, capacity * sizeof(*regions));

		if (!regions)
			return -ENOMEM;
		leaks->regions = regions;
		leaks->capacity = capacity;
	}
	leaks->regions[leaks->count++] = *region;
	return 0;
}

static int find_family(struct route_leaks *leaks, unsigned int family, struct leak_error *error)
{
	const struct mark *marks = leaks->marks.marks;
	struct space_walk walk;
	struct piece piece;
	int more;

	if (family != CVPN_LPM_IPV4)
		marks += leaks->marks.of_family[CVPN_LPM_IPV4];
	space_walk_start(&walk, leaks->table, family, marks, leaks->marks.of_family[family]);
	while ((more = space_walk_next(&walk, &piece)) > 0) {
		struct leak_region region = region_of(leaks, family, &piece);
		int err = add(leaks, &region);

		if (err < 0)
			return err;
	}
	*error = (struct leak_error){ (uint8_t)family, walk.at };
	return more;
}

int route_leaks_find(const struct table *table, struct route_leaks *leaks, struct leak_error *error)
{
	const struct client_facts *facts = &table->list.client.facts;
	int err;

	*leaks = (struct route_leaks){
		.table = table,
		.full = table->full_tunnel || facts->mode == CLIENT_MODE_FULL,
		.endpoint_known = facts->endpoint_count != 0,
	};
	err = marks_make(table, &leaks->marks);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES && !err; family++)
		err = find_family(leaks, family, error);
	return err;
}

void route_leaks_free(struct route_leaks *leaks)
{
	marks_free(&leaks->marks);
	free(leaks->regions);
	*leaks = (struct route_leaks){ 0 };
}

struct cvpn_lpm_addr leak_region_last(const struct route_leaks *leaks, size_t region)
{
	const struct leak_region *r = &leaks->regions[region];
	const struct cvpn_lpm_prefix space = { .family = r->family };

	if (region + 1 == leaks->count || r[1].family != r->family)
		return prefix_last(&space);
	return addr_previous(r->family, r[1].first);
}

const struct route *leak_region_route(const struct route_leaks *leaks, size_t region,
				      const struct cvpn_lpm_prefix *prefix)
{
	const struct leak_region *r = &leaks->regions[region];

	return r->within ? table_route_holding(leaks->table, prefix) : r->route;
}
