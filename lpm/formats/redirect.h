/* SPDX-License-Identifier: BSD-2-Clause */
/* The redirection of all traffic into a tunnel: the routes that it takes, and telling them again. */
#ifndef LPM_FORMATS_REDIRECT_H
#define LPM_FORMATS_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>

struct route_list;

/**
 * redirect_blocks() - what is added to redirect a family, beside the default route that stays
 * @family:	enum cvpn_lpm_family
 * @count:	set
 *
 * Return: for IPv4 the halves of the address space, for IPv6 the ranges that are in use; in order.
 */
const struct cvpn_lpm_prefix *redirect_blocks(uint8_t family, size_t *count);

/* Whether a family's traffic is redirected: by the default route, or what beats it, whoever's. */
bool redirect_found(const struct route_list *list, uint8_t family);

/* Whether a prefix is one of those by which its family is redirected. */
bool redirect_has(const struct route_list *list, const struct cvpn_lpm_prefix *prefix);

#endif
