/* SPDX-License-Identifier: BSD-2-Clause */
/* The special ranges, each with the RFC that sets it apart. */
#include "special.h"

#include "../prefix.h"
#include "blocks.h"

const struct special_range special_ranges[] = {
	{ BLOCK4(10, 0, 0, 0, 8), SPECIAL_PRIVATE },	    /* RFC 1918 */
	{ BLOCK4(100, 64, 0, 0, 10), SPECIAL_PRIVATE },	    /* RFC 6598: behind a provider's NAT */
	{ BLOCK4(127, 0, 0, 0, 8), SPECIAL_LOOPBACK },	    /* RFC 1122, 3.2.1.3 (g) */
	{ BLOCK4(169, 254, 0, 0, 16), SPECIAL_LINK_LOCAL }, /* RFC 3927 */
	{ BLOCK4(172, 16, 0, 0, 12), SPECIAL_PRIVATE },	    /* RFC 1918 */
	{ BLOCK4(192, 168, 0, 0, 16), SPECIAL_PRIVATE },    /* RFC 1918 */
	{ BLOCK4(224, 0, 0, 0, 4), SPECIAL_MULTICAST },	    /* RFC 5771 */
	{ BLOCK4(255, 255, 255, 255, 32), SPECIAL_BROADCAST }, /* RFC 919 */
	{ BLOCK6(0, 1, 128), SPECIAL_LOOPBACK },	       /* RFC 4291, 2.5.3 */
	{ BLOCK6(0xfc00, 0, 7), SPECIAL_PRIVATE },	       /* RFC 4193 */
	{ BLOCK6(0xfe80, 0, 10), SPECIAL_LINK_LOCAL },	       /* RFC 4291, 2.5.6 */
	{ BLOCK6(0xff00, 0, 8), SPECIAL_MULTICAST },	       /* RFC 4291, 2.7 */
};
const size_t special_range_count = sizeof(special_ranges) / sizeof(special_ranges[0]);

const struct special_range *special_holding(const struct cvpn_lpm_prefix *prefix,
					    unsigned int kinds)
{
	for (size_t i = 0; i < special_range_count; i++) {
		const struct special_range *range = &special_ranges[i];

		if (range->kind & kinds && range->prefix.family == prefix->family &&
		    range->prefix.len <= prefix->len &&
		    prefix_contains(&range->prefix, prefix->addr))
			return range;
	}
	return NULL;
}
