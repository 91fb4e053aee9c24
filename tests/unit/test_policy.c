/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy model: what its settings make of pushed routes, whatever way they were read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "formats/redirect.h"
#include "formats/route_list.h"
#include "leaks.h"

TestSuite(policy, .fini = check_leaks);
TestSuite(redirect, .fini = check_leaks);

#define PRINTED_BYTES 4096

static struct client_address address(const char *text, uint8_t len)
{
	struct client_address a = { .len = len };

	cr_assert_eq(addr_parse(text, &a.family, &a.addr), 0);
	return a;
}

static struct policy settings(enum client_mode mode, const char *client)
{
	struct client_address a = address(client, 0);
	struct policy policy;

	policy_init(&policy);
	policy.given = "--split-tunnel";
	policy.mode = mode;
	a.len = a.family == CVPN_LPM_IPV4 ? 32 : 128;
	policy.client[a.family] = a;
	return policy;
}

static int read_with(struct policy *policy, const char *text, struct route_list *list,
		     struct route_error *error)
{
	const struct route_source source = { .policy = policy };
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int err;

	cr_assert_not_null(in);
	*list = (struct route_list){ .name = strdup("pushed.txt") };
	err = route_list_read(in, &source, list, error);
	fclose(in);
	policy_free(policy);
	return err;
}

static void makes(struct policy policy, const char *text, const char *expected, size_t warnings)
{
	char printed[PRINTED_BYTES] = "";
	struct route_error error = { "" };
	struct route_list list;
	size_t n = 0;

	cr_assert_eq(read_with(&policy, text, &list, &error), 0, "%s", error.text);
	for (size_t i = 0; i < list.count; i++) {
		char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];

		prefix_format(&list.routes[i].prefix, prefix);
		verdict_format(list.routes[i].verdict, verdict);
		n += (size_t)snprintf(printed + n, sizeof(printed) - n, "%s %s|", prefix, verdict);
	}
	cr_assert_str_eq(printed, expected);
	cr_assert_str_eq(list.client.format, "policy");
	cr_assert_eq(list.warning_count, warnings, "%zu: %s", list.warning_count,
		     list.warning_count ? list.warnings[0] : "");
	route_list_free(&list);
}

Test(policy, split)
{
	struct policy policy = settings(CLIENT_MODE_SPLIT, "172.31.0.130");
	const struct cvpn_lpm_prefix pushed = { .addr = { 0x0a00000000000000, 0 },
						.len = 8,
						.family = CVPN_LPM_IPV4 };

	makes(policy, "192.168.0.0/16\n0.0.0.0/0\n8.8.8.8/32\n",
	      "0.0.0.0/0 physical|8.8.8.8/32 tunnel|172.31.0.128/27 tunnel|172.31.0.130/32 tunnel|"
	      "192.168.0.0/16 tunnel|",
	      0);
	cr_assert_eq(policy_add_pushed(&policy, &pushed), 0);
	makes(policy, "10.0.0.0/8\n172.31.0.128/27\n",
	      "0.0.0.0/0 physical|10.0.0.0/8 tunnel|172.31.0.128/27 tunnel|172.31.0.130/32 tunnel|",
	      0);
}

Test(policy, full)
{
	struct policy policy = settings(CLIENT_MODE_FULL, "172.31.0.34");
	const struct client_address endpoint = address("192.0.2.1", 32);

	cr_assert_eq(policy_add_endpoint(&policy, &endpoint), 0);
	makes(policy, "192.168.0.0/16\n",
	      "0.0.0.0/0 physical|0.0.0.0/1 tunnel|128.0.0.0/1 tunnel|172.31.0.32/27 tunnel|"
	      "172.31.0.34/32 tunnel|192.0.2.1/32 physical|",
	      0);
	/* Without its address its route is missing. */
	makes(settings(CLIENT_MODE_FULL, "172.31.0.34"), "192.168.0.0/16\n",
	      "0.0.0.0/0 physical|0.0.0.0/1 tunnel|128.0.0.0/1 tunnel|172.31.0.32/27 tunnel|"
	      "172.31.0.34/32 tunnel|",
	      1);
}

Test(policy, ipv6)
{
	struct policy policy = settings(CLIENT_MODE_FULL, "fd00:aa::2");

	policy.net[CVPN_LPM_IPV6] = address("fd00:aa::", 64);
	makes(policy, "::/0\n",
	      "0.0.0.0/0 physical|::/0 physical|::/3 tunnel|2000::/4 tunnel|3000::/4 tunnel|"
	      "fc00::/7 tunnel|fd00:aa::/64 tunnel|fd00:aa::2/128 tunnel|",
	      1);
}

Test(policy, the_gateway_and_the_lines_are_kept)
{
	struct policy policy = settings(CLIENT_MODE_SPLIT, "10.0.0.5");
	struct route_error error;
	struct route_list list;
	const struct client_route *route;
	size_t count;

	policy.gateway[CVPN_LPM_IPV4] = address("192.168.1.1", 32);
	cr_assert_eq(read_with(&policy, "\n10.8.0.0/16\n", &list, &error), 0, "%s", error.text);
	route = client_routes_of(&list.client, &list.routes[0].prefix, &count);
	cr_assert_eq(route->gateway_family, CVPN_LPM_IPV4);
	cr_assert_eq(route->flags, CLIENT_PHYSICAL | CLIENT_IMPLIED);
	cr_assert_eq(list.routes[0].line, 0);
	route = client_routes_of(&list.client, &list.routes[3].prefix, &count);
	cr_assert_eq(route->line, 2);
	cr_assert_eq(route->flags, CLIENT_TUNNEL | CLIENT_PUSHED);
	cr_assert_eq(list.client.facts.mode, CLIENT_MODE_SPLIT);
	cr_assert_eq(list.client.facts.client[CVPN_LPM_IPV4].len, 27);
	route_list_free(&list);
}

Test(policy, nothing_said_changes_nothing)
{
	struct route_error error;
	struct route_list list;
	struct policy policy;

	policy_init(&policy);
	cr_assert_eq(read_with(&policy, "10.0.0.0/8 drop\n", &list, &error), 0);
	cr_assert_eq(list.count, 1);
	cr_assert_null(list.client.format);
	route_list_free(&list);
}

static void refuses(struct policy policy, const char *text, const char *says)
{
	struct route_error error;
	struct route_list list;

	cr_assert_eq(read_with(&policy, text, &list, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, says), "\"%s\" lacks \"%s\"", error.text, says);
	cr_assert_not_null(strstr(error.text, "; expected "), "%s", error.text);
	route_list_free(&list);
}

Test(policy, what_does_not_fit)
{
	struct policy policy = settings(CLIENT_MODE_UNKNOWN, "10.0.0.5");

	refuses(policy, "10.0.0.0/8\n", "pushed.txt: found --split-tunnel without --split-tunnel");
	refuses(settings(CLIENT_MODE_SPLIT, "10.0.0.5"), "", "found no pushed CIDRs");
	refuses(settings(CLIENT_MODE_SPLIT, "10.0.0.5"), "10.0.0.0/8\n11.0.0.0/8 drop\n",
		"pushed.txt:2: found verdict drop with --split-tunnel");
	refuses(settings(CLIENT_MODE_SPLIT, "10.0.0.5"), "default via 10.0.0.1 dev eth0\n",
		"format ip-route");
	policy = settings(CLIENT_MODE_SPLIT, "10.0.0.5");
	policy.net[CVPN_LPM_IPV4] = address("10.0.0.32", 27);
	refuses(policy, "10.0.0.0/8\n", "--client-net: found 10.0.0.32/27");
}

static bool full(const char *text, uint8_t family)
{
	const struct route_source source = { 0 };
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct route_list list = { .name = strdup("table") };
	struct route_error error;
	bool found;

	cr_assert_eq(route_list_read(in, &source, &list, &error), 0, "%s", error.text);
	found = redirect_found(&list, family);
	fclose(in);
	route_list_free(&list);
	return found;
}

Test(redirect, all_of_a_set)
{
	cr_assert(full("0.0.0.0/0\n", CVPN_LPM_IPV4));
	cr_assert(full("0.0.0.0/1\n128.0.0.0/1\n", CVPN_LPM_IPV4));
	cr_assert(full("::/1\n8000::/1\n", CVPN_LPM_IPV6));
	cr_assert(full("2000::/3\n", CVPN_LPM_IPV6));
	cr_assert(full("::/3\n2000::/4\n3000::/4\nfc00::/7\n", CVPN_LPM_IPV6));
	cr_assert_not(full("0.0.0.0/1\n128.0.0.0/1\n", CVPN_LPM_IPV6));
	cr_assert_not(full("0.0.0.0/1\n", CVPN_LPM_IPV4));
	cr_assert_not(full("0.0.0.0/1\n128.0.0.0/1 physical\n", CVPN_LPM_IPV4));
	cr_assert_not(full("::/3\n2000::/4\n3000::/4\n", CVPN_LPM_IPV6));
	cr_assert_not(full("0.0.0.0/0 drop\n10.0.0.0/8\n", CVPN_LPM_IPV4));
}
