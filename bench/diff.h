/* SPDX-License-Identifier: BSD-2-Clause */
/* What connecting changed: printing the difference of two route tables. */
#ifndef BENCH_DIFF_H
#define BENCH_DIFF_H

#include "../lpm/formats/route_list.h"

/**
 * diff() - print which routes a table has more ("+") and less ("-") than the one before
 * @before:	loaded, with @after's client table as what is known of the interfaces
 * @after:	loaded
 *
 * Each line behind the sign is in the plain format, sorted as --print-routes does. If @after is a
 * client's, lines "# NAME: VALUE" come first and say what the pair tells of the connection.
 *
 * Return: an exit status of the program; errors have been printed.
 */
int diff(const struct route_list *before, const struct route_list *after);

#endif
