/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of a format: its routes, its errors, what it did not understand. */
#include "format_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define PRINTED_BYTES 8192

int format_read(const char *format, const void *bytes, size_t n, const char *tunnel_if,
		struct route_list *list, struct route_error *error)
{
	const struct route_source source = { .format = format, .tunnel_if = tunnel_if };
	FILE *in = fmemopen((void *)(uintptr_t)bytes, n, "r");
	int err;

	cr_assert_not_null(in);
	*list = (struct route_list){ .name = strdup(FORMAT_NAME) };
	*error = (struct route_error){ 0 };
	err = route_list_read(in, &source, list, error);
	fclose(in);
	return err;
}

/* Prints each route in the plain format, then @end. */
static void print_list(const struct route_list *list, char end, char out[PRINTED_BYTES])
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < list->count; i++) {
		char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];

		prefix_format(&list->routes[i].prefix, prefix);
		verdict_format(list->routes[i].verdict, verdict);
		n += (size_t)snprintf(out + n, PRINTED_BYTES - n, "%s %s%c", prefix, verdict, end);
		cr_assert_lt(n, PRINTED_BYTES);
	}
}

static void reads_back(const struct route_list *list)
{
	struct route_error error;
	struct route_list reread;
	char printed[PRINTED_BYTES];

	print_list(list, '\n', printed);
	cr_assert_eq(format_read("auto", printed, strlen(printed), NULL, &reread, &error), 0, "%s",
		     error.text);
	cr_assert_null(reread.client.format);
	cr_assert_eq(route_list_digest(&reread), route_list_digest(list));
	cr_assert_eq(reread.warning_count, 0);
	route_list_free(&reread);
}

static void accepts_as(const char *format, const char *name, const void *bytes, size_t n,
		       const char *tunnel_if, const char *expected)
{
	struct route_error error;
	struct route_list list;
	char printed[PRINTED_BYTES];

	cr_assert_eq(format_read(format, bytes, n, tunnel_if, &list, &error), 0, "%s", error.text);
	print_list(&list, '|', printed);
	cr_assert_str_eq(printed, expected);
	cr_assert_str_eq(list.client.format, name);
	reads_back(&list);
	route_list_free(&list);
}

void format_accepts_bytes(const char *format, const void *bytes, size_t n, const char *tunnel_if,
			  const char *expected)
{
	accepts_as(format, format, bytes, n, tunnel_if, expected);
	accepts_as("auto", format, bytes, n, tunnel_if, expected);
}

void format_accepts(const char *format, const char *text, const char *expected)
{
	format_accepts_bytes(format, text, strlen(text), NULL, expected);
}

void format_refuses(const char *format, const char *text, unsigned int line, const char *found,
		    const char *expected)
{
	char place[64] = FORMAT_NAME ": found ";
	struct route_error error;
	struct route_list list;

	cr_assert_eq(format_read(format, text, strlen(text), NULL, &list, &error), -EINVAL,
		     "accepted, without: found %s", found);
	if (line)
		snprintf(place, sizeof(place), "%s:%u: found ", FORMAT_NAME, line);
	cr_assert_eq(strncmp(error.text, place, strlen(place)), 0,
		     "\"%s\" does not begin with \"%s\"", error.text, place);
	cr_assert_not_null(strstr(error.text, found), "\"%s\" lacks \"%s\"", error.text, found);
	cr_assert_not_null(strstr(error.text, "; expected "), "\"%s\" expects nothing", error.text);
	cr_assert_not_null(strstr(error.text, expected), "\"%s\" lacks \"%s\"", error.text,
			   expected);
	route_list_free(&list);
}

struct route_list format_list(const char *format, const char *text)
{
	struct route_error error;
	struct route_list list;

	cr_assert_eq(format_read(format, text, strlen(text), NULL, &list, &error), 0, "%s",
		     error.text);
	return list;
}

void format_wonders(const char *format, const char *text, size_t count, unsigned int line,
		    const char *fragment)
{
	struct route_list list = format_list(format, text);

	cr_assert_eq(list.client.unknown_count, count, "%zu: %s", list.client.unknown_count,
		     list.client.unknown_text);
	if (count) {
		cr_assert_eq(list.client.unknown_line, line, "line %u", list.client.unknown_line);
		cr_assert_not_null(strstr(list.client.unknown_text, fragment),
				   "\"%s\" lacks \"%s\"", list.client.unknown_text, fragment);
		cr_assert_geq(list.warning_count, 1);
		cr_assert_not_null(strstr(list.warnings[0], "not understood"));
		cr_assert_not_null(strstr(list.warnings[0], fragment));
	}
	route_list_free(&list);
}

const struct client_route *format_route(const struct route_list *list, const char *text)
{
	struct cvpn_lpm_prefix prefix;
	const struct client_route *route;
	char addr[PREFIX_TEXT];
	unsigned int len;
	size_t count;

	cr_assert_eq(sscanf(text, "%51[^/]/%u", addr, &len), 2);
	cr_assert_eq(addr_parse(addr, &prefix.family, &prefix.addr), 0);
	prefix.len = (uint8_t)len;
	route = client_routes_of(&list->client, &prefix, &count);
	cr_assert_not_null(route, "no route %s", text);
	return route;
}
