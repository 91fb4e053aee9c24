/* SPDX-License-Identifier: BSD-2-Clause */
/* "netstat -nr" of macOS and the BSDs: destinations that are cut short, and flags. */
#include <string.h>

#include <criterion/criterion.h>

#include "format_check.h"
#include "leaks.h"

TestSuite(bsd, .fini = check_leaks);

#define HEAD	"Internet:\nDestination Gateway Flags Netif Expire\n"
#define HEAD6	"Internet6:\nDestination Gateway Flags Netif Expire\n"
#define DEFAULT "default 192.168.0.1 UGScg en0\n"
#define PUSHED	"10.63/16 10.243.0.1 UGSc utun3\n"

Test(bsd, destinations_that_are_cut_short)
{
	format_accepts("bsd",
		       HEAD DEFAULT PUSHED
		       "127 127.0.0.1 UCS lo0\n169.254 link#6 UCS en0 !\n"
		       "192.168.0 link#6 UCS en0 !\n172.16/24 10.243.0.1 UGSc utun3\n"
		       "224.0.0/4 link#6 UmCS en0\n10.1.2.3 10.243.0.1 UGHS utun3\n"
		       "10.1.2.4/32 10.243.0.1 UGHS utun3\n",
		       "0.0.0.0/0 physical|10.1.2.3/32 tunnel|10.1.2.4/32 tunnel|"
		       "10.63.0.0/16 tunnel|127.0.0.0/8 physical|169.254.0.0/16 physical|"
		       "172.16.0.0/24 tunnel|192.168.0.0/24 physical|224.0.0.0/4 physical|");
	format_accepts("bsd", "0/1 10.243.0.1 UGSc utun3\n128.0/1 10.243.0.1 UGSc utun3\n" DEFAULT,
		       "0.0.0.0/0 physical|0.0.0.0/1 tunnel|128.0.0.0/1 tunnel|");
}

Test(bsd, zones_and_ipv6)
{
	format_accepts("bsd",
		       HEAD DEFAULT PUSHED
		       "\n" HEAD6 "default fe80::1%en0 UGcg en0\nfe80::%en0/64 link#6 UC en0\n"
		       "fe80::1%en0 0:1:2:3:4:5 UHLW en0\n::1 ::1 UHL lo0\n"
		       "2001:db8::/32 fe80::1%utun3 UGSc utun3\n",
		       "0.0.0.0/0 physical|10.63.0.0/16 tunnel|::/0 physical|::1/128 physical|"
		       "2001:db8::/32 tunnel|fe80::/64 physical|fe80::1/128 physical|");
}

Test(bsd, reject_and_blackhole_drop)
{
	format_accepts("bsd", HEAD DEFAULT "10/8 127.0.0.1 UGSR lo0\n10.2/16 127.0.0.1 UGSB lo0\n",
		       "0.0.0.0/0 physical|10.0.0.0/8 drop|10.2.0.0/16 drop|");
}

/* Who asks for no interface is asked for the default route's: other scoped routes do nothing. */
Test(bsd, scoped_routes)
{
	format_accepts("bsd",
		       HEAD "default 10.8.0.1 UGScg utun3\ndefault 192.168.0.1 UGScIg en0\n"
			    "10/8 192.168.0.7 UGScI en0\n192.168.0.5 0:1:2:3:4:5 UHLWI en0\n",
		       "0.0.0.0/0 physical|");
	format_accepts("bsd",
		       HEAD DEFAULT "default 10.8.0.1 UGScIg utun3\n" PUSHED
				    "192.168.0.5 0:1:2:3:4:5 UHLWI en0\n"
				    "192.168.9.5 0:1:2:3:4:5 UHLWI en1\n",
		       "0.0.0.0/0 physical|10.63.0.0/16 tunnel|192.168.0.5/32 physical|");
}

Test(bsd, columns_are_where_the_heading_says)
{
	format_accepts("bsd",
		       "Internet:\nDestination Gateway Flags Refs Use Netif Expire\n"
		       "default 192.168.0.1 UGSc 9 0 en0\n10.63/16 10.243.0.1 UGSc 0 12 utun3 7\n",
		       "0.0.0.0/0 physical|10.63.0.0/16 tunnel|");
	format_accepts(
		"bsd",
		"Internet:\nDestination Gateway Flags Refs Use Mtu Prio Iface\n"
		"default 192.168.0.1 UGS 9 0 - 8 em0\n10.63/16 10.243.0.1 UGS 0 1 - 8 tun0\n",
		"0.0.0.0/0 physical|10.63.0.0/16 tunnel|");
}

Test(bsd, a_tunnel_that_is_its_own_gateway)
{
	format_accepts("bsd",
		       HEAD DEFAULT "10.7/16 utun4 USc utun4\n192.168.64 link#9 UC bridge0\n",
		       "0.0.0.0/0 physical|10.7.0.0/16 tunnel|192.168.64.0/24 physical|");
}

Test(bsd, flags_of_routes)
{
	struct route_list list = format_list("bsd", HEAD DEFAULT PUSHED
					     "192.168.0.5 0:1:2:3:4:5 UHLWIi en0 99\n");
	const struct client_route *route = format_route(&list, "192.168.0.5/32");

	cr_assert_eq(route->flags, CLIENT_CLONED | CLIENT_SCOPED | CLIENT_OWN);
	cr_assert_eq(route->gateway_family, CLIENT_NO_ADDRESS);
	cr_assert_eq(route->line, 5);
	route_list_free(&list);
}

Test(bsd, malformed_rows)
{
	format_refuses("bsd", HEAD "10.63/33 10.243.0.1 UGSc utun3\n", 3, "length \"33\"",
		       "0 to 32");
	format_refuses("bsd", HEAD "10.300/16 10.243.0.1 UGSc utun3\n", 3,
		       "destination \"10.300/16\"", "IPv4 prefix");
	format_refuses("bsd", HEAD "1.2.3.4.5 10.243.0.1 UGSc utun3\n", 3, "\"1.2.3.4.5\"",
		       "at most four");
	format_refuses("bsd", HEAD "10.63.1/16 10.243.0.1 UGSc utun3\n", 3, "\"10.63.1/16\"",
		       "10.63.0.0/16");
	format_refuses("bsd", HEAD "10.63/16 10.243.0.1 -- utun3\n", 3, "flags \"--\"", "letters");
	format_refuses("bsd", HEAD6 "fe80:::%en0/64 link#6 UC en0\n", 3, "address \"fe80:::\"",
		       "IPv6");
	format_refuses("bsd",
		       "Internet:\nDestination Gateway Flags Refs Use Netif\n10/8 10.0.0.1 UG x\n",
		       3, "a row of 4 words", "word 6");
}

Test(bsd, what_is_no_row)
{
	format_wonders("bsd", HEAD DEFAULT "Internet links:\n", 0, 0, "");
	format_wonders("bsd", HEAD DEFAULT "(28) 0 UCS en0\n10.1/16 10.0.0.1 UC\n", 2, 4,
		       "(28) 0 UCS en0");
	format_wonders("bsd", HEAD DEFAULT "AppleTalk:\n10.1/16 10.0.0.1 UC en0\n", 1, 5,
		       "10.1/16");
}
