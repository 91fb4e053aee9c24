/* SPDX-License-Identifier: BSD-2-Clause */
/* What "ip -j route" shows, with -p or -d or without: arrays of objects with a member "dst". */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "json_reader.h"
#include "linux.h"

struct reader {
	struct json_reader json;
	struct client_table *table;
};

/* Members that say no more than what is asked for, or nothing of where packets go. */
static const char *const known[] = { "scope",	 "flags",	 "expires", "error",   "nhid",
				     "uid",	 "pref",	 "weight",  "metrics", "realm",
				     "encap",	 "cache",	 "age",	    "ipid",    "used",
				     "features", "ttl-propagate" };

static int read_flags(struct reader *r, struct linux_route *route)
{
	int more, err = json_reader_enter(&r->json, '[');

	while (!err && (more = json_reader_next(&r->json, ']')) != 0) {
		err = more < 0 ? more : json_reader_string(&r->json);
		if (!err)
			linux_flag(route, r->json.text);
	}
	return err;
}

/* "via": {"family": "inet6", "host": "fe80::1"}: of another family than the destination. */
static int read_via(struct reader *r, struct linux_route *route)
{
	struct json_reader *j = &r->json;
	int more, err = json_reader_enter(j, '{');

	while (!err && (more = json_reader_next(j, '}')) != 0) {
		bool host;

		err = more < 0 ? more : json_reader_key(j);
		host = !err && !strcmp(j->text, "host");
		if (!err)
			err = json_reader_string(j);
		if (!err && host)
			err = linux_gateway(route, j->in, j->text, true);
	}
	return err;
}

static bool is_known(const char *key)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(key, known[i]))
			return true;
	}
	return false;
}

/* Takes the string or number that a member has, as the route's. */
static int apply(struct reader *r, struct linux_route *route, const char *key, char *value)
{
	char buf[SHOWN_TEXT];

	if (!strcmp(key, "dst"))
		return linux_destination(route, r->json.in, value);
	if (!strcmp(key, "gateway"))
		return linux_gateway(route, r->json.in, value, false);
	if (!strcmp(key, "metric")) {
		route->has_metric = true;
		return words_metric(r->json.in, value, &route->route.metric);
	}
	if (!strcmp(key, "type") && !linux_type(route, value))
		return input_fail(r->json.in, "found type \"%s\"; expected one of a route",
				  shown(value, buf));
	if (!strcmp(key, "dev"))
		linux_dev(route, value);
	else if (!strcmp(key, "table"))
		linux_table(route, value);
	else if (!strcmp(key, "protocol"))
		linux_protocol(route, value);
	else if (!strcmp(key, "prefsrc"))
		linux_source(route, value);
	else if (!strcmp(key, "pref"))
		route->family = CVPN_LPM_IPV6; /* IPv4 routes have none */
	return 0;
}

static bool is_applied(const char *key)
{
	static const char *const keys[] = { "dst",   "gateway",	 "metric", "type",   "dev",
					    "table", "protocol", "pref",   "prefsrc" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(key, keys[i]))
			return true;
	}
	return false;
}

/* Takes the value of a member of a route or of a next hop. */
static int read_member(struct reader *r, struct linux_route *route, const char *key)
{
	int err;

	if (!strcmp(key, "flags"))
		return read_flags(r, route);
	if (!strcmp(key, "via"))
		return read_via(r, route);
	if (is_applied(key)) {
		err = json_reader_scalar(&r->json);
		return err ? err : apply(r, route, key, r->json.text);
	}
	/* A route for some packets only. */
	if (!strcmp(key, "from") || !strcmp(key, "tos") || !strcmp(key, "iif"))
		route->route.flags |= CLIENT_INACTIVE;
	route->strange |= !is_known(key);
	return json_reader_skip(&r->json);
}

/* Next hops of a route whose own members may come later: they are kept, then completed. */
static int read_nexthops(struct reader *r, struct linux_route *route, size_t *first)
{
	struct json_reader *j = &r->json;
	int more, err = json_reader_enter(j, '[');

	*first = r->table->count;
	while (!err && (more = json_reader_next(j, ']')) != 0) {
		struct linux_route hop = *route;
		int member;

		err = more < 0 ? more : json_reader_enter(j, '{');
		while (!err && (member = json_reader_next(j, '}')) != 0) {
			char key[JSON_READER_KEY_BYTES];

			err = member < 0 ? member : json_reader_key_copy(j, key);
			if (!err)
				err = read_member(r, &hop, key);
		}
		if (!err && !hop.dev[0])
			err = input_fail(j->in, "found a next hop without \"dev\"; expected it");
		if (!err)
			err = linux_add(r->table, &hop);
		route->has_nexthop = true;
		route->strange |= hop.strange;
		if (route->family == CVPN_LPM_FAMILIES)
			route->family = hop.family;
	}
	return err;
}

/* Gives the next hops of a route what the members behind them say. */
static void complete(struct client_table *table, size_t first, struct linux_route *route)
{
	for (size_t i = first; i < table->count; i++) {
		struct client_route *hop = &table->routes[i];

		hop->prefix = route->route.prefix;
		hop->flags |= route->route.flags;
		if (route->is_default)
			hop->prefix = words_default(route->family == CVPN_LPM_IPV6 ? CVPN_LPM_IPV6
										   : CVPN_LPM_IPV4);
		if (route->has_metric)
			hop->metric = route->route.metric;
		else
			hop->metric = hop->prefix.family == CVPN_LPM_IPV6 ? LINUX_METRIC6 : 0;
	}
}

static int read_route(struct reader *r)
{
	struct json_reader *j = &r->json;
	struct linux_route route;
	size_t first = SIZE_MAX;
	int more, err = json_reader_enter(j, '{');
	bool has_dst = false;

	linux_start(&route, j->in->line);
	while (!err && (more = json_reader_next(j, '}')) != 0) {
		char key[JSON_READER_KEY_BYTES];

		err = more < 0 ? more : json_reader_key_copy(j, key);
		if (err)
			break;
		has_dst |= !strcmp(key, "dst");
		err = !strcmp(key, "nexthops") ? read_nexthops(r, &route, &first)
					       : read_member(r, &route, key);
	}
	if (err)
		return err;
	if (!has_dst)
		return input_fail(j->in, "found a route without \"dst\"; expected its prefix");
	if (route.strange)
		client_unknown(r->table, route.route.line, "a route with unknown members");
	if (first != SIZE_MAX) {
		complete(r->table, first, &route);
		return 0;
	}
	err = linux_check(&route, j->in);
	return err ? err : linux_add(r->table, &route);
}

int ip_json_read(struct input *in, struct route_list *list)
{
	struct reader r = { .table = &list->client };
	int more, element, err = 0;
	bool junk;

	json_reader_start(&r.json, in);
	while (!err && (more = json_reader_document(&r.json, &junk)) != 0) {
		if (more < 0)
			return more;
		if (junk) {
			client_unknown(r.table, in->line, r.json.text);
			continue;
		}
		err = json_reader_enter(&r.json, '[');
		while (!err && (element = json_reader_next(&r.json, ']')) != 0)
			err = element < 0 ? element : read_route(&r);
	}
	return err;
}

enum evidence_of_format ip_json_look(const char *line, const struct words *words)
{
	const char *at = line + strspn(line, INPUT_BLANKS);

	(void)words;
	if (*at != '[')
		return LINE_NEUTRAL;
	at += 1 + strspn(at + 1, INPUT_BLANKS);
	return !*at || *at == '{' || *at == ']' ? LINE_CONCLUSIVE : LINE_NEUTRAL;
}
