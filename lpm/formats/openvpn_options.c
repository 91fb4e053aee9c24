/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenVPN's options that matter for routes: each is noted, or adds the route that it names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"
#include "openvpn.h"

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

/* route-ipv6 NETWORK/BITS [GATEWAY] [METRIC] */
static int option_route6(struct openvpn *o, struct words *w)
{
	struct client_route route = start_route(o);
	struct client_address network;

	if (read_prefix6(o, argument(w, 1), &network) < 0)
		return -EINVAL;
	route.prefix = client_network(&network);
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
	unsigned int action = w->count < 3 ? FILTER_ACTIONS : 0;

	while (action < FILTER_ACTIONS && strcmp(w->word[1], actions[action]))
		action++;
	if (action == FILTER_ACTIONS)
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
