/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows' "route print": the shape of rows, in any language and encoding. */
#include <string.h>

#include <criterion/criterion.h>

#include "format_check.h"
#include "leaks.h"

TestSuite(windows, .fini = check_leaks);

#define SEPARATOR "=====================================\n"
#define DEFAULT	  "0.0.0.0 0.0.0.0 192.168.1.1 192.168.1.2 25\n"
#define PUSHED	  "10.1.0.0 255.255.0.0 10.8.0.1 10.8.0.2 281\n"
#define ROUTES	  "0.0.0.0/0 physical|10.1.0.0/16 tunnel|"

Test(windows, rows_of_ipv4)
{
	format_accepts("windows", DEFAULT PUSHED, ROUTES);
	format_accepts("windows",
		       "          0.0.0.0          0.0.0.0    192.168.1.1    192.168.1.2     25\r\n"
		       "   10.1.0.0      255.255.0.0         10.8.0.1      10.8.0.2    281  \r\n",
		       ROUTES);
}

Test(windows, the_gateway_may_be_words)
{
	format_accepts("windows",
		       DEFAULT PUSHED
		       "10.8.0.0 255.255.255.0 Auf Verbindung 10.8.0.2 281\n"
		       "10.8.0.2 255.255.255.255 On-link 10.8.0.2 281\n"
		       "192.168.1.0 255.255.255.0 En v\xc3\xadnculo 192.168.1.2 281\n",
		       "0.0.0.0/0 physical|10.1.0.0/16 tunnel|10.8.0.0/24 tunnel|"
		       "10.8.0.2/32 tunnel|192.168.1.0/24 physical|");
}

Test(windows, the_first_gateway_is_kept)
{
	struct route_list list = format_list("windows", DEFAULT PUSHED);
	const struct client_route *route = format_route(&list, "10.1.0.0/16");
	char text[PREFIX_TEXT];

	addr_format(route->gateway_family, route->gateway, text);
	cr_assert_str_eq(text, "10.8.0.1");
	cr_assert_str_eq(client_interface_name(&list.client, route), "10.8.0.2");
	cr_assert_eq(route->metric, 281);
	cr_assert_eq(route->line, 2);
	route_list_free(&list);
}

Test(windows, persistent_routes_are_not_in_force)
{
	format_accepts("windows",
		       SEPARATOR "\nIPv4\n" SEPARATOR "Active\n" DEFAULT PUSHED SEPARATOR
				 "Persistent\n10.9.0.0 255.255.0.0 192.168.1.9 1\n"
				 "10.8.0.0 255.255.0.0 192.168.1.9 Standard\n" SEPARATOR,
		       ROUTES);
	/* IPv6's have the shape of the active ones. */
	format_accepts("windows",
		       DEFAULT PUSHED SEPARATOR
		       "10.9.0.0 255.255.0.0 192.168.1.9 1\n" SEPARATOR SEPARATOR
		       " 12 5 ::/0 fe80::1\n" SEPARATOR
		       "  0 4294967295 2001:db8::/32 fe80::9\n" SEPARATOR,
		       ROUTES "::/0 physical|");
	/* Copied without the lines between, they are still told by their columns. */
	format_accepts("windows", DEFAULT PUSHED "10.9.0.0 255.255.0.0 192.168.1.9 1\n", ROUTES);
}

Test(windows, a_wrapped_gateway)
{
	struct route_list list = format_list("windows",
					     " 12 281 2001:db8:1111:2222:3333:4444:5555:6666/128\n"
					     "                       fe80::1\n"
					     " 12 281 2001:db8:1111:2222:3333:4444:5555:7777/128\n"
					     "                       Auf Verbindung\n");
	const struct client_route *route;

	cr_assert_eq(list.count, 2);
	route = format_route(&list, "2001:db8:1111:2222:3333:4444:5555:6666/128");
	cr_assert_eq(route->gateway_family, CVPN_LPM_IPV6);
	cr_assert(!(route->flags & CLIENT_OWN));
	route = format_route(&list, "2001:db8:1111:2222:3333:4444:5555:7777/128");
	cr_assert_eq(route->gateway_family, CLIENT_NO_ADDRESS);
	cr_assert(route->flags & CLIENT_OWN);
	cr_assert_eq(list.client.unknown_count, 0);
	route_list_free(&list);
}

Test(windows, both_families_name_interfaces_in_their_own_way)
{
	static const char text[] = " 23...00 ff 8a ......TAP-Windows Adapter V9\n"
				   "  1...........................Loopback\n" SEPARATOR DEFAULT
					   PUSHED SEPARATOR SEPARATOR " 12 291 ::/0 fe80::1\n"
				   "  1 331 ::1/128 On-link\n 23 5 2000::/3 fd00::1\n";

	format_accepts("windows", text, ROUTES "::/0 physical|::1/128 physical|2000::/3 tunnel|");
	/* Who names one leaves the other to be found. */
	format_accepts_bytes("windows", text, strlen(text), "10.8.0.2",
			     ROUTES "::/0 physical|::1/128 physical|2000::/3 tunnel|");
	format_accepts_bytes("windows", text, strlen(text), "12,192.168.1.2",
			     "0.0.0.0/0 tunnel|10.1.0.0/16 physical|::/0 tunnel|"
			     "::1/128 physical|2000::/3 physical|");
	format_accepts_bytes("windows", text, strlen(text), "TAP-Windows Adapter V9",
			     ROUTES "::/0 physical|::1/128 physical|2000::/3 tunnel|");
}

Test(windows, encodings)
{
	/* "リンク上", on-link, in Shift-JIS; a heading in UTF-16 of both byte orders. */
	static const char shift_jis[] = DEFAULT PUSHED
		"10.8.0.0 255.255.255.0 \x83\x8a\x83\x93\x83\x4e\x8f\xe3 10.8.0.2 281\n";
	char wide[512];

	format_accepts("windows", shift_jis, ROUTES "10.8.0.0/24 tunnel|");
	for (size_t order = 0; order < 2; order++) {
		size_t n = 0;

		/* The byte order mark, U+FEFF, then "リンク" and the rows. */
		for (const char *at = "\xfe\xff\x30\xea\x30\xf3\x30\xaf"; *at; at += 2) {
			wide[n++] = at[order];
			wide[n++] = at[!order];
		}
		for (const char *at = "\n" DEFAULT PUSHED; *at; at++) {
			wide[n++] = order ? *at : '\0';
			wide[n++] = order ? '\0' : *at;
		}
		format_accepts_bytes("windows", wide, n, NULL, ROUTES);
	}
}

Test(windows, of_routes_with_one_prefix_the_lowest_metric_counts)
{
	format_accepts("windows",
		       DEFAULT PUSHED "10.9.0.0 255.255.0.0 10.8.0.1 10.8.0.2 50\n"
				      "10.9.0.0 255.255.0.0 192.168.1.1 192.168.1.2 49\n",
		       ROUTES "10.9.0.0/16 physical|");
	format_accepts("windows",
		       DEFAULT PUSHED "10.9.0.0 255.255.0.0 10.8.0.1 10.8.0.2 50\n"
				      "10.9.0.0 255.255.0.0 192.168.1.1 192.168.1.2 50\n",
		       ROUTES "10.9.0.0/16 tunnel|");
}

Test(windows, malformed_rows)
{
	format_refuses("windows", DEFAULT "10.1.0.0 255.0.255.0 10.8.0.1 10.8.0.2 5\n", 2,
		       "mask \"255.0.255.0\"", "ones before its zeros");
	format_refuses("windows", DEFAULT "10.1.0.0 255.255.256.0 10.8.0.1 10.8.0.2 5\n", 2,
		       "mask \"255.255.256.0\"", "0 to 255");
	format_refuses("windows", "\n10.300.0.0 255.255.0.0 10.8.0.1 10.8.0.2 5\n", 2,
		       "address \"10.300.0.0\"", "IPv4 address");
	format_refuses("windows", "10.1.2.0 255.255.0.0 10.8.0.1 10.8.0.2 5\n", 1,
		       "10.1.2.0/255.255.0.0", "10.1.0.0/16");
	format_refuses("windows", "10.1.0.0 255.255.0.0 10.8.0.1 10.8.0.999 5\n", 1,
		       "interface \"10.8.0.999\"", "IPv4 address");
	format_refuses("windows", "10.1.0.0 255.255.0.0 10.8.0.1 10.8.0.2 x5\n", 1, "metric \"x5\"",
		       "0 to 4294967295");
	format_refuses("windows", "10.1.0.0 255.255.0.0 10.8.0.1 10.8.0.2\n", 1, "\"10.8.0.2\"",
		       "metric");
	format_refuses("windows", " 12 281 2001:db8::/129 fe80::1\n", 1, "length \"129\"",
		       "0 to 128");
	format_refuses("windows", " 12 281 2001:db8::1/64 fe80::1\n", 1, "\"2001:db8::1/64\"",
		       "2001:db8::/64");
	format_refuses("windows", " 12 4294967296 2001:db8::/64 fe80::1\n", 1,
		       "metric \"4294967296\"", "0 to");
}

Test(windows, lines_that_may_have_been_rows)
{
	format_wonders("windows", DEFAULT "Headings are no rows\n", 0, 0, "");
	format_wonders("windows", DEFAULT "10.1.0.0 255.255.0.0 10.8.0.1\n10.1.x.0 10.8.0.1\n", 2,
		       2, "10.1.0.0 255.255.0.0 10.8.0.1");
}
