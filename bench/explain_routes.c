/* SPDX-License-Identifier: BSD-2-Clause */
/* Printing why a route decides, and others do not. */
#include "explain_routes.h"

#include <stdio.h>

#include "../lpm/formats/input.h"
#include "../lpm/prefix.h"
#include "print.h"

/* Of one address in a client's table. */
struct explanation {
	const struct table *table;
	uint8_t family;
	struct cvpn_lpm_addr addr;
	bool metrics; /* the file has some for this family */
	const struct client_route *winner;
	unsigned int beaten; /* so far */
};

static void print_prefix(const struct cvpn_lpm_prefix *prefix, struct verdict verdict)
{
	char text[PREFIX_TEXT], verdict_text[VERDICT_TEXT];

	prefix_format(prefix, text);
	verdict_format(verdict, verdict_text);
	printf("%s %s", text, verdict_text);
}

static void print_interface(const struct client_table *client, const struct client_route *route)
{
	const struct client_interface *interface;
	char buf[SHOWN_TEXT];

	if (route->interface == CLIENT_NO_INTERFACE)
		return;
	interface = &client->interfaces[route->interface];
	printf(", interface %s", shown(interface->name, buf));
	if (interface->description)
		printf(" \"%s\"", shown(interface->description, buf));
}

static void print_client_route(const struct explanation *e, const struct client_route *route)
{
	char gateway[PREFIX_TEXT];

	print_prefix(&route->prefix, (struct verdict){ .kind = route->verdict });
	print_interface(&e->table->list.client, route);
	if (route->gateway_family != CLIENT_NO_ADDRESS) {
		addr_format(route->gateway_family, route->gateway, gateway);
		printf(", gateway %s", gateway);
	} else if (route->interface != CLIENT_NO_INTERFACE) {
		printf(", on-link");
	}
	if (e->metrics)
		printf(", metric %u", route->metric);
	if (route->line)
		printf(" (%s:%u)\n", e->table->list.name, route->line);
	else
		printf(" (not in the file)\n");
}

static void print_used(struct explanation *e, const struct client_route *route)
{
	if (!e->winner) {
		e->winner = route;
		printf("  decides: ");
	} else {
		printf("  %s%s: ", e->beaten++ ? "" : "runner-up, ",
		       client_why_not(route, e->winner));
	}
	print_client_route(e, route);
}

/* Prints the routes that count, or those that do not: the longest first, as they are ranked. */
static void print_holding(struct explanation *e, bool used)
{
	for (int len = (int)prefix_max_len(e->family); len >= 0; len--) {
		const struct cvpn_lpm_prefix prefix = {
			.addr = prefix_first(e->addr, (unsigned int)len),
			.len = (uint8_t)len,
			.family = e->family,
		};
		size_t count;
		const struct client_route *routes = client_routes_of(&e->table->list.client,
								     &prefix, &count);

		for (size_t i = 0; i < count; i++) {
			if (used != !(routes[i].flags & CLIENT_UNUSED))
				continue;
			if (used) {
				print_used(e, &routes[i]);
				continue;
			}
			printf("  does not count, %s: ", client_why_not(&routes[i], e->winner));
			print_client_route(e, &routes[i]);
		}
	}
}

static void explain_client_routes(const struct table *table, uint8_t family,
				  struct cvpn_lpm_addr addr)
{
	struct explanation e = { .table = table, .family = family, .addr = addr };

	for (size_t i = 0; i < table->list.client.count && !e.metrics; i++) {
		const struct client_route *route = &table->list.client.routes[i];

		e.metrics = route->metric && route->prefix.family == family;
	}
	print_holding(&e, true);
	print_holding(&e, false);
}

void explain_routes(const struct table *table, uint8_t family, struct cvpn_lpm_addr addr)
{
	const struct route *route = table_route(table, family, addr);
	const char *rank = "runner-up, ";

	if (table->list.client.format) {
		explain_client_routes(table, family, addr);
		return;
	}
	while (route && (route = table_route_above(table, route))) {
		printf("  %sshorter prefix: ", rank);
		print_prefix(&route->prefix, route->verdict);
		printf(" (");
		print_place(table, route);
		printf(")\n");
		rank = "";
	}
}
