/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenVPN's client: what its configuration and its log say, and the routes that it makes of that. */
#ifndef LPM_FORMATS_OPENVPN_H
#define LPM_FORMATS_OPENVPN_H

#include "formats.h"

#define OPENVPN_MAX_FILTERS 256u
/* Stands for a metric that the route does not name. */
#define OPENVPN_NO_METRIC UINT32_MAX

enum filter_action { FILTER_ACCEPT, FILTER_IGNORE, FILTER_REJECT, FILTER_ACTIONS };

struct filter {
	enum filter_action action;
	char *prefix; /* of the option's text */
};

/* The options that the server pushed: each its line's number, its text and a NUL. */
struct pushed {
	char *bytes;
	size_t used;
	size_t capacity;
	bool continued; /* the last message says that another one follows */
};

struct openvpn {
	struct input *in;
	struct route_list *list;
	struct client_table *table;
	struct filter filters[OPENVPN_MAX_FILTERS];
	unsigned int filter_count;
	struct pushed pushed;
	bool pulling; /* the options at hand are the server's */
	bool nopull;
	bool rejected; /* a pushed option was, by a filter */
	/* redirect-gateway or redirect-private */
	uint32_t redirect_line; /* 0: neither */
	bool redirect4;		/* the default route, too */
	bool redirect6;
	bool def1;
	bool local;
	bool block_local;
	bool block_ipv6;
	uint32_t metric; /* of routes that have none */
	uint32_t remote_line;
	uint32_t remote_host_line; /* "route remote_host ... net_gateway" */
	bool linked;		   /* the log says which endpoint it is */
	/* ifconfig */
	struct client_address local4;
	struct cvpn_lpm_addr peer4; /* or the mask */
	bool topology_known;
	bool subnet;
};

/**
 * openvpn_option() - take one option, of the configuration or pushed
 * @o:		where it is noted, or its route added
 * @words:	name and arguments
 * @known:	set to whether it is one that matters for routes
 *
 * Return: 0, -EINVAL with the error set, -ENOMEM.
 */
int openvpn_option(struct openvpn *o, struct words *words, bool *known);

/* Adds the routes that follow from all options together. Same returns. */
int openvpn_finish(struct openvpn *o);

#endif
