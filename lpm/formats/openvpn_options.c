/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenVPN's options that matter for routes, and the routes that all of them together make. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"
#include "openvpn.h"

/* The halves of the address space that beat the default route without replacing it. */
static const struct {
	const char *addr;
	uint8_t len;
} halves[] = { { "0.0.0.0", 1 }, { "128.0.0.0", 1 } };

/* What "redirect-gateway ipv6" becomes: all of the addresses that are in use. */
static const struct {
	const char *addr;
	uint8_t len;
} quarters[] = { { "::", 3 }, { "2000::", 4 }, { "3000::", 4 }, { "fc00::", 7 } };

/* An argument, or "" when it is not there. */
static char *argument(struct words *w, unsigned int index)
{
	static char none[] = "";

	return index < w->count ? w->word[index] : none;
}

/* Where a route leads by its gateway. The address of one is judged when all is known. */
static int read_gateway(struct openvpn *o, struct client_route *route, const char *word)
{
	char buf[SHOWN_TEXT];

	if (!*word || !strcmp(word, "default") || !strcmp(word, "vpn_gateway")) {
		route->flags |= CLIENT_TUNNEL;
		return 0;
	}
	if (!strcmp(word, "net_gateway")) {
		route->flags |= CLIENT_PHYSICAL;
		return 0;
	}
	client_set_gateway(route, word);
	if (route->gateway_family == CLIENT_NO_ADDRESS)
		return input_fail(o->in,
				  "found gateway \"%s\"; expected vpn_gateway, net_gateway or an "
				  "address",
				  shown(word, buf));
	return 0;
}

static int add_route(struct openvpn *o, struct words *w, unsigned int gateway,
		     struct client_route *route)
{
	const char *metric = argument(w, gateway + 1);
	int err = read_gateway(o, route, argument(w, gateway));

	route->metric = OPENVPN_NO_METRIC;
	if (!err && *metric && strcmp(metric, "default"))
		err = words_metric(o->in, metric, &route->metric);
	return err ? err : client_add(o->table, route);
}

static struct client_route start_route(const struct openvpn *o)
{
	struct client_route route = client_route_at(o->in->line);

	if (o->pulling)
		route.flags = CLIENT_PUSHED;
	return route;
}

/* route NETWORK [NETMASK] [GATEWAY] [METRIC] */
static int option_route(struct openvpn *o, struct words *w)
{
	const char *network = argument(w, 1), *mask = argument(w, 2);
	struct client_route route = start_route(o);

	if (!*network)
		return input_fail(o->in, "found \"route\" alone; expected a network behind it");
	if (!*mask || !strcmp(mask, "default"))
		mask = "255.255.255.255";
	if (!strcmp(network, "remote_host") && !strcmp(argument(w, 3), "net_gateway")) {
		o->remote_host_line = o->in->line;
		return 0;
	}
	/* A name, or an address that only the running client knows. */
	if (!words_dotted(network)) {
		client_unknown(o->table, o->in->line, network);
		return 0;
	}
	if (words_masked(o->in, network, mask, &route.prefix) < 0)
		return -EINVAL;
	return add_route(o, w, 3, &route);
}

/* Reads ADDRESS[/BITS], where host bits may be set. */
static int read_prefix6(struct openvpn *o, char *word, struct client_address *address)
{
	char *slash = strchr(word, '/'), buf[SHOWN_TEXT];
	unsigned long len = prefix_max_len(CVPN_LPM_IPV6);

	if (slash)
		*slash = '\0';
	if (addr_parse(word, &address->family, &address->addr) < 0 ||
	    address->family != CVPN_LPM_IPV6)
		return input_fail(o->in, "found address \"%s\"; expected an IPv6 address",
				  shown(word, buf));
	if (slash && words_number(slash + 1, len, &len) < 0)
		return input_fail(o->in, "found prefix length \"%s\"; expected 0 to 128",
				  shown(slash + 1, buf));
	address->len = (uint8_t)len;
	address->line = o->in->line;
	return 0;
}

static struct cvpn_lpm_prefix network_of(const struct client_address *address)
{
	return (struct cvpn_lpm_prefix){ .addr = prefix_first(address->addr, address->len),
					 .family = address->family,
					 .len = address->len };
}

/* route-ipv6 NETWORK/BITS [GATEWAY] [METRIC] */
static int option_route6(struct openvpn *o, struct words *w)
{
	struct client_route route = start_route(o);
	struct client_address network;

	if (read_prefix6(o, argument(w, 1), &network) < 0)
		return -EINVAL;
	route.prefix = network_of(&network);
	return add_route(o, w, 2, &route);
}

/* A flag whose effect depends on the machine: bypass-dhcp, bypass-dns, autolocal. */
static void note_flag(struct openvpn *o, const char *option, const char *flag)
{
	char text[CLIENT_SHOWN_BYTES + 1];

	snprintf(text, sizeof(text), "%s %s", option, flag);
	client_unknown(o->table, o->in->line, text);
}

static int option_redirect(struct openvpn *o, struct words *w)
{
	bool reroute = !strcmp(w->word[0], "redirect-gateway"), ipv4 = true, ipv6 = false;

	for (unsigned int i = 1; i < w->count; i++) {
		const char *flag = w->word[i];

		if (!strcmp(flag, "def1"))
			o->def1 = true;
		else if (!strcmp(flag, "ipv6"))
			ipv6 = true;
		else if (!strcmp(flag, "!ipv4"))
			ipv4 = false;
		else if (!strcmp(flag, "local"))
			o->local = true;
		else if (!strcmp(flag, "block-local"))
			o->block_local = true;
		else
			note_flag(o, w->word[0], flag);
	}
	o->redirect_line = o->in->line;
	o->redirect4 |= reroute && ipv4;
	o->redirect6 |= reroute && ipv6;
	return 0;
}

/* remote HOST [PORT] [PROTOCOL] */
static int option_remote(struct openvpn *o, struct words *w)
{
	struct client_address endpoint = { .line = o->in->line };
	char **name = &o->table->facts.endpoint_name;
	const char *host = argument(w, 1);

	if (!*host)
		return input_fail(o->in, "found \"remote\" alone; expected a host behind it");
	if (!o->remote_line)
		o->remote_line = o->in->line;
	if (addr_parse(host, &endpoint.family, &endpoint.addr) < 0) {
		if (!*name)
			*name = strdup(host);
		return *name ? 0 : -ENOMEM;
	}
	endpoint.len = (uint8_t)prefix_max_len(endpoint.family);
	/* Which of several it is, the log knows better. */
	return o->linked ? 0 : client_add_endpoint(o->table, &endpoint);
}

/* ifconfig ADDRESS MASK, or ADDRESS PEER */
static int option_ifconfig(struct openvpn *o, struct words *w)
{
	char buf[SHOWN_TEXT];
	uint8_t family;

	o->local4 = (struct client_address){ .line = o->in->line };
	for (unsigned int i = 1; i <= 2; i++) {
		struct cvpn_lpm_addr *addr = i == 1 ? &o->local4.addr : &o->peer4;
		const char *word = argument(w, i);

		if (addr_parse(word, &family, addr) < 0 || family != CVPN_LPM_IPV4) {
			o->local4.family = CLIENT_NO_ADDRESS;
			return input_fail(o->in,
					  "found ifconfig \"%s\"; expected two IPv4 addresses",
					  shown(word, buf));
		}
	}
	o->local4.family = CVPN_LPM_IPV4;
	return 0;
}

/* ifconfig-ipv6 ADDRESS/BITS PEER */
static int option_ifconfig6(struct openvpn *o, struct words *w)
{
	struct client_address address;

	if (read_prefix6(o, argument(w, 1), &address) < 0)
		return -EINVAL;
	o->table->facts.client[CVPN_LPM_IPV6] = address;
	return 0;
}

static int option_topology(struct openvpn *o, struct words *w)
{
	o->topology_known = true;
	o->subnet = !strcmp(argument(w, 1), "subnet");
	return 0;
}

static int option_nopull(struct openvpn *o, struct words *w)
{
	(void)w;
	o->nopull = true;
	return 0;
}

static int option_block_ipv6(struct openvpn *o, struct words *w)
{
	(void)w;
	o->block_ipv6 = true;
	return 0;
}

static int option_metric(struct openvpn *o, struct words *w)
{
	return words_metric(o->in, argument(w, 1), &o->metric);
}

/* pull-filter accept|ignore|reject PREFIX */
static int option_filter(struct openvpn *o, struct words *w)
{
	static const char *const actions[] = {
		[FILTER_ACCEPT] = "accept",
		[FILTER_IGNORE] = "ignore",
		[FILTER_REJECT] = "reject",
	};
	struct filter *filter = &o->filters[o->filter_count];
	char buf[SHOWN_TEXT];
	unsigned int action = 0;

	while (action <= FILTER_REJECT && strcmp(argument(w, 1), actions[action]))
		action++;
	if (action > FILTER_REJECT || w->count < 3)
		return input_fail(o->in,
				  "found pull-filter \"%s\"; expected accept, ignore or reject, "
				  "and a text",
				  shown(argument(w, 1), buf));
	if (o->filter_count == OPENVPN_MAX_FILTERS)
		return input_fail(o->in, "found more than %u pull-filters; expected fewer",
				  OPENVPN_MAX_FILTERS);
	filter->action = (enum filter_action)action;
	filter->prefix = strdup(w->word[2]);
	if (!filter->prefix)
		return -ENOMEM;
	o->filter_count++;
	return 0;
}

/* Which options there are, which of them a server may push, and which not with route-nopull. */
static const struct {
	const char *name;
	int (*take)(struct openvpn *o, struct words *w);
	bool may_push;
	bool of_routes;
} options[] = {
	{ "route", option_route, true, true },
	{ "route-ipv6", option_route6, true, true },
	{ "redirect-gateway", option_redirect, true, true },
	{ "redirect-private", option_redirect, true, true },
	{ "block-ipv6", option_block_ipv6, true, true },
	{ "route-metric", option_metric, true, true },
	{ "ifconfig", option_ifconfig, true, false },
	{ "ifconfig-ipv6", option_ifconfig6, true, false },
	{ "topology", option_topology, true, false },
	{ "remote", option_remote, false, false },
	{ "route-nopull", option_nopull, false, false },
	{ "pull-filter", option_filter, false, false },
};

int openvpn_option(struct openvpn *o, struct words *words, bool *known)
{
	*known = false;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(words->word[0], options[i].name))
			continue;
		*known = !o->pulling || options[i].may_push;
		if (!*known || (o->pulling && o->nopull && options[i].of_routes))
			return 0;
		return options[i].take(o, words);
	}
	return 0;
}

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

static struct cvpn_lpm_prefix prefix_of_text(const char *addr, uint8_t len)
{
	struct cvpn_lpm_prefix prefix = { .len = len };

	addr_parse(addr, &prefix.family, &prefix.addr);
	return prefix;
}

static struct cvpn_lpm_prefix host(uint8_t family, struct cvpn_lpm_addr addr)
{
	return (struct cvpn_lpm_prefix){ .addr = addr,
					 .family = family,
					 .len = (uint8_t)prefix_max_len(family) };
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
	err = imply(o, host(CVPN_LPM_IPV4, local->addr), local->line, flags);
	if (err)
		return err;
	if (o->subnet)
		return local->len == prefix_max_len(CVPN_LPM_IPV4)
			       ? 0
			       : imply(o, network_of(local), local->line, flags);
	return imply(o, host(CVPN_LPM_IPV4, o->peer4), local->line, flags);
}

static int add_own6(struct openvpn *o)
{
	const uint16_t flags = CLIENT_TUNNEL | CLIENT_OWN;
	const struct client_address *local = &o->table->facts.client[CVPN_LPM_IPV6];
	int err;

	if (local->family == CLIENT_NO_ADDRESS)
		return 0;
	err = imply(o, host(CVPN_LPM_IPV6, local->addr), local->line, flags);
	if (err || local->len == prefix_max_len(CVPN_LPM_IPV6))
		return err;
	return imply(o, network_of(local), local->line, flags);
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
		err = imply(o, host(endpoint->family, endpoint->addr), endpoint->line,
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
	err = imply(o, host(half.family, half.addr), o->redirect_line, CLIENT_PHYSICAL);
	half.addr = prefix_first(half.addr, half.len);
	half.len++;
	if (!err)
		err = imply(o, network_of(&half), o->redirect_line, CLIENT_TUNNEL);
	/* The other half has the bit behind the network's length set. */
	half.addr.hi |= 1ull << (64 - half.len);
	return err ? err : imply(o, network_of(&half), o->redirect_line, CLIENT_TUNNEL);
}

static int add_redirected(struct openvpn *o)
{
	int err = 0;

	for (size_t i = 0; i < 2 && o->redirect4 && o->def1 && !err; i++)
		err = imply(o, prefix_of_text(halves[i].addr, halves[i].len), o->redirect_line,
			    CLIENT_TUNNEL);
	for (size_t i = 0; i < 4 && o->redirect6 && !err; i++)
		err = imply(o, prefix_of_text(quarters[i].addr, quarters[i].len), o->redirect_line,
			    CLIENT_TUNNEL);
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
	prefix = network_of(net);
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
