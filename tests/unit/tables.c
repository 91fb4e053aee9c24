/* SPDX-License-Identifier: BSD-2-Clause */
/* Route tables to test with. */
#include "tables.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "prefix.h"

/* One unit in the last place of an IPv4 address. */
#define IPV4_UNIT (1ull << 32)
/* Of a random table's routes, how many are made from an earlier one. */
#define RELATED_PERCENT 60u

struct cvpn_lpm_addr addr_of(const char *text)
{
	struct in_addr v4;
	uint64_t half[2];

	if (inet_pton(AF_INET, text, &v4) == 1)
		return (struct cvpn_lpm_addr){ (uint64_t)ntohl(v4.s_addr) << 32, 0 };
	cr_assert_eq(inet_pton(AF_INET6, text, half), 1, "\"%s\" is no address", text);
	return (struct cvpn_lpm_addr){ be64toh(half[0]), be64toh(half[1]) };
}

struct cvpn_lpm_prefix prefix_of(const char *text)
{
	char addr[INET6_ADDRSTRLEN];
	struct cvpn_lpm_prefix prefix;
	unsigned int len;

	cr_assert_eq(sscanf(text, "%45[^/]/%u", addr, &len), 2, "\"%s\" is no prefix", text);
	prefix.family = strchr(addr, ':') ? CVPN_LPM_IPV6 : CVPN_LPM_IPV4;
	prefix.addr = addr_of(addr);
	prefix.len = (uint8_t)len;
	cr_assert(prefix_valid(&prefix), "\"%s\" is no valid prefix", text);
	return prefix;
}

struct cvpn_lpm_addr addr_after(unsigned int family, struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4)
		return (struct cvpn_lpm_addr){ addr.hi + IPV4_UNIT, 0 };
	return (struct cvpn_lpm_addr){ addr.hi + (addr.lo == UINT64_MAX), addr.lo + 1 };
}

struct cvpn_lpm_addr addr_before(unsigned int family, struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4)
		return (struct cvpn_lpm_addr){ addr.hi - IPV4_UNIT, 0 };
	return (struct cvpn_lpm_addr){ addr.hi - (addr.lo == 0), addr.lo - 1 };
}

struct cvpn_lpm_addr random_addr(struct rng *rng, unsigned int family)
{
	struct cvpn_lpm_addr addr = { rng_next(rng), 0 };

	if (family == CVPN_LPM_IPV4)
		addr.hi &= ~(IPV4_UNIT - 1);
	else
		addr.lo = rng_next(rng);
	return addr;
}

struct cvpn_lpm_addr random_addr_in(struct rng *rng, const struct cvpn_lpm_prefix *prefix)
{
	struct cvpn_lpm_addr mask = prefix_mask(prefix->len);
	struct cvpn_lpm_addr host = random_addr(rng, prefix->family);

	return (struct cvpn_lpm_addr){ prefix->addr.hi | (host.hi & ~mask.hi),
				       prefix->addr.lo | (host.lo & ~mask.lo) };
}

struct cvpn_lpm_prefix random_prefix(struct rng *rng, unsigned int family)
{
	uint8_t len = (uint8_t)rng_below(rng, prefix_max_len(family) + 1);

	return (struct cvpn_lpm_prefix){
		.addr = prefix_first(random_addr(rng, family), len),
		.len = len,
		.family = (uint8_t)family,
	};
}

/* A prefix within @other, around it, or beside it: its address with perhaps one bit changed. */
static struct cvpn_lpm_prefix related_prefix(struct rng *rng, const struct cvpn_lpm_prefix *other)
{
	struct cvpn_lpm_prefix prefix = random_prefix(rng, other->family);
	unsigned int flip = (unsigned int)rng_below(rng, prefix_max_len(other->family));
	struct cvpn_lpm_addr addr = random_addr_in(rng, other);

	if (rng_next(rng) & 1) {
		addr.hi ^= flip < 64 ? 1ull << (63 - flip) : 0;
		addr.lo ^= flip < 64 ? 0 : 1ull << (127 - flip);
	}
	prefix.addr = prefix_first(addr, prefix.len);
	return prefix;
}

static int compare_routes(const void *a, const void *b)
{
	return prefix_compare(&((const struct linear_route *)a)->prefix,
			      &((const struct linear_route *)b)->prefix);
}

/* Sorts, and keeps one route of each prefix. Returns how many are left. */
static size_t drop_repeats(struct linear_route *routes, size_t count)
{
	size_t kept = 0;

	qsort(routes, count, sizeof(*routes), compare_routes);
	for (size_t i = 0; i < count; i++) {
		if (!kept || compare_routes(&routes[kept - 1], &routes[i]))
			routes[kept++] = routes[i];
	}
	return kept;
}

static void shuffle(struct rng *rng, struct linear_route *routes, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = rng_below(rng, i);
		struct linear_route swap = routes[i - 1];

		routes[i - 1] = routes[other];
		routes[other] = swap;
	}
}

struct linear_route *random_table(struct rng *rng, unsigned int family, size_t count,
				  uint16_t max_value)
{
	struct linear_route *routes = calloc(count + 1, sizeof(*routes));
	size_t made = 0;

	cr_assert_not_null(routes);
	while (made < count) {
		for (; made < count; made++) {
			bool related = made && rng_below(rng, 100) < RELATED_PERCENT;

			routes[made].prefix =
				related ? related_prefix(rng, &routes[rng_below(rng, made)].prefix)
					: random_prefix(rng, family);
		}
		made = drop_repeats(routes, made);
	}
	shuffle(rng, routes, count);
	for (size_t i = 0; i < count; i++)
		routes[i].value = (uint16_t)(i ? 1 + rng_below(rng, max_value) : max_value);
	return routes;
}

void addr_list_add(struct addr_list *list, struct cvpn_lpm_addr addr)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 64;
		list->addrs = realloc(list->addrs, list->capacity * sizeof(*list->addrs));
		cr_assert_not_null(list->addrs);
	}
	list->addrs[list->count++] = addr;
}

void addr_list_free(struct addr_list *list)
{
	free(list->addrs);
	*list = (struct addr_list){ 0 };
}

void add_boundaries(struct addr_list *list, const struct linear_route *routes, size_t n,
		    unsigned int family)
{
	for (size_t i = 0; i < n; i++) {
		struct cvpn_lpm_addr first = routes[i].prefix.addr;
		struct cvpn_lpm_addr last = prefix_last(&routes[i].prefix);

		if (routes[i].prefix.family != family)
			continue;
		addr_list_add(list, addr_before(family, first));
		addr_list_add(list, first);
		addr_list_add(list, last);
		addr_list_add(list, addr_after(family, last));
	}
}

void add_random(struct addr_list *list, struct rng *rng, const struct linear_route *routes,
		size_t n, unsigned int family, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct cvpn_lpm_prefix *within = n ? &routes[rng_below(rng, n)].prefix : NULL;

		if (i % 2 && within && within->family == family)
			addr_list_add(list, random_addr_in(rng, within));
		else
			addr_list_add(list, random_addr(rng, family));
	}
}
