/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing the routes that updates change. */
#include "update_routes.h"

#include <errno.h>
#include <stdlib.h>

#include "../lpm/prefix.h"

/* What changes most in a full table: small networks. */
#define SMALL_LEN4 19u

static bool ends_the_space(const struct cvpn_lpm_prefix *prefix)
{
	struct cvpn_lpm_prefix all = { .family = prefix->family };

	return addr_equal(prefix_last(prefix), prefix_last(&all));
}

/*
 * Whether route @i gives other verdicts than the shorter ones around it: else, taking it out
 * changes nothing, and DPDK's FIB (seen in 22.11) loses count of its blocks. Routes come sorted, so
 * @around, one for each length, has those that hold the one before.
 *
 * A route that ends with the address space is left alone, too: changing it makes the same FIB
 * overwrite all others when a longer route ends there as well.
 */
static bool matters(const struct linear_route *routes, size_t i, const struct linear_route **around)
{
	const struct cvpn_lpm_prefix *prefix = &routes[i].prefix;
	uint16_t value = CVPN_LPM_NO_ROUTE;

	for (unsigned int len = 0; len < prefix->len; len++) {
		if (around[len] && around[len]->prefix.family == prefix->family &&
		    prefix_contains(&around[len]->prefix, prefix->addr))
			value = around[len]->value;
	}
	around[prefix->len] = &routes[i];
	return value != routes[i].value && !ends_the_space(prefix);
}

static size_t pick_routes(const struct table *table, uint8_t family, uint8_t shortest,
			  uint32_t *picked)
{
	const struct linear_route *around[129] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < table->list.count; i++) {
		const struct cvpn_lpm_prefix *prefix = &table->linear[i].prefix;

		if (prefix->family == family && matters(table->linear, i, around) &&
		    prefix->len >= shortest)
			picked[n++] = (uint32_t)i;
	}
	return n;
}

int update_routes_pick(const struct table *table, uint8_t family, uint32_t **picked, size_t *count)
{
	size_t routes = table->list.of_family[family], n;

	*picked = NULL;
	*count = 0;
	if (!routes)
		return 0;
	*picked = malloc(routes * sizeof(**picked));
	if (!*picked)
		return -ENOMEM;
	n = pick_routes(table, family, family == CVPN_LPM_IPV4 ? SMALL_LEN4 : 0, *picked);
	if (!n)
		n = pick_routes(table, family, 0, *picked);
	*count = n;
	return 0;
}
