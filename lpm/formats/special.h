/* SPDX-License-Identifier: BSD-2-Clause */
/* Address ranges with a meaning of their own: never routed through the Internet, or on the link. */
#ifndef LPM_FORMATS_SPECIAL_H
#define LPM_FORMATS_SPECIAL_H

#include <stddef.h>

#include <cvpn/lpm.h>

enum special_kind {
	SPECIAL_LOOPBACK = 1 << 0,   /* never leaves the machine */
	SPECIAL_LINK_LOCAL = 1 << 1, /* never leaves the link */
	SPECIAL_MULTICAST = 1 << 2,
	SPECIAL_BROADCAST = 1 << 3,
	SPECIAL_PRIVATE = 1 << 4, /* for networks of any kind, but not the Internet */
};

struct special_range {
	struct cvpn_lpm_prefix prefix;
	enum special_kind kind;
};

/* In the order of prefix_compare(); none holds another. */
extern const struct special_range special_ranges[];
extern const size_t special_range_count;

/**
 * special_holding() - the range that holds a prefix
 * @prefix:	of any length
 * @kinds:	enum special_kind: which ranges are looked at
 *
 * Return: the range, or NULL if no one holds all of the prefix.
 */
const struct special_range *special_holding(const struct cvpn_lpm_prefix *prefix,
					    unsigned int kinds);

#endif
