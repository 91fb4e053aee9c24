/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The linear oracle judges everything else, so it is tested first: by cases small enough to work
 * out by hand, and then its fast form against its slow one.
 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "linear.h"
#include "prefix.h"
#include "tables.h"

TestSuite(linear, .fini = check_leaks);

struct text_route {
	const char *prefix;
	uint16_t value;
};

struct text_answer {
	const char *addr;
	uint16_t value;
};

#define MAX_ROUTES 8

/* Both forms of the oracle give each @answer; lists end with a NULL text. */
static void expect(const struct text_route *routes, const struct text_answer *answers)
{
	struct linear_route table[MAX_ROUTES];
	size_t n = 0;

	for (; routes[n].prefix; n++)
		table[n] = (struct linear_route){ prefix_of(routes[n].prefix), routes[n].value };
	for (; answers->addr; answers++) {
		unsigned int family = strchr(answers->addr, ':') ? CVPN_LPM_IPV6 : CVPN_LPM_IPV4;
		struct cvpn_lpm_addr addr = addr_of(answers->addr);
		uint16_t one = linear_lookup(table, n, family, addr);
		uint16_t many;

		cr_assert_eq(linear_lookup_many(table, n, family, &addr, &many, 1), 0);
		cr_assert_eq(one, answers->value, "%s gave %u, not %u", answers->addr, one,
			     answers->value);
		cr_assert_eq(many, answers->value, "%s gave %u among many, not %u", answers->addr,
			     many, answers->value);
	}
}

Test(linear, nothing_matches_in_an_empty_table)
{
	expect((struct text_route[]){ { 0 } },
	       (struct text_answer[]){
		       { "0.0.0.0", 0 }, { "255.255.255.255", 0 }, { "::", 0 }, { 0 } });
}

Test(linear, the_default_route_holds_every_address)
{
	expect((struct text_route[]){ { "0.0.0.0/0", 7 }, { "::/0", 9 }, { 0 } },
	       (struct text_answer[]){ { "0.0.0.0", 7 },
				       { "255.255.255.255", 7 },
				       { "::", 9 },
				       { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 9 },
				       { 0 } });
}

Test(linear, a_host_route_holds_one_address)
{
	expect((struct text_route[]){ { "10.0.0.1/32", 1 },
				      { "255.255.255.255/32", 2 },
				      { "2001:db8::1/128", 3 },
				      { 0 } },
	       (struct text_answer[]){ { "10.0.0.0", 0 },
				       { "10.0.0.1", 1 },
				       { "10.0.0.2", 0 },
				       { "255.255.255.254", 0 },
				       { "255.255.255.255", 2 },
				       { "2001:db8::", 0 },
				       { "2001:db8::1", 3 },
				       { "2001:db8::2", 0 },
				       { 0 } });
}

Test(linear, the_longest_prefix_wins_in_any_order)
{
	static const struct text_answer answers[] = {
		{ "9.255.255.255", 0 },
		{ "10.0.0.0", 1 },
		{ "10.0.255.255", 1 },
		{ "10.1.0.0", 2 },
		{ "10.1.1.255", 2 },
		{ "10.1.2.0", 3 },
		{ "10.1.2.255", 3 },
		{ "10.1.3.0", 2 },
		{ "10.1.255.255", 2 },
		{ "10.2.0.0", 1 },
		{ "10.255.255.255", 1 },
		{ "11.0.0.0", 0 },
		{ 0 },
	};
	static const struct text_route a = { "10.0.0.0/8", 1 }, b = { "10.1.0.0/16", 2 },
				       c = { "10.1.2.0/24", 3 }, end = { 0 };

	expect((struct text_route[]){ a, b, c, end }, answers);
	expect((struct text_route[]){ a, c, b, end }, answers);
	expect((struct text_route[]){ b, a, c, end }, answers);
	expect((struct text_route[]){ b, c, a, end }, answers);
	expect((struct text_route[]){ c, a, b, end }, answers);
	expect((struct text_route[]){ c, b, a, end }, answers);
}

Test(linear, two_halves_beat_the_default_route)
{
	expect((struct text_route[]){ { "0.0.0.0/0", 1 },
				      { "0.0.0.0/1", 2 },
				      { "128.0.0.0/1", 3 },
				      { "198.51.100.7/32", 4 },
				      { 0 } },
	       (struct text_answer[]){ { "0.0.0.0", 2 },
				       { "127.255.255.255", 2 },
				       { "128.0.0.0", 3 },
				       { "198.51.100.7", 4 },
				       { "198.51.100.8", 3 },
				       { 0 } });
}

Test(linear, ipv6_prefixes_on_both_sides_of_bit_64)
{
	expect((struct text_route[]){ { "2001:db8:0:1::/64", 1 },
				      { "2001:db8:0:1:8000::/65", 2 },
				      { "2001:db8::/63", 3 },
				      { "2001:db8:0:1:ffff:ffff:ffff:fff0/124", 4 },
				      { 0 } },
	       (struct text_answer[]){ { "2001:db8::", 3 },
				       { "2001:db8:0:0:ffff:ffff:ffff:ffff", 3 },
				       { "2001:db8:0:1::", 1 },
				       { "2001:db8:0:1:7fff:ffff:ffff:ffff", 1 },
				       { "2001:db8:0:1:8000::", 2 },
				       { "2001:db8:0:1:ffff:ffff:ffff:ffef", 2 },
				       { "2001:db8:0:1:ffff:ffff:ffff:fff0", 4 },
				       { "2001:db8:0:1:ffff:ffff:ffff:ffff", 4 },
				       { "2001:db8:0:2::", 0 },
				       { 0 } });
}

Test(linear, families_do_not_mix)
{
	/* The same bits: 32.1.13.184 is 2001:db8 in the upper half of @hi. */
	expect((struct text_route[]){ { "32.1.13.184/32", 1 }, { "2400::/16", 2 }, { 0 } },
	       (struct text_answer[]){ { "32.1.13.184", 1 },
				       { "2001:db8::", 0 },
				       { "36.0.0.0", 0 },
				       { "2400::1", 2 },
				       { 0 } });
}

static void many_equals_one(unsigned int family)
{
	static const size_t sizes[] = { 0, 1, 2, 17, 300 };
	struct rng rng = { 42 + family };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct linear_route *routes = random_table(&rng, family, sizes[s], UINT16_MAX);
		struct addr_list list = { 0 };
		uint16_t *values;

		add_boundaries(&list, routes, sizes[s], family);
		add_random(&list, &rng, routes, sizes[s], family, 500);
		values = malloc(list.count * sizeof(*values));
		cr_assert_not_null(values);
		cr_assert_eq(linear_lookup_many(routes, sizes[s], family, list.addrs, values,
						list.count),
			     0);
		for (size_t i = 0; i < list.count; i++)
			cr_assert_eq(values[i],
				     linear_lookup(routes, sizes[s], family, list.addrs[i]));
		free(values);
		addr_list_free(&list);
		free(routes);
	}
}

Test(linear, many_equals_one_ipv4)
{
	many_equals_one(CVPN_LPM_IPV4);
}

Test(linear, many_equals_one_ipv6)
{
	many_equals_one(CVPN_LPM_IPV6);
}

Test(linear, many_takes_no_addresses)
{
	struct linear_route route = { prefix_of("10.0.0.0/8"), 1 };

	cr_assert_eq(linear_lookup_many(&route, 1, CVPN_LPM_IPV4, NULL, NULL, 0), 0);
}
