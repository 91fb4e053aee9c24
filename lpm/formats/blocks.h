/* SPDX-License-Identifier: BSD-2-Clause */
/* Prefixes that mean the same on every client: where a redirection leads, what no VPN pushes. */
#ifndef LPM_FORMATS_BLOCKS_H
#define LPM_FORMATS_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>

/* The most that block_redirect() gives. */
#define BLOCK_REDIRECT_MAX 4u

/**
 * block_redirect() - what redirecting a family's traffic adds, without replacing its default route
 * @family:	enum cvpn_lpm_family
 * @count:	set
 *
 * Return: for IPv4 the halves of the address space, for IPv6 the ranges that are in use; in order.
 */
const struct cvpn_lpm_prefix *block_redirect(uint8_t family, size_t *count);

/* Whether systems put a prefix on every interface: link-local, multicast, the broadcast. */
bool block_everywhere(const struct cvpn_lpm_prefix *prefix);

/* Whether who carries this prefix is the loopback. */
bool block_loopback(const struct cvpn_lpm_prefix *prefix);

/* The prefix of one address alone. */
struct cvpn_lpm_prefix block_host(uint8_t family, struct cvpn_lpm_addr addr);

#endif
