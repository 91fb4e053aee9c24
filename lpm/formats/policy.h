/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table that a client of AWS Client VPN would have, made of its endpoint's settings: what the
 * user says of them, and what a file says. docs/policy.md tells what was observed of real clients
 * and what is assumed.
 */
#ifndef LPM_FORMATS_POLICY_H
#define LPM_FORMATS_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"

/* The source of a table that is made of settings alone; see route_source.spec. */
#define POLICY_SPEC "policy:"

/* Every IPv4 client that was observed was in a network of this length. */
#define POLICY_NET4_LEN 27u

/* What the user says. What is not said has the family CLIENT_NO_ADDRESS, or is empty. */
struct policy {
	const char *given;     /* the first of its options, "--client-ip"; NULL: none was given */
	enum client_mode mode; /* CLIENT_MODE_UNKNOWN: as the file says */
	struct client_address client[CVPN_LPM_FAMILIES];
	struct client_address net[CVPN_LPM_FAMILIES];
	struct client_address gateway[CVPN_LPM_FAMILIES]; /* of the physical network */
	struct client_address *endpoints;
	size_t endpoint_count;
	struct cvpn_lpm_prefix *pushed;
	size_t pushed_count;
};

struct route_list;
struct route_error;

/* Nothing is said. */
void policy_init(struct policy *policy);
void policy_free(struct policy *policy);

/* Add to what was said. Return 0 or -ENOMEM. */
int policy_add_endpoint(struct policy *policy, const struct client_address *endpoint);
int policy_add_pushed(struct policy *policy, const struct cvpn_lpm_prefix *prefix);

/**
 * policy_applies() - whether a table is to be made of settings
 * @policy:	what the user says, or NULL
 * @list:	as its format filled it
 *
 * Return: true if the user says anything, or the file has an endpoint's mode and no routes of a
 * client that would be made of it already.
 */
bool policy_applies(const struct policy *policy, const struct route_list *list);

/**
 * policy_apply() - replace the routes of a list by those that the client would have
 * @list:	as its format filled it, not resolved: its routes are the pushed CIDRs. Its client
 *		table becomes one of the format "policy"
 * @policy:	what the user says, which counts more than the file; or NULL
 * @error:	filled on error
 *
 * Return: 0; -EINVAL for settings that do not fit together; -ENOMEM.
 */
int policy_apply(struct route_list *list, const struct policy *policy, struct route_error *error);

#endif
