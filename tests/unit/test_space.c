/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk over the address space: its pieces follow one another from the first address to the last,
 * and in each of them the table's answer, the route and the marks are what asking for single
 * addresses gives.
 */
#include <errno.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "marks.h"
#include "prefix.h"
#include "require.h"
#include "space.h"
#include "table_text.h"
#include "tables.h"

#define MAX_MARKS 40u

TestSuite(space, .fini = check_leaks);

/* Random marks of a family, sorted; some have the prefix of a route, or of one another. */
static size_t random_marks(struct rng *rng, const struct table *table, unsigned int family,
			   struct mark marks[MAX_MARKS])
{
	static const unsigned int flags[] = { MARK_SPECIAL, MARK_ENDPOINT, MARK_LOCAL,
					      MARK_MAYBE,   MARK_SELF,	   MARK_TUNNEL };
	size_t count = rng_below(rng, MAX_MARKS + 1);

	for (size_t i = 0; i < count; i++) {
		struct cvpn_lpm_prefix prefix = random_prefix(rng, family);
		const struct route *route =
			table->list.count ? &table->list.routes[rng_below(rng, table->list.count)]
					  : NULL;
		size_t at = i;

		if (i && rng_below(rng, 4) == 0)
			prefix = marks[rng_below(rng, i)].route.prefix;
		else if (route && route->prefix.family == family && rng_below(rng, 2))
			prefix = route->prefix;
		for (; at && prefix_compare(&marks[at - 1].route.prefix, &prefix) > 0; at--)
			marks[at] = marks[at - 1];
		marks[at] = (struct mark){ .route.prefix = prefix,
					   .flags = flags[rng_below(rng, 6)] };
	}
	return count;
}

/* What a piece must say, by its definition, for one of its addresses. */
static void check_address(const struct table *table, const struct mark *marks, size_t count,
			  unsigned int family, const struct piece *p, struct cvpn_lpm_addr addr)
{
	const struct route *local = NULL, *tunnel = NULL;
	unsigned int flags = 0;
	int longest = -1;

	REQUIRE(p->value == linear_lookup(table->linear, table->list.count, family, addr));
	REQUIRE(p->route == table_route(table, (uint8_t)family, addr));
	for (size_t i = 0; i < count; i++) {
		const struct route *r = &marks[i].route;

		if (!prefix_contains(&r->prefix, addr))
			continue;
		flags |= marks[i].flags;
		if (!local && marks[i].flags & (MARK_LOCAL | MARK_MAYBE))
			local = r;
		if (marks[i].flags & MARK_TUNNEL && r->prefix.len >= longest) {
			longest = r->prefix.len;
			tunnel = r;
		}
	}
	for (const struct route *r = p->route; r; r = table_route_above(table, r)) {
		if (r->verdict.kind == VERDICT_TUNNEL && r->prefix.len > longest) {
			tunnel = r;
			break;
		}
	}
	REQUIRE(p->flags == flags);
	REQUIRE(p->local == local);
	REQUIRE(p->tunnel == tunnel);
}

static void check_walk(struct rng *rng, const struct table *table, unsigned int family)
{
	const struct cvpn_lpm_prefix space = { .family = (uint8_t)family };
	struct cvpn_lpm_addr expected = space.addr, last = prefix_last(&space), within;
	struct mark marks[MAX_MARKS];
	size_t count = random_marks(rng, table, family, marks);
	struct space_walk walk;
	struct piece p;
	bool ended = false;
	int more;

	space_walk_start(&walk, table, family, marks, count);
	while ((more = space_walk_next(&walk, &p)) > 0) {
		struct cvpn_lpm_prefix part = prefix_from_range(family, p.first, p.last);

		REQUIRE(!ended && addr_equal(p.first, expected));
		REQUIRE(addr_compare(p.first, p.last) <= 0);
		within = random_addr_in(rng, &part);
		check_address(table, marks, count, family, &p, p.first);
		check_address(table, marks, count, family, &p, within);
		check_address(table, marks, count, family, &p, p.last);
		expected = addr_after(family, p.last);
		ended = addr_equal(p.last, last);
	}
	cr_assert_eq(more, 0);
	cr_assert(ended);
	cr_assert_eq(space_walk_next(&walk, &p), 0);
}

Test(space, random_tables)
{
	struct rng rng = { 11 };

	for (unsigned int round = 0; round < 200; round++) {
		unsigned int family = round % CVPN_LPM_FAMILIES;
		size_t count = 1 + rng_below(&rng, 60);
		struct linear_route *routes = random_table(&rng, family, count, 7);
		struct table *table = table_of_routes(routes, count);

		check_walk(&rng, table, CVPN_LPM_IPV4);
		check_walk(&rng, table, CVPN_LPM_IPV6);
		table_free(table);
		free(routes);
	}
}

/* As deep as prefixes can be nested: one of each length, and a mark on each. */
Test(space, all_lengths)
{
	struct linear_route routes[129];
	struct mark marks[129];

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		unsigned int max = prefix_max_len(family), pieces = 0;
		struct table *table;
		struct space_walk walk;
		struct piece p;

		for (unsigned int len = 0; len <= max; len++) {
			routes[len].prefix = (struct cvpn_lpm_prefix){ .len = (uint8_t)len,
								       .family = (uint8_t)family };
			routes[len].value = (uint16_t)(1 + len % 2);
			marks[len] = (struct mark){ .route.prefix = routes[len].prefix,
						    .flags = MARK_LOCAL };
		}
		table = table_of_routes(routes, max + 1);
		space_walk_start(&walk, table, family, marks, max + 1);
		while (space_walk_next(&walk, &p) > 0) {
			check_address(table, marks, max + 1, family, &p, p.first);
			pieces++;
		}
		cr_assert_eq(pieces, max + 1);
		table_free(table);
	}
}

/* The compiled table is what answers; that the routes say something else does not go unnoticed. */
Test(space, a_compiled_table_that_is_wrong)
{
	const struct cvpn_lpm_prefix wrong = prefix_of("10.1.2.3/32");
	struct table *table = table_of_text("plain", "0.0.0.0/0 physical\n10.1.2.0/30 tunnel\n");
	struct space_walk walk;
	struct piece p;
	int more;

	cr_assert_eq(cvpn_lpm_insert(table->lpm, &wrong, table->linear[0].value), 0);
	cr_assert_eq(cvpn_lpm_publish(table->lpm), 0);
	space_walk_start(&walk, table, CVPN_LPM_IPV4, NULL, 0);
	while ((more = space_walk_next(&walk, &p)) > 0)
		;
	cr_assert_eq(more, -EBADMSG);
	cr_assert(addr_equal(walk.at, addr_of("10.1.2.0")));
	table_free(table);
}
