/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What "netstat -nr" shows on macOS and the BSDs: DESTINATION GATEWAY FLAGS ... INTERFACE, under
 * "Internet:" and "Internet6:". Where the interface stands, the heading says. Zeros at the end of a
 * destination are left out, and its length too where it is that of the address's class.
 */
#include "formats.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../prefix.h"

enum { DESTINATION, GATEWAY, FLAGS, NETIF };

#define OCTETS 4u

struct reader {
	struct input *in;
	struct client_table *table;
	uint8_t family;	    /* of the section, CVPN_LPM_FAMILIES before the first */
	bool foreign;	    /* a section of another protocol */
	unsigned int netif; /* the interface's column */
};

static bool is_destination(const char *word)
{
	if (!strcmp(word, "default") || words_colons(word))
		return true;
	return isdigit((unsigned char)word[0]) && !word[strspn(word, "0123456789./")];
}

static bool is_flags(const char *word)
{
	return word[0] && !word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					     "0123456789")];
}

/* "172.16/24" and "192.168.0": the octets that are there, then zeros. */
static int read_short(struct reader *r, const char *word, struct cvpn_lpm_prefix *prefix)
{
	char full[PREFIX_TEXT], buf[SHOWN_TEXT];
	size_t n = strcspn(word, "/");
	unsigned int octets = 1;
	unsigned long len;

	for (size_t i = 0; i < n; i++)
		octets += word[i] == '.';
	if (octets > OCTETS || n + 2 * OCTETS >= sizeof(full))
		return input_fail(r->in, "found destination \"%s\"; expected at most four numbers",
				  shown(word, buf));
	memcpy(full, word, n);
	full[n] = '\0';
	len = 8ul * octets;
	while (octets++ < OCTETS)
		strcat(full, ".0");
	if (addr_parse(full, &prefix->family, &prefix->addr) < 0)
		return input_fail(r->in, "found destination \"%s\"; expected an IPv4 prefix",
				  shown(word, buf));
	if (word[n] && words_number(word + n + 1, prefix_max_len(CVPN_LPM_IPV4), &len) < 0)
		return input_fail(r->in, "found prefix length \"%s\"; expected 0 to 32",
				  shown(word + n + 1, buf));
	prefix->len = (uint8_t)len;
	return words_check_prefix(r->in, word, prefix);
}

static int read_destination(struct reader *r, const struct words *w, struct client_route *route)
{
	char *word = w->word[DESTINATION];
	uint8_t family = r->family;

	if (!strcmp(word, "default")) {
		/* Rows without a section's heading: the gateway tells the family. */
		if (family == CVPN_LPM_FAMILIES)
			family = route->gateway_family == CVPN_LPM_IPV6 ? CVPN_LPM_IPV6
									: CVPN_LPM_IPV4;
		route->prefix = words_default(family);
		return 0;
	}
	if (!strchr(word, ':'))
		return read_short(r, word, &route->prefix);
	words_cut_zone(word);
	return words_prefix_or_host(r->in, word, &route->prefix);
}

/* What the letters mean: RTF_UP, RTF_REJECT and so on in net/route.h. */
static void read_flags(const struct words *w, const char *netif, struct client_route *route)
{
	const char *flags = w->word[FLAGS];

	if (!strchr(flags, 'U'))
		route->flags |= CLIENT_INACTIVE;
	if (strchr(flags, 'R') || strchr(flags, 'B'))
		route->flags |= CLIENT_DROP;
	if (strchr(flags, 'I'))
		route->flags |= CLIENT_SCOPED;
	if (strchr(flags, 'W') || strchr(flags, 'L'))
		route->flags |= CLIENT_CLONED;
	/* A tunnel without addresses of its own stands as the gateway itself. */
	if (!strchr(flags, 'G') && strcmp(w->word[GATEWAY], netif))
		route->flags |= CLIENT_OWN;
}

static int read_row(struct reader *r, const struct words *w)
{
	struct client_route route = client_route_at(r->in->line);
	char netif[64], buf[SHOWN_TEXT];
	size_t n;
	int err;

	if (!is_flags(w->word[FLAGS]))
		return input_fail(r->in, "found flags \"%s\"; expected letters, as UGSc",
				  shown(w->word[FLAGS], buf));
	if (w->count <= r->netif)
		return input_fail(r->in,
				  "found a row of %u words; expected the interface as word %u",
				  w->count, r->netif + 1);
	snprintf(netif, sizeof(netif), "%s", w->word[r->netif]);
	n = strlen(netif);
	if (n > 1 && netif[n - 1] == '*') /* which marks an interface that is down */
		netif[n - 1] = '\0';
	read_flags(w, netif, &route);
	words_cut_zone(w->word[GATEWAY]);
	client_set_gateway(&route, w->word[GATEWAY]);
	err = read_destination(r, w, &route);
	if (!err)
		err = client_interface(r->table, netif, CVPN_LPM_FAMILIES, &route.interface);
	return err ? err : client_add(r->table, &route);
}

/* "Destination Gateway Flags Refs Use Netif Expire": where the interface is. */
static void read_heading(struct reader *r, const struct words *w)
{
	for (unsigned int i = NETIF; i < w->count; i++) {
		if (!strcmp(w->word[i], "Netif") || !strcmp(w->word[i], "Iface") ||
		    !strcmp(w->word[i], "Interface"))
			r->netif = i;
	}
}

/* "Internet6:", "Routing tables (ipv4)" */
static void read_section(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if (word[n - 1] != ':')
		return;
	r->foreign = false;
	r->netif = NETIF;
	if (!strcmp(word, "Internet:"))
		r->family = CVPN_LPM_IPV4;
	else if (!strcmp(word, "Internet6:"))
		r->family = CVPN_LPM_IPV6;
	else
		r->foreign = true;
}

static int read_line(struct reader *r)
{
	struct words words;

	words_split(r->in->text, &words);
	if (words.count == 1)
		read_section(r, words.word[0]);
	else if (words.count > FLAGS && !strcmp(words.word[FLAGS], "Flags"))
		read_heading(r, &words);
	else if (words.count > NETIF && is_destination(words.word[DESTINATION]) && !r->foreign)
		return read_row(r, &words);
	else if (words.count > FLAGS &&
		 (is_destination(words.word[DESTINATION]) ||
		  (words.word[FLAGS][0] == 'U' && is_flags(words.word[FLAGS]))))
		client_unknown(r->table, r->in->line, words_whole_line(r->in));
	return 0;
}

int bsd_read(struct input *in, struct route_list *list)
{
	struct reader r = {
		.in = in,
		.table = &list->client,
		.family = CVPN_LPM_FAMILIES,
		.netif = NETIF,
	};
	int more, err = 0;

	while (!err && (more = input_line(in)) != 0)
		err = more < 0 ? more : read_line(&r);
	return err;
}

enum evidence_of_format bsd_look(const char *line, const struct words *words)
{
	(void)line;
	if (words->count == 1 &&
	    (!strcmp(words->word[0], "Internet:") || !strcmp(words->word[0], "Internet6:")))
		return LINE_CONCLUSIVE;
	return words->count > NETIF && is_destination(words->word[DESTINATION]) &&
			       words->word[FLAGS][0] == 'U' && is_flags(words->word[FLAGS])
		       ? LINE_CONCLUSIVE
		       : LINE_NEUTRAL;
}
