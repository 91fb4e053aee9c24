/* SPDX-License-Identifier: BSD-2-Clause */
/* The routes that OpenVPN's options make together: of the redirection, the endpoint, the client. */
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"
#include "blocks.h"
#include "openvpn.h"
#include "redirect.h"

/* Adds a route that no option names. */
static int imply(struct openvpn *o, struct cvpn_lpm_prefix prefix, uint32_t line, uint16_t flags)
{
	struct client_route route = client_route_at(line);

	route.prefix = prefix;
	route.flags = flags;
	if (flags & CLIENT_PHYSICAL && o->table->facts.gateway.family == prefix.family) {
		route.gateway = o->table->facts.gateway.addr;
		route.gateway_family = prefix.family;
	}
	return client_add(o->table, &route);
}

/* The client's address and its network, or its peer. */
static int add_own4(struct openvpn *o)
{
	const uint16_t flags = CLIENT_TUNNEL | CLIENT_OWN;
	struct client_address *local = &o->local4;
	uint8_t ones = (uint8_t)__builtin_popcountll(o->peer4.hi);
	int err;

	if (local->family == CLIENT_NO_ADDRESS)
		return 0;
	/* Without the topology: what has its ones first is a mask, as no peer's address is. */
	if (!o->topology_known)
		o->subnet = ones && o->peer4.hi == prefix_mask(ones).hi;
	local->len = o->subnet ? ones : (uint8_t)prefix_max_len(CVPN_LPM_IPV4);
	o->table->facts.client[CVPN_LPM_IPV4] = *local;
	err = imply(o, block_host(CVPN_LPM_IPV4, local->addr), local->line, flags);
	if (err)
		return err;
	if (o->subnet)
		return local->len == prefix_max_len(CVPN_LPM_IPV4)
			       ? 0
			       : imply(o, client_network(local), local->line, flags);
	return imply(o, block_host(CVPN_LPM_IPV4, o->peer4), local->line, flags);
}

static int add_own6(struct openvpn *o)
{
	const uint16_t flags = CLIENT_TUNNEL | CLIENT_OWN;
	const struct client_address *local = &o->table->facts.client[CVPN_LPM_IPV6];
	int err;

	if (local->family == CLIENT_NO_ADDRESS)
		return 0;
	err = imply(o, block_host(CVPN_LPM_IPV6, local->addr), local->line, flags);
	if (err || local->len == prefix_max_len(CVPN_LPM_IPV6))
		return err;
	return imply(o, client_network(local), local->line, flags);
}

/* The endpoint itself stays outside, lest the tunnel's packets go into the tunnel. */
static int add_endpoints(struct openvpn *o)
{
	const struct client_facts *facts = &o->table->facts;
	uint32_t line = o->redirect_line ? o->redirect_line : o->remote_host_line;
	int err = 0;

	if (!line || (o->local && !o->remote_host_line))
		return 0;
	for (size_t i = 0; i < facts->endpoint_count && !err; i++) {
		const struct client_address *endpoint = &facts->endpoints[i];

		if (endpoint->family == CVPN_LPM_IPV6 && !o->redirect6)
			continue;
		err = imply(o, block_host(endpoint->family, endpoint->addr), endpoint->line,
			    CLIENT_PHYSICAL);
	}
	if (!facts->endpoint_count)
		err = route_list_warn(o->list,
				      "%s:%u: the endpoint's address is not in the file, so its "
				      "own route, which is physical, is missing",
				      o->list->name, o->remote_line ? o->remote_line : line);
	return err;
}

/* block-local: the local network goes into the tunnel, in halves, but for its gateway. */
static int add_blocked(struct openvpn *o)
{
	struct client_address half = o->table->facts.gateway;
	int err;

	if (!o->block_local)
		return 0;
	if (half.family == CLIENT_NO_ADDRESS || half.len >= prefix_max_len(half.family)) {
		client_unknown(o->table, o->redirect_line,
			       "block-local, but the local network is not in the file");
		return 0;
	}
	err = imply(o, block_host(half.family, half.addr), o->redirect_line, CLIENT_PHYSICAL);
	half.addr = prefix_first(half.addr, half.len);
	half.len++;
	if (!err)
		err = imply(o, client_network(&half), o->redirect_line, CLIENT_TUNNEL);
	/* The other half has the bit behind the network's length set. */
	half.addr.hi |= 1ull << (64 - half.len);
	return err ? err : imply(o, client_network(&half), o->redirect_line, CLIENT_TUNNEL);
}

static int add_redirected(struct openvpn *o)
{
	const bool wanted[CVPN_LPM_FAMILIES] = {
		[CVPN_LPM_IPV4] = o->redirect4 && o->def1,
		[CVPN_LPM_IPV6] = o->redirect6,
	};
	int err = 0;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		size_t count;
		const struct cvpn_lpm_prefix *blocks = redirect_blocks(family, &count);

		for (size_t i = 0; i < count && wanted[family] && !err; i++)
			err = imply(o, blocks[i], o->redirect_line, CLIENT_TUNNEL);
	}
	return err;
}

/* The default route that the machine has already; without def1 the tunnel replaces it. */
static int add_defaults(struct openvpn *o)
{
	const uint16_t physical = CLIENT_PHYSICAL | CLIENT_IMPLIED;
	bool has6 = false;
	int err;

	for (size_t i = 0; i < o->table->count; i++)
		has6 |= o->table->routes[i].prefix.family == CVPN_LPM_IPV6;
	if (o->redirect4 && !o->def1)
		err = imply(o, words_default(CVPN_LPM_IPV4), o->redirect_line, CLIENT_TUNNEL);
	else
		err = imply(o, words_default(CVPN_LPM_IPV4), 0, physical);
	return err || !has6 ? err : imply(o, words_default(CVPN_LPM_IPV6), 0, physical);
}

static bool holds(const struct client_address *net, const struct client_route *route)
{
	struct cvpn_lpm_prefix prefix;

	if (net->family != route->gateway_family)
		return false;
	prefix = client_network(net);
	return prefix_contains(&prefix, route->gateway);
}

/* What only all options together tell of each route. */
static void settle(struct openvpn *o)
{
	const struct client_facts *facts = &o->table->facts;

	for (size_t i = 0; i < o->table->count; i++) {
		struct client_route *route = &o->table->routes[i];

		if (route->metric == OPENVPN_NO_METRIC)
			route->metric = o->metric;
		if (!(route->flags & (CLIENT_TUNNEL | CLIENT_PHYSICAL))) {
			if (holds(&facts->client[route->gateway_family], route)) {
				route->flags |= CLIENT_TUNNEL;
			} else if (holds(&facts->gateway, route)) {
				route->flags |= CLIENT_PHYSICAL;
			} else {
				route->flags |= CLIENT_INACTIVE;
				client_unknown(o->table, route->line,
					       "a route by a gateway of no network that is known");
			}
		}
		if (o->block_ipv6 && route->prefix.family == CVPN_LPM_IPV6 &&
		    route->flags & CLIENT_TUNNEL)
			route->flags |= CLIENT_DROP;
	}
}

int openvpn_finish(struct openvpn *o)
{
	struct client_facts *facts = &o->table->facts;
	int err = add_own4(o);

	if (!err)
		err = add_own6(o);
	if (!err)
		err = add_redirected(o);
	if (!err)
		err = add_endpoints(o);
	if (!err)
		err = add_blocked(o);
	if (err)
		return err;
	/* A file that says nothing of a VPN has no routes, not even a default one. */
	if (!o->table->count && !o->redirect_line && !o->remote_line && !o->pushed.used)
		return 0;
	err = add_defaults(o);
	facts->mode = o->redirect4 || o->redirect6 ? CLIENT_MODE_FULL : CLIENT_MODE_SPLIT;
	facts->mode_line = o->redirect_line;
	settle(o);
	return err;
}
