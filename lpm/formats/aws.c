/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the AWS command line answers to describe-client-vpn-routes and describe-client-vpn-endpoints,
 * alone or one after the other:
 *
 *	{"Routes": [{"DestinationCidr": ..., "Status": {"Code": "active"}}, ...]}
 *	{"ClientVpnEndpoints": [{"ClientCidrBlock": ..., "SplitTunnel": ..., "DnsName": ...,
 *				 "TrafficIpAddressType": ...}]}
 *
 * A CIDR is listed once for each target subnet; it is pushed once. Endpoints have no routes: what a
 * client makes of their settings is up to policy.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats.h"
#include "json_reader.h"

struct reader {
	struct json_reader json;
	struct client_table *table;
};

/* "Status": {"Code": "active"} */
static int read_status(struct reader *r, struct client_route *route, bool *known)
{
	struct json_reader *j = &r->json;
	int more, err = json_reader_enter(j, '{');

	while (!err && (more = json_reader_next(j, '}')) != 0) {
		bool code;

		err = more < 0 ? more : json_reader_key(j);
		code = !err && !strcmp(j->text, "Code");
		if (!err)
			err = code ? json_reader_string(j) : json_reader_skip(j);
		if (err || !code)
			continue;
		*known = true;
		if (strcmp(j->text, "active"))
			route->flags |= CLIENT_INACTIVE;
	}
	return err;
}

static int read_cidr(struct reader *r, struct cvpn_lpm_prefix *prefix)
{
	int err = json_reader_string(&r->json);

	return err ? err : words_prefix(r->json.in, r->json.text, prefix);
}

static int read_route(struct reader *r)
{
	struct json_reader *j = &r->json;
	struct client_route route = client_route_at(0);
	bool has_cidr = false, has_status = false;
	int more, err = json_reader_enter(j, '{');

	route.line = j->in->line;
	route.flags = CLIENT_PUSHED | CLIENT_TUNNEL;
	while (!err && (more = json_reader_next(j, '}')) != 0) {
		err = more < 0 ? more : json_reader_key(j);
		if (err)
			break;
		if (!strcmp(j->text, "DestinationCidr")) {
			route.line = j->in->line;
			has_cidr = true;
			err = read_cidr(r, &route.prefix);
		} else if (!strcmp(j->text, "Status")) {
			err = read_status(r, &route, &has_status);
		} else {
			err = json_reader_skip(j);
		}
	}
	if (!err && !has_cidr)
		err = input_fail(j->in, "found a route without \"DestinationCidr\"; expected it");
	if (!err && !has_status)
		err = input_fail(j->in, "found a route without a code of \"Status\"; expected it");
	return err ? err : client_add(r->table, &route);
}

/* The addresses of all clients; a second endpoint's are as good. */
static int read_client_net(struct reader *r)
{
	struct cvpn_lpm_prefix prefix;
	int err = read_cidr(r, &prefix);

	if (!err)
		r->table->facts.client_net[prefix.family] = (struct client_address){
			prefix.addr, prefix.family, prefix.len, r->json.in->line
		};
	return err;
}

static int read_split(struct reader *r)
{
	char buf[SHOWN_TEXT];
	int err = json_reader_scalar(&r->json);
	bool split = !err && !strcmp(r->json.text, "true");

	if (!err && !split && strcmp(r->json.text, "false"))
		return input_fail(r->json.in, "found SplitTunnel \"%s\"; expected true or false",
				  shown(r->json.text, buf));
	r->table->facts.mode = split ? CLIENT_MODE_SPLIT : CLIENT_MODE_FULL;
	r->table->facts.mode_line = r->json.in->line;
	r->table->facts.settings_count++;
	return err;
}

/* Of what families the tunnel's packets are. */
static int read_traffic(struct reader *r)
{
	static const struct {
		const char *name;
		unsigned int families;
	} types[] = {
		{ "ipv4", 1u << CVPN_LPM_IPV4 },
		{ "ipv6", 1u << CVPN_LPM_IPV6 },
		{ "dual-stack", 1u << CVPN_LPM_IPV4 | 1u << CVPN_LPM_IPV6 },
	};
	char buf[SHOWN_TEXT];
	int err = json_reader_string(&r->json);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && !err; i++) {
		if (strcmp(r->json.text, types[i].name))
			continue;
		r->table->facts.traffic = types[i].families;
		r->table->facts.traffic_line = r->json.in->line;
		return 0;
	}
	return err ? err
		   : input_fail(r->json.in,
				"found TrafficIpAddressType \"%s\"; expected ipv4, ipv6 or "
				"dual-stack",
				shown(r->json.text, buf));
}

static int read_name(struct reader *r)
{
	char **name = &r->table->facts.endpoint_name;
	int err = json_reader_string(&r->json);

	if (err || *name)
		return err;
	*name = strdup(r->json.text);
	return *name ? 0 : -ENOMEM;
}

static int read_endpoint(struct reader *r)
{
	struct json_reader *j = &r->json;
	int more, err = json_reader_enter(j, '{');

	while (!err && (more = json_reader_next(j, '}')) != 0) {
		err = more < 0 ? more : json_reader_key(j);
		if (err)
			break;
		/* An endpoint of IPv6 clients alone has none. */
		if (!strcmp(j->text, "ClientCidrBlock"))
			err = json_reader_peek(j) == '"' ? read_client_net(r) : json_reader_skip(j);
		else if (!strcmp(j->text, "SplitTunnel"))
			err = read_split(r);
		else if (!strcmp(j->text, "TrafficIpAddressType"))
			err = read_traffic(r);
		else if (!strcmp(j->text, "DnsName"))
			err = read_name(r);
		else
			err = json_reader_skip(j);
	}
	return err;
}

static int read_array(struct reader *r, int (*read)(struct reader *))
{
	int more, err = json_reader_enter(&r->json, '[');

	while (!err && (more = json_reader_next(&r->json, ']')) != 0)
		err = more < 0 ? more : read(r);
	return err;
}

/* One answer. */
static int read_answer(struct reader *r)
{
	struct json_reader *j = &r->json;
	int more, err = json_reader_enter(j, '{');

	while (!err && (more = json_reader_next(j, '}')) != 0) {
		err = more < 0 ? more : json_reader_key(j);
		if (err)
			break;
		if (!strcmp(j->text, "Routes")) {
			err = read_array(r, read_route);
		} else if (!strcmp(j->text, "ClientVpnEndpoints")) {
			err = read_array(r, read_endpoint);
		} else {
			/* More answers are to be had, which may be routes. */
			if (!strcmp(j->text, "NextToken") && json_reader_peek(j) == '"')
				client_unknown(r->table, j->in->line,
					       "NextToken: the list goes on");
			err = json_reader_skip(j);
		}
	}
	return err;
}

int aws_read(struct input *in, struct route_list *list)
{
	struct reader r = { .table = &list->client };
	int more, err = 0;
	bool junk;

	json_reader_start(&r.json, in);
	while (!err && (more = json_reader_document(&r.json, &junk)) != 0) {
		if (more < 0)
			return more;
		if (junk)
			client_unknown(r.table, in->line, r.json.text);
		else
			err = json_reader_peek(&r.json) == '[' ? read_array(&r, read_answer)
							       : read_answer(&r);
	}
	return err;
}

enum evidence_of_format aws_look(const char *line, const struct words *words)
{
	const char *at = line + strspn(line, INPUT_BLANKS);

	(void)words;
	if (*at != '{')
		return LINE_NEUTRAL;
	at += 1 + strspn(at + 1, INPUT_BLANKS);
	return !*at || *at == '"' ? LINE_CONCLUSIVE : LINE_NEUTRAL;
}
