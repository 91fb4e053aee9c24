/* SPDX-License-Identifier: BSD-2-Clause */
/* Which routes of a table are taken out and put back, to see what updates cost. */
#ifndef BENCH_UPDATE_ROUTES_H
#define BENCH_UPDATE_ROUTES_H

#include "table.h"

/**
 * update_routes_pick() - the routes of a family to update
 * @table:	the table
 * @family:	enum cvpn_lpm_family
 * @picked:	indexes of table->linear, which the caller frees; NULL if there are none
 * @count:	how many
 *
 * Routes whose absence changes verdicts; of IPv4 those of at least 19 bits, which is what changes
 * most in a full table, if there are any.
 *
 * Return: 0 or -ENOMEM.
 */
int update_routes_pick(const struct table *table, uint8_t family, uint32_t **picked, size_t *count);

#endif
