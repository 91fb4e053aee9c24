/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What iproute2's "ip route" and "ip -6 route" show, also of all tables and in one line each (-o):
 *
 *	[TYPE] PREFIX [via [inet6] GATEWAY] [dev NAME] [table T] [metric N] [WORD [ARGUMENT]]...
 *		nexthop [via GATEWAY] dev NAME weight N ...
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "linux.h"

/* Words that do not change where packets go. The argument of some may come behind "lock". */
static const char *const with_argument[] = {
	"scope",    "mtu",	"advmss",   "window",
	"rtt",	    "rttvar",	"rto_min",  "ssthresh",
	"cwnd",	    "initcwnd", "initrwnd", "reordering",
	"hoplimit", "features", "quickack", "fastopen_no_cookie",
	"congctl",  "realm",	"realms",   "expires",
	"error",    "weight",	"nhid",	    "ttl-propagate",
	"uid"
};

/* The backslash is where -o put a line's end. */
static const char *const without_argument[] = {
	"onlink",     "linkdown",   "dead",    "pervasive",	    "offload", "trap",	"notify",
	"unresolved", "rt_offload", "rt_trap", "rt_offload_failed", "used",    "cache", "\\"
};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct reader {
	struct input *in;
	struct client_table *table;
	char *rest;		  /* of the line */
	bool open;		  /* @route is begun, its next hops may follow */
	struct linux_route route; /* without next hops */
};

static char *next_word(struct reader *r)
{
	return strtok_r(NULL, INPUT_BLANKS, &r->rest);
}

static bool is_destination(const char *word)
{
	if (!strcmp(word, "default") || words_colons(word))
		return true;
	return isdigit((unsigned char)word[0]) && strpbrk(word, "./");
}

/* The argument of @name. Returns NULL with the error set if there is none. */
static char *argument(struct reader *r, const char *name)
{
	char *word = next_word(r);

	if (!word)
		input_fail(r->in, "found \"%s\" at the end of the line; expected its argument",
			   name);
	return word;
}

/* Reads "via [FAMILY] ADDRESS". */
static int read_via(struct reader *r, struct linux_route *route)
{
	char *word = argument(r, "via");
	bool other_family;

	if (!word)
		return -EINVAL;
	other_family = !strcmp(word, "inet6") || !strcmp(word, "inet");
	if (other_family)
		word = argument(r, "via");
	return word ? linux_gateway(route, r->in, word, other_family) : -EINVAL;
}

/* A route for some packets only: of one type of service, source or input. */
static void restrict_route(struct linux_route *route)
{
	route->route.flags |= CLIENT_INACTIVE;
	route->strange = true;
}

/* Reads the argument of a word that says where the route leads, or when. */
static int read_argument(struct reader *r, struct linux_route *route, const char *name)
{
	char *word = argument(r, name);

	if (!word)
		return -EINVAL;
	if (!strcmp(name, "dev"))
		linux_dev(route, word);
	else if (!strcmp(name, "table"))
		linux_table(route, word);
	else if (!strcmp(name, "proto"))
		linux_protocol(route, word);
	else if (!strcmp(name, "src"))
		linux_source(route, word);
	else if (!strcmp(name, "pref"))
		route->family = CVPN_LPM_IPV6; /* IPv4 routes have none */
	else if (strcmp(word, "all"))
		restrict_route(route);
	return 0;
}

static int read_metric(struct reader *r, struct linux_route *route)
{
	char *word = argument(r, "metric");

	route->has_metric = true;
	return word ? words_metric(r->in, word, &route->route.metric) : -EINVAL;
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(word, words[i]))
			return true;
	}
	return false;
}

/* Takes a word that changes nothing, with its argument. */
static void skip_attribute(struct reader *r, struct linux_route *route, const char *name)
{
	char *word;

	linux_flag(route, name);
	if (is_one_of(name, without_argument, ARRAY_SIZE(without_argument)))
		return;
	if (!is_one_of(name, with_argument, ARRAY_SIZE(with_argument))) {
		route->strange = true;
		return;
	}
	word = next_word(r);
	if (word && !strcmp(word, "lock"))
		next_word(r);
}

/* The arguments of "encap" end where the next hop's own words begin. */
static char *skip_encap(struct reader *r)
{
	static const char *const ends[] = { "via", "dev", "proto", "scope", "metric", "table" };
	char *word;

	do
		word = next_word(r);
	while (word && !is_one_of(word, ends, ARRAY_SIZE(ends)));
	return word;
}

/* Reads one word with its arguments. */
static int read_attribute(struct reader *r, struct linux_route *route, const char *word)
{
	static const char *const telling[] = { "dev",  "table", "proto",   "pref", "src",
					       "from", "tos",	"dsfield", "iif" };

	if (!strcmp(word, "via"))
		return read_via(r, route);
	if (!strcmp(word, "metric"))
		return read_metric(r, route);
	if (is_one_of(word, telling, ARRAY_SIZE(telling)))
		return read_argument(r, route, word);
	skip_attribute(r, route, word);
	return 0;
}

/* Reads words up to the end of the line, or of this next hop: then *@more. */
static int read_attributes(struct reader *r, struct linux_route *route, bool *more)
{
	char *word = next_word(r);
	int err = 0;

	*more = false;
	while (word && !err) {
		if (!strcmp(word, "nexthop")) {
			*more = true;
			return 0;
		}
		if (!strcmp(word, "encap")) {
			word = skip_encap(r);
			continue;
		}
		err = read_attribute(r, route, word);
		word = next_word(r);
	}
	return err;
}

/* Reads the next hops that this line has, from behind the first "nexthop". */
static int read_nexthops(struct reader *r)
{
	bool more = true;
	int err = 0;

	while (more && !err) {
		struct linux_route hop = r->route;

		err = read_attributes(r, &hop, &more);
		if (!err && !hop.dev[0])
			err = input_fail(r->in, "found \"nexthop\" without \"dev\"; expected its "
						"interface");
		hop.route.line = r->in->line;
		if (!err)
			err = linux_add(r->table, &hop);
		r->route.has_nexthop = true;
		r->route.strange |= hop.strange;
	}
	return err;
}

/* What is to be known of a route is known: the next one begins, or the file ends. */
static int close_route(struct reader *r)
{
	if (!r->open)
		return 0;
	r->open = false;
	return linux_check(&r->route, r->in);
}

static int read_route(struct reader *r, char *destination)
{
	bool more;
	int err = linux_destination(&r->route, r->in, destination);

	r->open = true;
	if (!err)
		err = read_attributes(r, &r->route, &more);
	if (err)
		return err;
	if (more)
		return read_nexthops(r);
	return r->route.has_nexthop || r->route.route.flags & CLIENT_DROP
		       ? linux_add(r->table, &r->route)
		       : 0;
}

static int read_words(struct reader *r)
{
	char *word = strtok_r(r->in->text, INPUT_BLANKS, &r->rest);
	int err;

	if (!word)
		return 0;
	if (r->open && !strcmp(word, "nexthop"))
		return read_nexthops(r);
	err = close_route(r);
	if (err < 0)
		return err;
	linux_start(&r->route, r->in->line);
	if (linux_type(&r->route, word))
		word = next_word(r);
	if (word && is_destination(word))
		return read_route(r, word);
	r->route.strange = true;
	return 0;
}

static int read_line(struct reader *r)
{
	int err = read_words(r);

	if (!err && r->route.strange)
		client_unknown(r->table, r->in->line, words_whole_line(r->in));
	r->route.strange = false;
	return err;
}

int ip_route_read(struct input *in, struct route_list *list)
{
	struct reader r = { .in = in, .table = &list->client };
	int more, err = 0;

	while (!err && (more = input_line(in)) != 0)
		err = more < 0 ? more : read_line(&r);
	return err ? err : close_route(&r);
}

enum evidence_of_format ip_route_look(const char *line, const struct words *words)
{
	static const char *const next[] = { "via",    "dev",  "proto", "scope",
					    "metric", "nhid", "table", "src" };
	unsigned int at = 0;
	struct linux_route ignored;

	(void)line;
	linux_start(&ignored, 0);
	if (linux_type(&ignored, words->word[0]) && words->count > 1)
		at = 1;
	if (!is_destination(words->word[at]))
		return LINE_NEUTRAL;
	if (at)
		return LINE_CONCLUSIVE;
	return words->count > 1 && is_one_of(words->word[1], next, ARRAY_SIZE(next))
		       ? LINE_CONCLUSIVE
		       : LINE_NEUTRAL;
}
