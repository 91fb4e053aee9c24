/* SPDX-License-Identifier: BSD-2-Clause */
/* Collecting a client's routes, interfaces and facts. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"
#include "input.h"

#define FIRST_CAPACITY 64u
#define FIRST_SLOTS    64u

void client_table_init(struct client_table *table, const char *format)
{
	*table = (struct client_table){ .format = format };
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		table->facts.client[family].family = CLIENT_NO_ADDRESS;
		table->facts.client_net[family].family = CLIENT_NO_ADDRESS;
	}
	table->facts.gateway.family = CLIENT_NO_ADDRESS;
}

void client_table_free(struct client_table *table)
{
	for (uint32_t i = 0; i < table->interface_count; i++) {
		free(table->interfaces[i].name);
		free(table->interfaces[i].description);
	}
	free(table->interfaces);
	free(table->slots);
	free(table->routes);
	free(table->facts.endpoints);
	free(table->facts.endpoint_name);
	client_table_init(table, NULL);
}

struct client_route client_route_at(uint32_t line)
{
	return (struct client_route){
		.gateway_family = CLIENT_NO_ADDRESS,
		.interface = CLIENT_NO_INTERFACE,
		.line = line,
	};
}

void client_set_gateway(struct client_route *route, const char *word)
{
	if (addr_parse(word, &route->gateway_family, &route->gateway) < 0)
		route->gateway_family = CLIENT_NO_ADDRESS;
}

int client_add(struct client_table *table, const struct client_route *route)
{
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
		struct client_route *routes = realloc(table->routes,
						      capacity * sizeof(*table->routes));

		if (!routes)
			return -ENOMEM;
		table->routes = routes;
		table->capacity = capacity;
	}
	table->routes[table->count] = *route;
	table->routes[table->count].order = (uint32_t)table->count;
	table->count++;
	return 0;
}

struct cvpn_lpm_prefix client_network(const struct client_address *address)
{
	return (struct cvpn_lpm_prefix){ .addr = prefix_first(address->addr, address->len),
					 .family = address->family,
					 .len = address->len };
}

int client_add_endpoint(struct client_table *table, const struct client_address *endpoint)
{
	struct client_facts *facts = &table->facts;

	if (facts->endpoint_count == facts->endpoint_capacity) {
		size_t capacity = facts->endpoint_capacity ? facts->endpoint_capacity * 2 : 4;
		struct client_address *endpoints = realloc(facts->endpoints,
							   capacity * sizeof(*endpoints));

		if (!endpoints)
			return -ENOMEM;
		facts->endpoints = endpoints;
		facts->endpoint_capacity = capacity;
	}
	facts->endpoints[facts->endpoint_count++] = *endpoint;
	return 0;
}

void client_unknown(struct client_table *table, uint32_t line, const char *text)
{
	char part[CLIENT_SHOWN_BYTES + 1], *to = table->unknown_text;
	size_t n;

	if (table->unknown_count++)
		return;
	table->unknown_line = line;
	text += strspn(text, INPUT_BLANKS);
	n = strnlen(text, sizeof(part) - 1);
	memcpy(part, text, n);
	part[n] = '\0';
	shown(part, to);
}

static uint32_t hash_name(const char *name, uint8_t family)
{
	uint32_t hash = 2166136261u ^ family; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash ^ hash >> 15;
}

/* The slot of an interface, or the free one where it belongs. */
static uint32_t *find_slot(const struct client_table *table, const char *name, uint8_t family)
{
	uint32_t mask = table->slot_count - 1, at = hash_name(name, family) & mask;

	while (table->slots[at]) {
		const struct client_interface *i = &table->interfaces[table->slots[at] - 1];

		if (i->family == family && !strcmp(i->name, name))
			break;
		at = (at + 1) & mask;
	}
	return &table->slots[at];
}

/* Keeps at least half of the slots free. */
static int grow_slots(struct client_table *table)
{
	uint32_t count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
	uint32_t *slots;

	if (table->interface_count < table->slot_count / 2)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(table->slots);
	table->slots = slots;
	table->slot_count = count;
	for (uint32_t i = 0; i < table->interface_count; i++)
		*find_slot(table, table->interfaces[i].name, table->interfaces[i].family) = i + 1;
	return 0;
}

static int add_interface(struct client_table *table, const char *name, uint8_t family)
{
	char *copy;

	if (table->interface_count == table->interface_capacity) {
		uint32_t capacity = table->interface_capacity ? table->interface_capacity * 2 : 8;
		struct client_interface *interfaces = realloc(table->interfaces,
							      capacity * sizeof(*interfaces));

		if (!interfaces)
			return -ENOMEM;
		table->interfaces = interfaces;
		table->interface_capacity = capacity;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	table->interfaces[table->interface_count++] = (struct client_interface){ .name = copy,
										 .family = family };
	return 0;
}

int client_interface(struct client_table *table, const char *name, uint8_t family, uint32_t *number)
{
	uint32_t *slot;
	int err = grow_slots(table);

	if (err < 0)
		return err;
	slot = find_slot(table, name, family);
	if (!*slot) {
		err = add_interface(table, name, family);
		if (err < 0)
			return err;
		*slot = table->interface_count;
	}
	*number = *slot - 1;
	return 0;
}

const struct client_interface *client_find_interface(const struct client_table *table,
						     const char *name, uint8_t family)
{
	uint32_t *slot = table->slot_count ? find_slot(table, name, family) : NULL;

	return slot && *slot ? &table->interfaces[*slot - 1] : NULL;
}

const char *client_interface_name(const struct client_table *table,
				  const struct client_route *route)
{
	return route->interface == CLIENT_NO_INTERFACE ? "-"
						       : table->interfaces[route->interface].name;
}
