/* SPDX-License-Identifier: BSD-2-Clause */
/* The well-known prefixes. */
#include "blocks.h"

#include <stddef.h>

#include "../prefix.h"
#include "special.h"

static const struct cvpn_lpm_prefix loopback[] = {
	BLOCK4(127, 0, 0, 0, 8),
	BLOCK4(127, 0, 0, 1, 32),
	BLOCK6(0, 1, 128),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool block_everywhere(const struct cvpn_lpm_prefix *prefix)
{
	return special_holding(prefix, SPECIAL_LINK_LOCAL | SPECIAL_MULTICAST | SPECIAL_BROADCAST);
}

bool block_loopback(const struct cvpn_lpm_prefix *prefix)
{
	for (size_t i = 0; i < COUNT(loopback); i++) {
		if (!prefix_compare(&loopback[i], prefix))
			return true;
	}
	return false;
}

struct cvpn_lpm_prefix block_host(uint8_t family, struct cvpn_lpm_addr addr)
{
	return (struct cvpn_lpm_prefix){ .addr = addr,
					 .family = family,
					 .len = (uint8_t)prefix_max_len(family) };
}
