/* SPDX-License-Identifier: BSD-2-Clause */
/* What all formats share: the tunnel's interface, which of several routes counts, recognition. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "format_check.h"
#include "formats/formats.h"
#include "leaks.h"

TestSuite(client, .fini = check_leaks);

#define ETH  "default via 192.168.1.1 dev eth0 metric 100\n"
#define WLAN "default via 192.168.2.1 dev wlan0 metric 600\n"
#define TUN0 "10.0.0.0/8 via 10.8.0.1 dev tun0\n"
#define TUN1 "10.9.0.0/16 via 10.9.0.1 dev tun1\n"
#define OWN  "172.17.0.0/16 dev docker0 proto kernel scope link\n"

static void named(const char *text, const char *tunnel_if, const char *expected)
{
	format_accepts_bytes("ip-route", text, strlen(text), tunnel_if, expected);
}

Test(client, the_tunnel_carries_the_pushed_routes)
{
	named(ETH TUN0 OWN, NULL, "0.0.0.0/0 physical|10.0.0.0/8 tunnel|172.17.0.0/16 physical|");
	/* Two physical networks are no tunnels. */
	named(ETH WLAN TUN0, NULL, "0.0.0.0/0 physical|10.0.0.0/8 tunnel|");
	named("127.0.0.0/8 dev vrf0\n10.1.0.0/16 via 10.0.0.1 dev lo\n" ETH TUN0, NULL,
	      "0.0.0.0/0 physical|10.0.0.0/8 tunnel|10.1.0.0/16 physical|127.0.0.0/8 physical|");
	/* No interface's own network is half of the Internet. */
	named(ETH "0.0.0.0/1 dev wg0 proto kernel\n", NULL, "0.0.0.0/0 physical|0.0.0.0/1 tunnel|");
}

Test(client, no_tunnel_at_all)
{
	named(ETH OWN, NULL, "0.0.0.0/0 physical|172.17.0.0/16 physical|");
	named(OWN, NULL, "172.17.0.0/16 physical|");
	named(ETH "fe80::/64 dev tun0\nff00::/8 dev tun0\n169.254.0.0/16 dev br0\n", NULL,
	      "0.0.0.0/0 physical|169.254.0.0/16 physical|fe80::/64 physical|ff00::/8 physical|");
}

Test(client, an_unclear_tunnel_is_an_error_with_the_candidates)
{
	format_refuses("ip-route", ETH TUN0 TUN1 OWN, 0, "tun0, tun1;", "--tunnel-if");
	/* Which of two default routes is the tunnel's, nothing else says. */
	format_refuses("ip-route", ETH WLAN OWN, 0, "eth0, wlan0;", "--tunnel-if");
	/* A default route of one family only. */
	format_refuses("ip-route", ETH "default dev tun0 metric 1 pref medium\n", 0, "eth0, tun0;",
		       "--tunnel-if");
}

Test(client, the_tunnel_may_be_named)
{
	named(ETH TUN0 TUN1, "tun1", "0.0.0.0/0 physical|10.0.0.0/8 physical|10.9.0.0/16 tunnel|");
	named(ETH TUN0 TUN1, "tun1,tun0",
	      "0.0.0.0/0 physical|10.0.0.0/8 tunnel|10.9.0.0/16 tunnel|");
	named(ETH TUN0 TUN1, "none",
	      "0.0.0.0/0 physical|10.0.0.0/8 physical|10.9.0.0/16 physical|");
	named(WLAN "default dev tun0 metric 50\n", "tun0", "0.0.0.0/0 tunnel|");
}

static void refuses_name(const char *format, const char *text, const char *name, const char *found)
{
	struct route_error error;
	struct route_list list;

	cr_assert_eq(format_read(format, text, strlen(text), name, &list, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, found), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "; expected "), "%s", error.text);
	route_list_free(&list);
}

Test(client, a_name_that_is_not_there)
{
	refuses_name("ip-route", ETH TUN0, "tun", "found --tunnel-if \"tun\"");
	refuses_name("ip-route", ETH TUN0, "tun0,", "found --tunnel-if \"\"");
	refuses_name("ip-route", ETH TUN0, "tun7", "expected eth0, tun0, or none");
	refuses_name("plain", "10.0.0.0/8\n", "tun0", "names no interfaces");
	refuses_name("openvpn", "client\nroute 10.0.0.0\n", "tun0", "names no interfaces");
}

/* A table of the same machine, read with what another one says of its interfaces. */
static void known(const char *other, const char *text, const char *tunnel_if, const char *expected)
{
	struct route_list first = format_list("ip-route", other), list;
	const struct route_source source = { .tunnel_if = tunnel_if,
					     .tunnel_optional = true,
					     .known = &first.client };
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct route_error error;
	char verdict[VERDICT_TEXT];

	list = (struct route_list){ .name = strdup(FORMAT_NAME) };
	cr_assert_eq(route_list_read(in, &source, &list, &error), 0, "%s", error.text);
	verdict_format(list.routes[list.count - 1].verdict, verdict);
	cr_assert_str_eq(verdict, expected);
	fclose(in);
	route_list_free(&list);
	route_list_free(&first);
}

Test(client, an_interface_is_the_same_in_another_table)
{
	/* The file's last route decides each. What was no tunnel then is none now. */
	known(ETH TUN0, ETH TUN0, NULL, "tunnel");
	known(ETH "10.9.0.0/16 dev tun0 proto kernel\n", ETH TUN0, NULL, "physical");
	known(ETH TUN0, ETH OWN "172.18.0.0/16 via 172.17.0.9 dev tun0\n", NULL, "tunnel");
	/* One that is not in the other is found; a name that is not there is no error. */
	known(ETH TUN0, ETH TUN1, NULL, "tunnel");
	known(ETH OWN, ETH TUN1 TUN0 "172.17.0.0/16 via 10.0.0.1 dev docker0\n", "tun0,tun1,tun9",
	      "physical");
	known(ETH TUN0, ETH TUN0, "none", "physical");
}

Test(client, the_routes_that_are_beaten_are_kept)
{
	struct route_list list = format_list("ip-route",
					     ETH WLAN TUN0 "10.0.0.0/8 dev eth0 metric 7\n"
							   "10.0.0.0/8 dev eth0 metric 3\n");
	const struct client_route *route = format_route(&list, "10.0.0.0/8");

	cr_assert_eq(route[0].line, 3);
	cr_assert_eq(route[1].line, 5);
	cr_assert_eq(route[2].line, 4);
	cr_assert_eq(list.client.ambiguous_count, 1);
	cr_assert_not_null(strstr(list.warnings[0],
				  "1 prefix has routes with different verdicts; of "
				  "the first, 10.0.0.0/8, line 3 counts: tunnel"),
			   "%s", list.warnings[0]);
	route = format_route(&list, "0.0.0.0/0");
	cr_assert_str_eq(client_interface_name(&list.client, route), "eth0");
	cr_assert_str_eq(client_interface_name(&list.client, route + 1), "wlan0");
	route_list_free(&list);
}

static void recognised(const char *text, const char *format)
{
	struct route_error error;
	struct input in;
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	cr_assert_eq(input_open(&in, file, FORMAT_NAME, &error), 0);
	cr_assert_str_eq(format_recognise(&in)->name, format, "%s", text);
	input_close(&in);
	fclose(file);
}

Test(client, formats_by_their_first_line_that_only_one_has)
{
	recognised("", "plain");
	recognised("hello\n", "plain");
	recognised("10.0.0.0/8\n", "plain");
	recognised("10.0.0.0/8\n10.1.0.0/16 drop # default via 10.0.0.1 dev x\n", "plain");
	recognised("10.0.0.0/8 \n\tnexthop via 10.0.0.1 dev x\ndefault via 10.0.0.1 dev x\n",
		   "ip-route");
	recognised("10.0.0.0/8 physical:3\ndefault via 10.0.0.1 dev eth0\n", "plain");
	recognised("$ ip route\n" ETH, "ip-route");
	recognised("[root@host ~]# ip route\n" ETH, "ip-route");
	recognised("$ ip -j route\n[{\"dst\"\n", "ip-json");
	recognised("[ ]\n", "ip-json");
	recognised("{\n\"Routes\": []}\n", "aws");
	recognised("::1/128 :: U 256 1 0 lo\n", "route-n");
	recognised("::1/128 ::1 UH 256 1 lo0\n", "bsd");
	recognised("Internet:\n", "bsd");
	recognised("  12 281 2001:db8::/64 On-link\n", "windows");
	recognised("# remote\nremote vpn.example.com\n", "openvpn");
	recognised("route 10.0.0.0 255.0.0.0\n", "openvpn");
	recognised("route print\n", "plain");
	recognised("2024-05-01 OpenVPN 2.6.3 x\n", "openvpn-log");
}

/* A line longer than the window, and a window that ends within a line, are looked at as they are. */
Test(client, long_files)
{
	size_t n = 2 * INPUT_WINDOW_BYTES;
	char *text = malloc(n + 1);
	struct route_error error;
	struct route_list list;

	cr_assert_not_null(text);
	memset(text, 'x', n);
	text[n] = '\0';
	cr_assert_eq(format_read("auto", text, n, NULL, &list, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, ":1: found a line of more than 4095 bytes"));
	route_list_free(&list);
	cr_assert_eq(format_read("bsd", text, n, NULL, &list, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, ":1: found a line of more than 65535 bytes"));
	route_list_free(&list);
	memcpy(text, ETH TUN0, strlen(ETH TUN0));
	text[65535] = '\n';
	text[131070] = '\n';
	cr_assert_eq(format_read("auto", text, n, NULL, &list, &error), 0, "%s", error.text);
	cr_assert_eq(list.count, 2);
	cr_assert_eq(list.client.unknown_count, 3);
	route_list_free(&list);
	free(text);
}

/* Names are found by a hash table that grows. */
Test(client, many_interfaces)
{
	struct client_table table;
	uint32_t number;
	char name[16];

	client_table_init(&table, "test");
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 10000; i++) {
			snprintf(name, sizeof(name), "if%u", i);
			cr_assert_eq(client_interface(&table, name, CVPN_LPM_FAMILIES, &number), 0);
			cr_assert_eq(number, i);
		}
	}
	cr_assert_eq(client_interface(&table, "if5", CVPN_LPM_IPV4, &number), 0);
	cr_assert_eq(number, 10000);
	client_table_free(&table);
}
