/* SPDX-License-Identifier: BSD-2-Clause */
/* What one route table has more or less than another. */
#ifndef LPM_FORMATS_ROUTE_DIFF_H
#define LPM_FORMATS_ROUTE_DIFF_H

#include "route_list.h"

struct route_change {
	struct cvpn_lpm_prefix prefix;
	struct verdict verdict;
	bool added; /* else it is gone */
};

struct route_diff {
	struct route_change *changes; /* by prefix, what is gone first */
	size_t count;
	size_t capacity;
	/* Prefixes that only one table has, as neighbours that the system found by itself. */
	size_t neighbours;
	struct cvpn_lpm_prefix neighbour; /* the first */
};

/**
 * route_diff() - compare two tables
 * @before:	loaded
 * @after:	loaded
 * @diff:	made; the caller frees it with route_diff_free(), after an error too
 *
 * A route is a prefix with a verdict. If both tables are of clients, the routes of a prefix that do
 * not count are compared as well, since adding a route does not take away the one that it beats;
 * and CLIENT_CLONED ones are left out. If both have the same, but another one counts (a metric has
 * changed), that is a change. Otherwise the routes that count are compared.
 *
 * Return: 0; -ENOMEM.
 */
int route_diff(const struct route_list *before, const struct route_list *after,
	       struct route_diff *diff);

void route_diff_free(struct route_diff *diff);

#endif
