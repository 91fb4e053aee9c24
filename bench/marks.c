/* SPDX-License-Identifier: BSD-2-Clause */
/* Collecting marks. */
#include "marks.h"

#include <errno.h>
#include <stdlib.h>

#include "../lpm/formats/special.h"
#include "../lpm/prefix.h"

#define FIRST_CAPACITY 64u
/* What private ranges are not: no address in these is anybody's on the Internet or in a network. */
#define SPECIAL_NEVER_ROUTED                                                                       \
	(SPECIAL_LOOPBACK | SPECIAL_LINK_LOCAL | SPECIAL_MULTICAST | SPECIAL_BROADCAST)

static int add(struct mark_list *list, const struct cvpn_lpm_prefix *prefix, uint32_t line,
	       unsigned int flags)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : FIRST_CAPACITY;
		struct mark *marks = realloc(list->marks, capacity * sizeof(*marks));

		if (!marks)
			return -ENOMEM;
		list->marks = marks;
		list->capacity = capacity;
	}
	list->marks[list->count++] = (struct mark){
		.route = { .prefix = *prefix, .line = line },
		.flags = flags,
	};
	list->of_family[prefix->family]++;
	return 0;
}

static int add_special(struct mark_list *list)
{
	int err = 0;

	for (size_t i = 0; i < special_range_count && !err; i++) {
		if (special_ranges[i].kind & SPECIAL_NEVER_ROUTED)
			err = add(list, &special_ranges[i].prefix, 0, MARK_SPECIAL);
	}
	return err;
}

static int add_endpoints(struct mark_list *list, const struct client_facts *facts)
{
	int err = 0;

	for (size_t i = 0; i < facts->endpoint_count && !err; i++) {
		const struct client_address *endpoint = &facts->endpoints[i];
		struct cvpn_lpm_prefix prefix = {
			.addr = endpoint->addr,
			.len = (uint8_t)prefix_max_len(endpoint->family),
			.family = endpoint->family,
		};

		err = add(list, &prefix, endpoint->line, MARK_ENDPOINT);
	}
	return err;
}

/* What a client's route that is in force says beside its verdict; 0: nothing. */
static unsigned int flags_of(const struct client_table *table, const struct client_route *route)
{
	const struct client_interface *interface;

	if (route->flags & CLIENT_UNUSED)
		return 0;
	if (route->verdict == VERDICT_TUNNEL)
		return MARK_TUNNEL;
	if (route->verdict != VERDICT_PHYSICAL || route->interface == CLIENT_NO_INTERFACE)
		return 0;
	interface = &table->interfaces[route->interface];
	if (interface->loopback)
		return MARK_SELF;
	return route->gateway_family == CLIENT_NO_ADDRESS &&
			       route->prefix.len >= MARKS_SHORTEST_LOCAL
		       ? MARK_LOCAL
		       : 0;
}

static int add_client_routes(struct mark_list *list, const struct client_table *table)
{
	int err = 0;

	for (size_t i = 0; i < table->count && !err; i++) {
		const struct client_route *route = &table->routes[i];
		bool first = !i || prefix_compare(&route[-1].prefix, &route->prefix);
		unsigned int flags = flags_of(table, route);

		/* A route into the tunnel that counts is one of the table's own. */
		if (flags && !(flags == MARK_TUNNEL && first))
			err = add(list, &route->prefix, route->line, flags);
	}
	return err;
}

/* The table names no interfaces. */
static int add_private_routes(struct mark_list *list, const struct route_list *routes)
{
	int err = 0;

	for (size_t i = 0; i < routes->count && !err; i++) {
		const struct route *route = &routes->routes[i];

		if (route->verdict.kind == VERDICT_PHYSICAL &&
		    special_holding(&route->prefix, SPECIAL_PRIVATE))
			err = add(list, &route->prefix, route->line, MARK_MAYBE);
	}
	return err;
}

static int compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = prefix_compare(&x->route.prefix, &y->route.prefix);

	return order ? order : x->route.line < y->route.line ? -1 : x->route.line > y->route.line;
}

int marks_make(const struct table *table, struct mark_list *list)
{
	const struct client_table *client = &table->list.client;
	int err;

	*list = (struct mark_list){ 0 };
	err = add_special(list);
	if (!err)
		err = add_endpoints(list, &client->facts);
	if (!err)
		err = client->interface_count ? add_client_routes(list, client)
					      : add_private_routes(list, &table->list);
	if (!err)
		qsort(list->marks, list->count, sizeof(*list->marks), compare_marks);
	return err;
}

void marks_free(struct mark_list *list)
{
	free(list->marks);
	*list = (struct mark_list){ 0 };
}
