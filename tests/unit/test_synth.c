/* SPDX-License-Identifier: BSD-2-Clause */
/* Generated tables: as many routes as asked for, the same for the same seed, and like real ones. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <criterion/criterion.h>

#include "formats/route_list.h"
#include "leaks.h"
#include "prefix.h"

TestSuite(synth, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct route_list load(const char *spec, uint64_t seed)
{
	struct route_error error;
	struct route_list list;

	cr_assert_eq(route_list_load(spec, seed, &list, &error), 0, "%s: %s", spec, error.text);
	return list;
}

static uint64_t digest_of(const char *spec, uint64_t seed)
{
	struct route_list list = load(spec, seed);
	uint64_t digest = route_list_digest(&list);

	route_list_free(&list);
	return digest;
}

/* Valid prefixes of one family, in ascending order, which leaves no room for repeats. */
static void check_list(const char *spec, size_t count, unsigned int family)
{
	struct route_list list = load(spec, 1);

	cr_assert_eq(list.count, count, "%s has %zu routes", spec, list.count);
	cr_assert_eq(list.of_family[family], count);
	cr_assert_eq(list.duplicates, 0);
	cr_assert_str_eq(list.name, spec);
	for (size_t i = 0; i < list.count; i++) {
		cr_assert(prefix_valid(&list.routes[i].prefix));
		cr_assert_eq(list.routes[i].prefix.family, family);
		cr_assert_eq(list.routes[i].line, 0);
		cr_assert_eq(list.routes[i].verdict.next_hop, 0);
		cr_assert(!i ||
			  prefix_compare(&list.routes[i - 1].prefix, &list.routes[i].prefix) < 0);
	}
	route_list_free(&list);
}

Test(synth, counts_are_exact_and_prefixes_distinct)
{
	check_list("synth:bgp4:1", 1, CVPN_LPM_IPV4);
	check_list("synth:bgp4:1000", 1000, CVPN_LPM_IPV4);
	check_list("synth:bgp4:100000", 100000, CVPN_LPM_IPV4);
	check_list("synth:bgp6:1", 1, CVPN_LPM_IPV6);
	check_list("synth:bgp6:777", 777, CVPN_LPM_IPV6);
	check_list("synth:bgp6:50000", 50000, CVPN_LPM_IPV6);
	check_list("synth:bgp6", 160000, CVPN_LPM_IPV6);
	check_list("synth:vpn", 5, CVPN_LPM_IPV4);
	check_list("synth:vpn:3", 3, CVPN_LPM_IPV4);
	check_list("synth:vpn:100", 100, CVPN_LPM_IPV4);
}

Test(synth, the_same_seed_gives_the_same_table)
{
	static const char *const specs[] = { "synth:bgp4:5000", "synth:bgp6:5000",
					     "synth:vpn:500" };

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		cr_assert_eq(digest_of(specs[i], 1), digest_of(specs[i], 1), "%s", specs[i]);
		cr_assert_neq(digest_of(specs[i], 1), digest_of(specs[i], 2), "%s", specs[i]);
	}
}

/* The share of the prefixes of @list that have the length @len. */
static double share(const struct route_list *list, unsigned int len)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += list->routes[i].prefix.len == len;
	return (double)n / (double)list->count;
}

struct expected_share {
	unsigned int len;
	double share;
};

static void check_shares(const char *spec, const struct expected_share *expected, size_t n)
{
	struct route_list list = load(spec, 1);

	for (size_t i = 0; i < n; i++) {
		double found = share(&list, expected[i].len);

		cr_assert_lt(fabs(found - expected[i].share), 0.05, "%s: share of /%u is %.3f",
			     spec, expected[i].len, found);
	}
	route_list_free(&list);
}

/* From the tables of 901,899 and 160,147 routes that the generator follows. */
Test(synth, lengths_are_those_of_a_full_table)
{
	static const struct expected_share bgp4[] = {
		{ 7, 0 },      { 8, 0 },      { 16, 0.015 }, { 20, 0.047 }, { 21, 0.056 },
		{ 22, 0.120 }, { 23, 0.107 }, { 24, 0.596 }, { 25, 0 },	    { 32, 0.001 },
	};
	static const struct expected_share bgp6[] = {
		{ 29, 0.027 }, { 32, 0.141 }, { 40, 0.084 }, { 44, 0.090 },
		{ 48, 0.471 }, { 64, 0.001 }, { 128, 0 },
	};

	check_shares("synth:bgp4:100000", bgp4, ARRAY_SIZE(bgp4));
	check_shares("synth:bgp6:50000", bgp6, ARRAY_SIZE(bgp6));
}

/* How many prefixes lie within the one that stands before them or one around that. */
static double nested_share(const struct route_list *list)
{
	struct cvpn_lpm_prefix around[129];
	unsigned int depth = 0;
	size_t nested = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct cvpn_lpm_prefix *p = &list->routes[i].prefix;

		while (depth && !prefix_contains(&around[depth - 1], p->addr))
			depth--;
		nested += depth > 0;
		around[depth++] = *p;
	}
	return (double)nested / (double)list->count;
}

Test(synth, many_prefixes_are_nested_and_half_lead_into_the_tunnel)
{
	static const char *const specs[] = { "synth:bgp4:100000", "synth:bgp6:50000" };

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		struct route_list list = load(specs[i], 1);
		double nested = nested_share(&list);
		size_t tunnel = 0;

		cr_assert(nested > 0.35 && nested < 0.7, "%s: %.3f", specs[i], nested);
		for (size_t r = 0; r < list.count; r++) {
			cr_assert(list.routes[r].verdict.kind == VERDICT_TUNNEL ||
				  list.routes[r].verdict.kind == VERDICT_PHYSICAL);
			tunnel += list.routes[r].verdict.kind == VERDICT_TUNNEL;
		}
		cr_assert_lt(fabs((double)tunnel / (double)list.count - 0.5), 0.02);
		route_list_free(&list);
	}
}

/* What can not be announced is not: 0/8, private and loopback addresses, multicast and beyond. */
Test(synth, bgp4_addresses_are_unicast)
{
	struct route_list list = load("synth:bgp4:100000", 3);

	for (size_t i = 0; i < list.count; i++) {
		uint64_t octet = list.routes[i].prefix.addr.hi >> 56;

		cr_assert(octet >= 1 && octet <= 223 && octet != 10 && octet != 127);
	}
	route_list_free(&list);
}

Test(synth, vpn_is_a_full_tunnel_client)
{
	static const struct {
		const char *prefix;
		enum verdict_kind kind;
	} expected[] = {
		{ "0.0.0.0/1", VERDICT_TUNNEL },	{ "10.0.0.0/8", VERDICT_PHYSICAL },
		{ "128.0.0.0/1", VERDICT_TUNNEL },	{ "172.31.0.0/16", VERDICT_PHYSICAL },
		{ "192.168.0.0/16", VERDICT_PHYSICAL },
	};
	struct route_list list = load("synth:vpn", 1);

	cr_assert_eq(list.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		char prefix[PREFIX_TEXT];

		prefix_format(&list.routes[i].prefix, prefix);
		cr_assert_str_eq(prefix, expected[i].prefix);
		cr_assert_eq(list.routes[i].verdict.kind, expected[i].kind);
	}
	route_list_free(&list);
}

/* The five routes stay what they are when random ones join them. */
Test(synth, a_larger_vpn_table_keeps_the_five_routes)
{
	struct route_list list = load("synth:vpn:2000", 4);
	size_t found = 0;

	for (size_t i = 0; i < list.count; i++) {
		char prefix[PREFIX_TEXT];

		prefix_format(&list.routes[i].prefix, prefix);
		if (!strcmp(prefix, "10.0.0.0/8") || !strcmp(prefix, "192.168.0.0/16") ||
		    !strcmp(prefix, "172.31.0.0/16")) {
			cr_assert_eq(list.routes[i].verdict.kind, VERDICT_PHYSICAL, "%s", prefix);
			found++;
		}
		if (!strcmp(prefix, "0.0.0.0/1") || !strcmp(prefix, "128.0.0.0/1")) {
			cr_assert_eq(list.routes[i].verdict.kind, VERDICT_TUNNEL, "%s", prefix);
			found++;
		}
	}
	cr_assert_eq(found, 5);
	route_list_free(&list);
}

static void refuses(const char *spec, const char *found, const char *expected)
{
	struct route_error error;
	struct route_list list;

	cr_assert_eq(route_list_load(spec, 1, &list, &error), -EINVAL, "%s was accepted", spec);
	cr_assert_not_null(strstr(error.text, found), "%s: \"%s\" lacks \"%s\"", spec, error.text,
			   found);
	cr_assert_not_null(strstr(error.text, expected), "%s: \"%s\" lacks \"%s\"", spec,
			   error.text, expected);
	route_list_free(&list);
}

Test(synth, bad_kinds)
{
	static const char expected[] =
		"expected synth:bgp4[:COUNT], synth:bgp6[:COUNT] or synth:vpn[:COUNT]";

	refuses("synth:", "found \"synth:\"", expected);
	refuses("synth:bgp", "found \"synth:bgp\"", expected);
	refuses("synth:bgp5:10", "found \"synth:bgp5:10\"", expected);
	refuses("synth:bgp44", "found \"synth:bgp44\"", expected);
	refuses("synth::10", "found \"synth::10\"", expected);
	refuses("synth:BGP4", "found \"synth:BGP4\"", expected);
}

Test(synth, bad_counts)
{
	static const char expected[] = "expected 1 to 4000000";

	refuses("synth:bgp4:", "COUNT \"\"", expected);
	refuses("synth:bgp4:0", "COUNT \"0\"", expected);
	refuses("synth:bgp4:-1", "COUNT \"-1\"", expected);
	refuses("synth:bgp4:+1", "COUNT \"+1\"", expected);
	refuses("synth:bgp4: 1", "COUNT \" 1\"", expected);
	refuses("synth:bgp4:1k", "COUNT \"1k\"", expected);
	refuses("synth:bgp4:1.5", "COUNT \"1.5\"", expected);
	refuses("synth:bgp6:4000001", "COUNT \"4000001\"", expected);
	refuses("synth:vpn:99999999999999999999", "COUNT \"99999999999999999999\"", expected);
}

Test(synth, a_count_that_the_space_has_no_room_for)
{
	refuses("synth:vpn:3000000", "distinct prefixes found", "address space has room for");
}
