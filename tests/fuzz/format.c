/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client's format on any bytes: FORMAT, as --format names it. Beside what holds for all formats,
 * each route of the result is the first of its prefix among the client's.
 */
#include "list.h"

static void check_client_route(const struct client_table *table, size_t i)
{
	const struct client_route *r = &table->routes[i];

	CHECK(prefix_valid(&r->prefix));
	CHECK(r->verdict < VERDICT_KINDS);
	CHECK(r->gateway_family <= CLIENT_NO_ADDRESS);
	CHECK(r->interface == CLIENT_NO_INTERFACE || r->interface < table->interface_count);
	CHECK(*client_interface_name(table, r));
	CHECK(!i || prefix_compare(&r[-1].prefix, &r->prefix) <= 0);
	/* Whatever counts stands before what does not. */
	CHECK(!i || prefix_compare(&r[-1].prefix, &r->prefix) || !(r[-1].flags & CLIENT_UNUSED) ||
	      r->flags & CLIENT_UNUSED);
}

static void check_client(const struct route_list *list)
{
	const struct client_table *table = &list->client;

	for (size_t i = 0; i < table->count; i++)
		check_client_route(table, i);
	for (size_t i = 0; i < list->count; i++) {
		size_t count;
		const struct client_route *r = client_routes_of(table, &list->routes[i].prefix,
								&count);

		CHECK(r && count && !(r->flags & CLIENT_UNUSED));
		CHECK(r->verdict == list->routes[i].verdict.kind);
		CHECK(r->line == list->routes[i].line);
	}
	for (size_t i = 0; i < list->warning_count; i++) {
		for (const char *at = list->warnings[i]; *at; at++)
			CHECK(*at >= ' ' && *at <= '~');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct route_error error = { "" };
	struct route_list list;

	if (read_list(FORMAT, data, size, &list, &error) < 0) {
		check_error(&error);
	} else {
		check_routes(&list);
		if (list.client.format)
			check_client(&list);
		check_round_trip(&list);
	}
	route_list_free(&list);
	return 0;
}
