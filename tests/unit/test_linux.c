/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's routes: "ip route", "ip -j route" and "route -n". */
#include <string.h>

#include <criterion/criterion.h>

#include "format_check.h"
#include "leaks.h"

TestSuite(ip_route, .fini = check_leaks);
TestSuite(ip_json, .fini = check_leaks);
TestSuite(route_n, .fini = check_leaks);

#define DEFAULT "default via 192.168.1.1 dev eth0 proto dhcp metric 600 \n"
#define PUSHED	"10.0.0.0/16 via 10.8.0.1 dev tun0 \n"
#define ROUTES	"0.0.0.0/0 physical|10.0.0.0/16 tunnel|"

Test(ip_route, destinations_and_types)
{
	format_accepts("ip-route",
		       DEFAULT PUSHED "10.1.2.3 dev tun0 scope link\nunreachable 10.9.0.0/16\n"
				      "blackhole 10.10.0.0/16 metric 5\nprohibit 10.11.0.1\n"
				      "throw 10.12.0.0/16\nunicast 10.13.0.0/16 dev tun0\n",
		       ROUTES "10.1.2.3/32 tunnel|10.9.0.0/16 drop|10.10.0.0/16 drop|"
			      "10.11.0.1/32 drop|10.12.0.0/16 drop|10.13.0.0/16 tunnel|");
}

/* Both families' default routes are called the same. */
Test(ip_route, the_family_of_a_default_route)
{
	format_accepts("ip-route",
		       DEFAULT PUSHED "default via fe80::1 dev eth0 metric 1024\n"
				      "2000::/3 dev tun0 metric 1024 pref medium\n",
		       ROUTES "::/0 physical|2000::/3 tunnel|");
	format_accepts("ip-route",
		       DEFAULT PUSHED
		       "unreachable default dev lo metric 4294967295 error -101 pref "
		       "medium\n",
		       ROUTES "::/0 drop|");
	format_accepts("ip-route", "default via inet6 fe80::1 dev eth0\n" PUSHED, ROUTES);
}

Test(ip_route, next_hops_in_lines_of_their_own)
{
	struct route_list list = format_list("ip-route", DEFAULT PUSHED
					     "10.20.0.0/16 proto static metric 7\n"
					     "\tnexthop via 10.8.0.1 dev tun0 weight 1\n"
					     "\tnexthop via 192.168.1.9 dev eth0 weight 2\n");
	struct cvpn_lpm_prefix prefix = { .len = 16 };
	const struct client_route *route;
	size_t count;

	addr_parse("10.20.0.0", &prefix.family, &prefix.addr);
	route = client_routes_of(&list.client, &prefix, &count);
	cr_assert_eq(count, 2);
	cr_assert_eq(route[0].line, 4);
	cr_assert_eq(route[0].verdict, VERDICT_TUNNEL);
	cr_assert_eq(route[0].metric, 7);
	cr_assert_eq(route[1].line, 5);
	cr_assert_eq(route[1].verdict, VERDICT_PHYSICAL);
	cr_assert_eq(list.client.ambiguous_count, 1);
	cr_assert_eq(list.warning_count, 1);
	cr_assert_not_null(strstr(list.warnings[0], "10.20.0.0/16, line 4 counts: tunnel"), "%s",
			   list.warnings[0]);
	route_list_free(&list);
}

Test(ip_route, next_hops_in_one_line)
{
	format_accepts("ip-route",
		       DEFAULT PUSHED "10.20.0.0/16 metric 5 \\\tnexthop via 192.168.1.9 dev eth0 "
				      "weight 1 dead linkdown\\\tnexthop via 10.8.0.1 dev tun0\n",
		       ROUTES "10.20.0.0/16 tunnel|");
}

Test(ip_route, metrics)
{
	struct route_list list = format_list(
		"ip-route", DEFAULT PUSHED "2001:db8::/32 dev tun0\n10.0.0.0/16 dev eth0 metric 1\n"
					   "2001:db8::/32 dev eth0 metric 1023\n");

	cr_assert_eq(format_route(&list, "2001:db8::/32")->verdict, VERDICT_PHYSICAL);
	cr_assert_eq(format_route(&list, "2001:db8::/32")[1].metric, 1024);
	cr_assert_eq(format_route(&list, "10.0.0.0/16")->verdict, VERDICT_TUNNEL);
	cr_assert_eq(format_route(&list, "10.0.0.0/16")->metric, 0);
	route_list_free(&list);
}

#define LOCAL                                                                                      \
	"10.50.7.0/24 dev tun0\n10.50.0.0/16 dev tun0\n2001:db8::1 dev tun0\n"                     \
	"local 10.50.0.0/16 dev lo table local scope host\n"                                       \
	"local 2001:db8::/64 dev lo table local\n"

/* IPv4's tables "local" and "main" are one, until a rule for another table takes them apart. */
Test(ip_route, tables)
{
	format_accepts("ip-route", DEFAULT PUSHED LOCAL,
		       ROUTES "10.50.0.0/16 physical|10.50.7.0/24 tunnel|2001:db8::/64 physical|");
	format_accepts("ip-route", DEFAULT PUSHED LOCAL "default dev wg0 table 51820\n",
		       ROUTES "10.50.0.0/16 physical|2001:db8::/64 physical|");
	format_wonders("ip-route", DEFAULT PUSHED "10.0.0.0/8 dev wg0 table 51820 scope link\n", 1,
		       3, "table 51820");
	format_accepts("ip-route", DEFAULT PUSHED "10.0.0.0/8 dev wg0 table 51820\n", ROUTES);
}

Test(ip_route, routes_for_some_packets_only_are_shown_and_not_used)
{
	format_wonders("ip-route", DEFAULT "default from 2001:db8::/48 via fe80::2 dev eth1\n", 1,
		       2, "from 2001:db8::/48");
	format_wonders("ip-route", DEFAULT "10.0.0.0/8 tos 0x10 via 10.8.0.1 dev tun0\n", 1, 2,
		       "tos 0x10");
	format_accepts("ip-route", DEFAULT "10.0.0.0/8 tos 0x10 via 10.8.0.1 dev tun0\n",
		       "0.0.0.0/0 physical|");
}

Test(ip_route, words_that_change_nothing)
{
	format_wonders(
		"ip-route",
		"10.1.0.0/16 nhid 12 via 10.8.0.1 dev tun0 src 10.8.0.2 mtu lock 1400 advmss "
		"1360 window 5 rtt 3ms onlink linkdown expires 5sec hoplimit 64 realm 3\n"
		"10.2.0.0/16 encap mpls 100/200 via inet 10.8.0.1 dev tun0\n",
		0, 0, "");
	format_wonders("ip-route", DEFAULT "10.0.0.0/8 dev tun0 sideways\nDeleted something\n", 2,
		       2, "sideways");
}

Test(ip_route, malformed_rows)
{
	format_refuses("ip-route", DEFAULT "10.0.0.0/33 dev tun0\n", 2, "length \"33\"", "0 to 32");
	format_refuses("ip-route", "10.0.0.256 dev tun0\n", 1, "address \"10.0.0.256\"", "IPv4");
	format_refuses("ip-route", "10.1.0.0/8 dev tun0\n", 1, "\"10.1.0.0/8\"", "10.0.0.0/8");
	format_refuses("ip-route", "10.0.0.0/8 via 10.8.0 dev tun0\n", 1, "address \"10.8.0\"", "");
	format_refuses("ip-route", "10.0.0.0/8 dev\n", 1, "\"dev\" at the end", "argument");
	format_refuses("ip-route", "10.0.0.0/8 via inet6\n", 1, "\"via\" at the end", "argument");
	format_refuses("ip-route", "10.0.0.0/8 dev tun0 metric -1\n", 1, "metric \"-1\"", "0 to");
	format_refuses("ip-route", DEFAULT "10.0.0.0/8 proto static\n" PUSHED, 2, "without \"dev\"",
		       "interface");
	format_refuses("ip-route", DEFAULT "10.0.0.0/8 proto static\n", 2, "without \"dev\"", "");
	format_refuses("ip-route", "10.0.0.0/8\n\tnexthop via 10.8.0.1 weight 1\n", 2,
		       "\"nexthop\"", "interface");
}

#define JSON_DEFAULT                                                                               \
	"{\"dst\":\"default\",\"gateway\":\"192.168.1.1\",\"dev\":\"eth0\",\"flags\":[]}"
#define JSON_PUSHED                                                                                \
	"{\"dst\":\"10.0.0.0/16\",\"gateway\":\"10.8.0.1\",\"dev\":\"tun0\",\"flags\":[]}"

Test(ip_json, routes)
{
	format_accepts("ip-json", "[" JSON_DEFAULT "," JSON_PUSHED "]", ROUTES);
	format_accepts("ip-json",
		       " [ {\n\"dst\" : \"default\" , \"dev\":\"eth0\" }\n,{\"type\":\"blackhole\","
		       "\"dst\":\"10.1.2.3\",\"flags\":[]}]\n[]\n[" JSON_PUSHED "]\n",
		       "0.0.0.0/0 physical|10.0.0.0/16 tunnel|10.1.2.3/32 drop|");
	format_accepts("ip-json", "[]", "");
}

Test(ip_json, families_and_metrics)
{
	format_accepts("ip-json",
		       "[" JSON_DEFAULT "," JSON_PUSHED
		       ",{\"dst\":\"default\",\"dev\":\"eth0\",\"pref\":\"medium\"},"
		       "{\"dst\":\"2000::/3\",\"dev\":\"tun0\",\"metric\":9},"
		       "{\"dst\":\"2000::/3\",\"dev\":\"eth0\"}]",
		       ROUTES "::/0 physical|2000::/3 tunnel|");
}

Test(ip_json, next_hops)
{
	/* What the route has behind them counts for them, too. */
	struct route_list list = format_list(
		"ip-json",
		"[" JSON_DEFAULT ",\n" JSON_PUSHED
		",\n{\"nexthops\":[{\"gateway\":\"10.8.0.1\",\"dev\":\"tun0\",\"flags\":["
		"\"dead\"]},{\"via\":{\"family\":\"inet6\",\"host\":\"fe80::1\"},\"dev\":"
		"\"eth0\"}],\"dst\":\"10.20.0.0/16\",\"metric\":9}]");
	const struct client_route *route = format_route(&list, "10.20.0.0/16");

	cr_assert_eq(route->verdict, VERDICT_PHYSICAL);
	cr_assert_eq(route->gateway_family, CVPN_LPM_IPV6);
	cr_assert_eq(route->metric, 9);
	cr_assert_eq(route->line, 3);
	cr_assert(route[1].flags & CLIENT_INACTIVE);
	cr_assert_eq(list.client.unknown_count, 0);
	route_list_free(&list);
}

Test(ip_json, escapes_and_what_is_unknown)
{
	format_accepts("ip-json",
		       "[" JSON_DEFAULT
		       ",{\"\\u0064st\":\"10.0.0.0\\/16\",\"dev\":\"tun\\u0030\"}]",
		       ROUTES);
	format_wonders("ip-json",
		       "[" JSON_DEFAULT ",\n{\"dst\":\"10.0.0.0/8\",\"dev\":\"tun0\","
		       "\"detour\":{\"a\":[1,true,null,{}]}}]\nDone\n",
		       2, 2, "unknown members");
	format_wonders("ip-json", "[" JSON_DEFAULT "]\n$ ip -j -6 route\n[]\n", 1, 2,
		       "$ ip -j -6 route");
}

Test(ip_json, malformed)
{
	format_refuses("ip-json", "[" JSON_DEFAULT, 1, "the end of the file", "']'");
	format_refuses("ip-json", "[" JSON_DEFAULT "\n" JSON_PUSHED "]", 2, "'{'", "','");
	format_refuses("ip-json", "[" JSON_DEFAULT ",]", 1, "']'", "'{'");
	format_refuses("ip-json", "[\n{\"dev\":\"tun0\"}]", 2, "without \"dst\"", "prefix");
	format_refuses("ip-json", "[{\"dst\":\"10.0.0.0/16\"}]", 1, "without \"dev\"", "interface");
	format_refuses("ip-json", "[{\"dst\":\"10.0.0.0/16\",\"dev\":\"\"}]", 1, "without \"dev\"",
		       "interface");
	format_refuses("ip-json", "[{\"dst\":\"10.0.0.0/40\",\"dev\":\"x\"}]", 1, "\"40\"", "0 to");
	format_refuses("ip-json", "[{\"dst\":\"10.0.0.0\n\",\"dev\":\"x\"}]", 1, "'\\x0a'",
		       "string");
	format_refuses("ip-json", "[{\"dst\":\"\\x\"}]", 1, "'x'", "escape");
	format_refuses("ip-json", "[{\"dst\":\"\\u12g4\"}]", 1, "'g'", "hexadecimal");
	format_refuses("ip-json", "[{\"dst\" \"x\"}]", 1, "'\"'", "':'");
	format_refuses("ip-json", "[{\"metric\":-1,\"dst\":\"default\",\"dev\":\"x\"}]", 1,
		       "metric \"-1\"", "0 to");
	format_refuses("ip-json", "[{\"type\":\"odd\"}]", 1, "type \"odd\"", "one of a route");
	format_refuses("ip-json", "[{\"x\":nothing}]", 1, "\"nothing\"", "a value");
	format_refuses("ip-json", "[{\"nexthops\":[{\"gateway\":\"10.0.0.1\"}]}]", 1, "next hop",
		       "expected it");
	format_refuses(
		"ip-json",
		"[{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1,
		"nested more than 32", "routes");
}

#define HEAD                                                                                       \
	"Kernel IP routing table\n"                                                                \
	"Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n"
#define ROW_DEFAULT "0.0.0.0 192.168.1.1 0.0.0.0 UG 600 0 0 eth0\n"
#define ROW_PUSHED  "10.0.0.0 10.8.0.1 255.255.0.0 UG 0 0 0 tun0\n"

Test(route_n, rows)
{
	format_accepts("route-n", HEAD ROW_DEFAULT ROW_PUSHED, ROUTES);
	format_accepts("route-n",
		       HEAD ROW_DEFAULT ROW_PUSHED
		       "10.9.0.0 - 255.255.0.0 ! 0 - 0 -\n10.1.1.1 - 255.255.255.255 !H 0 - 0 -\n"
		       "172.17.0.0 0.0.0.0 255.255.0.0 U 0 0 0 docker0\n",
		       ROUTES "10.1.1.1/32 drop|10.9.0.0/16 drop|172.17.0.0/16 physical|");
}

Test(route_n, ipv6_rows)
{
	format_accepts("route-n",
		       HEAD ROW_DEFAULT ROW_PUSHED
		       "Kernel IPv6 routing table\nDestination Next Hop Flag Met Ref Use If\n"
		       "2000::/3 fd00::1 UG 1024 1 0 tun0\n[::]/0 [::] U 1024 1 0 eth0\n"
		       "::/0 :: !n -1 1 0 lo\n",
		       ROUTES "::/0 physical|2000::/3 tunnel|");
}

Test(route_n, metrics)
{
	format_accepts("route-n",
		       HEAD ROW_DEFAULT ROW_PUSHED "10.0.0.0 0.0.0.0 255.255.0.0 U 1 0 0 "
						   "eth0\n",
		       ROUTES);
	/* netstat -rn has another column in the place of the metric. */
	format_accepts("route-n",
		       "Destination Gateway Genmask Flags   MSS Window  irtt Iface\n"
		       "0.0.0.0 192.168.1.1 0.0.0.0 UG 40 0 0 eth0\n"
		       "10.0.0.0 10.8.0.1 255.255.0.0 UG 1500 0 0 tun0\n"
		       "10.0.0.0 0.0.0.0 255.255.0.0 U 40 0 0 eth0\n",
		       ROUTES);
}

Test(route_n, malformed_rows)
{
	format_refuses("route-n", HEAD "10.0.0.0 10.8.0.1 255.0.255.0 UG 0 0 0 tun0\n", 3,
		       "mask \"255.0.255.0\"", "ones before");
	format_refuses("route-n", "10.0.0.999 10.8.0.1 255.255.0.0 UG 0 0 0 tun0\n", 1,
		       "\"10.0.0.999\"", "IPv4");
	format_refuses("route-n", "10.1.0.0 10.8.0.1 255.0.0.0 UG 0 0 0 tun0\n", 1,
		       "10.1.0.0/255.0.0.0", "10.0.0.0/8");
	format_refuses("route-n", ROW_DEFAULT "10.0.0.0 10.8.0.1 255.0.0.0 G 0 0 0 tun0\n", 2,
		       "flags \"G\"", "U or !");
	format_refuses("route-n", ROW_DEFAULT "10.0.0.0 10.8.0.1 255.0.0.0 UG x 0 0 tun0\n", 2,
		       "metric \"x\"", "0 to");
	format_refuses("route-n", ROW_DEFAULT "10.0.0.0 10.8.0.1 255.0.0.0 UG 0 0 0 -\n", 2,
		       "interface \"-\"", "name");
	format_wonders("route-n", HEAD ROW_DEFAULT "10.0.0.0 10.8.0.1 255.0.0.0 UG 0 0\n", 1, 4,
		       "10.0.0.0 10.8.0.1");
}
