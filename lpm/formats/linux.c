/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's routes, however they are printed. */
#include "linux.h"

#include <errno.h>
#include <string.h>

#include "../prefix.h"

static const struct {
	const char *name;
	uint16_t flags;
} types[] = {
	{ "unicast", 0 },
	{ "local", CLIENT_OWN },
	{ "broadcast", CLIENT_OWN },
	{ "multicast", CLIENT_OWN },
	{ "anycast", CLIENT_OWN },
	{ "unreachable", CLIENT_DROP },
	{ "blackhole", CLIENT_DROP },
	{ "prohibit", CLIENT_DROP },
	/* The search goes on in the tables behind, which are empty unless someone filled them. */
	{ "throw", CLIENT_DROP },
};

void linux_start(struct linux_route *r, uint32_t line)
{
	*r = (struct linux_route){ .route = client_route_at(line),
				   .family = CVPN_LPM_FAMILIES,
				   .source_family = CLIENT_NO_ADDRESS };
}

bool linux_type(struct linux_route *r, const char *word)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(word, types[i].name)) {
			r->route.flags |= types[i].flags;
			return true;
		}
	}
	return false;
}

int linux_destination(struct linux_route *r, struct input *in, char *word)
{
	r->is_default = !strcmp(word, "default");
	if (r->is_default)
		return 0;
	if (words_prefix_or_host(in, word, &r->route.prefix) < 0)
		return -EINVAL;
	r->family = r->route.prefix.family;
	return 0;
}

void linux_table(struct linux_route *r, const char *word)
{
	if (!strcmp(word, "local") || !strcmp(word, "255")) {
		r->route.flags |= CLIENT_LOCAL;
	} else if (strcmp(word, "main") && strcmp(word, "254")) {
		r->route.flags |= CLIENT_INACTIVE;
		r->other_table = strcmp(word, "default") && strcmp(word, "253");
		r->strange = true;
	}
}

void linux_protocol(struct linux_route *r, const char *word)
{
	if (!strcmp(word, "kernel"))
		r->route.flags |= CLIENT_OWN;
}

void linux_flag(struct linux_route *r, const char *word)
{
	if (!strcmp(word, "dead"))
		r->route.flags |= CLIENT_INACTIVE;
}

int linux_gateway(struct linux_route *r, struct input *in, const char *word, bool other_family)
{
	if (words_address(in, word, &r->route.gateway_family, &r->route.gateway) < 0)
		return -EINVAL;
	if (r->is_default && !other_family && r->family == CVPN_LPM_FAMILIES)
		r->family = r->route.gateway_family;
	return 0;
}

void linux_dev(struct linux_route *r, const char *word)
{
	size_t n = strnlen(word, sizeof(r->dev) - 1);

	memcpy(r->dev, word, n);
	r->dev[n] = '\0';
	r->has_nexthop = n > 0;
}

void linux_source(struct linux_route *r, const char *word)
{
	if (addr_parse(word, &r->source_family, &r->source) < 0)
		r->source_family = CLIENT_NO_ADDRESS;
}

static void keep_source(const struct linux_route *r, struct client_interface *interface)
{
	if (r->source_family == CLIENT_NO_ADDRESS || interface->has_source[r->source_family])
		return;
	interface->has_source[r->source_family] = true;
	interface->source[r->source_family] = r->source;
}

int linux_add(struct client_table *table, struct linux_route *r)
{
	struct client_route *route = &r->route;
	int err = 0;

	if (r->is_default)
		route->prefix = words_default(r->family == CVPN_LPM_IPV6 ? CVPN_LPM_IPV6
									 : CVPN_LPM_IPV4);
	table->local_first4 |= r->other_table;
	if (!r->has_metric)
		route->metric = route->prefix.family == CVPN_LPM_IPV6 ? LINUX_METRIC6 : 0;
	if (r->dev[0])
		err = client_interface(table, r->dev, CVPN_LPM_FAMILIES, &route->interface);
	if (!err && r->dev[0] && route->flags & CLIENT_OWN)
		keep_source(r, &table->interfaces[route->interface]);
	return err ? err : client_add(table, route);
}

int linux_check(const struct linux_route *r, struct input *in)
{
	if (r->has_nexthop || r->route.flags & CLIENT_DROP)
		return 0;
	in->line = r->route.line;
	return input_fail(in, "found a route without \"dev\"; expected its interface");
}
