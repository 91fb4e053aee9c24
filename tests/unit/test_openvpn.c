/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenVPN's configuration and log, and AWS's answers: routes that no system printed. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "format_check.h"
#include "leaks.h"

TestSuite(openvpn, .fini = check_leaks);
TestSuite(openvpn_log, .fini = check_leaks);
TestSuite(aws, .fini = check_leaks);

#define CLIENT	 "client\nremote 192.0.2.7 443\n"
#define PHYSICAL "0.0.0.0/0 physical|"
#define HALVES	 "0.0.0.0/0 physical|0.0.0.0/1 tunnel|"

Test(openvpn, routes)
{
	format_accepts("openvpn",
		       CLIENT "route 10.0.0.0 255.0.0.0\nroute 10.1.2.3\n"
			      "route 10.2.0.0 255.255.0.0 vpn_gateway 5\n"
			      "route 192.168.9.0 255.255.255.0 net_gateway\n"
			      "route 172.16.0.1 default default 7 # one host\n"
			      "route \"172.17.0.0\" '255.255.0.0' ; a network\n",
		       PHYSICAL
		       "10.0.0.0/8 tunnel|10.1.2.3/32 tunnel|10.2.0.0/16 tunnel|"
		       "172.16.0.1/32 tunnel|172.17.0.0/16 tunnel|192.168.9.0/24 physical|");
	format_accepts("openvpn", CLIENT "route-ipv6 2001:db8::1/32\nroute-ipv6 2001:db9::1\n",
		       PHYSICAL "::/0 physical|2001:db8::/32 tunnel|2001:db9::1/128 tunnel|");
}

Test(openvpn, redirect_gateway)
{
	format_accepts("openvpn", CLIENT "redirect-gateway def1\n",
		       HALVES "128.0.0.0/1 tunnel|192.0.2.7/32 physical|");
	format_accepts("openvpn", CLIENT "redirect-gateway\n",
		       "0.0.0.0/0 tunnel|192.0.2.7/32 physical|");
	format_accepts("openvpn", CLIENT "redirect-gateway def1 local\n",
		       HALVES "128.0.0.0/1 tunnel|");
	format_accepts("openvpn", CLIENT "redirect-gateway def1 ipv6\n",
		       HALVES "128.0.0.0/1 tunnel|192.0.2.7/32 physical|::/0 physical|::/3 tunnel|"
			      "2000::/4 tunnel|3000::/4 tunnel|fc00::/7 tunnel|");
	format_accepts("openvpn", CLIENT "redirect-gateway def1 ipv6 !ipv4\n",
		       PHYSICAL "192.0.2.7/32 physical|::/0 physical|::/3 tunnel|2000::/4 tunnel|"
				"3000::/4 tunnel|fc00::/7 tunnel|");
	format_accepts("openvpn", CLIENT "redirect-private def1\n",
		       PHYSICAL "192.0.2.7/32 physical|");
	format_accepts("openvpn", CLIENT "redirect-gateway def1 ipv6 !ipv4\nblock-ipv6\n",
		       PHYSICAL "192.0.2.7/32 physical|::/0 physical|::/3 drop|2000::/4 drop|"
				"3000::/4 drop|fc00::/7 drop|");
}

Test(openvpn, block_local_needs_the_local_network)
{
	format_wonders("openvpn", CLIENT "redirect-gateway def1 block-local\n", 1, 3,
		       "block-local");
	format_accepts("openvpn-log",
		       "x ROUTE_GATEWAY 192.168.1.1/255.255.255.0 IFACE=eth0\n"
		       "PUSH_REPLY,redirect-gateway def1 block-local,ping 1\n"
		       "UDPv4 link remote: [AF_INET]192.0.2.7:443\n",
		       HALVES "128.0.0.0/1 tunnel|192.0.2.7/32 physical|192.168.1.0/25 tunnel|"
			      "192.168.1.1/32 physical|192.168.1.128/25 tunnel|");
}

Test(openvpn, flags_whose_effect_is_not_in_the_file)
{
	format_wonders("openvpn", CLIENT "redirect-gateway def1 bypass-dhcp\n", 1, 3,
		       "redirect-gateway bypass-dhcp");
}

Test(openvpn, inline_files_are_no_options)
{
	format_accepts("openvpn",
		       CLIENT "<ca>\nroute 10.0.0.0 255.0.0.0\n</ca>\nroute 10.1.0.0 255.255.0.0\n"
			      "<connection>\nremote 192.0.2.8\n</connection>\n"
			      "redirect-gateway def1\n",
		       HALVES "10.1.0.0/16 tunnel|128.0.0.0/1 tunnel|192.0.2.7/32 physical|"
			      "192.0.2.8/32 physical|");
	format_refuses("openvpn", CLIENT "<ca>\nroute 10.0.0.0 255.0.0.0\n", 3, "<ca>", "</ca>");
}

Test(openvpn, gateways_that_are_addresses)
{
	static const char text[] = CLIENT "ifconfig 10.8.0.6 255.255.255.0\n"
					  "route 10.1.0.0 255.255.0.0 10.8.0.1\n"
					  "route 10.2.0.0 255.255.0.0 192.168.7.1\n";

	format_accepts("openvpn", text,
		       PHYSICAL "10.1.0.0/16 tunnel|10.8.0.0/24 tunnel|10.8.0.6/32 tunnel|");
	format_wonders("openvpn", text, 1, 5, "a gateway of no network");
}

Test(openvpn, the_endpoint_may_be_a_name)
{
	struct route_list list = format_list("openvpn", "client\nremote vpn.example.com 443\n"
							"redirect-gateway def1\n");

	cr_assert_eq(list.warning_count, 1);
	cr_assert_not_null(
		strstr(list.warnings[0], ":2: the endpoint's address is not in the file"));
	cr_assert_str_eq(list.client.facts.endpoint_name, "vpn.example.com");
	cr_assert_eq(list.client.facts.mode, CLIENT_MODE_FULL);
	route_list_free(&list);
}

Test(openvpn, what_is_not_modelled_is_shown)
{
	format_wonders("openvpn", CLIENT "route vpn.example.com\n", 1, 3, "vpn.example.com");
	format_wonders("openvpn", CLIENT "route-up script\ncipher x\nserver 10.0.0.0 255.0.0.0\n",
		       2, 3, "route-up script");
	format_wonders("openvpn", CLIENT "cipher AES\nproto udp\nport 1194\nlocal 10.0.0.1\n", 0, 0,
		       "");
}

Test(openvpn, malformed_options)
{
	format_refuses("openvpn", CLIENT "route 10.0.0.0 255.0.255.0\n", 3, "mask \"255.0.255.0\"",
		       "ones before");
	format_refuses("openvpn", CLIENT "route 10.0.0.300\n", 3, "\"10.0.0.300\"", "IPv4");
	format_refuses("openvpn", CLIENT "route 10.1.0.0 255.0.0.0\n", 3, "10.1.0.0/255.0.0.0",
		       "10.0.0.0/8");
	format_refuses("openvpn", CLIENT "route 10.0.0.0 255.0.0.0 there\n", 3, "gateway \"there\"",
		       "vpn_gateway");
	format_refuses("openvpn", CLIENT "route 10.0.0.0 255.0.0.0 vpn_gateway x\n", 3,
		       "metric \"x\"", "0 to");
	format_refuses("openvpn", CLIENT "route\n", 3, "\"route\" alone", "a network");
	format_refuses("openvpn", CLIENT "remote\n", 3, "\"remote\" alone", "a host");
	format_refuses("openvpn", CLIENT "route-ipv6 10.0.0.0/8\n", 3, "\"10.0.0.0\"", "IPv6");
	format_refuses("openvpn", CLIENT "route-ipv6 2001:db8::/129\n", 3, "\"129\"", "0 to 128");
	format_refuses("openvpn", CLIENT "ifconfig 10.0.0.1\n", 3, "ifconfig \"\"", "two IPv4");
	format_refuses("openvpn", CLIENT "pull-filter drop x\n", 3, "\"drop\"", "accept, ignore");
	format_refuses("openvpn", CLIENT "pull-filter ignore\n", 3, "\"ignore\"", "a text");
}

Test(openvpn, too_many_filters)
{
	char text[16384] = CLIENT;

	for (int i = 0; i < 257; i++)
		strcat(text, "pull-filter ignore x\n");
	format_refuses("openvpn", text, 259, "more than 256 pull-filters", "fewer");
}

#define LOG(options) "2024-05-01 PUSH: Received control message: 'PUSH_REPLY," options "'\n"

Test(openvpn_log, a_reply)
{
	static const char text[] =
		"2024-05-01 10:00:00 UDPv4 link remote: [AF_INET]18.182.134.236:443\n" LOG(
			"dhcp-option DNS 10.63.0.2,route 10.63.0.0 255.255.0.0,redirect-gateway "
			"def1,"
			"topology subnet,ifconfig 10.243.0.7 255.255.255.224,"
			"ifconfig-ipv6 fd00::7/64 fd00::1");
	struct route_list list;

	format_accepts("openvpn-log", text,
		       HALVES "10.63.0.0/16 tunnel|10.243.0.0/27 tunnel|10.243.0.7/32 tunnel|"
			      "18.182.134.236/32 physical|128.0.0.0/1 tunnel|::/0 physical|"
			      "fd00::/64 tunnel|fd00::7/128 tunnel|");
	list = format_list("openvpn-log", text);
	cr_assert_eq(list.client.facts.client[CVPN_LPM_IPV4].len, 27);
	cr_assert_eq(list.client.facts.client[CVPN_LPM_IPV6].len, 64);
	cr_assert_eq(list.client.facts.endpoint_count, 1);
	cr_assert_eq(list.client.facts.mode, CLIENT_MODE_FULL);
	cr_assert(format_route(&list, "10.63.0.0/16")->flags & CLIENT_PUSHED);
	cr_assert(!(format_route(&list, "10.243.0.0/27")->flags & CLIENT_PUSHED));
	cr_assert_eq(format_route(&list, "10.63.0.0/16")->line, 2);
	route_list_free(&list);
}

Test(openvpn_log, a_peer_instead_of_a_mask)
{
	format_accepts("openvpn-log", LOG("topology net30,ifconfig 10.8.0.6 10.8.0.5"),
		       PHYSICAL "10.8.0.5/32 tunnel|10.8.0.6/32 tunnel|");
	format_accepts("openvpn-log", LOG("ifconfig 10.8.0.6 10.8.0.5"),
		       PHYSICAL "10.8.0.5/32 tunnel|10.8.0.6/32 tunnel|");
}

Test(openvpn_log, messages_that_continue_and_messages_that_replace)
{
	format_accepts("openvpn-log",
		       LOG("route 10.1.0.0 255.255.0.0,push-continuation 2")
			       LOG("route 10.2.0.0 255.255.0.0,push-continuation 1"),
		       PHYSICAL "10.1.0.0/16 tunnel|10.2.0.0/16 tunnel|");
	format_accepts("openvpn-log",
		       LOG("route 10.1.0.0 255.255.0.0") LOG("route 10.2.0.0 255.255.0.0"),
		       PHYSICAL "10.2.0.0/16 tunnel|");
	format_wonders("openvpn-log",
		       "PUSH: Received control message: 'PUSH_REPLY,route 10.1.0.0 255.255.0.0\n",
		       1, 1, "cut off");
}

/* The first filter with a prefix that fits decides; the configuration may come behind the log. */
Test(openvpn_log, filters)
{
#define FILTERS                                                                                    \
	"pull-filter accept \"route 10.1.\"\npull-filter ignore \"route 10.\"\n"                   \
	"pull-filter ignore redirect\n"
#define REPLY                                                                                      \
	LOG("route 10.1.0.0 255.255.0.0,route 10.2.0.0 255.255.0.0,redirect-gateway def1,"         \
	    "route 172.16.0.0 255.255.0.0")

	format_accepts("openvpn", CLIENT FILTERS REPLY,
		       PHYSICAL "10.1.0.0/16 tunnel|172.16.0.0/16 tunnel|");
	format_accepts("openvpn-log", REPLY CLIENT FILTERS,
		       PHYSICAL "10.1.0.0/16 tunnel|172.16.0.0/16 tunnel|");
}

Test(openvpn_log, a_filter_that_rejects_is_said)
{
	struct route_list list = format_list("openvpn",
					     CLIENT "pull-filter reject \"route 10.\"\n" LOG(
						     "route 10.1.0.0 255.255.0.0,route 10.2.0.0"));

	cr_assert_eq(list.warning_count, 1);
	cr_assert_not_null(strstr(list.warnings[0], ":4: a pull-filter rejects \"route 10.1.0.0"));
	route_list_free(&list);
}

Test(openvpn_log, route_nopull)
{
	format_accepts("openvpn",
		       CLIENT "route-nopull\nroute 10.9.0.0 255.255.0.0\n" LOG(
			       "route 10.1.0.0 255.255.0.0,redirect-gateway def1,"
			       "ifconfig 10.8.0.6 255.255.255.0"),
		       PHYSICAL "10.8.0.0/24 tunnel|10.8.0.6/32 tunnel|10.9.0.0/16 tunnel|");
}

Test(openvpn_log, a_server_may_not_push_everything)
{
	struct route_list list = format_list("openvpn-log", LOG("remote 192.0.2.66,route 10.1.0.0 "
								"255.255.0.0"));

	cr_assert_eq(list.client.facts.endpoint_count, 0);
	route_list_free(&list);
}

Test(openvpn_log, malformed_options)
{
	format_refuses("openvpn-log", "x OpenVPN 2.6.3 x\n" LOG("route 10.1.0.0 255.0.0.0"), 2,
		       "10.1.0.0/255.0.0.0", "10.0.0.0/8");
	format_refuses("openvpn-log", LOG("ifconfig 10.1.0.0 mask"), 1, "ifconfig \"mask\"", "two");
	format_wonders("openvpn-log", LOG("ping 1") "link remote: [AF_INET]nowhere:1\n", 1, 2,
		       "link remote");
}

#define ROUTE(cidr, code)                                                                          \
	"{\"DestinationCidr\": \"" cidr "\", \"TargetSubnet\": \"subnet-1\", \"Status\": "         \
	"{\"Code\": \"" code "\"}}"

Test(aws, only_active_routes_and_each_once)
{
	struct route_list list;

	format_accepts("aws",
		       "{\"Routes\": [\n" ROUTE("10.0.0.0/16", "active") ",\n" ROUTE(
			       "10.0.0.0/16",
			       "active") ",\n" ROUTE("10.1.0.0/16",
						     "creating") ",\n" ROUTE("2001:db8::/48",
									     "active") "]}\n",
		       "10.0.0.0/16 tunnel|2001:db8::/48 tunnel|");
	list = format_list("aws", "{\"Routes\": [\n" ROUTE("10.0.0.0/16", "active") "]}");
	cr_assert_eq(format_route(&list, "10.0.0.0/16")->line, 2);
	cr_assert(format_route(&list, "10.0.0.0/16")->flags & CLIENT_PUSHED);
	cr_assert_eq(list.warning_count, 0);
	route_list_free(&list);
}

#define ENDPOINT(split)                                                                            \
	"{\"ClientVpnEndpoints\":\n[{\"ClientCidrBlock\":\"172.31.0.0/"                            \
	"22\",\n\"SplitTunnel\":" split ",\"DnsName\":\"*.cvpn.example\",\"Tags\":[{}]}]}\n"

Test(aws, endpoints_have_facts)
{
	struct route_list list = format_list(
		"aws", ENDPOINT("true") "{\"Routes\":[" ROUTE("10.0.0.0/16", "active") "]}");
	const struct client_facts *facts = &list.client.facts;

	cr_assert_eq(facts->mode, CLIENT_MODE_SPLIT);
	cr_assert_eq(facts->mode_line, 3);
	cr_assert_eq(facts->client_net[CVPN_LPM_IPV4].len, 22);
	cr_assert_eq(facts->client_net[CVPN_LPM_IPV4].line, 2);
	cr_assert_eq(facts->client_net[CVPN_LPM_IPV6].family, CLIENT_NO_ADDRESS);
	cr_assert_str_eq(facts->endpoint_name, "*.cvpn.example");
	cr_assert_eq(facts->settings_count, 1);
	/* The default route and the pushed one. */
	cr_assert_eq(list.count, 2);
	route_list_free(&list);
	list = format_list("aws", "[" ENDPOINT("false") "]");
	cr_assert_eq(list.client.facts.mode, CLIENT_MODE_FULL);
	/* The default route and the halves. */
	cr_assert_eq(list.count, 3);
	route_list_free(&list);
}

Test(aws, malformed)
{
	format_refuses("aws", "{\"Routes\":[{\"Status\":{\"Code\":\"active\"}}]}", 1,
		       "without \"DestinationCidr\"", "expected it");
	format_refuses("aws", "{\"Routes\":[\n{\"DestinationCidr\":\"10.0.0.0/8\"}]}", 2,
		       "without a code", "expected it");
	format_refuses("aws", "{\"Routes\":[\n" ROUTE("10.0.0.1/8", "active") "]}", 2,
		       "\"10.0.0.1/8\"", "10.0.0.0/8");
	format_refuses("aws", "{\"Routes\":[\n" ROUTE("10.0.0.0", "active") "]}", 2, "\"10.0.0.0\"",
		       "ADDRESS/LENGTH");
	format_refuses("aws", ENDPOINT("\"yes\""), 3, "SplitTunnel \"yes\"", "true or false");
	format_refuses("aws", "{\"Routes\": 5}", 1, "'5'", "an array");
	format_refuses("aws", "{\"Routes\": [", 1, "the end of the file", "'{'");
	format_wonders(
		"aws",
		"{\"Routes\":[" ROUTE("10.0.0.0/8", "active") "],\n\"NextToken\":\"x\"}\nx\n", 2, 2,
		"NextToken");
}
