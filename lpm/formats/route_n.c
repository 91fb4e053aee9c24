/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What "route -n" and "netstat -rn" show on Linux, and "route -6 -n" with them:
 *
 *	DESTINATION GATEWAY GENMASK FLAGS METRIC REF USE IFACE
 *	DESTINATION GATEWAY GENMASK FLAGS MSS WINDOW IRTT IFACE
 *	PREFIX NEXTHOP FLAGS METRIC REF USE IFACE
 *
 * A flag '!' is a route that rejects, which has no gateway and may have no interface: "-".
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "linux.h"

enum { DESTINATION, GATEWAY, GENMASK, FLAGS, METRIC, REF, USE, IFACE, WORDS };
/* IPv6 rows have no mask, so all that follows comes a word earlier. */
#define WORDS6 (WORDS - 1)

struct reader {
	struct input *in;
	struct client_table *table;
	bool no_metric; /* the heading says MSS: the column is something else */
};

static bool is_flags(const char *word)
{
	return word[0] == 'U' || word[0] == '!';
}

static bool is_row4(const struct words *w)
{
	return w->count == WORDS && words_dotted(w->word[DESTINATION]) &&
	       (words_dotted(w->word[GENMASK]) || is_flags(w->word[FLAGS]));
}

static bool is_row6(const struct words *w)
{
	const char *word = w->word[DESTINATION];

	return w->count == WORDS6 && words_colons(word[0] == '[' ? word + 1 : word) &&
	       strchr(word, '/') && is_flags(w->word[FLAGS - 1]) &&
	       words_digits(w->word[REF - 1]) && words_digits(w->word[USE - 1]);
}

/* What both families have in common: from the flags on. */
static int read_rest(struct reader *r, struct linux_route *route, char *const *column)
{
	const char *flags = column[0], *metric = column[METRIC - FLAGS];
	const char *iface = column[IFACE - FLAGS];
	char buf[SHOWN_TEXT];

	if (!is_flags(flags))
		return input_fail(r->in, "found flags \"%s\"; expected U or ! first",
				  shown(flags, buf));
	if (flags[0] == '!')
		route->route.flags |= CLIENT_DROP;
	else if (!strchr(flags, 'G'))
		route->route.flags |= CLIENT_OWN;
	route->has_metric = !r->no_metric;
	/* "-1" is how a 32-bit number of the kernel's comes out for its own route that rejects. */
	if (!strcmp(metric, "-1"))
		route->route.metric = UINT32_MAX;
	else if (strcmp(metric, "-") && !r->no_metric &&
		 words_metric(r->in, metric, &route->route.metric) < 0)
		return -EINVAL;
	if (strcmp(iface, "-") && strcmp(iface, "*"))
		linux_dev(route, iface);
	if (!route->dev[0] && !(route->route.flags & CLIENT_DROP))
		return input_fail(r->in, "found interface \"%s\"; expected its name",
				  shown(iface, buf));
	return linux_add(r->table, route);
}

static int read_row4(struct reader *r, const struct words *w)
{
	struct linux_route route;

	linux_start(&route, r->in->line);
	if (words_masked(r->in, w->word[DESTINATION], w->word[GENMASK], &route.route.prefix) < 0)
		return -EINVAL;
	client_set_gateway(&route.route, w->word[GATEWAY]);
	if (route.route.gateway_family != CLIENT_NO_ADDRESS && !route.route.gateway.hi)
		route.route.gateway_family = CLIENT_NO_ADDRESS;
	return read_rest(r, &route, &w->word[FLAGS]);
}

/* "[::]/0", as some versions write "::/0". */
static void cut_brackets(char *word)
{
	char *end = strchr(word, ']');

	if (word[0] != '[' || !end)
		return;
	memmove(end, end + 1, strlen(end));
	memmove(word, word + 1, strlen(word));
}

static int read_row6(struct reader *r, const struct words *w)
{
	struct linux_route route;

	linux_start(&route, r->in->line);
	cut_brackets(w->word[DESTINATION]);
	cut_brackets(w->word[GATEWAY]);
	if (words_prefix(r->in, w->word[DESTINATION], &route.route.prefix) < 0)
		return -EINVAL;
	client_set_gateway(&route.route, w->word[GATEWAY]);
	if (!route.route.gateway.hi && !route.route.gateway.lo)
		route.route.gateway_family = CLIENT_NO_ADDRESS;
	return read_rest(r, &route, &w->word[FLAGS - 1]);
}

static bool is_heading(const struct words *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		if (!strncmp(w->word[i], "Genmask", 7) || !strncmp(w->word[i], "Flag", 4))
			return true;
	}
	return w->count > 1 && !strcmp(w->word[0], "Kernel");
}

static void read_heading(struct reader *r, const struct words *w)
{
	r->no_metric = false;
	for (unsigned int i = 0; i < w->count; i++)
		r->no_metric |= !strcmp(w->word[i], "MSS");
}

static int read_line(struct reader *r)
{
	struct words words;

	words_split(r->in->text, &words);
	if (is_row4(&words))
		return read_row4(r, &words);
	if (is_row6(&words))
		return read_row6(r, &words);
	if (is_heading(&words))
		read_heading(r, &words);
	else if (words.count)
		client_unknown(r->table, r->in->line, words_whole_line(r->in));
	return 0;
}

int route_n_read(struct input *in, struct route_list *list)
{
	struct reader r = { .in = in, .table = &list->client };
	int more, err = 0;

	while (!err && (more = input_line(in)) != 0)
		err = more < 0 ? more : read_line(&r);
	return err;
}

enum evidence_of_format route_n_look(const char *line, const struct words *words)
{
	(void)line;
	if (is_row4(words) && is_flags(words->word[FLAGS]))
		return LINE_CONCLUSIVE;
	return is_row6(words) ? LINE_CONCLUSIVE : LINE_NEUTRAL;
}
