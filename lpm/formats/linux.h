/* SPDX-License-Identifier: BSD-2-Clause */
/* What the formats of Linux's routes have in common: types, tables and defaults of the kernel. */
#ifndef LPM_FORMATS_LINUX_H
#define LPM_FORMATS_LINUX_H

#include "formats.h"

/* What the IPv6 kernel gives a route that comes without a metric (IP6_RT_PRIO_USER). */
#define LINUX_METRIC6 1024u

/* A route as it is read: what is not in the client's route yet. */
struct linux_route {
	struct client_route route;
	bool is_default; /* of a family that only the other words tell */
	uint8_t family;	 /* that they tell, or CVPN_LPM_FAMILIES */
	bool has_metric;
	bool has_nexthop; /* an interface, or several */
	bool other_table; /* neither local, main nor default: there are rules for it */
	bool strange;	  /* something of it was not understood, or is not modelled */
	char dev[64];
	uint8_t source_family; /* CLIENT_NO_ADDRESS: not said */
	struct cvpn_lpm_addr source;
};

void linux_start(struct linux_route *r, uint32_t line);

/* Takes a type ("unreachable"), if @word is one. */
bool linux_type(struct linux_route *r, const char *word);

/* Takes a destination: "default", a prefix or an address. Returns 0 or -EINVAL. */
int linux_destination(struct linux_route *r, struct input *in, char *word);

/* Takes the table's name or number: any but "main" and "local" needs rules that are not here. */
void linux_table(struct linux_route *r, const char *word);

/* Takes who made the route: the kernel does for an interface's own network. */
void linux_protocol(struct linux_route *r, const char *word);

/* Takes a flag: "dead". */
void linux_flag(struct linux_route *r, const char *word);

/* Takes the gateway. @other_family: it does not tell the destination's. Returns 0 or -EINVAL. */
int linux_gateway(struct linux_route *r, struct input *in, const char *word, bool other_family);

void linux_dev(struct linux_route *r, const char *word);

/* Takes the address that packets come from; of an interface's own network it is the interface's. */
void linux_source(struct linux_route *r, const char *word);

/* Adds the route, or one of its next hops. Returns 0 or -ENOMEM. */
int linux_add(struct client_table *table, struct linux_route *r);

/* Refuses a route that leads nowhere and does not say so. Returns 0 or -EINVAL. */
int linux_check(const struct linux_route *r, struct input *in);

#endif
