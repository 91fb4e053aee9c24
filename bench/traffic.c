/* SPDX-License-Identifier: BSD-2-Clause */
/* Making destinations by pattern. */
#include "traffic.h"

#include <errno.h>
#include <stdlib.h>

#include "../lpm/prefix.h"
#include "../lpm/rng.h"

/* Destinations that Zipf traffic goes to. */
#define ZIPF_DESTINATIONS 65536u

const char *const traffic_names[TRAFFICS] = {
	[TRAFFIC_UNIFORM] = "uniform",	     [TRAFFIC_COVERED] = "covered", [TRAFFIC_ZIPF] = "zipf",
	[TRAFFIC_SEQUENTIAL] = "sequential", [TRAFFIC_SINGLE] = "single",
};

struct generator {
	const struct route *routes; /* of the family; sorted lists keep a family together */
	size_t count;
	uint8_t family;
	struct rng rng;
};

/* A random address in a prefix; one of IPv4 ends after its 32 bits. */
static struct cvpn_lpm_addr random_in(struct generator *g, struct cvpn_lpm_addr addr,
				      unsigned int len)
{
	return prefix_first(addr_randomize(addr, len, &g->rng), prefix_max_len(g->family));
}

static struct cvpn_lpm_addr uniform(struct generator *g)
{
	return random_in(g, (struct cvpn_lpm_addr){ 0, 0 }, 0);
}

static struct cvpn_lpm_addr covered(struct generator *g)
{
	const struct cvpn_lpm_prefix *prefix;

	if (!g->count)
		return uniform(g);
	prefix = &g->routes[rng_below(&g->rng, g->count)].prefix;
	return random_in(g, prefix->addr, prefix->len);
}

/* Ranks by inversion of the cumulative weights 1, 1/2, 1/3, ... */
static int zipf(struct generator *g, struct cvpn_lpm_addr *keys, size_t n)
{
	struct cvpn_lpm_addr *destinations = malloc(ZIPF_DESTINATIONS * sizeof(*destinations));
	double *cumulative = malloc(ZIPF_DESTINATIONS * sizeof(*cumulative));
	double sum = 0;

	if (!destinations || !cumulative) {
		free(destinations);
		free(cumulative);
		return -ENOMEM;
	}
	for (size_t i = 0; i < ZIPF_DESTINATIONS; i++) {
		destinations[i] = covered(g);
		sum += 1.0 / (double)(i + 1);
		cumulative[i] = sum;
	}
	for (size_t i = 0; i < n; i++) {
		double at = (double)(rng_next(&g->rng) >> 11) * 0x1p-53 * sum;
		size_t from = 0, to = ZIPF_DESTINATIONS - 1;

		while (from < to) {
			size_t middle = (from + to) / 2;

			if (cumulative[middle] <= at)
				from = middle + 1;
			else
				to = middle;
		}
		keys[i] = destinations[from];
	}
	free(destinations);
	free(cumulative);
	return 0;
}

int traffic_keys(const struct table *table, enum traffic traffic, uint8_t family, uint64_t seed,
		 struct cvpn_lpm_addr *keys, size_t n)
{
	struct generator g = {
		.routes = table->list.routes +
			  (family == CVPN_LPM_IPV6 ? table->list.of_family[CVPN_LPM_IPV4] : 0),
		.count = table->list.of_family[family],
		.family = family,
		.rng = { seed },
	};
	struct cvpn_lpm_addr at;

	switch (traffic) {
	case TRAFFIC_UNIFORM:
		for (size_t i = 0; i < n; i++)
			keys[i] = uniform(&g);
		break;
	case TRAFFIC_COVERED:
		for (size_t i = 0; i < n; i++)
			keys[i] = covered(&g);
		break;
	case TRAFFIC_ZIPF:
		return zipf(&g, keys, n);
	case TRAFFIC_SEQUENTIAL:
		at = uniform(&g);
		for (size_t i = 0; i < n; i++, at = addr_next(family, at))
			keys[i] = at;
		break;
	case TRAFFIC_SINGLE:
		at = covered(&g);
		for (size_t i = 0; i < n; i++)
			keys[i] = at;
		break;
	case TRAFFICS:
		break;
	}
	return 0;
}
