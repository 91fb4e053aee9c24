/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings that do not fit together, and settings that are missing. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "../prefix.h"
#include "input.h"
#include "policy_model.h"

static const char *const family_names[CVPN_LPM_FAMILIES] = {
	[CVPN_LPM_IPV4] = "IPv4",
	[CVPN_LPM_IPV6] = "IPv6",
};

__attribute__((format(printf, 2, 3))) static int fail(const struct policy_model *m,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->error->text, sizeof(m->error->text), format, args);
	va_end(args);
	return -EINVAL;
}

static bool is_given(const struct client_address *address)
{
	return address->family != CLIENT_NO_ADDRESS;
}

static bool holds(const struct client_address *net, const struct client_address *address)
{
	struct cvpn_lpm_prefix prefix = client_network(net);

	return net->family == address->family && prefix_contains(&prefix, address->addr);
}

static int check_mode(const struct policy_model *m)
{
	const struct client_facts *facts = &m->list->client.facts;

	if (facts->settings_count > 1)
		return fail(m,
			    "%.200s: found the settings of %u endpoints; expected one "
			    "(describe-client-vpn-endpoints --client-vpn-endpoint-ids)",
			    m->list->name, facts->settings_count);
	if (m->mode != CLIENT_MODE_UNKNOWN)
		return 0;
	return fail(m,
		    "%.200s: found %s without --split-tunnel; expected --split-tunnel on or off, "
		    "or an endpoint's settings in the file",
		    m->list->name, m->policy->given ? m->policy->given : "an endpoint's settings");
}

/* The client's address is one of its network, and one that the endpoint gives. */
static int check_client(const struct policy_model *m, uint8_t family)
{
	const struct client_facts *facts = &m->list->client.facts;
	const struct client_address *client = &m->policy->client[family],
				    *net = &m->policy->net[family],
				    *pool = &facts->client_net[family];
	char address[PREFIX_TEXT], prefix[PREFIX_TEXT];
	struct cvpn_lpm_prefix network;

	if (!is_given(client))
		return 0;
	addr_format(family, client->addr, address);
	if (is_given(net) && !holds(net, client)) {
		network = client_network(net);
		prefix_format(&network, prefix);
		return fail(m, "--client-net: found %s; expected the network of --client-ip, %s",
			    prefix, address);
	}
	if (is_given(pool) && !holds(pool, client)) {
		network = client_network(pool);
		prefix_format(&network, prefix);
		return fail(m,
			    "--client-ip: found %s; expected an address of the endpoint's clients, "
			    "%s (%.200s:%u)",
			    address, prefix, m->list->name, pool->line);
	}
	if (facts->traffic && !(facts->traffic >> family & 1))
		return fail(m,
			    "--client-ip: found %s; expected an %s address alone, as the "
			    "endpoint's traffic is (%.200s:%u)",
			    address, family_names[!family], m->list->name, facts->traffic_line);
	return 0;
}

/* What is reached by the physical network is no address of the tunnel's. */
static int check_outside(const struct policy_model *m, const char *option,
			 const struct client_address *outside)
{
	char address[PREFIX_TEXT], prefix[PREFIX_TEXT];
	struct cvpn_lpm_prefix network;

	if (!is_given(outside))
		return 0;
	addr_format(outside->family, outside->addr, address);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		const struct client_address *client = &m->policy->client[family];

		if (is_given(&m->net[family]) && holds(&m->net[family], outside)) {
			network = client_network(&m->net[family]);
			prefix_format(&network, prefix);
			return fail(m,
				    "%s: found %s, which is in the client's network %s; expected "
				    "an address outside the tunnel",
				    option, address, prefix);
		}
		if (client->family == outside->family && addr_equal(client->addr, outside->addr))
			return fail(m,
				    "%s: found %s, which is --client-ip, too; expected an address "
				    "outside the tunnel",
				    option, address);
	}
	return 0;
}

int policy_check(const struct policy_model *m)
{
	int err = check_mode(m);

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES && !err; family++) {
		err = check_client(m, family);
		if (!err)
			err = check_outside(m, "--gateway", &m->policy->gateway[family]);
	}
	for (size_t i = 0; i < m->policy->endpoint_count && !err; i++)
		err = check_outside(m, "--endpoint-ip", &m->policy->endpoints[i]);
	if (!err && m->mode == CLIENT_MODE_SPLIT && !m->pushed_count)
		err = fail(m,
			   "%.200s: found no pushed CIDRs, which a split tunnel is made of; "
			   "expected --push, or --routes with some in the format plain or aws",
			   m->list->name);
	return err;
}

/* --- warnings ------------------------------------------------------------------------------------- */

/* A pushed range of a family that the client has no address of. */
static int warn_of_families(const struct policy_model *m)
{
	bool addresses = is_given(&m->policy->client[CVPN_LPM_IPV4]) ||
			 is_given(&m->policy->client[CVPN_LPM_IPV6]);
	char prefix[PREFIX_TEXT];

	for (size_t i = 0; i < m->pushed_count && addresses; i++) {
		const struct cvpn_lpm_prefix *pushed = &m->pushed[i].prefix;

		if (is_given(&m->policy->client[pushed->family]))
			continue;
		prefix_format(pushed, prefix);
		return route_list_warn(m->list,
				       "%s: the pushed %s is %s, but no --client-ip is: such a "
				       "client may refuse it",
				       m->list->name, prefix, family_names[pushed->family]);
	}
	return 0;
}

/* In a split tunnel nothing keeps the endpoint outside. */
static int warn_of_loop(const struct policy_model *m, const struct client_address *endpoint)
{
	char address[PREFIX_TEXT], prefix[PREFIX_TEXT];

	for (size_t i = 0; i < m->pushed_count; i++) {
		const struct cvpn_lpm_prefix *pushed = &m->pushed[i].prefix;

		if (!pushed->len || pushed->family != endpoint->family ||
		    !prefix_contains(pushed, endpoint->addr))
			continue;
		addr_format(endpoint->family, endpoint->addr, address);
		prefix_format(pushed, prefix);
		return route_list_warn(m->list,
				       "%s: --endpoint-ip %s is in the pushed %s: the tunnel's own "
				       "packets would lead into the tunnel",
				       m->list->name, address, prefix);
	}
	return 0;
}

static int warn_of_endpoints(const struct policy_model *m)
{
	const char *name = m->list->client.facts.endpoint_name;
	char buf[SHOWN_TEXT];
	int err = 0;

	if (m->mode == CLIENT_MODE_FULL && !m->policy->endpoint_count)
		return route_list_warn(
			m->list,
			"%s: the endpoint's address is not known (--endpoint-ip%s%s), so its own "
			"route, which is physical, is missing",
			m->list->name, name ? "; its name is " : "", name ? shown(name, buf) : "");
	for (size_t i = 0; i < m->policy->endpoint_count && m->mode == CLIENT_MODE_SPLIT && !err;
	     i++)
		err = warn_of_loop(m, &m->policy->endpoints[i]);
	return err;
}

int policy_warn(const struct policy_model *m)
{
	int err = 0;

	if (!is_given(&m->policy->client[CVPN_LPM_IPV4]) &&
	    !is_given(&m->policy->client[CVPN_LPM_IPV6]))
		err = route_list_warn(m->list,
				      "%s: the client's address is not known (--client-ip), so its "
				      "own routes, which lead into the tunnel, are missing",
				      m->list->name);
	if (!err)
		err = warn_of_families(m);
	return err ? err : warn_of_endpoints(m);
}
