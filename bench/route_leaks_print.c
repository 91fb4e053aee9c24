/* SPDX-License-Identifier: BSD-2-Clause */
/* Printing what becomes of every address: a heading for each kind, a line for each prefix. */
#include "route_leaks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lpm/prefix.h"
#include "options.h"
#include "print.h"

/* All IPv6 addresses: 39 digits, which do not fit into 128 bits. */
#define ALL_IPV6   "340282366920938463463374607431768211456"
#define COUNT_TEXT sizeof(ALL_IPV6)

/* More routes than this are not a summary. */
#define MAX_REASONS 16u

static const char *const headings[LEAK_KINDS] = {
	[LEAK_LOOP] = "the endpoint itself into the tunnel: its packets would go in circles",
	[LEAK_LEAK] = "past the tunnel",
	[LEAK_UNCOVERED] = "no route at all; if the machine has this family, all of it is past the "
			   "tunnel",
	[LEAK_OVERLAP] = "the tunnel and the local network both have it: the route that wins, and "
			 "the one that loses",
	[LEAK_HOST] = "one address past the tunnel: the endpoint, else a leak",
	[LEAK_PRIVATE] = "private and past the tunnel: the local network, else a leak",
	[LEAK_ENDPOINT] = "the endpoint, past the tunnel as it must be",
	[LEAK_LOCAL] = "the machine itself and the networks on its links",
	[LEAK_SPECIAL] = "loopback, link-local, multicast and broadcast",
	[LEAK_DROP] = "dropped by a route",
	[LEAK_UNROUTED] = "dropped, having no route",
};

static const char *const family_names[] = { "IPv4", "IPv6" };

/* Of one kind and family. */
struct total {
	unsigned __int128 addresses; /* modulo 2^128 */
	bool any;
};

struct totals {
	struct total of[CVPN_LPM_FAMILIES][LEAK_KINDS];
};

/* An IPv4 address is the upper 32 bits of 128. */
static unsigned __int128 count_addresses(unsigned int family, struct cvpn_lpm_addr first,
					 struct cvpn_lpm_addr last)
{
	unsigned __int128 from = (unsigned __int128)first.hi << 64 | first.lo;
	unsigned __int128 to = (unsigned __int128)last.hi << 64 | last.lo;

	return ((to - from) >> (128 - prefix_max_len(family))) + 1;
}

static void add_region(struct total *total, const struct route_leaks *leaks, size_t region)
{
	const struct leak_region *r = &leaks->regions[region];

	total->addresses += count_addresses(r->family, r->first, leak_region_last(leaks, region));
	total->any = true;
}

static struct totals add_up(const struct route_leaks *leaks)
{
	struct totals totals = { 0 };

	for (size_t i = 0; i < leaks->count; i++) {
		const struct leak_region *r = &leaks->regions[i];

		add_region(&totals.of[r->family][r->kind], leaks, i);
	}
	return totals;
}

static const char *count_format(const struct total *total, char text[COUNT_TEXT])
{
	unsigned __int128 rest = total->addresses;
	char *at = text + COUNT_TEXT - 1;

	if (total->any && !rest)
		return ALL_IPV6;
	*at = '\0';
	do {
		*--at = (char)('0' + (int)(rest % 10));
		rest /= 10;
	} while (rest);
	return at;
}

/* What can be said of a family in full-tunnel mode before its prefixes are looked at. */
static const char *coverage(const struct route_leaks *leaks, unsigned int family,
			    const struct totals *totals)
{
	const struct total *of = totals->of[family];

	if (!leaks->table->list.of_family[family])
		return "the table has no routes";
	if (!of[LEAK_TUNNEL].any)
		return "nothing leads into the tunnel";
	if (of[LEAK_LEAK].any)
		return "in part past the tunnel";
	if (of[LEAK_HOST].any || of[LEAK_PRIVATE].any)
		return "no leak, unless host or private is one";
	return "no leak";
}

static void print_head(const struct route_leaks *leaks, const struct totals *totals)
{
	const struct route_list *list = &leaks->table->list;
	bool tunnel = totals->of[CVPN_LPM_IPV4][LEAK_TUNNEL].any ||
		      totals->of[CVPN_LPM_IPV6][LEAK_TUNNEL].any;

	printf("# %s: %s tunnel%s\n", list->name, leaks->full ? "full" : "split",
	       tunnel ? "" : ", but nothing leads into it");
	for (unsigned int family = 0; leaks->full && family < CVPN_LPM_FAMILIES; family++)
		printf("# %s: %s\n", family_names[family], coverage(leaks, family, totals));
	if (!leaks->endpoint_known)
		printf("# endpoint: its address is not known, so whether its packets would go into "
		       "the tunnel can not be checked\n");
}

static void print_route(const struct table *table, const struct route *route)
{
	char prefix[PREFIX_TEXT] = "-";

	if (route)
		prefix_format(&route->prefix, prefix);
	printf("\t%s\t", prefix);
	print_place(table, route);
}

static void print_region(const struct route_leaks *leaks, size_t region)
{
	const struct leak_region *r = &leaks->regions[region];
	const struct cvpn_lpm_addr last = leak_region_last(leaks, region);
	struct cvpn_lpm_addr at = r->first, end;
	char text[PREFIX_TEXT], verdict[VERDICT_TEXT];

	verdict_format(leaks->table->verdicts[r->value], verdict);
	do {
		struct cvpn_lpm_prefix prefix = prefix_from_range(r->family, at, last);

		prefix_format(&prefix, text);
		printf("%s\t%s\t%s", leak_kind_name(r->kind), text, verdict);
		print_route(leaks->table, leak_region_route(leaks, region, &prefix));
		if (r->against)
			print_route(leaks->table, r->against);
		putchar('\n');
		end = prefix_last(&prefix);
		at = addr_next(r->family, end);
	} while (!addr_equal(end, last));
}

/*
 * One route with a few others within it leaks in many prefixes. If few routes leak, they are named
 * before the list.
 */
static int print_reasons(const struct route_leaks *leaks)
{
	const struct route_list *list = &leaks->table->list;
	struct total *totals = calloc(list->count + 1, sizeof(*totals));
	size_t reasons = 0;
	char text[COUNT_TEXT], prefix[PREFIX_TEXT];

	if (!totals)
		return -ENOMEM;
	for (size_t i = 0; i < leaks->count; i++) {
		const struct leak_region *r = &leaks->regions[i];
		struct total *total;

		if (r->kind != LEAK_LEAK)
			continue;
		total = &totals[r->route - list->routes];
		reasons += !total->any;
		add_region(total, leaks, i);
	}
	for (size_t i = 0; reasons <= MAX_REASONS && i < list->count; i++) {
		if (!totals[i].any)
			continue;
		prefix_format(&list->routes[i].prefix, prefix);
		printf("# leak by %s (", prefix);
		print_place(leaks->table, &list->routes[i]);
		printf("): %s addresses\n", count_format(&totals[i], text));
	}
	free(totals);
	return 0;
}

static void print_kind(const struct route_leaks *leaks, enum leak_kind kind,
		       const struct totals *totals)
{
	if (!totals->of[CVPN_LPM_IPV4][kind].any && !totals->of[CVPN_LPM_IPV6][kind].any)
		return;
	printf("# %s: %s\n", leak_kind_name(kind), headings[kind]);
	for (size_t i = 0; i < leaks->count; i++) {
		if (leaks->regions[i].kind == kind)
			print_region(leaks, i);
	}
}

static void print_totals(const struct totals *totals)
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		const char *between = ": ";

		printf("# %s addresses", family_names[family]);
		for (enum leak_kind kind = 0; kind < LEAK_KINDS; kind++) {
			const struct total *total = &totals->of[family][kind];
			char text[COUNT_TEXT];

			if (!total->any)
				continue;
			printf("%s%s %s", between, leak_kind_name(kind), count_format(total, text));
			between = ", ";
		}
		putchar('\n');
	}
}

static int fail(int err, const struct table *table, const struct leak_error *error)
{
	char text[PREFIX_TEXT];

	if (err == -EBADMSG) {
		addr_format(error->family, error->addr, text);
		fprintf(stderr,
			"cvpn-bench: --leaks: %s: from %s on the trie says something else than the "
			"routes\n",
			table->list.name, text);
	} else {
		fprintf(stderr, "cvpn-bench: --leaks: %s\n", strerror(-err));
	}
	return EXIT_FAILED;
}

/* Returns 0 or a negative errno. */
static int print_all(const struct route_leaks *leaks)
{
	struct totals totals = add_up(leaks);
	int err;

	print_head(leaks, &totals);
	err = print_reasons(leaks);
	for (enum leak_kind kind = 0; kind < LEAK_TUNNEL && !err; kind++)
		print_kind(leaks, kind, &totals);
	if (!err)
		print_totals(&totals);
	return err;
}

int print_leaks(const struct table *table)
{
	struct leak_error error = { 0 };
	struct route_leaks leaks;
	int err = route_leaks_find(table, &leaks, &error), status = EXIT_DONE;

	if (!err)
		err = print_all(&leaks);
	if (err < 0)
		status = fail(err, table, &error);
	route_leaks_free(&leaks);
	return finish_output(status);
}
