/* SPDX-License-Identifier: BSD-2-Clause */
/* The well-known prefixes. */
#include "blocks.h"

#include <stddef.h>

#include "../prefix.h"

static const struct cvpn_lpm_prefix everywhere[] = {
	BLOCK4(169, 254, 0, 0, 16), BLOCK4(224, 0, 0, 0, 4), BLOCK4(255, 255, 255, 255, 32),
	BLOCK6(0xfe80, 0, 10),	    BLOCK6(0xff00, 0, 8),
};

static const struct cvpn_lpm_prefix loopback[] = {
	BLOCK4(127, 0, 0, 0, 8),
	BLOCK4(127, 0, 0, 1, 32),
	BLOCK6(0, 1, 128),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool block_everywhere(const struct cvpn_lpm_prefix *prefix)
{
	for (size_t i = 0; i < COUNT(everywhere); i++) {
		const struct cvpn_lpm_prefix *b = &everywhere[i];

		if (b->family == prefix->family && b->len <= prefix->len &&
		    prefix_contains(b, prefix->addr))
			return true;
	}
	return false;
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
