/* SPDX-License-Identifier: BSD-2-Clause */
/* The difference as text, and what it tells of the connection. */
#include "diff.h"

#include <string.h>

#include "../lpm/formats/connection.h"
#include "../lpm/formats/input.h"
#include "../lpm/formats/route_diff.h"
#include "../lpm/prefix.h"
#include "options.h"
#include "print.h"

/* Prints a value behind "# NAME: ", or behind a comma if it is not the first of that name. */
static void print_value(const char *name, const char *value, bool *first)
{
	if (*first)
		printf("# %s: %s", name, value);
	else
		printf(", %s", value);
	*first = false;
}

static void end_values(bool first)
{
	if (!first)
		putchar('\n');
}

static void print_interfaces(const struct client_table *table)
{
	char name[SHOWN_TEXT];
	bool first = true;

	for (uint32_t i = 0; i < table->interface_count; i++) {
		if (table->interfaces[i].tunnel)
			print_value("tunnel interface", shown(table->interfaces[i].name, name),
				    &first);
	}
	end_values(first);
}

/* "10.243.0.7 in 10.243.0.0/27" */
static void print_client(const struct connection *c)
{
	bool first = true;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		const struct client_address *client = &c->client[family];
		const struct cvpn_lpm_prefix network = client_network(client);
		char text[2 * PREFIX_TEXT + sizeof(" in ")];

		if (client->family == CLIENT_NO_ADDRESS)
			continue;
		addr_format(client->family, client->addr, text);
		if (!addr_equal(network.addr, client->addr)) {
			strcat(text, " in ");
			prefix_format(&network, text + strlen(text));
		}
		print_value("client address", text, &first);
	}
	end_values(first);
}

static void print_endpoints(const struct route_diff *d, const struct connection *c)
{
	char text[PREFIX_TEXT];
	bool first = true;

	for (size_t i = 0; i < d->count && c->mode == CLIENT_MODE_FULL; i++) {
		const struct route_change *change = &d->changes[i];

		if (!change->added || change->verdict.kind != VERDICT_PHYSICAL ||
		    !connection_endpoint(c, &change->prefix))
			continue;
		addr_format(change->prefix.family, change->prefix.addr, text);
		print_value("endpoint", text, &first);
	}
	end_values(first);
}

static void print_pushed(const struct route_diff *d, const struct connection *c)
{
	char text[PREFIX_TEXT];
	bool first = true;

	for (size_t i = 0; i < d->count; i++) {
		const struct route_change *change = &d->changes[i];

		if (!change->added || change->verdict.kind != VERDICT_TUNNEL ||
		    !connection_pushed(c, &change->prefix))
			continue;
		prefix_format(&change->prefix, text);
		print_value("pushed", text, &first);
	}
	if (first)
		print_value("pushed",
			    c->mode == CLIENT_MODE_FULL ? "none to be seen; a full tunnel adds none"
							: "none",
			    &first);
	end_values(first);
}

static void print_neighbours(const struct route_diff *d)
{
	char text[PREFIX_TEXT];

	if (!d->neighbours)
		return;
	prefix_format(&d->neighbour, text);
	printf("# left out: %zu neighbour%s that the system found by itself, %s%s\n", d->neighbours,
	       d->neighbours == 1 ? "" : "s", d->neighbours == 1 ? "" : "the first is ", text);
}

static void print_connection(const struct route_diff *d, const struct route_list *after)
{
	static const char *const modes[] = {
		[CLIENT_MODE_UNKNOWN] = "no tunnel",
		[CLIENT_MODE_SPLIT] = "split",
		[CLIENT_MODE_FULL] = "full",
	};
	struct connection c;

	connection_infer(after, &c);
	printf("# mode: %s\n", modes[c.mode]);
	if (c.mode == CLIENT_MODE_UNKNOWN)
		return;
	print_interfaces(&after->client);
	print_client(&c);
	print_endpoints(d, &c);
	print_pushed(d, &c);
}

static void print_changes(const struct route_diff *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct route_change *change = &d->changes[i];
		char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];

		prefix_format(&change->prefix, prefix);
		verdict_format(change->verdict, verdict);
		printf("%c%s %s\n", change->added ? '+' : '-', prefix, verdict);
	}
}

int diff(const struct route_list *before, const struct route_list *after)
{
	struct route_diff d;
	int err = route_diff(before, after, &d);

	if (err < 0) {
		route_diff_free(&d);
		fprintf(stderr, "cvpn-bench: --diff: %s\n", strerror(-err));
		return EXIT_FAILED;
	}
	if (after->client.format)
		print_connection(&d, after);
	print_neighbours(&d);
	print_changes(&d);
	route_diff_free(&d);
	return finish_output(EXIT_DONE);
}
