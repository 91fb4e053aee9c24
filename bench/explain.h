/* SPDX-License-Identifier: BSD-2-Clause */
/* Which route decides for an address, and the routes themselves. */
#ifndef BENCH_EXPLAIN_H
#define BENCH_EXPLAIN_H

#include "table.h"

/**
 * explain() - print what decides for one address, or for each line of standard input
 * @table:	the table
 * @what:	an address, or "-"
 *
 * The first line is "ADDRESS\tVERDICT\tPREFIX\tFILE:LINE"; for one address the routes that hold it
 * follow, indented, as explain_routes() prints them. The verdict is the trie's; that it is also the route's is checked.
 *
 * Return: an exit status of the program; errors have been printed.
 */
int explain(const struct table *table, const char *what);

/* Prints the routes, sorted, in the plain format. Returns an exit status of the program. */
int print_routes(const struct table *table);

#endif
