/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the client's addresses off its routes. */
#include "connection.h"

#include "../prefix.h"
#include "blocks.h"
#include "redirect.h"

static bool is_host(const struct cvpn_lpm_prefix *prefix)
{
	return prefix->len == prefix_max_len(prefix->family);
}

/* The route of a prefix that has a verdict, or NULL. */
static const struct client_route *find(const struct connection *c,
				       const struct cvpn_lpm_prefix *prefix,
				       enum verdict_kind verdict)
{
	size_t count;
	const struct client_route *route = client_routes_of(&c->list->client, prefix, &count);

	for (size_t i = 0; i < count; i++) {
		if (route[i].verdict == verdict && !(route[i].flags & CLIENT_UNUSED))
			return &route[i];
	}
	return NULL;
}

/* A route of the client's own network, and not of what is behind it. */
static bool is_own(const struct connection *c, const struct client_route *route)
{
	const struct client_address *client = &c->client[route->prefix.family];

	if (route->flags & CLIENT_OWN)
		return true;
	/* macOS: by the client's own address. */
	return client->family != CLIENT_NO_ADDRESS && client->family == route->gateway_family &&
	       addr_equal(client->addr, route->gateway);
}

static void set_client(struct connection *c, uint8_t family, struct cvpn_lpm_addr addr)
{
	if (c->client[family].family == CLIENT_NO_ADDRESS)
		c->client[family] = (struct client_address){ addr, family,
							     (uint8_t)prefix_max_len(family), 0 };
}

/* What the tunnel's interface is called by (Windows), or what Linux says beside its network. */
static void ask_interfaces(struct connection *c)
{
	const struct client_table *table = &c->list->client;

	for (uint32_t i = 0; i < table->interface_count; i++) {
		const struct client_interface *interface = &table->interfaces[i];
		struct cvpn_lpm_addr addr;
		uint8_t family;

		if (!interface->tunnel)
			continue;
		if (addr_parse(interface->name, &family, &addr) == 0)
			set_client(c, family, addr);
		for (family = 0; family < CVPN_LPM_FAMILIES; family++) {
			if (interface->has_source[family])
				set_client(c, family, interface->source[family]);
		}
	}
}

/* The longest of the tunnel's own networks that holds an address, or NULL. */
static const struct client_route *network_of(const struct connection *c, uint8_t family,
					     struct cvpn_lpm_addr addr)
{
	for (unsigned int len = prefix_max_len(family) - 1; len; len--) {
		const struct cvpn_lpm_prefix prefix = { .addr = prefix_first(addr, len),
							.family = family,
							.len = (uint8_t)len };
		const struct client_route *route = find(c, &prefix, VERDICT_TUNNEL);

		if (route && is_own(c, route))
			return route;
	}
	return NULL;
}

/*
 * The client's address as a route: into the tunnel, or on BSD by the loopback, if it is within the
 * tunnel's network. Between two peers the destination is the other one, and the gateway is the
 * client.
 */
static void ask_routes(struct connection *c)
{
	const struct client_table *table = &c->list->client;

	for (size_t i = 0; i < table->count; i++) {
		const struct client_route *r = &table->routes[i];
		uint8_t family = r->prefix.family;

		if (c->client[family].family != CLIENT_NO_ADDRESS || !is_host(&r->prefix) ||
		    !(r->flags & CLIENT_OWN) || r->flags & CLIENT_UNUSED ||
		    block_everywhere(&r->prefix))
			continue;
		if (r->verdict == VERDICT_TUNNEL)
			set_client(c, family,
				   r->gateway_family == family ? r->gateway : r->prefix.addr);
		else if (r->interface != CLIENT_NO_INTERFACE &&
			 table->interfaces[r->interface].loopback &&
			 network_of(c, family, r->prefix.addr))
			set_client(c, family, r->prefix.addr);
	}
}

static enum client_mode mode_of(const struct route_list *list)
{
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		if (redirect_found(list, family))
			return CLIENT_MODE_FULL;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->routes[i].verdict.kind == VERDICT_TUNNEL)
			return CLIENT_MODE_SPLIT;
	}
	return CLIENT_MODE_UNKNOWN;
}

void connection_infer(const struct route_list *list, struct connection *c)
{
	*c = (struct connection){ .list = list, .mode = mode_of(list) };
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++)
		c->client[family] = list->client.facts.client[family];
	ask_interfaces(c);
	ask_routes(c);
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct client_address *client = &c->client[family];
		const struct client_route *network = NULL;

		if (client->family != CLIENT_NO_ADDRESS && client->len == prefix_max_len(family))
			network = network_of(c, family, client->addr);
		if (network)
			client->len = network->prefix.len;
	}
}

bool connection_pushed(const struct connection *c, const struct cvpn_lpm_prefix *prefix)
{
	const struct client_route *route = find(c, prefix, VERDICT_TUNNEL);

	return route && !is_own(c, route) && !block_everywhere(prefix) &&
	       !redirect_has(c->list, prefix);
}

bool connection_endpoint(const struct connection *c, const struct cvpn_lpm_prefix *prefix)
{
	const struct client_route *route = find(c, prefix, VERDICT_PHYSICAL);
	const struct client_facts *facts = &c->list->client.facts;

	if (!route || !is_host(prefix) || route->flags & (CLIENT_OWN | CLIENT_CLONED))
		return false;
	for (size_t i = 0; i < facts->endpoint_count; i++) {
		if (facts->endpoints[i].family == prefix->family &&
		    addr_equal(facts->endpoints[i].addr, prefix->addr))
			return true;
	}
	return route->gateway_family != CLIENT_NO_ADDRESS;
}
