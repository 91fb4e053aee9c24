/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user says of an endpoint. */
#include "policy_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lpm/formats/blocks.h"
#include "../lpm/formats/policy.h"
#include "../lpm/formats/words.h"
#include "../lpm/prefix.h"

/* The longest prefix and some more, so that what is too long is shown as it begins. */
#define ITEM_BYTES 128u

enum policy_key {
	KEY_SPLIT_TUNNEL = 0x200, /* behind those of options.c */
	KEY_CLIENT_IP,
	KEY_CLIENT_NET,
	KEY_ENDPOINT_IP,
	KEY_GATEWAY,
	KEY_PUSH,
};

static const struct argp_option options_table[] = {
	{ "split-tunnel", KEY_SPLIT_TUNNEL, "on|off", 0,
	  "Make the table that a client of AWS Client VPN would have of the pushed CIDRs in FILE: "
	  "on, only they lead into the tunnel; off, everything does. Default: as the endpoint in "
	  "FILE says (JSON of describe-client-vpn-endpoints)",
	  0 },
	{ "client-ip", KEY_CLIENT_IP, "ADDR", 0,
	  "The client's address in the tunnel; IPv4, IPv6 or both", 0 },
	{ "client-net", KEY_CLIENT_NET, "PREFIX", 0,
	  "Its network; default for IPv4 the /27 of its address", 0 },
	{ "endpoint-ip", KEY_ENDPOINT_IP, "ADDR", 0,
	  "The endpoint's address, which stays outside a full tunnel; several are possible", 0 },
	{ "gateway", KEY_GATEWAY, "ADDR", 0, "The physical network's gateway", 0 },
	{ "push", KEY_PUSH, "PREFIX", 0, "A pushed CIDR, beside those of FILE or without FILE", 0 },
	{ 0 },
};

/* Takes what stands before the next comma. Returns what is behind it, or NULL at the end. */
static const char *next_item(const char *text, char item[ITEM_BYTES])
{
	size_t length = strcspn(text, ","), n = length < ITEM_BYTES ? length : ITEM_BYTES - 1;

	memcpy(item, text, n);
	item[n] = '\0';
	return text[length] ? text + length + 1 : NULL;
}

/* Addresses that no machine has: they would make routes that mean something else. */
static bool is_unicast(const struct client_address *address)
{
	static const struct cvpn_lpm_prefix others[] = {
		BLOCK4(0, 0, 0, 0, 8), BLOCK4(127, 0, 0, 0, 8), BLOCK4(224, 0, 0, 0, 3),
		BLOCK6(0, 0, 127),     BLOCK6(0xff00, 0, 8),
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].family == address->family &&
		    prefix_contains(&others[i], address->addr))
			return false;
	}
	return true;
}

static struct client_address parse_address(struct argp_state *state, const char *option,
					   const char *item)
{
	struct client_address address = { 0 };
	char buf[SHOWN_TEXT], text[PREFIX_TEXT];

	if (addr_parse(item, &address.family, &address.addr) < 0)
		argp_error(state,
			   "%s: found \"%s\"; expected an IPv4 or IPv6 address, or several "
			   "separated by commas",
			   option, shown(item, buf));
	address.len = (uint8_t)prefix_max_len(address.family);
	if (!is_unicast(&address)) {
		addr_format(address.family, address.addr, text);
		argp_error(state, "%s: found %s; expected the address of a machine", option, text);
	}
	return address;
}

static struct client_address parse_prefix(struct argp_state *state, const char *option,
					  const char *item)
{
	struct cvpn_lpm_prefix prefix = { 0 };
	char sentence[WORDS_SENTENCE];

	if (words_parse_prefix(item, &prefix, sentence) < 0)
		argp_error(state, "%s: %s", option, sentence);
	return (struct client_address){ prefix.addr, prefix.family, prefix.len, 0 };
}

/* Keeps what may be said once for each family. */
static void set_one(struct argp_state *state, const char *option, struct client_address *known,
		    const struct client_address *found)
{
	struct client_address *at = &known[found->family];
	struct cvpn_lpm_prefix prefixes[2];
	char texts[2][PREFIX_TEXT];

	if (at->family == CLIENT_NO_ADDRESS ||
	    (addr_equal(at->addr, found->addr) && at->len == found->len)) {
		*at = *found;
		return;
	}
	prefixes[0] = client_network(at);
	prefixes[1] = client_network(found);
	for (unsigned int i = 0; i < 2; i++) {
		prefix_format(&prefixes[i], texts[i]);
		/* A lone address is shown as it was given. */
		if (prefixes[i].len == prefix_max_len(prefixes[i].family))
			*strchr(texts[i], '/') = '\0';
	}
	argp_error(state, "%s: found %s and %s; expected one of each family", option, texts[0],
		   texts[1]);
}

static void set_mode(struct argp_state *state, struct policy *policy, const char *arg)
{
	enum client_mode mode = CLIENT_MODE_UNKNOWN;
	char buf[SHOWN_TEXT];

	if (!strcmp(arg, "on"))
		mode = CLIENT_MODE_SPLIT;
	else if (!strcmp(arg, "off"))
		mode = CLIENT_MODE_FULL;
	else
		argp_error(state, "--split-tunnel: found \"%s\"; expected on or off",
			   shown(arg, buf));
	if (policy->mode != CLIENT_MODE_UNKNOWN && policy->mode != mode)
		argp_error(state, "--split-tunnel: found on and off; expected one of them");
	policy->mode = mode;
}

/* Takes one of the values between the commas. Returns 0 or -ENOMEM. */
static int take_item(struct argp_state *state, int key, const char *option, const char *item)
{
	struct policy *policy = state->input;
	bool is_prefix = key == KEY_CLIENT_NET || key == KEY_PUSH;
	struct client_address found = is_prefix ? parse_prefix(state, option, item)
						: parse_address(state, option, item);
	struct cvpn_lpm_prefix prefix = client_network(&found);

	if (key == KEY_ENDPOINT_IP)
		return policy_add_endpoint(policy, &found);
	if (key == KEY_PUSH)
		return policy_add_pushed(policy, &prefix);
	set_one(state, option,
		key == KEY_CLIENT_IP	? policy->client
		: key == KEY_CLIENT_NET ? policy->net
					: policy->gateway,
		&found);
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const char *const names[] = {
		"--split-tunnel", "--client-ip", "--client-net",
		"--endpoint-ip",  "--gateway",	 "--push",
	};
	struct policy *policy = state->input;
	char item[ITEM_BYTES];

	if (key < KEY_SPLIT_TUNNEL || key > KEY_PUSH)
		return ARGP_ERR_UNKNOWN;
	if (!policy->given)
		policy->given = names[key - KEY_SPLIT_TUNNEL];
	if (key == KEY_SPLIT_TUNNEL) {
		set_mode(state, policy, arg);
		return 0;
	}
	for (const char *at = arg; at;) {
		at = next_item(at, item);
		if (take_item(state, key, names[key - KEY_SPLIT_TUNNEL], item) < 0)
			argp_failure(state, EXIT_FAILURE, ENOMEM, "%s",
				     names[key - KEY_SPLIT_TUNNEL]);
	}
	return 0;
}

const struct argp policy_argp = { .options = options_table, .parser = parse_option };
