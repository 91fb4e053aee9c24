/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The linear oracle: longest-prefix match by its definition, to judge everything else by. It shares
 * no code with the trie but the arithmetic on prefixes.
 */
#ifndef LPM_LINEAR_H
#define LPM_LINEAR_H

#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>

struct linear_route {
	struct cvpn_lpm_prefix prefix;
	uint16_t value;
};

/**
 * linear_lookup() - the value of the longest prefix that holds an address
 * @routes:	@n routes in any order, each prefix once
 * @n:		how many
 * @family:	of the address
 * @addr:	the address
 *
 * Compares every route. Return: the value, or CVPN_LPM_NO_ROUTE.
 */
uint16_t linear_lookup(const struct linear_route *routes, size_t n, unsigned int family,
		       struct cvpn_lpm_addr addr);

/**
 * linear_lookup_many() - the same for many addresses, each route looked at once
 * @routes:	@n routes in any order, each prefix once
 * @n:		how many
 * @family:	of all the addresses
 * @addrs:	@count addresses in any order
 * @values:	@count results
 * @count:	how many
 *
 * The addresses are sorted, and each route gives its value to those between its first and its last
 * address that no longer route has had: still the definition, in time routes x log addresses.
 *
 * Return: 0, or -ENOMEM.
 */
int linear_lookup_many(const struct linear_route *routes, size_t n, unsigned int family,
		       const struct cvpn_lpm_addr *addrs, uint16_t *values, size_t count);

#endif
