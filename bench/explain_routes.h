/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a route decides: the others that hold an address, and what each of them lacks. */
#ifndef BENCH_EXPLAIN_ROUTES_H
#define BENCH_EXPLAIN_ROUTES_H

#include "table.h"

/**
 * explain_routes() - print an indented line for each route that holds an address
 * @table:	the table
 * @family:	of the address
 * @addr:	the address
 *
 * Of a client's table the first is the route that decides, with its interface, gateway and metric.
 * Then comes the runner-up that it beat, the others in the order in which they would decide, and at
 * last those that do not count, each with the reason.
 */
void explain_routes(const struct table *table, uint8_t family, struct cvpn_lpm_addr addr);

#endif
