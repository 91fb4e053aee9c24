/* SPDX-License-Identifier: BSD-2-Clause */
/* Traffic patterns: where the destinations lie. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "prefix.h"
#include "traffic.h"

TestSuite(traffic, .fini = check_leaks);

#define KEYS 20000u

static struct table *load(const char *spec)
{
	struct route_error error;
	struct table *table;

	cr_assert_eq(table_load(spec, 3, &table, &error), 0, "%s", error.text);
	return table;
}

static struct cvpn_lpm_addr *make(const struct table *table, enum traffic traffic, uint8_t family,
				  uint64_t seed)
{
	struct cvpn_lpm_addr *keys = calloc(KEYS, sizeof(*keys));

	cr_assert(keys);
	cr_assert_eq(traffic_keys(table, traffic, family, seed, keys, KEYS), 0);
	return keys;
}

static int compare(const void *a, const void *b)
{
	return addr_compare(*(const struct cvpn_lpm_addr *)a, *(const struct cvpn_lpm_addr *)b);
}

/* Sorts. */
static size_t distinct(struct cvpn_lpm_addr *keys)
{
	size_t n = 1;

	qsort(keys, KEYS, sizeof(*keys), compare);
	for (size_t i = 1; i < KEYS; i++)
		n += !addr_equal(keys[i - 1], keys[i]);
	return n;
}

static void stays_in_its_family(const struct table *table, enum traffic traffic)
{
	struct cvpn_lpm_addr *keys = make(table, traffic, CVPN_LPM_IPV4, 1);

	for (size_t i = 0; i < KEYS; i++)
		cr_assert(keys[i].lo == 0 && (uint32_t)keys[i].hi == 0);
	free(keys);
}

Test(traffic, ipv4_keys_have_32_bits)
{
	struct table *table = load("synth:bgp4:1000");

	for (enum traffic traffic = 0; traffic < TRAFFICS; traffic++)
		stays_in_its_family(table, traffic);
	table_free(table);
}

static void all_are_covered(const char *spec, enum traffic traffic, uint8_t family)
{
	struct table *table = load(spec);
	struct cvpn_lpm_addr *keys = make(table, traffic, family, 1);

	for (size_t i = 0; i < KEYS; i++)
		cr_assert(table_route(table, family, keys[i]));
	free(keys);
	table_free(table);
}

Test(traffic, covered_patterns_have_a_route)
{
	all_are_covered("synth:bgp4:1000", TRAFFIC_COVERED, CVPN_LPM_IPV4);
	all_are_covered("synth:bgp4:1000", TRAFFIC_ZIPF, CVPN_LPM_IPV4);
	all_are_covered("synth:bgp4:1000", TRAFFIC_SINGLE, CVPN_LPM_IPV4);
	all_are_covered("synth:bgp6:1000", TRAFFIC_COVERED, CVPN_LPM_IPV6);
}

/* Each of five routes is drawn as often; those of the halves also hold most of the others. */
Test(traffic, covered_draws_every_route)
{
	struct table *table = load("synth:vpn:5");
	struct cvpn_lpm_addr *keys = make(table, TRAFFIC_COVERED, CVPN_LPM_IPV4, 1);
	unsigned int in_route[5] = { 0 };

	for (size_t i = 0; i < KEYS; i++)
		in_route[table_route(table, CVPN_LPM_IPV4, keys[i]) - table->list.routes]++;
	for (unsigned int i = 0; i < 5; i++)
		cr_assert(in_route[i] > KEYS / 5 * 9 / 10 && in_route[i] < KEYS / 5 * 11 / 10,
			  "route %u: %u", i, in_route[i]);
	free(keys);
	table_free(table);
}

Test(traffic, uniform_reaches_both_halves_of_the_space)
{
	struct table *table = load("synth:vpn:5");
	struct cvpn_lpm_addr *keys = make(table, TRAFFIC_UNIFORM, CVPN_LPM_IPV4, 1);
	size_t upper = 0;

	for (size_t i = 0; i < KEYS; i++)
		upper += keys[i].hi >> 63;
	cr_assert(upper > KEYS * 48 / 100 && upper < KEYS * 52 / 100, "%zu", upper);
	cr_assert_gt(distinct(keys), KEYS * 99 / 100);
	free(keys);
	table_free(table);
}

Test(traffic, sequential_counts_and_single_repeats)
{
	struct table *table = load("synth:bgp6:100");
	struct cvpn_lpm_addr *keys = make(table, TRAFFIC_SEQUENTIAL, CVPN_LPM_IPV6, 1);

	for (size_t i = 1; i < KEYS; i++)
		cr_assert(addr_equal(keys[i], addr_next(CVPN_LPM_IPV6, keys[i - 1])));
	free(keys);
	keys = make(table, TRAFFIC_SINGLE, CVPN_LPM_IPV6, 1);
	cr_assert_eq(distinct(keys), 1);
	free(keys);
	table_free(table);
}

/* The most popular of 65,536 destinations has a share of 1/H(65536), some 8.6 %. */
Test(traffic, zipf_has_a_favourite)
{
	struct table *table = load("synth:bgp4:1000");
	struct cvpn_lpm_addr *keys = make(table, TRAFFIC_ZIPF, CVPN_LPM_IPV4, 1);
	size_t run = 1, longest = 1;

	distinct(keys);
	for (size_t i = 1; i < KEYS; i++) {
		run = addr_equal(keys[i - 1], keys[i]) ? run + 1 : 1;
		longest = run > longest ? run : longest;
	}
	cr_assert(longest > KEYS * 7 / 100 && longest < KEYS * 10 / 100, "%zu", longest);
	free(keys);
	table_free(table);
}

Test(traffic, the_seed_decides)
{
	struct table *table = load("synth:bgp4:1000");
	struct cvpn_lpm_addr *a = make(table, TRAFFIC_COVERED, CVPN_LPM_IPV4, 5);
	struct cvpn_lpm_addr *b = make(table, TRAFFIC_COVERED, CVPN_LPM_IPV4, 5);
	struct cvpn_lpm_addr *c = make(table, TRAFFIC_COVERED, CVPN_LPM_IPV4, 6);

	cr_assert_eq(memcmp(a, b, KEYS * sizeof(*a)), 0);
	cr_assert_neq(memcmp(a, c, KEYS * sizeof(*a)), 0);
	free(a);
	free(b);
	free(c);
	table_free(table);
}
