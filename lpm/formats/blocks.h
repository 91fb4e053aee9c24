/* SPDX-License-Identifier: BSD-2-Clause */
/* Prefixes that mean the same on every machine. */
#ifndef LPM_FORMATS_BLOCKS_H
#define LPM_FORMATS_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include <cvpn/lpm.h>

/* An IPv4 prefix by its octets, and an IPv6 one by its first and last 16 bits. */
#define BLOCK4(a, b, c, d, length)                                                                 \
	{                                                                                          \
		.addr = { (uint64_t)((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d)) << 32, 0 }, \
		.len = (length), .family = CVPN_LPM_IPV4,                                          \
	}
#define BLOCK6(first, last, length)                                                                \
	{                                                                                          \
		.addr = { (uint64_t)(first) << 48, (last) }, .len = (length),                      \
		.family = CVPN_LPM_IPV6,                                                           \
	}

/* Whether systems put a prefix on every interface: link-local, multicast, the broadcast. */
bool block_everywhere(const struct cvpn_lpm_prefix *prefix);

/* Whether who carries this prefix is the loopback. */
bool block_loopback(const struct cvpn_lpm_prefix *prefix);

/* The prefix of one address alone. */
struct cvpn_lpm_prefix block_host(uint8_t family, struct cvpn_lpm_addr addr);

#endif
