/* SPDX-License-Identifier: BSD-2-Clause */
/* From a client's routes to prefixes with verdicts: what counts, and what it beats. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>

#include "../prefix.h"
#include "route_list.h"

/* What lies behind what a system looks at first, smallest first. */
static unsigned int rank(const struct client_route *r)
{
	return (r->flags & CLIENT_UNUSED ? 4u : 0u) | (r->flags & CLIENT_LOCAL ? 0u : 2u) |
	       (r->flags & CLIENT_SCOPED ? 1u : 0u);
}

/* By prefix, then the one that counts first. No two are equal. */
static int compare(const void *a, const void *b)
{
	const struct client_route *x = a, *y = b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	if (order)
		return order;
	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static const char *why_unused(const struct client_route *route)
{
	if (route->flags & CLIENT_INACTIVE)
		return "not in force";
	if (route->flags & CLIENT_SCOPED)
		return "only for who asks for its interface";
	return "the table \"local\" is asked first";
}

/* In the order of compare(). */
const char *client_why_not(const struct client_route *route, const struct client_route *winner)
{
	if (route->flags & CLIENT_UNUSED)
		return why_unused(route);
	if (route->prefix.len != winner->prefix.len)
		return "shorter prefix";
	if ((route->flags ^ winner->flags) & CLIENT_LOCAL)
		return "the table \"local\" is asked first";
	if ((route->flags ^ winner->flags) & CLIENT_SCOPED)
		return "only for who asks for its interface";
	return route->metric != winner->metric ? "higher metric" : "listed later";
}

static void sort(struct client_table *table)
{
	size_t i;

	for (i = 1; i < table->count; i++) {
		if (compare(&table->routes[i - 1], &table->routes[i]) > 0)
			break;
	}
	if (i < table->count)
		qsort(table->routes, table->count, sizeof(*table->routes), compare);
}

static uint8_t verdict_of(const struct client_table *table, const struct client_route *r)
{
	if (r->flags & CLIENT_DROP)
		return VERDICT_DROP;
	if (r->flags & CLIENT_TUNNEL)
		return VERDICT_TUNNEL;
	if (r->flags & CLIENT_PHYSICAL || r->interface == CLIENT_NO_INTERFACE)
		return VERDICT_PHYSICAL;
	return table->interfaces[r->interface].tunnel ? VERDICT_TUNNEL : VERDICT_PHYSICAL;
}

/*
 * A BSD system asks for the interface of the default route when nobody asks for another: a scoped
 * route of that interface is used, one of any other is not.
 */
static void find_primary(const struct client_table *table, uint32_t primary[CVPN_LPM_FAMILIES])
{
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		primary[family] = CLIENT_NO_INTERFACE;
	for (size_t i = 0; i < table->count; i++) {
		const struct client_route *r = &table->routes[i];
		uint32_t *found = &primary[r->prefix.family];

		if (!r->prefix.len && !(r->flags & (CLIENT_SCOPED | CLIENT_INACTIVE)) &&
		    *found == CLIENT_NO_INTERFACE)
			*found = r->interface;
	}
}

static void judge(struct client_table *table)
{
	uint32_t primary[CVPN_LPM_FAMILIES];

	find_primary(table, primary);
	for (size_t i = 0; i < table->count; i++) {
		struct client_route *r = &table->routes[i];

		r->verdict = verdict_of(table, r);
		if (r->flags & CLIENT_INACTIVE ||
		    (r->flags & CLIENT_SCOPED && r->interface != primary[r->prefix.family]))
			r->flags |= CLIENT_UNUSED;
	}
}

/*
 * Where the table "local" is asked first, longer prefixes of other tables do nothing within its own.
 * fib_unmerge() in net/ipv4/fib_frontend.c says when that is so for IPv4.
 */
static void hide_behind_local(struct client_table *table)
{
	const struct client_route *cover = NULL;

	for (size_t i = 0; i < table->count; i++) {
		struct client_route *r = &table->routes[i];

		if (cover && (cover->prefix.family != r->prefix.family ||
			      !prefix_contains(&cover->prefix, r->prefix.addr)))
			cover = NULL;
		if (r->flags & CLIENT_UNUSED)
			continue;
		if (!(r->flags & CLIENT_LOCAL)) {
			if (cover)
				r->flags |= CLIENT_UNUSED;
		} else if (!cover && (table->local_first4 || r->prefix.family == CVPN_LPM_IPV6)) {
			cover = r;
		}
	}
}

/* Whether a route of the prefix at @first, with the next at @end, has another verdict than it. */
static bool is_ambiguous(const struct client_table *table, size_t first, size_t end)
{
	for (size_t i = first + 1; i < end; i++) {
		const struct client_route *r = &table->routes[i];

		if (!(r->flags & CLIENT_UNUSED) && r->verdict != table->routes[first].verdict)
			return true;
	}
	return false;
}

static int add_prefixes(struct route_list *list)
{
	struct client_table *table = &list->client;
	size_t end;

	for (size_t i = 0; i < table->count; i = end) {
		const struct client_route *r = &table->routes[i];
		struct route route = { r->prefix, { .kind = r->verdict }, r->line };
		int err;

		for (end = i + 1; end < table->count; end++) {
			if (prefix_compare(&r->prefix, &table->routes[end].prefix))
				break;
		}
		if (r->flags & CLIENT_UNUSED)
			continue;
		err = route_list_add(list, &route);
		if (err < 0)
			return err;
		if (is_ambiguous(table, i, end) && !table->ambiguous_count++)
			table->ambiguous = i;
	}
	return 0;
}

int client_resolve(struct route_list *list)
{
	judge(&list->client);
	sort(&list->client);
	hide_behind_local(&list->client);
	return add_prefixes(list);
}

const struct client_route *client_routes_of(const struct client_table *table,
					    const struct cvpn_lpm_prefix *prefix, size_t *count)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_compare(&table->routes[middle].prefix, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < table->count &&
	       !prefix_compare(&table->routes[low + *count].prefix, prefix))
		(*count)++;
	return *count ? &table->routes[low] : NULL;
}
