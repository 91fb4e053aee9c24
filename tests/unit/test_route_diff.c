/* SPDX-License-Identifier: BSD-2-Clause */
/* What one table has more or less than another, and what a client's table tells. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "format_check.h"
#include "formats/connection.h"
#include "formats/route_diff.h"
#include "leaks.h"

TestSuite(route_diff, .fini = check_leaks);
TestSuite(connection, .fini = check_leaks);

#define PRINTED_BYTES 4096
#define ETH	      "default via 192.168.1.1 dev eth0 metric 100\n"
#define TUN	      "10.0.0.0/8 via 10.8.0.1 dev tun0 metric 50\n"

static void differ(const char *before, const char *after, const char *expected, size_t neighbours)
{
	struct route_list b = format_list("auto", before), a = format_list("auto", after);
	char printed[PRINTED_BYTES] = "";
	struct route_diff d;
	size_t n = 0;

	cr_assert_eq(route_diff(&b, &a, &d), 0);
	for (size_t i = 0; i < d.count; i++) {
		char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];

		prefix_format(&d.changes[i].prefix, prefix);
		verdict_format(d.changes[i].verdict, verdict);
		n += (size_t)snprintf(printed + n, sizeof(printed) - n, "%c%s %s|",
				      d.changes[i].added ? '+' : '-', prefix, verdict);
	}
	cr_assert_str_eq(printed, expected);
	cr_assert_eq(d.neighbours, neighbours);
	route_diff_free(&d);
	route_list_free(&a);
	route_list_free(&b);
}

Test(route_diff, plain)
{
	differ("10.0.0.0/8\n", "10.0.0.0/8 # the same\n", "", 0);
	differ("10.0.0.0/8\n", "10.0.0.0/8 drop\n", "-10.0.0.0/8 tunnel|+10.0.0.0/8 drop|", 0);
	differ("10.0.0.0/8 physical:2\n", "10.0.0.0/8 physical\n",
	       "-10.0.0.0/8 physical:2|+10.0.0.0/8 physical|", 0);
	differ("::/0\n10.0.0.0/8\n", "10.0.0.0/16\n1.0.0.0/8\n",
	       "+1.0.0.0/8 tunnel|-10.0.0.0/8 tunnel|+10.0.0.0/16 tunnel|-::/0 tunnel|", 0);
}

Test(route_diff, routes_that_are_beaten)
{
	/* Adding one does not take away the other, whichever counts. */
	differ(ETH TUN, ETH TUN "10.0.0.0/8 via 192.168.1.9 dev eth0 metric 10\n",
	       "+10.0.0.0/8 physical|", 0);
	differ(ETH TUN, ETH TUN "10.0.0.0/8 via 192.168.1.9 dev eth0 metric 90\n",
	       "+10.0.0.0/8 physical|", 0);
	differ(ETH TUN "10.0.0.0/8 dev eth0 metric 90\n", ETH TUN, "-10.0.0.0/8 physical|", 0);
	/* Twice the same is once. */
	differ(ETH TUN, ETH TUN "10.0.0.0/8 dev tun0 metric 90\n", "", 0);
	/* Both have both, but another one counts. */
	differ(ETH TUN "10.0.0.0/8 dev eth0 metric 90\n", ETH TUN "10.0.0.0/8 dev eth0 metric 9\n",
	       "-10.0.0.0/8 tunnel|+10.0.0.0/8 physical|", 0);
	/* A plain table has what counts, so that is compared. */
	differ("0.0.0.0/0 physical\n10.0.0.0/8 tunnel\n", ETH TUN "10.0.0.0/8 dev eth0 metric 90\n",
	       "", 0);
	/* What is not in force is no route. */
	differ(ETH TUN, ETH TUN "10.7.0.0/16 dev tun0 dead\n", "", 0);
}

#define MAC	  "Internet:\ndefault 192.168.0.1 UGScg en0\n"
#define NEIGHBOUR "192.168.0.23 link#6 UHLWI en0\n"

Test(route_diff, neighbours)
{
	differ(MAC, MAC NEIGHBOUR "192.168.0.24 link#6 UHLWI en0\n", "", 2);
	differ(MAC NEIGHBOUR, MAC, "", 1);
	differ(MAC NEIGHBOUR, MAC NEIGHBOUR, "", 0);
	/* A route of the same prefix is one all the same. */
	differ(MAC NEIGHBOUR, MAC NEIGHBOUR "192.168.0.23/32 link#6 UCS en0\n",
	       "+192.168.0.23/32 physical|", 0);
	/* A plain table does not say which of its routes are neighbours. */
	differ("0.0.0.0/0 physical\n", MAC NEIGHBOUR, "+192.168.0.23/32 physical|", 0);
}

static void tells(const char *text, enum client_mode mode, const char *client, unsigned int len)
{
	struct route_list list = format_list("auto", text);
	const struct client_address *found;
	struct connection c;
	char addr[PREFIX_TEXT];

	connection_infer(&list, &c);
	cr_assert_eq(c.mode, mode, "%d", c.mode);
	found = &c.client[client && strchr(client, ':') ? CVPN_LPM_IPV6 : CVPN_LPM_IPV4];
	if (client) {
		cr_assert_neq(found->family, CLIENT_NO_ADDRESS);
		addr_format(found->family, found->addr, addr);
		cr_assert_str_eq(addr, client);
		cr_assert_eq(found->len, len, "%u", found->len);
	} else {
		cr_assert_eq(found->family, CLIENT_NO_ADDRESS);
	}
	route_list_free(&list);
}

Test(connection, the_client_address)
{
	tells(ETH TUN, CLIENT_MODE_SPLIT, NULL, 0);
	tells(ETH, CLIENT_MODE_UNKNOWN, NULL, 0);
	/* The source of what the tunnel's own network gets, not of another route or interface. */
	tells(ETH TUN "10.8.0.0/24 dev tun0 proto kernel src 10.8.0.6\n"
		      "192.168.1.0/24 dev eth0 proto kernel src 192.168.1.5\n",
	      CLIENT_MODE_SPLIT, "10.8.0.6", 24);
	tells(ETH "10.0.0.0/8 via 10.8.0.1 dev tun0 src 10.7.7.7\n", CLIENT_MODE_SPLIT, NULL, 0);
	tells(ETH TUN "local 10.8.0.6 dev tun0 table local\n", CLIENT_MODE_SPLIT, "10.8.0.6", 32);
	tells(MAC "10.1/16 10.8.0.5 UGSc utun1\n10.8.0.5 10.8.0.6 UH utun1\n", CLIENT_MODE_SPLIT,
	      "10.8.0.6", 32);
	tells(MAC "0/1 10.8.0.1 UGSc utun1\n128.0/1 10.8.0.1 UGSc utun1\n"
		  "10.8/24 10.8.0.6 UGSc utun1\n10.8.0.6 10.8.0.6 UH utun1\n",
	      CLIENT_MODE_FULL, "10.8.0.6", 24);
	tells("PUSH_REPLY,route 10.0.0.0 255.0.0.0,ifconfig-ipv6 fd00::2/64 fd00::1\n",
	      CLIENT_MODE_SPLIT, "fd00::2", 64);
}

static bool is_pushed(const char *text, const char *prefix)
{
	struct route_list list = format_list("auto", text);
	struct connection c;
	bool pushed;

	connection_infer(&list, &c);
	pushed = connection_pushed(&c, &format_route(&list, prefix)->prefix);
	route_list_free(&list);
	return pushed;
}

Test(connection, pushed_routes)
{
	static const char own[] = ETH TUN "10.8.0.0/24 dev tun0 proto kernel src 10.8.0.6\n"
					  "224.0.0.0/4 dev tun0\n0.0.0.0/1 dev tun0\n";
	static const char full[] = ETH TUN "0.0.0.0/1 dev tun0\n128.0.0.0/1 dev tun0\n";

	cr_assert(is_pushed(own, "10.0.0.0/8"));
	cr_assert_not(is_pushed(own, "10.8.0.0/24"));
	cr_assert_not(is_pushed(own, "224.0.0.0/4"));
	cr_assert_not(is_pushed(own, "0.0.0.0/0"));
	/* Half of the address space alone is no redirection. */
	cr_assert(is_pushed(own, "0.0.0.0/1"));
	cr_assert_not(is_pushed(full, "0.0.0.0/1"));
	cr_assert(is_pushed(full, "10.0.0.0/8"));
}
