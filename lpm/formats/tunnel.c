/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which interface is the tunnel's. Named by the user, or found: the default route's interface is
 * physical, the loopback is, and of the others the tunnel's is the one that carries routes beside
 * its own network. Where that leaves a choice it is not made: a wrong one would turn every answer
 * around.
 */
#include "client.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "route_list.h"

#define NAMES_MAX  256u /* bytes of the names that an error lists */
#define NAME_SHOWN 40	/* bytes of one of them */

/* No interface's own network is larger: a shorter prefix was put there by someone. */
#define SHORTEST_OWN 8u

/* What an interface carries. */
struct evidence {
	bool has_default[CVPN_LPM_FAMILIES];
	bool pushed;
	bool known; /* what it is, another table says */
};

/* "lo" on Linux, "lo0" on BSD. */
static bool named_loopback(const char *name)
{
	if (strncmp(name, "lo", 2))
		return false;
	for (name += 2; *name; name++) {
		if (!isdigit((unsigned char)*name))
			return false;
	}
	return true;
}

static void weigh(struct client_table *table, struct evidence *evidence)
{
	const unsigned int passive = CLIENT_DROP | CLIENT_SCOPED | CLIENT_INACTIVE;

	for (uint32_t i = 0; i < table->interface_count; i++)
		table->interfaces[i].loopback = named_loopback(table->interfaces[i].name);
	for (size_t i = 0; i < table->count; i++) {
		const struct client_route *r = &table->routes[i];

		if (r->interface == CLIENT_NO_INTERFACE || r->flags & passive)
			continue;
		if (block_loopback(&r->prefix))
			table->interfaces[r->interface].loopback = true;
		else if (!r->prefix.len)
			evidence[r->interface].has_default[r->prefix.family] = true;
		else if (!block_everywhere(&r->prefix) &&
			 (!(r->flags & (CLIENT_OWN | CLIENT_LOCAL)) ||
			  r->prefix.len < SHORTEST_OWN))
			evidence[r->interface].pushed = true;
	}
}

/* The interfaces that a search is about: those whose names are of one kind. */
struct search {
	struct client_table *table;
	const struct evidence *evidence;
	uint8_t family;	 /* of client_interface.family */
	uint8_t leading; /* the family whose default route tells the physical interface */
};

enum role {
	ROLE_LOOPBACK,
	ROLE_KNOWN,
	ROLE_DEFAULT, /* carries the default route, so it is physical */
	ROLE_PUSHED,
	ROLE_OTHER_DEFAULT, /* carries the default route of the other family only */
	ROLE_IDLE,
	ROLES,
};

static enum role role_of(const struct search *s, uint32_t interface)
{
	const struct evidence *e = &s->evidence[interface];

	if (s->table->interfaces[interface].loopback)
		return ROLE_LOOPBACK;
	if (e->known)
		return ROLE_KNOWN;
	if (e->has_default[s->leading])
		return ROLE_DEFAULT;
	if (e->pushed)
		return ROLE_PUSHED;
	return e->has_default[CVPN_LPM_IPV4] || e->has_default[CVPN_LPM_IPV6] ? ROLE_OTHER_DEFAULT
									      : ROLE_IDLE;
}

/* Appends a name to an error's list, as long as there is room. */
static void list_name(char names[NAMES_MAX], const struct client_interface *interface)
{
	size_t n = strlen(names);
	char part[NAME_SHOWN + 1];

	if (n + sizeof(part) + sizeof(", ...") > NAMES_MAX) {
		if (n < 3 || strcmp(names + n - 3, "..."))
			strcpy(names + n, ", ...");
		return;
	}
	for (n = 0; n < NAME_SHOWN && interface->name[n]; n++)
		part[n] = isprint((unsigned char)interface->name[n]) ? interface->name[n] : '?';
	part[n] = '\0';
	if (*names)
		strcat(names, ", ");
	strcat(names, part);
}

/* Names the interfaces that have one of the roles. */
static int fail_unclear(const struct search *s, unsigned int roles, const struct route_list *list,
			struct route_error *error)
{
	char names[NAMES_MAX] = "";

	for (uint32_t i = 0; i < s->table->interface_count; i++) {
		const struct client_interface *interface = &s->table->interfaces[i];

		if (interface->family == s->family && roles >> role_of(s, i) & 1)
			list_name(names, interface);
	}
	snprintf(error->text, sizeof(error->text),
		 "%.100s: found more than one interface that may be the tunnel's: %s; expected "
		 "--tunnel-if with one of them, or none",
		 list->name, names);
	return -EINVAL;
}

static int infer(const struct search *s, const struct route_list *list, struct route_error *error)
{
	unsigned int counts[ROLES] = { 0 };
	uint32_t found = 0;

	for (uint32_t i = 0; i < s->table->interface_count; i++) {
		enum role role = role_of(s, i);

		if (s->table->interfaces[i].family != s->family)
			continue;
		counts[role]++;
		if (role == ROLE_PUSHED)
			found = i;
	}
	if (counts[ROLE_PUSHED] > 1)
		return fail_unclear(s, 1u << ROLE_PUSHED, list, error);
	if (counts[ROLE_PUSHED] == 1)
		s->table->interfaces[found].tunnel = true;
	else if (counts[ROLE_DEFAULT] + counts[ROLE_OTHER_DEFAULT] > 1)
		return fail_unclear(s, 1u << ROLE_DEFAULT | 1u << ROLE_OTHER_DEFAULT, list, error);
	return 0;
}

/* Searches among the interfaces of one kind, unless the user named one of them. */
static int search_kind(struct route_list *list, const struct evidence *evidence, uint8_t family,
		       struct route_error *error)
{
	struct search s = { &list->client, evidence, family, CVPN_LPM_IPV6 };

	for (uint32_t i = 0; i < s.table->interface_count; i++) {
		if (s.table->interfaces[i].family != family)
			continue;
		if (s.table->interfaces[i].tunnel)
			return 0;
		if (evidence[i].has_default[CVPN_LPM_IPV4])
			s.leading = CVPN_LPM_IPV4;
	}
	return infer(&s, list, error);
}

static bool matches(const struct client_interface *interface, const char *name, size_t length)
{
	if (strlen(interface->name) == length && !strncmp(interface->name, name, length))
		return true;
	return interface->description && strlen(interface->description) == length &&
	       !strncmp(interface->description, name, length);
}

static int fail_to_match(const struct route_list *list, const char *name, size_t length,
			 struct route_error *error)
{
	char names[NAMES_MAX] = "";

	for (uint32_t i = 0; i < list->client.interface_count; i++)
		list_name(names, &list->client.interfaces[i]);
	snprintf(error->text, sizeof(error->text),
		 "%.100s: found --tunnel-if \"%.*s\", which no route has; expected %s%snone",
		 list->name, length < NAME_SHOWN ? (int)length : NAME_SHOWN, name, names,
		 *names ? ", or " : "");
	return -EINVAL;
}

/* Marks the interfaces that the user named. */
static int mark_named(struct route_list *list, const char *tunnel_if, bool optional,
		      struct route_error *error)
{
	for (const char *at = tunnel_if;; at++) {
		size_t length = strcspn(at, ",");
		bool found = optional;

		for (uint32_t i = 0; i < list->client.interface_count; i++) {
			struct client_interface *interface = &list->client.interfaces[i];

			if (matches(interface, at, length))
				found = interface->tunnel = true;
		}
		if (!found)
			return fail_to_match(list, at, length, error);
		at += length;
		if (!*at)
			return 0;
	}
}

/* What both tables have is the same interface. */
static void mark_known(struct client_table *table, const struct client_table *known,
		       struct evidence *evidence)
{
	for (uint32_t i = 0; i < table->interface_count; i++) {
		struct client_interface *interface = &table->interfaces[i];
		const struct client_interface *same = client_find_interface(known, interface->name,
									    interface->family);

		evidence[i].known = same != NULL;
		interface->tunnel |= same && same->tunnel;
	}
}

int client_find_tunnel(struct route_list *list, const struct route_source *source,
		       struct route_error *error)
{
	struct client_table *table = &list->client;
	struct evidence *evidence = calloc(table->interface_count + 1, sizeof(*evidence));
	const char *tunnel_if = source->tunnel_if;
	int err = 0;

	if (!evidence)
		return -ENOMEM;
	weigh(table, evidence);
	if (!tunnel_if || strcmp(tunnel_if, "none")) {
		if (source->known)
			mark_known(table, source->known, evidence);
		if (tunnel_if)
			err = mark_named(list, tunnel_if, source->tunnel_optional, error);
		/* Who names one of a family's interfaces leaves the other family's to be found. */
		for (uint8_t family = 0; family <= CVPN_LPM_FAMILIES && !err; family++)
			err = search_kind(list, evidence, family, error);
	}
	free(evidence);
	return err;
}
