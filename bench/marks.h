/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of address ranges beside a table's routes, as marks for a walk over the space. */
#ifndef BENCH_MARKS_H
#define BENCH_MARKS_H

#include "space.h"

struct mark_list {
	struct mark *marks; /* by prefix_compare() */
	size_t count;
	size_t capacity;
	size_t of_family[CVPN_LPM_FAMILIES];
};

/**
 * marks_make() - the marks of a table
 * @table:	loaded
 * @list:	filled; the caller frees it with marks_free(), after an error too
 *
 * These are the special ranges, the endpoints that the file names, and what a client's routes say:
 * local networks (routes without a gateway by a physical interface, at least MARKS_SHORTEST_LOCAL
 * bits long), the machine itself (routes by its loopback) and routes into the tunnel that another
 * route of the same prefix beat. A file without interfaces does not tell what is on the link: there
 * physical routes within private ranges are MARK_MAYBE.
 *
 * Return: 0 or -ENOMEM.
 */
int marks_make(const struct table *table, struct mark_list *list);

void marks_free(struct mark_list *list);

/* Nobody has a larger network on the link: a shorter prefix was put there to catch traffic. */
#define MARKS_SHORTEST_LOCAL 8u

#endif
