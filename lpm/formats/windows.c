/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Windows' "route print" shows, in any language: only the shape of the rows counts.
 *
 *	DESTINATION MASK GATEWAY INTERFACE METRIC	IPv4; GATEWAY may be words: on-link
 *	IF METRIC PREFIX GATEWAY			IPv6; a long PREFIX has GATEWAY in the next line
 *	DESTINATION MASK GATEWAY METRIC			IPv4, persistent: not in force by itself
 *
 * Lines of '=' separate the sections. The persistent routes come in the section behind the active
 * ones. IPv4 rows name the interface by its address, IPv6 rows by its number in the list of
 * interfaces at the top, and nothing says which belong together.
 */
#include "formats.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"

/* What an IPv4 row has beside the words of its gateway. */
#define ROW4_WORDS 4u
/* The columns of an IPv4 row, and of one of IPv6. */
enum { DESTINATION, MASK, GATEWAY };
enum { IF6, METRIC6, PREFIX6, GATEWAY6 };

enum section {
	SECTION_ACTIVE,	   /* or before it */
	SECTION_ROWS_SEEN, /* active, and it has routes */
	SECTION_PERSISTENT,
};

struct reader {
	struct input *in;
	struct client_table *table;
	enum section section;
	bool wrapped; /* the last route's gateway comes in the next line */
};

static bool is_separator(const char *word)
{
	return strlen(word) >= 3 && !word[strspn(word, "=")];
}

static bool is_row4(const struct words *w)
{
	return w->count >= ROW4_WORDS && words_dotted(w->word[DESTINATION]) &&
	       words_dotted(w->word[MASK]);
}

static bool is_row6(const struct words *w)
{
	return w->count > PREFIX6 && words_digits(w->word[IF6]) && words_digits(w->word[METRIC6]) &&
	       words_colons(w->word[PREFIX6]);
}

/* An interface's network, address or broadcast: on-link, and around its address. */
static bool is_own(const struct client_route *route, struct cvpn_lpm_addr interface)
{
	struct cvpn_lpm_prefix net = route->prefix;

	if (route->gateway_family != CLIENT_NO_ADDRESS)
		return false;
	return prefix_contains(&net, interface) || net.len == prefix_max_len(net.family);
}

static int read_row4(struct reader *r, const struct words *w)
{
	const char *interface = w->word[w->count - 2], *metric = w->word[w->count - 1];
	struct client_route route = client_route_at(r->in->line);
	struct cvpn_lpm_addr address;
	char buf[SHOWN_TEXT];
	uint8_t family;
	int err;

	if (words_masked(r->in, w->word[DESTINATION], w->word[MASK], &route.prefix) < 0)
		return -EINVAL;
	if (w->count == ROW4_WORDS && words_dotted(metric))
		return input_fail(r->in, "found a row that ends in \"%s\"; expected the metric",
				  shown(metric, buf));
	/* A persistent route: in force only if it is among the active ones, too. */
	if (w->count == ROW4_WORDS)
		return 0;
	client_set_gateway(&route, w->word[GATEWAY]);
	if (words_metric(r->in, metric, &route.metric) < 0)
		return -EINVAL;
	if (addr_parse(interface, &family, &address) < 0 || family != CVPN_LPM_IPV4)
		return input_fail(r->in, "found interface \"%s\"; expected its IPv4 address",
				  shown(interface, buf));
	if (is_own(&route, address))
		route.flags |= CLIENT_OWN;
	err = client_interface(r->table, interface, CVPN_LPM_IPV4, &route.interface);
	r->section = SECTION_ROWS_SEEN;
	return err ? err : client_add(r->table, &route);
}

static int read_row6(struct reader *r, const struct words *w)
{
	struct client_route route = client_route_at(r->in->line);
	int err;

	if (words_metric(r->in, w->word[METRIC6], &route.metric) < 0 ||
	    words_prefix(r->in, w->word[PREFIX6], &route.prefix) < 0)
		return -EINVAL;
	if (w->count > GATEWAY6) {
		words_cut_zone(w->word[GATEWAY6]);
		client_set_gateway(&route, w->word[GATEWAY6]);
	}
	/* Nothing says what address the interface has; but it is on the link itself. */
	if (route.gateway_family == CLIENT_NO_ADDRESS)
		route.flags |= CLIENT_OWN;
	r->wrapped = w->count == GATEWAY6;
	r->section = SECTION_ROWS_SEEN;
	err = client_interface(r->table, w->word[IF6], CVPN_LPM_IPV6, &route.interface);
	return err ? err : client_add(r->table, &route);
}

/* The gateway of the row before, which had no room for it. */
static void read_wrapped(struct reader *r, const struct words *w)
{
	struct client_route *last = &r->table->routes[r->table->count - 1];

	words_cut_zone(w->word[0]);
	client_set_gateway(last, w->word[0]);
	if (last->gateway_family != CLIENT_NO_ADDRESS)
		last->flags &= (uint16_t)~CLIENT_OWN;
}

/* " 12...00 ff 8a 3b 4c 5d ......TAP-Windows Adapter V9": the number, and what it is. */
static int read_interface(struct reader *r, const char *line, bool *is_interface)
{
	struct client_interface *interface;
	const char *end = line + strspn(line, INPUT_BLANKS), *text = NULL;
	char number[16];
	uint32_t index;
	size_t n = strspn(end, "0123456789");
	int err;

	*is_interface = n && n < sizeof(number) && !strncmp(end + n, "...", 3);
	if (!*is_interface)
		return 0;
	memcpy(number, end, n);
	number[n] = '\0';
	for (const char *dots = end + n; (dots = strstr(dots, "...")); dots++)
		text = dots + 3;
	text += strspn(text, "." INPUT_BLANKS);
	if (!*text)
		return 0;
	err = client_interface(r->table, number, CVPN_LPM_IPV6, &index);
	if (err < 0)
		return err;
	interface = &r->table->interfaces[index];
	if (interface->description)
		return 0;
	n = strlen(text);
	while (n && strchr(INPUT_BLANKS, text[n - 1]))
		n--;
	interface->description = strndup(text, n);
	return interface->description ? 0 : -ENOMEM;
}

/* Whether a line that is no row has an address, so that it may have been meant as one. */
static bool has_address(const struct words *w)
{
	uint8_t family;
	struct cvpn_lpm_addr addr;

	for (unsigned int i = 0; i < w->count; i++) {
		if (addr_parse(w->word[i], &family, &addr) == 0)
			return true;
	}
	return false;
}

static int read_words(struct reader *r, const struct words *w, bool wrapped)
{
	if (r->section == SECTION_PERSISTENT && (is_row4(w) || is_row6(w)))
		return 0;
	if (is_row4(w))
		return read_row4(r, w);
	if (is_row6(w))
		return read_row6(r, w);
	if (wrapped)
		read_wrapped(r, w);
	else if (has_address(w) && r->section != SECTION_PERSISTENT)
		client_unknown(r->table, r->in->line, words_whole_line(r->in));
	return 0;
}

static int read_line(struct reader *r)
{
	bool wrapped = r->wrapped, is_interface;
	struct words words;
	int err = read_interface(r, r->in->text, &is_interface);

	r->wrapped = false;
	if (err || is_interface)
		return err;
	words_split(r->in->text, &words);
	if (!words.count)
		return 0;
	if (is_separator(words.word[0])) {
		r->section = r->section == SECTION_ROWS_SEEN ? SECTION_PERSISTENT : SECTION_ACTIVE;
		return 0;
	}
	return read_words(r, &words, wrapped);
}

int windows_read(struct input *in, struct route_list *list)
{
	struct reader r = { .in = in, .table = &list->client };
	int more, err = 0;

	while (!err && (more = input_line(in)) != 0)
		err = more < 0 ? more : read_line(&r);
	return err;
}

enum evidence_of_format windows_look(const char *line, const struct words *words)
{
	(void)line;
	if (is_row4(words) && words->count > ROW4_WORDS &&
	    words_dotted(words->word[words->count - 2]) &&
	    words_digits(words->word[words->count - 1]))
		return LINE_CONCLUSIVE;
	return is_row6(words) && strchr(words->word[PREFIX6], '/') ? LINE_CONCLUSIVE : LINE_NEUTRAL;
}
