/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sweep over the sorted routes. The routes that hold the current address are nested, so they
 * form a stack with the longest on top; the value changes only where one begins or ends.
 */
#include "intervals.h"

#include <stdbool.h>

#include "prefix.h"

/* Routes that can hold one address: one of each length, and the space without a route below. */
#define MAX_NESTED 130

struct open_route {
	struct cvpn_lpm_addr last; /* address that it holds */
	uint16_t value;
};

struct sweep {
	struct interval *intervals;
	unsigned int count, max;
	bool too_many;
};

/* From @first on the value is @value, whatever was said of that address before. */
static void set_from(struct sweep *s, struct cvpn_lpm_addr first, uint16_t value)
{
	if (s->count && addr_equal(s->intervals[s->count - 1].first, first))
		s->count--;
	if (s->count && s->intervals[s->count - 1].value == value)
		return;
	if (s->count == s->max) {
		s->too_many = true;
		return;
	}
	s->intervals[s->count++] = (struct interval){ first, value };
}

unsigned int cvpn_lpm_intervals_make(const struct route_entry *routes, size_t count,
				     unsigned int family, struct interval *intervals,
				     unsigned int max)
{
	const struct cvpn_lpm_prefix space = { .family = (uint8_t)family };
	const struct cvpn_lpm_addr end = prefix_last(&space);
	struct sweep s = { intervals, 0, max, false };
	struct open_route open[MAX_NESTED] = { { end, CVPN_LPM_NO_ROUTE } };
	unsigned int depth = 1;

	set_from(&s, space.addr, CVPN_LPM_NO_ROUTE);
	for (size_t i = 0; i <= count && !s.too_many; i++) {
		/* Those end that do not hold the next route; behind the last, all. */
		while (depth > 1 &&
		       (i == count || addr_compare(open[depth - 1].last, routes[i].addr) < 0)) {
			struct cvpn_lpm_addr last = open[--depth].last;

			if (!addr_equal(last, end))
				set_from(&s, addr_next(family, last), open[depth - 1].value);
		}
		if (i < count) {
			struct cvpn_lpm_prefix prefix = { routes[i].addr, routes[i].len,
							  (uint8_t)family };

			set_from(&s, prefix.addr, routes[i].value);
			open[depth++] = (struct open_route){ prefix_last(&prefix),
							     routes[i].value };
		}
	}
	return s.too_many ? 0 : s.count;
}
