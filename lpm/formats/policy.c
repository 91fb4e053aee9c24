/* SPDX-License-Identifier: BSD-2-Clause */
/* From an endpoint's settings to a client's routes. */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "policy_model.h"
#include "redirect.h"
#include "words.h"

#define FIRST_CAPACITY 64u

void policy_init(struct policy *policy)
{
	*policy = (struct policy){ .mode = CLIENT_MODE_UNKNOWN };
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		policy->client[family].family = CLIENT_NO_ADDRESS;
		policy->net[family].family = CLIENT_NO_ADDRESS;
		policy->gateway[family].family = CLIENT_NO_ADDRESS;
	}
}

void policy_free(struct policy *policy)
{
	free(policy->endpoints);
	free(policy->pushed);
	policy_init(policy);
}

int policy_add_endpoint(struct policy *policy, const struct client_address *endpoint)
{
	struct client_address *endpoints = realloc(policy->endpoints, (policy->endpoint_count + 1) *
									      sizeof(*endpoints));

	if (!endpoints)
		return -ENOMEM;
	policy->endpoints = endpoints;
	policy->endpoints[policy->endpoint_count++] = *endpoint;
	return 0;
}

int policy_add_pushed(struct policy *policy, const struct cvpn_lpm_prefix *prefix)
{
	struct cvpn_lpm_prefix *pushed = realloc(policy->pushed,
						 (policy->pushed_count + 1) * sizeof(*pushed));

	if (!pushed)
		return -ENOMEM;
	policy->pushed = pushed;
	policy->pushed[policy->pushed_count++] = *prefix;
	return 0;
}

bool policy_applies(const struct policy *policy, const struct route_list *list)
{
	const struct client_table *table = &list->client;

	return (policy && policy->given) || table->facts.settings_count;
}

/* --- what was pushed ------------------------------------------------------------------------------ */

static int push(struct policy_model *m, struct cvpn_lpm_prefix prefix, uint32_t line)
{
	struct client_route route = client_route_at(line);

	if (m->pushed_count == m->pushed_capacity) {
		size_t capacity = m->pushed_capacity ? m->pushed_capacity * 2 : FIRST_CAPACITY;
		struct client_route *pushed = realloc(m->pushed, capacity * sizeof(*pushed));

		if (!pushed)
			return -ENOMEM;
		m->pushed = pushed;
		m->pushed_capacity = capacity;
	}
	route.prefix = prefix;
	route.flags = CLIENT_TUNNEL | CLIENT_PUSHED;
	m->pushed[m->pushed_count++] = route;
	return 0;
}

/* A plain table: each of its routes is a pushed one. */
static int push_plain(struct policy_model *m, const struct route *route)
{
	char verdict[VERDICT_TEXT];

	if (route->verdict.kind == VERDICT_TUNNEL && !route->verdict.next_hop)
		return push(m, route->prefix, route->line);
	verdict_format(route->verdict, verdict);
	snprintf(m->error->text, sizeof(m->error->text),
		 "%.200s:%u: found verdict %s with %s; expected pushed CIDRs, whose verdict is "
		 "tunnel",
		 m->list->name, route->line, verdict, m->policy->given);
	return -EINVAL;
}

/* Takes the routes out of the list, and adds those that the user names. */
static int collect(struct policy_model *m)
{
	struct client_table *table = &m->list->client;
	int err = 0;

	for (size_t i = 0; i < m->list->count && !err; i++)
		err = push_plain(m, &m->list->routes[i]);
	for (size_t i = 0; i < table->count && !err; i++) {
		if (!(table->routes[i].flags & CLIENT_INACTIVE))
			err = push(m, table->routes[i].prefix, table->routes[i].line);
	}
	for (size_t i = 0; i < m->policy->pushed_count && !err; i++)
		err = push(m, m->policy->pushed[i], 0);
	m->list->count = 0;
	table->count = 0;
	return err;
}

/* --- all settings together ------------------------------------------------------------------------ */

static void settle_net(struct policy_model *m, uint8_t family)
{
	m->net[family] = m->policy->net[family];
	if (m->net[family].family != CLIENT_NO_ADDRESS || family != CVPN_LPM_IPV4)
		return;
	m->net[family] = m->policy->client[family];
	m->net[family].len = POLICY_NET4_LEN;
}

/* Which families the tunnel carries: as the endpoint says, or as the client has addresses. */
static void settle_families(struct policy_model *m)
{
	unsigned int traffic = m->list->client.facts.traffic;
	bool any = false;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		m->carries[family] = traffic >> family & 1 ||
				     m->policy->client[family].family != CLIENT_NO_ADDRESS ||
				     m->policy->net[family].family != CLIENT_NO_ADDRESS;
		any |= m->carries[family];
	}
	if (!any)
		m->carries[CVPN_LPM_IPV4] = true;
}

static void settle(struct policy_model *m)
{
	m->mode = m->policy->mode != CLIENT_MODE_UNKNOWN ? m->policy->mode
							 : m->list->client.facts.mode;
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++)
		settle_net(m, family);
	settle_families(m);
}

/* --- the routes ----------------------------------------------------------------------------------- */

static int add(struct policy_model *m, struct cvpn_lpm_prefix prefix, uint16_t flags)
{
	const struct client_address *gateway = &m->policy->gateway[prefix.family];
	struct client_route route = client_route_at(0);

	route.prefix = prefix;
	route.flags = flags;
	if (flags & CLIENT_PHYSICAL && gateway->family != CLIENT_NO_ADDRESS) {
		route.gateway = gateway->addr;
		route.gateway_family = gateway->family;
	}
	return client_add(&m->list->client, &route);
}

static int add_own(struct policy_model *m, uint8_t family)
{
	const struct client_address *client = &m->policy->client[family], *net = &m->net[family];
	int err = 0;

	if (client->family != CLIENT_NO_ADDRESS)
		err = add(m, block_host(family, client->addr), CLIENT_TUNNEL | CLIENT_OWN);
	if (!err && net->family != CLIENT_NO_ADDRESS)
		err = add(m, client_network(net), CLIENT_TUNNEL | CLIENT_OWN);
	return err;
}

/* Split: what was pushed, but for the default routes, which stay physical. */
static int add_pushed(struct policy_model *m)
{
	int err = 0;

	for (size_t i = 0; i < m->pushed_count && !err; i++) {
		if (m->pushed[i].prefix.len)
			err = client_add(&m->list->client, &m->pushed[i]);
	}
	return err;
}

/* Full: everything, and so nothing of what was pushed; but not the way to the endpoint. */
static int add_redirected(struct policy_model *m)
{
	int err = 0;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		size_t count;
		const struct cvpn_lpm_prefix *blocks = redirect_blocks(family, &count);

		for (size_t i = 0; i < count && m->carries[family] && !err; i++)
			err = add(m, blocks[i], CLIENT_TUNNEL);
	}
	for (size_t i = 0; i < m->policy->endpoint_count && !err; i++) {
		const struct client_address *endpoint = &m->policy->endpoints[i];

		if (m->carries[endpoint->family])
			err = add(m, block_host(endpoint->family, endpoint->addr), CLIENT_PHYSICAL);
	}
	return err;
}

/* Whether anything is said of a family at all. */
static bool is_known(const struct policy_model *m, uint8_t family)
{
	if (m->carries[family] || m->policy->gateway[family].family != CLIENT_NO_ADDRESS)
		return true;
	for (size_t i = 0; i < m->policy->endpoint_count; i++) {
		if (m->policy->endpoints[i].family == family)
			return true;
	}
	for (size_t i = 0; i < m->pushed_count; i++) {
		if (m->pushed[i].prefix.family == family)
			return true;
	}
	return false;
}

/* The machine's own default routes: of IPv4 always, of IPv6 if it comes into this. */
static int add_defaults(struct policy_model *m)
{
	int err = add(m, words_default(CVPN_LPM_IPV4), CLIENT_PHYSICAL | CLIENT_IMPLIED);

	if (err || !is_known(m, CVPN_LPM_IPV6))
		return err;
	return add(m, words_default(CVPN_LPM_IPV6), CLIENT_PHYSICAL | CLIENT_IMPLIED);
}

static int add_routes(struct policy_model *m)
{
	int err = 0;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES && !err; family++)
		err = add_own(m, family);
	if (!err)
		err = m->mode == CLIENT_MODE_FULL ? add_redirected(m) : add_pushed(m);
	return err ? err : add_defaults(m);
}

/* What the table says of the connection, beside its routes. */
static int add_facts(struct policy_model *m)
{
	struct client_facts *facts = &m->list->client.facts;
	int err = 0;

	facts->mode = m->mode;
	for (uint8_t family = CVPN_LPM_FAMILIES; family--;) {
		facts->client[family] = m->policy->client[family];
		if (m->net[family].family != CLIENT_NO_ADDRESS)
			facts->client[family].len = m->net[family].len;
		if (m->policy->gateway[family].family != CLIENT_NO_ADDRESS)
			facts->gateway = m->policy->gateway[family];
	}
	for (size_t i = 0; i < m->policy->endpoint_count && !err; i++)
		err = client_add_endpoint(&m->list->client, &m->policy->endpoints[i]);
	return err;
}

static int make(struct policy_model *m)
{
	int err = collect(m);

	if (err)
		return err;
	settle(m);
	err = policy_check(m);
	if (err)
		return err;
	m->list->client.format = "policy";
	err = add_routes(m);
	if (!err)
		err = add_facts(m);
	return err ? err : policy_warn(m);
}

int policy_apply(struct route_list *list, const struct policy *policy, struct route_error *error)
{
	struct policy nothing;
	struct policy_model m = { .policy = policy, .list = list, .error = error };
	const char *format = list->client.format;
	int err;

	policy_init(&nothing);
	if (!policy)
		m.policy = &nothing;
	if (format && strcmp(format, "aws")) {
		snprintf(error->text, sizeof(error->text),
			 "%.200s: found routes of the format %s with %s; expected pushed CIDRs, in "
			 "the format plain or aws",
			 list->name, format, m.policy->given);
		return -EINVAL;
	}
	err = make(&m);
	free(m.pushed);
	return err;
}
