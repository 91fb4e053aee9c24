/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sweep over routes and marks, both sorted. Prefixes that hold the same address are nested, so
 * they form a stack with the longest on top; what is known of the shorter ones is inherited.
 */
#include "space.h"

#include <errno.h>

#include "../lpm/prefix.h"

void space_walk_start(struct space_walk *walk, const struct table *table, unsigned int family,
		      const struct mark *marks, size_t count)
{
	const struct route_list *list = &table->list;
	const struct cvpn_lpm_prefix space = { .family = (uint8_t)family };
	const struct route *routes = list->routes +
				     (family == CVPN_LPM_IPV4 ? 0 : list->of_family[CVPN_LPM_IPV4]);

	*walk = (struct space_walk){
		.table = table,
		.family = family,
		.at = space.addr,
		.route = routes,
		.routes_end = routes + list->of_family[family],
		.mark = marks,
		.marks_end = marks + count,
		.open[0] = { .first = space.addr, .last = prefix_last(&space) },
		.depth = 1,
	};
}

/* The prefix of the route or mark that begins next, the shorter one first; NULL behind the last. */
static const struct cvpn_lpm_prefix *next_prefix(const struct space_walk *w)
{
	const struct cvpn_lpm_prefix *route = w->route < w->routes_end ? &w->route->prefix : NULL;
	const struct cvpn_lpm_prefix *mark = w->mark < w->marks_end ? &w->mark->route.prefix : NULL;

	if (!route || !mark)
		return route ? route : mark;
	return prefix_compare(route, mark) <= 0 ? route : mark;
}

static void open_route(const struct space_walk *w, struct piece *open)
{
	open->route = w->route;
	if (w->route->verdict.kind == VERDICT_TUNNEL)
		open->tunnel = w->route;
}

static void open_mark(const struct space_walk *w, struct piece *open)
{
	open->flags |= w->mark->flags;
	if (w->mark->flags & MARK_SPECIAL)
		open->special = &w->mark->route;
	/* Routes to neighbours lie within that to their network. */
	if (w->mark->flags & (MARK_LOCAL | MARK_MAYBE) && !open->local)
		open->local = &w->mark->route;
	if (w->mark->flags & MARK_TUNNEL)
		open->tunnel = &w->mark->route;
}

/* Opens all of one prefix at once. */
static void open_prefix(struct space_walk *w, struct cvpn_lpm_prefix prefix)
{
	struct piece *open = &w->open[w->depth];

	*open = w->open[w->depth - 1];
	open->last = prefix_last(&prefix);
	w->depth++;
	if (w->route < w->routes_end && !prefix_compare(&w->route->prefix, &prefix)) {
		open_route(w, open);
		w->route++;
	}
	for (; w->mark < w->marks_end && !prefix_compare(&w->mark->route.prefix, &prefix);
	     w->mark++)
		open_mark(w, open);
}

static uint16_t look_up(const struct space_walk *w, struct cvpn_lpm_addr addr)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(w->table->lpm);

	return w->family == CVPN_LPM_IPV4 ? cvpn_lpm_lookup4_one(image, (uint32_t)(addr.hi >> 32))
					  : cvpn_lpm_lookup6_one(image, addr);
}

/* The answer of the compiled table must be the route's: what is told of either is true of both. */
static int answer(const struct space_walk *w, struct piece *piece)
{
	const struct verdict none = w->table->verdicts[CVPN_LPM_NO_ROUTE];
	const struct verdict expected = piece->route ? piece->route->verdict : none;
	struct verdict found;

	piece->value = look_up(w, piece->first);
	found = w->table->verdicts[piece->value];
	if (found.kind != expected.kind || found.next_hop != expected.next_hop ||
	    look_up(w, piece->last) != piece->value)
		return -EBADMSG;
	return 1;
}

int space_walk_next(struct space_walk *w, struct piece *piece)
{
	const struct cvpn_lpm_addr end = w->open[0].last;
	const struct cvpn_lpm_prefix *next;
	int err;

	if (w->finished)
		return 0;
	while (addr_compare(w->open[w->depth - 1].last, w->at) < 0)
		w->depth--;
	while ((next = next_prefix(w)) && addr_equal(next->addr, w->at))
		open_prefix(w, *next);
	*piece = w->open[w->depth - 1];
	piece->first = w->at;
	if (next && addr_compare(next->addr, piece->last) <= 0)
		piece->last = addr_previous(w->family, next->addr);
	err = answer(w, piece);
	if (err < 0)
		return err;
	w->finished = addr_equal(piece->last, end);
	w->at = addr_next(w->family, piece->last);
	return 1;
}
