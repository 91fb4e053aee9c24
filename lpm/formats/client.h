/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client's machine prints, or its configuration says, before it is decided what it means:
 * routes with their interface, gateway and metric, and what else is known of the connection. Each
 * format fills one of these; resolve.c turns it into prefixes with verdicts.
 */
#ifndef LPM_FORMATS_CLIENT_H
#define LPM_FORMATS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>

#define CLIENT_NO_INTERFACE UINT32_MAX
/* The family of a gateway or address that is not there. */
#define CLIENT_NO_ADDRESS CVPN_LPM_FAMILIES
/* A warning shows no more of a line. */
#define CLIENT_SHOWN_BYTES 60

enum client_flag {
	/* What the format says of the route. */
	CLIENT_DROP = 1 << 0,	  /* reject, blackhole, unreachable, prohibit, throw */
	CLIENT_TUNNEL = 1 << 1,	  /* into the tunnel, though no interface says so */
	CLIENT_PHYSICAL = 1 << 2, /* past the tunnel, though no interface says so */
	CLIENT_OWN = 1 << 3,	  /* the interface's own: its network, address or broadcast */
	CLIENT_PUSHED = 1 << 4,	  /* the server or the endpoint pushes it */
	CLIENT_CLONED = 1 << 5,	  /* the system made it of another route: a neighbour */
	CLIENT_SCOPED = 1 << 6,	  /* BSD: only for who asks for this interface */
	CLIENT_INACTIVE = 1 << 7, /* listed, but not in force: dead, of another table, failed */
	CLIENT_LOCAL = 1 << 8,	  /* Linux: of the table "local"; see client_table.local_first4 */
	CLIENT_IMPLIED = 1 << 9,  /* not in the file: the default route that the machine has */
	/* What resolving found. */
	CLIENT_UNUSED = 1 << 10, /* decides nothing: inactive, scoped or behind table "local" */
};

struct client_route {
	struct cvpn_lpm_prefix prefix;
	struct cvpn_lpm_addr gateway;
	uint8_t gateway_family; /* CLIENT_NO_ADDRESS: on-link, or no IP address */
	uint8_t verdict;	/* enum verdict_kind, once resolved */
	uint16_t flags;		/* enum client_flag */
	uint32_t interface;	/* index of client_table.interfaces, or CLIENT_NO_INTERFACE */
	uint32_t metric;
	uint32_t line;	/* 0 for an implied route */
	uint32_t order; /* in the file: several may be in a line */
};

struct client_interface {
	char *name;	   /* "en0"; on Windows its IPv4 address, and its number for IPv6 */
	char *description; /* what Windows says of it, or NULL */
	/*
	 * Where one family's routes name interfaces in another way than the other's (Windows), the
	 * family; otherwise CVPN_LPM_FAMILIES.
	 */
	uint8_t family;
	bool loopback;
	bool tunnel; /* once resolved */
	/* Its own addresses, where Linux says what packets by its own network come from. */
	bool has_source[CVPN_LPM_FAMILIES];
	struct cvpn_lpm_addr source[CVPN_LPM_FAMILIES];
};

struct client_address {
	struct cvpn_lpm_addr addr;
	uint8_t family; /* CLIENT_NO_ADDRESS: not known */
	uint8_t len;	/* of its network's prefix; the longest possible: a lone address */
	uint32_t line;
};

enum client_mode {
	CLIENT_MODE_UNKNOWN,
	CLIENT_MODE_SPLIT,
	CLIENT_MODE_FULL,
};

/* What the file says of the connection. The system's tables say none of it. */
struct client_facts {
	enum client_mode mode;
	uint32_t mode_line;
	struct client_address client[CVPN_LPM_FAMILIES];     /* the client's own, in the tunnel */
	struct client_address client_net[CVPN_LPM_FAMILIES]; /* AWS: all clients' addresses */
	struct client_address gateway; /* of the physical network, with its prefix */
	struct client_address *endpoints;
	size_t endpoint_count;
	size_t endpoint_capacity;
	char *endpoint_name; /* the first that is given as a name, or NULL */
	/* AWS: the endpoints whose mode the file says, and what their traffic is. */
	unsigned int settings_count;
	unsigned int traffic; /* a bit for each enum cvpn_lpm_family; 0: not said */
	uint32_t traffic_line;
};

struct client_table {
	const char *format;	     /* NULL: plain or generated, and the rest is empty */
	struct client_route *routes; /* once resolved: by prefix, and the one that counts first */
	size_t count;
	size_t capacity;
	struct client_interface *interfaces;
	uint32_t interface_count;
	uint32_t interface_capacity;
	uint32_t *slots; /* of a hash table: index of the interface + 1, or 0 */
	uint32_t slot_count;
	/*
	 * Linux keeps IPv4's tables "local" and "main" as one until there is a rule for another
	 * table; IPv6's never. From then on "local" is asked first, whatever is longer in "main".
	 */
	bool local_first4;
	struct client_facts facts;
	/* Lines that may be routes but were not understood. */
	size_t unknown_count;
	uint32_t unknown_line;
	char unknown_text[CLIENT_SHOWN_BYTES * 4 + 4];
	/* Routes of one prefix with different verdicts; filled by resolving. */
	size_t ambiguous_count;
	size_t ambiguous; /* index of the route that counts of the first such prefix */
};

struct route_list;
struct route_source;
struct route_error;

/* Makes a table empty and usable. */
void client_table_init(struct client_table *table, const char *format);
void client_table_free(struct client_table *table);

/* A route of this line about which nothing else is known yet. */
struct client_route client_route_at(uint32_t line);

/* Sets a route's gateway if @word is an address; what else stands there means on-link. */
void client_set_gateway(struct client_route *route, const char *word);

/* Appends a route, its @order set by this. Returns 0 or -ENOMEM. */
int client_add(struct client_table *table, const struct client_route *route);

/**
 * client_interface() - the number of an interface by its name
 * @table:	where it is added if it is new
 * @name:	copied
 * @family:	CVPN_LPM_FAMILIES, or the only family whose routes name interfaces like this
 * @number:	set
 *
 * Return: 0 or -ENOMEM.
 */
int client_interface(struct client_table *table, const char *name, uint8_t family,
		     uint32_t *number);

/* The prefix of the network that an address is in. */
struct cvpn_lpm_prefix client_network(const struct client_address *address);

/* Adds the address of an endpoint. Returns 0 or -ENOMEM. */
int client_add_endpoint(struct client_table *table, const struct client_address *endpoint);

/* Counts a line that was not understood; the first is kept for the warning. */
void client_unknown(struct client_table *table, uint32_t line, const char *text);

/* The interface of this name, or NULL; see client_interface(). */
const struct client_interface *client_find_interface(const struct client_table *table,
						     const char *name, uint8_t family);

/**
 * client_find_tunnel() - tell which interfaces are the tunnel's
 * @list:	with its table, not resolved yet; interfaces[].tunnel is set
 * @source:	its @tunnel_if, @tunnel_optional and @known
 * @error:	filled on error: with the candidates, if it is not clear
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int client_find_tunnel(struct route_list *list, const struct route_source *source,
		       struct route_error *error);

/**
 * client_resolve() - make prefixes with verdicts of a client's routes
 * @list:	its client table is sorted and completed, its routes are made of it
 *
 * Of several routes with a prefix the one with the lowest metric counts, then the first listed;
 * they differ in their verdicts: list->client.ambiguous_count.
 *
 * Return: 0; -ENOMEM.
 */
int client_resolve(struct route_list *list);

/**
 * client_routes_of() - the routes with exactly this prefix
 * @table:	resolved
 * @prefix:	to look for
 * @count:	set to how many there are
 *
 * Return: the first, which is the one that counts unless it is CLIENT_UNUSED; the ones that it
 * beat follow. NULL if there is none.
 */
const struct client_route *client_routes_of(const struct client_table *table,
					    const struct cvpn_lpm_prefix *prefix, size_t *count);

/**
 * client_why_not() - why a route that holds an address does not decide for it
 * @route:	resolved
 * @winner:	the one that decides; not looked at, and may be NULL, if @route is CLIENT_UNUSED
 *
 * Return: some words, constant.
 */
const char *client_why_not(const struct client_route *route, const struct client_route *winner);

/* The name of a route's interface, or "-". */
const char *client_interface_name(const struct client_table *table,
				  const struct client_route *route);

#endif
