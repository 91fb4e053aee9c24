/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generated tables: "bgp4", "bgp6" and "vpn", each with an optional ":COUNT". The BGP kinds have
 * the prefix lengths of a full table and, as there, the long prefixes crowd in clusters (how deep
 * they nest is not modelled); half lead into the tunnel, half stay physical. "vpn" is a full-tunnel
 * client: both halves of the address space into the tunnel, the private blocks physical, then more
 * private prefixes.
 */
#include "route_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"
#include "../rng.h"

struct weight {
	uint8_t len;
	uint32_t weight;
};

/* Prefixes of each length in a full table of 901,899 IPv4 routes. */
static const struct weight bgp4_lengths[] = {
	{ 8, 16 },     { 9, 13 },     { 10, 38 },     { 11, 103 },   { 12, 299 },    { 13, 581 },
	{ 14, 1203 },  { 15, 2100 },  { 16, 13490 },  { 17, 8235 },  { 18, 13798 },  { 19, 24870 },
	{ 20, 42611 }, { 21, 50750 }, { 22, 108623 }, { 23, 96510 }, { 24, 537698 }, { 25, 20 },
	{ 26, 3 },     { 27, 11 },    { 28, 18 },     { 29, 17 },    { 30, 3 },	     { 31, 3 },
	{ 32, 886 },   { 0, 0 },
};

/* The same of a full table of 160,147 IPv6 routes. */
static const struct weight bgp6_lengths[] = {
	{ 16, 1 },     { 19, 1 },    { 20, 16 },    { 21, 3 },	  { 22, 7 },	 { 23, 8 },
	{ 24, 30 },    { 25, 8 },    { 26, 15 },    { 27, 20 },	  { 28, 193 },	 { 29, 4371 },
	{ 30, 650 },   { 31, 284 },  { 32, 22548 }, { 33, 2926 }, { 34, 2603 },	 { 35, 1043 },
	{ 36, 5996 },  { 37, 880 },  { 38, 1617 },  { 39, 1377 }, { 40, 13418 }, { 41, 903 },
	{ 42, 2301 },  { 43, 1001 }, { 44, 14365 }, { 45, 1553 }, { 46, 3039 },	 { 47, 3153 },
	{ 48, 75488 }, { 49, 11 },   { 50, 3 },	    { 52, 1 },	  { 55, 1 },	 { 56, 24 },
	{ 58, 20 },    { 60, 2 },    { 64, 184 },   { 112, 2 },	  { 122, 1 },	 { 124, 4 },
	{ 125, 9 },    { 126, 19 },  { 127, 42 },   { 128, 6 },	  { 0, 0 },
};

/* Where the prefixes of a private network may lie. */
static const struct weight vpn_lengths[] = {
	{ 16, 4 }, { 20, 2 }, { 24, 16 }, { 27, 2 }, { 28, 2 }, { 32, 8 }, { 0, 0 },
};

/* The blocks that the registries allocate from; each is as likely as the next. */
static const char *const blocks6[] = {
	"2001::", "2400::", "2600::", "2800::", "2a00::", "2c00::",
};
static const uint8_t block6_lens[] = { 16, 12, 12, 12, 12, 12 };

static const char *const private4[] = { "10.0.0.0", "172.16.0.0", "192.168.0.0" };
static const uint8_t private4_lens[] = { 8, 12, 16 };

struct synth_kind {
	const char *name;
	uint8_t family;
	const struct weight *lengths;
	const char *const *blocks; /* NULL: IPv4 unicast */
	const uint8_t *block_lens;
	size_t block_count;
	/*
	 * Prefixes longer than this lie in clusters of this length; 0: anywhere. In the table that
	 * the lengths are from, the 862,023 IPv4 prefixes longer than /18 lie in 64,989 blocks of
	 * that size, the 131,992 IPv6 prefixes longer than /32 in 10,906.
	 */
	uint8_t cluster_len;
	unsigned int routes_per_cluster;
	unsigned long default_count;
};

static const struct synth_kind kinds[] = {
	{ "bgp4", CVPN_LPM_IPV4, bgp4_lengths, NULL, NULL, 0, 18, 14, 900000 },
	{ "bgp6", CVPN_LPM_IPV6, bgp6_lengths, blocks6, block6_lens, 6, 32, 15, 160000 },
	{ "vpn", CVPN_LPM_IPV4, vpn_lengths, private4, private4_lens, 3, 0, 0, 5 },
};

#define SYNTH_EXPECTED "synth:bgp4[:COUNT], synth:bgp6[:COUNT] or synth:vpn[:COUNT]"
#define MAX_COUNT      4000000ul
/* Generating anew what came out twice converges in a few rounds, or the space is too full. */
#define MAX_ROUNDS 64
/* One in how many prefixes may come out twice before another round is needed. */
#define SPARE_SHARE 4

static const struct {
	const char *addr;
	uint8_t len;
	uint8_t verdict;
} vpn_routes[] = {
	{ "0.0.0.0", 1, VERDICT_TUNNEL },	 { "128.0.0.0", 1, VERDICT_TUNNEL },
	{ "10.0.0.0", 8, VERDICT_PHYSICAL },	 { "172.31.0.0", 16, VERDICT_PHYSICAL },
	{ "192.168.0.0", 16, VERDICT_PHYSICAL },
};

static uint8_t random_length(const struct weight *lengths, struct rng *rng)
{
	uint64_t total = 0, at;

	for (const struct weight *w = lengths; w->weight; w++)
		total += w->weight;
	at = rng_below(rng, total);
	for (; at >= lengths->weight; lengths++)
		at -= lengths->weight;
	return lengths->len;
}

/* An address that may be announced: 1.0.0.0 to 223.255.255.255 without 10/8 and 127/8. */
static struct cvpn_lpm_addr random_unicast4(struct rng *rng)
{
	for (;;) {
		uint32_t addr = (uint32_t)rng_next(rng);
		uint32_t octet = addr >> 24;

		if (octet >= 1 && octet <= 223 && octet != 10 && octet != 127)
			return (struct cvpn_lpm_addr){ (uint64_t)addr << 32, 0 };
	}
}

static struct cvpn_lpm_addr random_addr(const struct synth_kind *kind, struct rng *rng)
{
	struct cvpn_lpm_addr addr;
	uint8_t family;
	size_t block;

	if (!kind->blocks)
		return random_unicast4(rng);
	block = rng_below(rng, kind->block_count);
	addr_parse(kind->blocks[block], &family, &addr);
	return addr_randomize(addr, kind->block_lens[block], rng);
}

/* Where prefixes crowd. */
struct clusters {
	struct cvpn_lpm_addr *addrs;
	size_t count;
};

static int make_clusters(const struct synth_kind *kind, size_t routes, struct rng *rng,
			 struct clusters *clusters)
{
	clusters->count = kind->cluster_len ? routes / kind->routes_per_cluster + 1 : 0;
	clusters->addrs = malloc((clusters->count + 1) * sizeof(*clusters->addrs));
	if (!clusters->addrs)
		return -ENOMEM;
	for (size_t i = 0; i < clusters->count; i++)
		clusters->addrs[i] = random_addr(kind, rng);
	return 0;
}

/* An address in a cluster. The first ones are fuller: the lower of two draws decides. */
static struct cvpn_lpm_addr random_in_cluster(const struct synth_kind *kind,
					      const struct clusters *clusters, struct rng *rng)
{
	uint64_t one = rng_below(rng, clusters->count), other = rng_below(rng, clusters->count);
	struct cvpn_lpm_addr addr = clusters->addrs[one < other ? one : other];

	return addr_randomize(addr, kind->cluster_len, rng);
}

static struct route random_route(const struct synth_kind *kind, const struct clusters *clusters,
				 struct rng *rng)
{
	struct route route = { .prefix.family = kind->family };
	struct cvpn_lpm_addr addr;

	route.prefix.len = random_length(kind->lengths, rng);
	addr = clusters->count && route.prefix.len > kind->cluster_len
		       ? random_in_cluster(kind, clusters, rng)
		       : random_addr(kind, rng);
	route.prefix.addr = prefix_first(addr, route.prefix.len);
	route.verdict.kind = rng_next(rng) & 1 ? VERDICT_TUNNEL : VERDICT_PHYSICAL;
	return route;
}

/* By prefix, and what was there first first. */
static int compare_generated(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

/* Sorts, and drops all but the first of what has the same prefix. */
static void drop_repeats(struct route_list *list)
{
	size_t kept = 0;

	qsort(list->routes, list->count, sizeof(*list->routes), compare_generated);
	for (size_t i = 0; i < list->count; i++) {
		if (!kept ||
		    prefix_compare(&list->routes[kept - 1].prefix, &list->routes[i].prefix))
			list->routes[kept++] = list->routes[i];
	}
	list->count = kept;
}

static int add_vpn_routes(struct route_list *list, unsigned long count)
{
	size_t n = sizeof(vpn_routes) / sizeof(vpn_routes[0]);

	for (size_t i = 0; i < n && i < count; i++) {
		struct route route = { .prefix.len = vpn_routes[i].len,
				       .verdict.kind = vpn_routes[i].verdict };
		int err;

		addr_parse(vpn_routes[i].addr, &route.prefix.family, &route.prefix.addr);
		err = route_list_add(list, &route);
		if (err < 0)
			return err;
	}
	return 0;
}

/* Drops @surplus routes, evenly spread. */
static void thin_out(struct route_list *list, size_t surplus)
{
	size_t kept = 0, due = 0;

	for (size_t i = 0; i < list->count; i++) {
		due += surplus;
		if (due >= list->count)
			due -= list->count;
		else
			list->routes[kept++] = list->routes[i];
	}
	list->count = kept;
}

static int fill(const struct synth_kind *kind, const struct clusters *clusters, size_t count,
		struct rng *rng, uint32_t *made, struct route_list *list)
{
	while (list->count < count) {
		struct route route = random_route(kind, clusters, rng);
		int err;

		/* A number of its own until the repeats are dropped, whatever order qsort() leaves. */
		route.line = ++*made;
		err = route_list_add(list, &route);
		if (err < 0)
			return err;
	}
	return 0;
}

static int generate(const struct synth_kind *kind, size_t count, uint64_t seed,
		    struct route_list *list)
{
	bool with_given = list->count;
	struct rng rng = { seed };
	struct clusters clusters;
	uint32_t made = 0;
	int err = make_clusters(kind, count, &rng, &clusters);

	for (int round = 0; round < MAX_ROUNDS && list->count < count && !err; round++) {
		size_t missing = count - list->count;

		/* More than needed, because some come out twice: then one round mostly does. */
		err = fill(kind, &clusters, with_given ? count : count + missing / SPARE_SHARE,
			   &rng, &made, list);
		drop_repeats(list);
		/* Hardly anything new: the space is full. */
		if (list->count < count && count - list->count > missing - missing / 2)
			break;
	}
	free(clusters.addrs);
	if (err < 0)
		return err;
	if (list->count < count)
		return -ERANGE;
	thin_out(list, list->count - count);
	for (size_t i = 0; i < list->count; i++)
		list->routes[i].line = 0;
	return 0;
}

static const struct synth_kind *find_kind(const char *spec)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].name);

		if (!strncmp(spec, kinds[i].name, n) && (!spec[n] || spec[n] == ':'))
			return &kinds[i];
	}
	return NULL;
}

int synth_generate(const char *spec, uint64_t seed, struct route_list *list,
		   struct route_error *error)
{
	const struct synth_kind *kind = find_kind(spec);
	unsigned long count;
	char *end = "";
	int err;

	if (!kind) {
		snprintf(error->text, sizeof(error->text),
			 "found \"synth:%.64s\"; expected " SYNTH_EXPECTED, spec);
		return -EINVAL;
	}
	count = kind->default_count;
	spec += strlen(kind->name);
	if (*spec) {
		errno = 0;
		count = isdigit((unsigned char)spec[1]) ? strtoul(spec + 1, &end, 10) : 0;
		if (errno || *end || count < 1 || count > MAX_COUNT) {
			snprintf(error->text, sizeof(error->text),
				 "found COUNT \"%.32s\" in \"synth:%s%.32s\"; expected 1 to %lu",
				 spec + 1, kind->name, spec, MAX_COUNT);
			return -EINVAL;
		}
	}
	err = kind->cluster_len ? 0 : add_vpn_routes(list, count);
	if (!err)
		err = generate(kind, count, seed, list);
	if (err == -ERANGE) {
		snprintf(error->text, sizeof(error->text),
			 "synth:%s: only %zu distinct prefixes found; expected a COUNT that the "
			 "address space has room for",
			 kind->name, list->count);
		err = -EINVAL;
	}
	return err;
}
