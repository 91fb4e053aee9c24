/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a security reviewer asks of a client's table: what leaves past a full tunnel, where a split
 * tunnel and the local network claim the same addresses, whether the endpoint's packets would go
 * into the tunnel themselves. Every address of both families is in exactly one region.
 */
#ifndef BENCH_ROUTE_LEAKS_H
#define BENCH_ROUTE_LEAKS_H

#include <stdbool.h>
#include <stdint.h>

#include "marks.h"

enum leak_kind {
	/* What to look at. */
	LEAK_LOOP,	/* the endpoint's address, but into the tunnel */
	LEAK_LEAK,	/* full tunnel: leaves by a physical interface */
	LEAK_UNCOVERED, /* full tunnel: the table has no route of this family */
	LEAK_OVERLAP,	/* the tunnel and the local network both have a route to it */
	LEAK_HOST,	/* full tunnel: one physical address; perhaps the endpoint's */
	LEAK_PRIVATE,	/* full tunnel: private and physical; perhaps the local network */
	/* What is in order, but not in the tunnel. */
	LEAK_ENDPOINT,
	LEAK_LOCAL, /* the machine itself, or a network on the link */
	LEAK_SPECIAL,
	LEAK_DROP,
	LEAK_UNROUTED,
	/* What the mode is about; not printed. */
	LEAK_TUNNEL,
	LEAK_PHYSICAL, /* split tunnel */
	LEAK_KINDS,
};

/*
 * As many neighbouring addresses as are alike in all of this. It ends where the next one begins.
 * Networks on the link and special ranges are not cut at routes to single addresses in them.
 */
struct leak_region {
	struct cvpn_lpm_addr first;
	const struct route *route;   /* which decides; NULL: none, or all those in @within */
	const struct route *within;  /* the network or special range; NULL: @route decides */
	const struct route *against; /* LEAK_OVERLAP: the route of the other side */
	uint16_t value;		     /* index of table.verdicts */
	uint8_t kind;		     /* enum leak_kind */
	uint8_t family;
};

struct route_leaks {
	const struct table *table;
	bool full;
	bool endpoint_known;
	struct mark_list marks;	     /* what regions' @against may point to */
	struct leak_region *regions; /* both families' spaces, IPv4's first, each in order */
	size_t count;
	size_t capacity;
};

/* Where finding failed: the compiled table and the routes differ at this address. */
struct leak_error {
	uint8_t family;
	struct cvpn_lpm_addr addr;
};

/**
 * route_leaks_find() - tell what becomes of every address
 * @table:	loaded, and not updated meanwhile
 * @leaks:	filled; the caller frees it with route_leaks_free(), after an error too
 * @error:	filled with -EBADMSG
 *
 * The tunnel is a full one if the table's routes or the settings in its file make it one.
 *
 * Return: 0; -ENOMEM; -EBADMSG when the compiled table answers something else than the routes say.
 */
int route_leaks_find(const struct table *table, struct route_leaks *leaks,
		     struct leak_error *error);

void route_leaks_free(struct route_leaks *leaks);

/* The last address of a region. */
struct cvpn_lpm_addr leak_region_last(const struct route_leaks *leaks, size_t region);

/* The longest route that holds all of a prefix in a region: the one that decides there. */
const struct route *leak_region_route(const struct route_leaks *leaks, size_t region,
				      const struct cvpn_lpm_prefix *prefix);

/* The name of a kind, as it is printed. */
const char *leak_kind_name(enum leak_kind kind);

/**
 * print_leaks() - print the regions as prefixes, the fewest that there are
 * @table:	loaded
 *
 * docs/leaks.md has the form. Return: an exit status of the program; errors have been printed.
 */
int print_leaks(const struct table *table);

#endif
