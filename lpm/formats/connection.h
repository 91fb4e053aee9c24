/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client's table tells of its connection: the addresses, and which routes were pushed. */
#ifndef LPM_FORMATS_CONNECTION_H
#define LPM_FORMATS_CONNECTION_H

#include "route_list.h"

struct connection {
	const struct route_list *list;
	enum client_mode mode; /* CLIENT_MODE_UNKNOWN: there is no tunnel */
	/* The client's own, @len of its network; CLIENT_NO_ADDRESS: the table does not tell. */
	struct client_address client[CVPN_LPM_FAMILIES];
};

/**
 * connection_infer() - tell what the connection is
 * @list:	a client's table, loaded. Borrowed
 * @c:		made; nothing to free
 */
void connection_infer(const struct route_list *list, struct connection *c);

/*
 * Whether a route that leads into the tunnel was pushed: it is not of a redirection, not of the
 * client's own network, and no such as every interface has.
 */
bool connection_pushed(const struct connection *c, const struct cvpn_lpm_prefix *prefix);

/* Whether a physical route looks as the endpoint's: of one address, by a gateway. */
bool connection_endpoint(const struct connection *c, const struct cvpn_lpm_prefix *prefix);

#endif
