/* SPDX-License-Identifier: BSD-2-Clause */
/* What redirects all traffic, of OpenVPN and of others. */
#include "redirect.h"

#include <stdlib.h>

#include "../prefix.h"
#include "blocks.h"
#include "route_list.h"

#define SET_MAX 4u

/* Prefixes that redirect a family together; what is not filled is not there. */
struct set {
	uint8_t family;
	size_t count;
	struct cvpn_lpm_prefix prefixes[SET_MAX];
};

/* The first of each family is what OpenVPN 2.6 makes of "redirect-gateway def1 ipv6". */
static const struct set sets[] = {
	{ CVPN_LPM_IPV4, 2, { BLOCK4(0, 0, 0, 0, 1), BLOCK4(128, 0, 0, 0, 1) } },
	{ CVPN_LPM_IPV6,
	  4,
	  { BLOCK6(0, 0, 3), BLOCK6(0x2000, 0, 4), BLOCK6(0x3000, 0, 4), BLOCK6(0xfc00, 0, 7) } },
	{ CVPN_LPM_IPV4, 1, { BLOCK4(0, 0, 0, 0, 0) } },
	{ CVPN_LPM_IPV6, 1, { BLOCK6(0, 0, 0) } },
	{ CVPN_LPM_IPV6, 2, { BLOCK6(0, 0, 1), BLOCK6(0x8000, 0, 1) } },
	/* All that is assigned for the Internet. */
	{ CVPN_LPM_IPV6, 1, { BLOCK6(0x2000, 0, 3) } },
};

#define SETS (sizeof(sets) / sizeof(sets[0]))

const struct cvpn_lpm_prefix *redirect_blocks(uint8_t family, size_t *count)
{
	const struct set *set = sets;

	while (set->family != family)
		set++;
	*count = set->count;
	return set->prefixes;
}

static int compare_to_prefix(const void *key, const void *route)
{
	return prefix_compare(key, &((const struct route *)route)->prefix);
}

static bool is_complete(const struct set *set, const struct route_list *list)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct route *route = bsearch(&set->prefixes[i], list->routes, list->count,
						    sizeof(*route), compare_to_prefix);

		if (!route || route->verdict.kind != VERDICT_TUNNEL)
			return false;
	}
	return true;
}

bool redirect_found(const struct route_list *list, uint8_t family)
{
	for (size_t i = 0; i < SETS; i++) {
		if (sets[i].family == family && is_complete(&sets[i], list))
			return true;
	}
	return false;
}

bool redirect_has(const struct route_list *list, const struct cvpn_lpm_prefix *prefix)
{
	for (size_t i = 0; i < SETS; i++) {
		for (size_t k = 0; k < sets[i].count; k++) {
			if (!prefix_compare(&sets[i].prefixes[k], prefix) &&
			    is_complete(&sets[i], list))
				return true;
		}
	}
	return false;
}
