/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What holds for every format on any bytes. What is refused is refused with a place; what is
 * accepted is valid, sorted, and prints as text that reads back as the same routes.
 */
#ifndef TESTS_FUZZ_LIST_H
#define TESTS_FUZZ_LIST_H

#include <string.h>

#include "formats/route_list.h"
#include "fuzz.h"
#include "prefix.h"

#define NAME "input"

/* The route's text must be as short as the header says. */
static void print_route(const struct route *route, FILE *out)
{
	char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];

	prefix_format(&route->prefix, prefix);
	verdict_format(route->verdict, verdict);
	CHECK(strlen(prefix) < PREFIX_TEXT && strlen(verdict) < VERDICT_TEXT);
	fprintf(out, "%s %s\n", prefix, verdict);
}

static int read_list(const char *format, const void *text, size_t size, struct route_list *list,
		     struct route_error *error)
{
	/* fmemopen() only reads, but takes no pointer to const. */
	FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");
	int err;

	CHECK(in);
	*list = (struct route_list){ .name = strdup(NAME) };
	CHECK(list->name);
	err = route_list_read(in, &(struct route_source){ .format = format }, list, error);
	fclose(in);
	return err;
}

static void check_error(const struct route_error *error)
{
	size_t length = strnlen(error->text, sizeof(error->text));

	CHECK(length < sizeof(error->text));
	CHECK(!strncmp(error->text, NAME ":", strlen(NAME ":")));
	CHECK(strstr(error->text, ": found "));
	CHECK(strstr(error->text, "; expected "));
	for (size_t i = 0; i < length; i++)
		CHECK(error->text[i] >= ' ' && error->text[i] <= '~');
}

static void check_routes(const struct route_list *list)
{
	CHECK(list->of_family[CVPN_LPM_IPV4] + list->of_family[CVPN_LPM_IPV6] == list->count);
	for (size_t i = 0; i < list->count; i++) {
		const struct route *route = &list->routes[i];

		CHECK(prefix_valid(&route->prefix));
		CHECK(route->verdict.kind < VERDICT_KINDS);
		CHECK(route->verdict.next_hop <= VERDICT_MAX_NEXT_HOP);
		CHECK(route->verdict.kind != VERDICT_DROP || !route->verdict.next_hop);
		CHECK(!i || prefix_compare(&route[-1].prefix, &route->prefix) < 0);
	}
}

static void check_round_trip(const struct route_list *list)
{
	struct route_list reread;
	struct route_error error;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CHECK(out);
	for (size_t i = 0; i < list->count; i++)
		print_route(&list->routes[i], out);
	CHECK(fclose(out) == 0);
	CHECK(read_list("plain", text, size, &reread, &error) == 0);
	CHECK(reread.count == list->count);
	CHECK(!reread.duplicates && !reread.unfinished_line);
	CHECK(route_list_digest(&reread) == route_list_digest(list));
	route_list_free(&reread);
	free(text);
}

#endif
