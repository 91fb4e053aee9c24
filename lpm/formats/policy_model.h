/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the policy share: all settings together, before they become routes. */
#ifndef LPM_FORMATS_POLICY_MODEL_H
#define LPM_FORMATS_POLICY_MODEL_H

#include "policy.h"
#include "route_list.h"

struct policy_model {
	const struct policy *policy; /* not NULL */
	struct route_list *list;
	struct route_error *error;
	enum client_mode mode;
	struct client_route *pushed; /* all that was pushed, whatever becomes of it */
	size_t pushed_count;
	size_t pushed_capacity;
	/* The client's network in the tunnel; CLIENT_NO_ADDRESS: not known. */
	struct client_address net[CVPN_LPM_FAMILIES];
	bool carries[CVPN_LPM_FAMILIES]; /* the tunnel does, so a full one takes all of it */
};

/* Refuses settings that do not fit together. Returns 0, or -EINVAL with the error set. */
int policy_check(const struct policy_model *model);

/* Warns of what is not known and of what would not work. Returns 0 or -ENOMEM. */
int policy_warn(const struct policy_model *model);

#endif
