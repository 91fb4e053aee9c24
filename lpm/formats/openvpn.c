/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenVPN's configuration files and logs, also one behind the other. A configuration has an option a
 * line; a log counts for the server's PUSH_REPLY and for what it says of the endpoint and of the
 * local network. The server's options are taken last, whatever stood first: only then all filters
 * are known.
 */
#include "openvpn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"

#define REPLY	       "PUSH_REPLY,"
#define LINK_REMOTE    "link remote: [AF_INET"
#define ROUTE_GATEWAY  "ROUTE_GATEWAY "
#define CONTINUED      "push-continuation 2"
#define FIRST_CAPACITY 4096u
#define MAX_TAG	       32u

struct reader {
	struct openvpn openvpn;
	bool config;	     /* what is no option may be a mistake */
	char block[MAX_TAG]; /* the name of the inline file that is being skipped, or "" */
	uint32_t block_line;
};

/* Takes one word as OpenVPN does: quotes, and backslashes but within '. Returns where it ends. */
static char *unquote(char *at, char **end)
{
	char *to = at, quote = '\0';

	for (; *at; at++) {
		if (quote ? *at == quote : *at == '"' || *at == '\'')
			quote = quote ? '\0' : *at;
		else if (!quote && strchr(INPUT_BLANKS, *at))
			break;
		else if (*at == '\\' && quote != '\'' && at[1])
			*to++ = *++at;
		else
			*to++ = *at;
	}
	*end = to;
	return at;
}

/* Splits an option into words; "#" or ";" in the place of one begins a comment. */
static void split(char *at, struct words *words)
{
	words->count = 0;
	while (words->count < WORDS_MAX) {
		char *end, *next;

		at += strspn(at, INPUT_BLANKS);
		if (!*at || *at == '#' || *at == ';')
			return;
		words->word[words->count++] = at;
		next = unquote(at, &end);
		at = *next ? next + 1 : next;
		*end = '\0';
	}
}

static int pushed_reserve(struct pushed *p, size_t bytes)
{
	size_t capacity = p->capacity ? p->capacity : FIRST_CAPACITY;
	char *grown;

	while (capacity - p->used < bytes)
		capacity *= 2;
	if (capacity == p->capacity)
		return 0;
	grown = realloc(p->bytes, capacity);
	if (!grown)
		return -ENOMEM;
	p->bytes = grown;
	p->capacity = capacity;
	return 0;
}

static int pushed_add(struct pushed *p, uint32_t line, const char *text, size_t length)
{
	int err = pushed_reserve(p, sizeof(line) + length + 1);

	if (err < 0)
		return err;
	memcpy(p->bytes + p->used, &line, sizeof(line));
	memcpy(p->bytes + p->used + sizeof(line), text, length);
	p->used += sizeof(line) + length;
	p->bytes[p->used++] = '\0';
	return 0;
}

/* Keeps the options of a PUSH_REPLY. A second reply replaces the first, but if it continues it. */
static int read_reply(struct reader *r, const char *at)
{
	struct openvpn *o = &r->openvpn;
	bool quoted = at > o->in->text && at[-1] == '\'';
	size_t size = strcspn(at, quoted ? "'" : "\r");
	const char *end = at + size;
	int err = 0;

	if (quoted && !*end)
		client_unknown(o->table, o->in->line, "PUSH_REPLY is cut off");
	if (!o->pushed.continued)
		o->pushed.used = 0;
	o->pushed.continued = false;
	for (at += strlen(REPLY); at < end && !err; at++) {
		size_t length = strcspn(at, ",");

		if (length > (size_t)(end - at))
			length = (size_t)(end - at);
		o->pushed.continued |= length == strlen(CONTINUED) &&
				       !strncmp(at, CONTINUED, length);
		err = pushed_add(&o->pushed, o->in->line, at, length);
		at += length;
	}
	return err;
}

/* "link remote: [AF_INET]192.0.2.1:443": of all that the configuration names, it is this one. */
static int read_link(struct reader *r, const char *at)
{
	struct openvpn *o = &r->openvpn;
	struct client_address endpoint = { .line = o->in->line };
	const char *start = strchr(at, ']'), *port;
	char text[PREFIX_TEXT] = "";

	port = strrchr(start ? start : at, ':');
	if (start && port && (size_t)(port - start) < sizeof(text)) {
		memcpy(text, start + 1, (size_t)(port - start - 1));
		text[port - start - 1] = '\0';
	}
	if (addr_parse(text, &endpoint.family, &endpoint.addr) < 0) {
		client_unknown(o->table, o->in->line, at);
		return 0;
	}
	endpoint.len = (uint8_t)prefix_max_len(endpoint.family);
	o->table->facts.endpoint_count = 0;
	o->linked = true;
	return client_add_endpoint(o->table, &endpoint);
}

/* "ROUTE_GATEWAY 192.168.1.1/255.255.255.0 IFACE=eth0 ...": the physical gateway and its network. */
static void read_gateway(struct reader *r, char *at)
{
	struct openvpn *o = &r->openvpn;
	struct client_address *gateway = &o->table->facts.gateway;
	char *address = at + strlen(ROUTE_GATEWAY), *mask;
	struct cvpn_lpm_addr ones;
	uint8_t family;

	address[strcspn(address, " ")] = '\0';
	mask = strchr(address, '/');
	if (mask)
		*mask++ = '\0';
	*gateway = (struct client_address){ .line = o->in->line, .len = 32 };
	if (addr_parse(address, &gateway->family, &gateway->addr) < 0 ||
	    gateway->family != CVPN_LPM_IPV4) {
		gateway->family = CLIENT_NO_ADDRESS;
		client_unknown(o->table, o->in->line, "ROUTE_GATEWAY without an address");
	} else if (mask && !addr_parse(mask, &family, &ones) && family == CVPN_LPM_IPV4) {
		gateway->len = (uint8_t)__builtin_popcountll(ones.hi);
	}
}

/* Takes what a log says. Returns 1 if the line is a log's, 0 if it is none. */
static int read_log(struct reader *r)
{
	char *text = r->openvpn.in->text, *at;
	int err;

	at = strstr(text, REPLY);
	if (at) {
		err = read_reply(r, at);
		return err ? err : 1;
	}
	at = strstr(text, LINK_REMOTE);
	if (at) {
		err = read_link(r, at);
		return err ? err : 1;
	}
	at = strstr(text, ROUTE_GATEWAY);
	if (at)
		read_gateway(r, at);
	return at != NULL;
}

/* Options that may change routes in ways that are not modelled. */
static bool may_matter(const struct words *w)
{
	static const char *const names[] = { "up", "config" };
	static const char *const beginnings[] = { "route",	 "redirect-",  "ifconfig",
						  "pull-filter", "http-proxy", "socks-proxy" };
	static const char *const harmless[] = { "route-delay",	      "route-method",
						"route-pre-down",     "route-gateway",
						"route-ipv6-gateway", "ifconfig-nowarn",
						"http-proxy-option",  "local" };
	const char *name = w->word[0];
	struct cvpn_lpm_addr addr;
	uint8_t family;

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		if (!strcmp(name, harmless[i]))
			return false;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	}
	return w->count > 1 && !addr_parse(w->word[1], &family, &addr);
}

/* "<ca>": an inline file follows, up to "</ca>". A <connection> holds options as any others. */
static bool read_tag(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if (word[0] != '<' || word[n - 1] != '>' || n < 3 || n > MAX_TAG)
		return false;
	if (!strcmp(word, "<connection>") || word[1] == '/')
		return true;
	memcpy(r->block, word + 1, n - 2);
	r->block[n - 2] = '\0';
	r->block_line = r->openvpn.in->line;
	return true;
}

/* Whether a line ends the inline file. */
static bool ends_block(const char *text, const char *block)
{
	size_t n = strlen(block);

	text += strspn(text, INPUT_BLANKS);
	return text[0] == '<' && text[1] == '/' && !strncmp(text + 2, block, n) &&
	       text[2 + n] == '>';
}

static int read_line(struct reader *r)
{
	struct openvpn *o = &r->openvpn;
	struct words words;
	bool known;
	int err;

	if (r->block[0]) {
		if (ends_block(o->in->text, r->block))
			r->block[0] = '\0';
		return 0;
	}
	err = o->in->text[0] == '#' || o->in->text[0] == ';' ? 1 : read_log(r);
	if (err)
		return err < 0 ? err : 0;
	split(o->in->text, &words);
	if (!words.count || (r->config && read_tag(r, words.word[0])))
		return 0;
	/* Options may be written as on a command line. */
	if (!strncmp(words.word[0], "--", 2))
		words.word[0] += 2;
	err = openvpn_option(o, &words, &known);
	if (!err && !known && r->config && may_matter(&words))
		client_unknown(o->table, o->in->line, words_whole_line(o->in));
	return err;
}

/* The first filter whose prefix the option has decides. */
static enum filter_action filter(const struct openvpn *o, const char *option)
{
	for (unsigned int i = 0; i < o->filter_count; i++) {
		if (!strncmp(option, o->filters[i].prefix, strlen(o->filters[i].prefix)))
			return o->filters[i].action;
	}
	return FILTER_ACCEPT;
}

/* The client would end here; so one warning is enough. */
static int reject(struct openvpn *o, const char *option)
{
	char buf[SHOWN_TEXT];

	if (o->rejected)
		return 0;
	o->rejected = true;
	return route_list_warn(o->list,
			       "%s:%u: a pull-filter rejects \"%s\": the client would not connect",
			       o->list->name, o->in->line, shown(option, buf));
}

static int pull_option(struct openvpn *o, char *option)
{
	enum filter_action action = filter(o, option);
	struct words words;
	bool known;
	int err;

	if (action == FILTER_REJECT)
		return reject(o, option);
	if (action == FILTER_IGNORE)
		return 0;
	split(option, &words);
	if (!words.count)
		return 0;
	err = openvpn_option(o, &words, &known);
	if (!err && !known && may_matter(&words))
		client_unknown(o->table, o->in->line, words.word[0]);
	return err;
}

static int pull(struct openvpn *o)
{
	uint32_t last = o->in->line;
	size_t at = 0;
	int err = 0;

	o->pulling = true;
	while (at < o->pushed.used && !err) {
		char *text = o->pushed.bytes + at + sizeof(o->in->line);
		size_t size = sizeof(o->in->line) + strlen(text) + 1;

		memcpy(&o->in->line, o->pushed.bytes + at, sizeof(o->in->line));
		err = pull_option(o, text);
		at += size;
	}
	o->pulling = false;
	if (!err)
		o->in->line = last;
	return err;
}

static int read_lines(struct reader *r)
{
	struct openvpn *o = &r->openvpn;
	char buf[SHOWN_TEXT];
	int more, err = 0;

	while (!err && (more = input_line(o->in)) != 0)
		err = more < 0 ? more : read_line(r);
	if (!err && r->block[0]) {
		o->in->line = r->block_line;
		shown(r->block, buf);
		err = input_fail(o->in, "found <%s>; expected </%s> before the end", buf, buf);
	}
	if (!err)
		err = pull(o);
	return err ? err : openvpn_finish(o);
}

static int read_as(struct input *in, struct route_list *list, bool config)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->config = config;
	r->openvpn.in = in;
	r->openvpn.list = list;
	r->openvpn.table = &list->client;
	r->openvpn.local4.family = CLIENT_NO_ADDRESS;
	err = read_lines(r);
	for (unsigned int i = 0; i < r->openvpn.filter_count; i++)
		free(r->openvpn.filters[i].prefix);
	free(r->openvpn.pushed.bytes);
	free(r);
	return err;
}

int openvpn_read(struct input *in, struct route_list *list)
{
	return read_as(in, list, true);
}

int openvpn_log_read(struct input *in, struct route_list *list)
{
	return read_as(in, list, false);
}

enum evidence_of_format openvpn_look(const char *line, const struct words *words)
{
	static const char *const alone[] = { "client",
					     "tls-client",
					     "pull",
					     "nobind",
					     "persist-key",
					     "persist-tun",
					     "route-nopull",
					     "redirect-gateway",
					     "<connection>",
					     "<ca>",
					     "remote-random-hostname",
					     "auth-federate" };
	static const char *const with_argument[] = {
		"remote",	    "pull-filter",  "route-ipv6",      "redirect-gateway",
		"redirect-private", "resolv-retry", "remote-cert-tls", "topology",
		"ifconfig-ipv6",    "ifconfig",	    "proto",	       "dev"
	};
	bool argument = words->count > 1 && words->word[1][0] != '#' && words->word[1][0] != ';';

	(void)line;
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]) && !argument; i++) {
		if (!strcmp(words->word[0], alone[i]))
			return LINE_CONCLUSIVE;
	}
	for (size_t i = 0; i < sizeof(with_argument) / sizeof(with_argument[0]) && argument; i++) {
		if (!strcmp(words->word[0], with_argument[i]))
			return LINE_CONCLUSIVE;
	}
	return argument && !strcmp(words->word[0], "route") && words_dotted(words->word[1])
		       ? LINE_CONCLUSIVE
		       : LINE_NEUTRAL;
}

enum evidence_of_format openvpn_log_look(const char *line, const struct words *words)
{
	(void)words;
	if (line[0] == '#' || line[0] == ';')
		return LINE_NEUTRAL;
	return strstr(line, REPLY) || strstr(line, LINK_REMOTE) || strstr(line, " OpenVPN 2.") ||
			       !strncmp(line, "OpenVPN 2.", 10) || strstr(line, ROUTE_GATEWAY)
		       ? LINE_CONCLUSIVE
		       : LINE_NEUTRAL;
}
