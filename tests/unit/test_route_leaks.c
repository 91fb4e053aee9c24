/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a leak and what is not, by hand; and that every address is accounted for, by the oracle. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "prefix.h"
#include "require.h"
#include "route_leaks.h"
#include "table_text.h"
#include "tables.h"

#define PRINTED_BYTES 8192

TestSuite(route_leaks, .fini = check_leaks);

/* Appends "KIND PREFIX[ AGAINST]|" for each prefix of a region. */
static void print_region(const struct route_leaks *leaks, size_t i, char *out)
{
	const struct leak_region *r = &leaks->regions[i];
	const struct cvpn_lpm_addr last = leak_region_last(leaks, i);
	struct cvpn_lpm_prefix prefix = prefix_from_range(r->family, r->first, last);
	char text[PREFIX_TEXT], against[PREFIX_TEXT];

	for (;;) {
		size_t n = strlen(out);

		prefix_format(&prefix, text);
		if (r->against)
			prefix_format(&r->against->prefix, against);
		n += (size_t)snprintf(out + n, PRINTED_BYTES - n, "%s %s%s%s|",
				      leak_kind_name(r->kind), text, r->against ? " " : "",
				      r->against ? against : "");
		cr_assert_lt(n, PRINTED_BYTES);
		if (addr_equal(prefix_last(&prefix), last))
			return;
		prefix = prefix_from_range(r->family, addr_after(r->family, prefix_last(&prefix)),
					   last);
	}
}

/* What is not in the tunnel nor, in split-tunnel mode, physical, is @expected, in this order. */
static void finds(const char *format, const char *text, const char *expected)
{
	struct table *table = table_of_text(format, text);
	char out[PRINTED_BYTES] = "";
	struct leak_error error;
	struct route_leaks leaks;

	cr_assert_eq(route_leaks_find(table, &leaks, &error), 0);
	for (size_t i = 0; i < leaks.count; i++) {
		if (leaks.regions[i].kind < LEAK_TUNNEL)
			print_region(&leaks, i, out);
	}
	cr_assert_str_eq(out, expected);
	route_leaks_free(&leaks);
	table_free(table);
}

#define HALVES "0.0.0.0/1 tunnel\n128.0.0.0/1 tunnel\n"
#define ALL6   "::/1 tunnel\n8000::/1 tunnel\n"

Test(route_leaks, a_full_tunnel_without_leaks)
{
	finds("plain", HALVES ALL6, "");
	finds("plain", "0.0.0.0/0 tunnel\n::/0\n", "");
}

Test(route_leaks, a_route_past_a_full_tunnel)
{
	finds("plain", HALVES ALL6 "8.8.8.0/24 physical\n8.8.8.128/25 physical\n9.0.0.0/8 drop\n",
	      "leak 8.8.8.0/25|leak 8.8.8.128/25|drop 9.0.0.0/8|");
	finds("plain", HALVES ALL6 "8.8.8.0/24 physical:1\n8.8.8.64/26 tunnel\n",
	      "leak 8.8.8.0/26|leak 8.8.8.128/25|");
	finds("plain", HALVES "2000::/3 tunnel\n2001:db8::/32 physical\n::/3 drop\n",
	      "drop ::/3|leak 2001:db8::/32|unrouted 4000::/2|unrouted 8000::/1|");
}

Test(route_leaks, a_family_that_is_not_covered)
{
	finds("plain", HALVES, "uncovered ::/0|");
	finds("plain", "::/0 tunnel\n", "uncovered 0.0.0.0/0|");
	finds("plain", HALVES "8000::/1 physical\n",
	      "unrouted ::/1|leak 8000::/2|leak c000::/3|leak e000::/4|leak f000::/5|leak "
	      "f800::/6|leak fc00::/7|leak fe00::/9|special fe80::/10|leak fec0::/10|special "
	      "ff00::/8|");
	/* OpenVPN's way to take the addresses in use. */
	finds("plain",
	      "::/3\n2000::/4\n3000::/4\nfc00::/7\n0.0.0.0/0 physical\n128.0.0.0/1\n0.0.0.0/2\n",
	      "leak 64.0.0.0/3|leak 96.0.0.0/4|leak 112.0.0.0/5|leak 120.0.0.0/6|leak "
	      "124.0.0.0/7|leak 126.0.0.0/8|special 127.0.0.0/8|unrouted 4000::/2|unrouted "
	      "8000::/2|unrouted c000::/3|unrouted e000::/4|unrouted f000::/5|unrouted "
	      "f800::/6|unrouted fe00::/7|");
}

Test(route_leaks, what_a_plain_table_can_not_tell)
{
	finds("plain",
	      HALVES ALL6 "203.0.113.9/32 physical\n192.168.1.0/24 physical\n"
			  "192.168.1.7/32 physical\n100.64.0.0/12 physical\n"
			  "fd00:1::/64 physical\n2001:db8::1/128 physical\n",
	      "private 100.64.0.0/12|private 192.168.1.0/24|host 203.0.113.9/32|host "
	      "2001:db8::1/128|private fd00:1::/64|");
}

Test(route_leaks, special_ranges_are_no_leak)
{
	finds("plain",
	      HALVES ALL6 "127.0.0.0/8 physical\n127.0.0.1/32 physical\n169.254.0.0/16 physical\n"
			  "224.0.0.0/4 physical\n255.255.255.255/32 physical\n::1/128 physical\n"
			  "fe80::/64 physical\nff00::/8 physical\n224.0.0.0/8 tunnel\n",
	      "special 127.0.0.0/8|special 169.254.0.0/16|special 225.0.0.0/8|special "
	      "226.0.0.0/7|special 228.0.0.0/6|special 232.0.0.0/5|special "
	      "255.255.255.255/32|special ::1/128|special fe80::/64|special ff00::/8|");
}

#define LINUX "default via 192.168.1.1 dev eth0\n192.168.1.0/24 dev eth0 proto kernel scope link\n"
#define FULL  LINUX "0.0.0.0/1 via 10.8.0.1 dev tun0\n128.0.0.0/1 via 10.8.0.1 dev tun0\n"

Test(route_leaks, the_local_network_of_a_full_tunnel)
{
	finds("ip-route", FULL "192.168.1.9 dev eth0 scope link\n",
	      "local 192.168.1.0/24|uncovered ::/0|");
	/* Not by a gateway, even if it is a private range; nor if it is too large to be on a link. */
	finds("ip-route", FULL "192.168.4.0/22 via 192.168.1.2 dev eth0\n64.0.0.0/4 dev eth0\n",
	      "leak 64.0.0.0/4|local 192.168.1.0/24|leak 192.168.4.0/22|uncovered ::/0|");
	finds("ip-route", FULL "198.51.100.7 via 192.168.1.1 dev eth0\n",
	      "local 192.168.1.0/24|host 198.51.100.7/32|uncovered ::/0|");
	/* Two networks are not one. */
	finds("ip-route", FULL "192.168.0.0/24 dev eth1 proto kernel scope link\n",
	      "local 192.168.0.0/24|local 192.168.1.0/24|uncovered ::/0|");
	/* Where the tunnel takes a part of it. */
	finds("ip-route", FULL "192.168.1.64/26 via 10.8.0.1 dev tun0\n",
	      "local 192.168.1.0/26|overlap 192.168.1.64/26 192.168.1.0/24|local "
	      "192.168.1.128/25|uncovered ::/0|");
}

Test(route_leaks, the_machine_itself)
{
	finds("bsd",
	      "default 192.0.2.1 UGS em0\n0/1 10.8.0.1 UGS tun0\n128/1 10.8.0.1 UGS tun0\n"
	      "10.8.0.6 link#2 UHS lo0\n192.0.2.0/24 link#1 U em0\n192.0.2.77 link#2 UHS lo0\n",
	      "local 10.8.0.6/32|local 192.0.2.0/24|uncovered ::/0|");
}

#define PUSHED(prefix) LINUX prefix " via 10.8.0.1 dev tun0\n"
#define SPLIT_SPECIAL  "special 127.0.0.0/8|special 169.254.0.0/16|"
#define SPLIT_END      "special 224.0.0.0/4|special 255.255.255.255/32|unrouted ::/0|"

Test(route_leaks, a_split_tunnel_and_the_local_network)
{
	finds("ip-route", PUSHED("10.0.0.0/8"), SPLIT_SPECIAL "local 192.168.1.0/24|" SPLIT_END);
	/* The network is the longer: its addresses in the tunnel can not be reached. */
	finds("ip-route", PUSHED("192.168.0.0/16"),
	      SPLIT_SPECIAL "overlap 192.168.1.0/24 192.168.0.0/16|" SPLIT_END);
	/* It is the shorter: a part of it can not be reached. */
	finds("ip-route", PUSHED("192.168.1.128/25"),
	      SPLIT_SPECIAL
	      "local 192.168.1.0/25|overlap 192.168.1.128/25 192.168.1.0/24|" SPLIT_END);
	/* They are the same, and the metric decides. */
	finds("ip-route", PUSHED("192.168.1.0/24"),
	      SPLIT_SPECIAL "overlap 192.168.1.0/24 192.168.1.0/24|" SPLIT_END);
	finds("ip-route", LINUX "192.168.1.0/24 via 10.8.0.1 dev tun0 metric 5\n",
	      SPLIT_SPECIAL "overlap 192.168.1.0/24 192.168.1.0/24|" SPLIT_END);
}

#define OPENVPN "client\nremote 203.0.113.5\n"

Test(route_leaks, the_endpoint)
{
	finds("openvpn", OPENVPN "redirect-gateway def1 ipv6\nroute-ipv6 ::/0\n",
	      "endpoint 203.0.113.5/32|");
	/* The route that keeps it out is overruled. */
	finds("openvpn", OPENVPN "redirect-gateway def1 ipv6 local\nroute-ipv6 ::/0\n",
	      "loop 203.0.113.5/32|");
	finds("openvpn", OPENVPN "route 203.0.113.0 255.255.255.0\n",
	      SPLIT_SPECIAL "loop 203.0.113.5/32|" SPLIT_END);
	/* Where it is known, no other single address may be taken for it. */
	finds("openvpn",
	      OPENVPN "redirect-gateway def1 ipv6\nroute-ipv6 ::/0\n"
		      "route 203.0.113.6 255.255.255.255 net_gateway\n",
	      "endpoint 203.0.113.5/32|leak 203.0.113.6/32|");
}

static bool siblings(const struct cvpn_lpm_prefix *a, const struct cvpn_lpm_prefix *b)
{
	return a->family == b->family && a->len == b->len && a->len &&
	       addr_equal(prefix_first(b->addr, a->len - 1u), a->addr);
}

struct check {
	const struct route_leaks *leaks;
	struct rng rng;
	size_t prefixes;
	struct cvpn_lpm_addr next; /* behind the prefix before */
	struct cvpn_lpm_prefix before;
	size_t region_before;
};

static bool same_everything(const struct route_leaks *leaks, size_t a, size_t b)
{
	const struct leak_region *x = &leaks->regions[a], *y = &leaks->regions[b];

	return a == b || (x->kind == y->kind && x->value == y->value && x->route == y->route &&
			  x->within == y->within && x->against == y->against);
}

/* A prefix joins the one before, is not half of a larger one, and is answered as the oracle does. */
static void check_prefix(struct check *c, size_t region, const struct cvpn_lpm_prefix *prefix)
{
	const struct table *table = c->leaks->table;
	const struct leak_region *r = &c->leaks->regions[region];
	const struct route *route = leak_region_route(c->leaks, region, prefix);
	struct cvpn_lpm_addr addr = random_addr_in(&c->rng, prefix);

	REQUIRE(prefix_valid(prefix) && addr_equal(prefix->addr, c->next));
	REQUIRE(!c->prefixes || !siblings(&c->before, prefix) ||
		!same_everything(c->leaks, c->region_before, region));
	REQUIRE(r->value == linear_lookup(table->linear, table->list.count, prefix->family, addr));
	REQUIRE(r->within || route == table_route(table, prefix->family, addr));
	if (route)
		REQUIRE(route->prefix.len <= prefix->len &&
			prefix_contains(&route->prefix, prefix->addr));
	c->next = addr_after(prefix->family, prefix_last(prefix));
	c->before = *prefix;
	c->region_before = region;
	c->prefixes++;
}

/* All prefixes, those that are not printed, too, are each family's space: no gap, nothing twice. */
static size_t check_partition(const struct table *table)
{
	struct check c = { .rng = { 5 } };
	struct leak_error error;
	struct route_leaks leaks;

	cr_assert_eq(route_leaks_find(table, &leaks, &error), 0);
	c.leaks = &leaks;
	for (size_t i = 0; i < leaks.count; i++) {
		uint8_t family = leaks.regions[i].family;
		struct cvpn_lpm_addr last = leak_region_last(&leaks, i);

		if (!i || family != leaks.regions[i - 1].family)
			REQUIRE(!c.next.hi && !c.next.lo);
		do {
			struct cvpn_lpm_prefix prefix = prefix_from_range(family, c.next, last);

			check_prefix(&c, i, &prefix);
		} while (!addr_equal(prefix_last(&c.before), last));
	}
	/* The last address of all is followed by the first. */
	cr_assert(!c.next.hi && !c.next.lo);
	cr_assert_eq(leaks.regions[0].family, CVPN_LPM_IPV4);
	cr_assert_eq(leaks.regions[leaks.count - 1].family, CVPN_LPM_IPV6);
	route_leaks_free(&leaks);
	return c.prefixes;
}

Test(route_leaks, random_tables_are_partitioned)
{
	struct rng rng = { 21 };

	for (unsigned int round = 0; round < 120; round++) {
		size_t count = 1 + rng_below(&rng, 50);
		struct linear_route *routes = random_table(&rng, round % 2, count, 5);
		struct table *table;

		/* Half of them with a full tunnel. */
		if (round % 4 < 2)
			routes[0] = (struct linear_route){ .prefix.family = round % 2, .value = 1 };
		for (size_t i = 1; i < count; i++) {
			if (!routes[i].prefix.len)
				routes[i] = routes[--count];
		}
		table = table_of_routes(routes, count);
		check_partition(table);
		table_free(table);
		free(routes);
	}
}

Test(route_leaks, generated_tables_are_partitioned)
{
	static const char *const specs[] = { "synth:vpn", "synth:bgp4:3000", "synth:bgp6:1000" };

	for (size_t i = 0; i < 3; i++) {
		struct route_error error;
		struct table *table;

		cr_assert_eq(table_load(specs[i], 1, &table, &error), 0, "%s", error.text);
		cr_assert_gt(check_partition(table), table->list.count / 4);
		table_free(table);
	}
}

Test(route_leaks, a_compiled_table_that_is_wrong)
{
	const struct cvpn_lpm_prefix wrong = prefix_of("2001:db8::/32");
	struct table *table = table_of_text("plain", HALVES "2001:db8::/32 drop\n");
	struct leak_error error;
	struct route_leaks leaks;

	cr_assert_eq(cvpn_lpm_remove(table->lpm, &wrong), 0);
	cr_assert_eq(cvpn_lpm_insert(table->lpm, &wrong, table->linear[0].value), 0);
	cr_assert_eq(cvpn_lpm_publish(table->lpm), 0);
	cr_assert_eq(route_leaks_find(table, &leaks, &error), -EBADMSG);
	cr_assert_eq(error.family, CVPN_LPM_IPV6);
	cr_assert(addr_equal(error.addr, addr_of("2001:db8::")));
	route_leaks_free(&leaks);
	table_free(table);
}
