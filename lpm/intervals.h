/* SPDX-License-Identifier: BSD-2-Clause */
/* Small tables as intervals: where, walking up the address space, the longest match changes. */
#ifndef LPM_INTERVALS_H
#define LPM_INTERVALS_H

#include "routes.h"

struct interval {
	struct cvpn_lpm_addr first; /* it ends where the next one begins */
	uint16_t value;
};

/**
 * cvpn_lpm_intervals_make() - the intervals of equal values that a few routes cut the address space into
 * @routes:	@count routes of one family in the order of prefix_compare()
 * @count:	how many
 * @family:	enum cvpn_lpm_family
 * @intervals:	@max intervals are written, in order, the first from address 0 on
 * @max:	how many there is room for
 *
 * Return: how many there are; 0 if more than @max.
 */
unsigned int cvpn_lpm_intervals_make(const struct route_entry *routes, size_t count,
				     unsigned int family, struct interval *intervals,
				     unsigned int max);

#endif
