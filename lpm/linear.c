/* SPDX-License-Identifier: BSD-2-Clause */
/* The linear oracle. */
#include "linear.h"

#include <errno.h>
#include <stdlib.h>

#include "prefix.h"

uint16_t linear_lookup(const struct linear_route *routes, size_t n, unsigned int family,
		       struct cvpn_lpm_addr addr)
{
	uint16_t value = CVPN_LPM_NO_ROUTE;
	int longest = -1;

	for (size_t i = 0; i < n; i++) {
		const struct cvpn_lpm_prefix *p = &routes[i].prefix;

		if (p->family == family && p->len > longest && prefix_contains(p, addr)) {
			longest = p->len;
			value = routes[i].value;
		}
	}
	return value;
}

/* An address with the longest match found so far, and its place in the caller's array. */
struct probe {
	struct cvpn_lpm_addr addr;
	size_t index;
	int longest;
	uint16_t value;
};

static int compare_probes(const void *a, const void *b)
{
	return addr_compare(((const struct probe *)a)->addr, ((const struct probe *)b)->addr);
}

/* The first probe, sorted by address, that is not below @addr. */
static size_t lower_bound(const struct probe *probes, size_t count, struct cvpn_lpm_addr addr)
{
	size_t from = 0;

	while (count) {
		size_t half = count / 2;

		if (addr_compare(probes[from + half].addr, addr) < 0) {
			from += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return from;
}

static void apply(const struct linear_route *route, struct probe *probes, size_t count)
{
	struct cvpn_lpm_addr last = prefix_last(&route->prefix);

	for (size_t i = lower_bound(probes, count, route->prefix.addr);
	     i < count && addr_compare(probes[i].addr, last) <= 0; i++) {
		if (route->prefix.len > probes[i].longest) {
			probes[i].longest = route->prefix.len;
			probes[i].value = route->value;
		}
	}
}

int linear_lookup_many(const struct linear_route *routes, size_t n, unsigned int family,
		       const struct cvpn_lpm_addr *addrs, uint16_t *values, size_t count)
{
	struct probe *probes = malloc((count + 1) * sizeof(*probes));

	if (!probes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		probes[i] = (struct probe){ addrs[i], i, -1, CVPN_LPM_NO_ROUTE };
	qsort(probes, count, sizeof(*probes), compare_probes);
	for (size_t i = 0; i < n; i++) {
		if (routes[i].prefix.family == family)
			apply(&routes[i], probes, count);
	}
	for (size_t i = 0; i < count; i++)
		values[probes[i].index] = probes[i].value;
	free(probes);
	return 0;
}
