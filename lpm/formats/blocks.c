/* SPDX-License-Identifier: BSD-2-Clause */
/* The well-known prefixes. */
#include "blocks.h"

#include "../prefix.h"

#define V4(a, b, c, d, length)                                                                     \
	{                                                                                          \
		.addr = { (uint64_t)((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d)) << 32, 0 }, \
		.len = (length), .family = CVPN_LPM_IPV4,                                          \
	}
/* The first and the last 16 bits of an address, with zeros between them. */
#define V6(first, last, length)                                                                    \
	{                                                                                          \
		.addr = { (uint64_t)(first) << 48, (last) }, .len = (length),                      \
		.family = CVPN_LPM_IPV6,                                                           \
	}

static const struct cvpn_lpm_prefix redirect4[] = { V4(0, 0, 0, 0, 1), V4(128, 0, 0, 0, 1) };

/* What OpenVPN 2.6 makes of "redirect-gateway ipv6". */
static const struct cvpn_lpm_prefix redirect6[] = {
	V6(0, 0, 3),
	V6(0x2000, 0, 4),
	V6(0x3000, 0, 4),
	V6(0xfc00, 0, 7),
};

static const struct cvpn_lpm_prefix everywhere[] = {
	V4(169, 254, 0, 0, 16), V4(224, 0, 0, 0, 4), V4(255, 255, 255, 255, 32),
	V6(0xfe80, 0, 10),	V6(0xff00, 0, 8),
};

static const struct cvpn_lpm_prefix loopback[] = {
	V4(127, 0, 0, 0, 8),
	V4(127, 0, 0, 1, 32),
	V6(0, 1, 128),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(COUNT(redirect4) <= BLOCK_REDIRECT_MAX && COUNT(redirect6) <= BLOCK_REDIRECT_MAX,
	       "callers have room for that many");

const struct cvpn_lpm_prefix *block_redirect(uint8_t family, size_t *count)
{
	*count = family == CVPN_LPM_IPV4 ? COUNT(redirect4) : COUNT(redirect6);
	return family == CVPN_LPM_IPV4 ? redirect4 : redirect6;
}

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
