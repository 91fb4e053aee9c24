/* SPDX-License-Identifier: BSD-2-Clause */
/* Route lists: collecting, sorting, and the text of prefixes and verdicts. */
#include "route_list.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"

#define FIRST_CAPACITY 64u

int addr_parse(const char *text, uint8_t *family, struct cvpn_lpm_addr *addr)
{
	struct in6_addr v6;
	struct in_addr v4;
	uint64_t half[2];

	if (inet_pton(AF_INET, text, &v4) == 1) {
		*family = CVPN_LPM_IPV4;
		*addr = (struct cvpn_lpm_addr){ (uint64_t)ntohl(v4.s_addr) << 32, 0 };
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return -EINVAL;
	memcpy(half, &v6, sizeof(half));
	*family = CVPN_LPM_IPV6;
	*addr = (struct cvpn_lpm_addr){ be64toh(half[0]), be64toh(half[1]) };
	return 0;
}

void addr_format(uint8_t family, struct cvpn_lpm_addr addr, char *text)
{
	if (family == CVPN_LPM_IPV4) {
		struct in_addr v4 = { htonl((uint32_t)(addr.hi >> 32)) };

		inet_ntop(AF_INET, &v4, text, PREFIX_TEXT);
	} else {
		uint64_t half[2] = { htobe64(addr.hi), htobe64(addr.lo) };

		inet_ntop(AF_INET6, half, text, PREFIX_TEXT);
	}
}

void prefix_format(const struct cvpn_lpm_prefix *prefix, char *text)
{
	size_t n;

	addr_format(prefix->family, prefix->addr, text);
	n = strlen(text);
	snprintf(text + n, PREFIX_TEXT - n, "/%u", prefix->len);
}

void verdict_format(struct verdict verdict, char *text)
{
	static const char *const names[VERDICT_KINDS] = {
		[VERDICT_DROP] = "drop",
		[VERDICT_TUNNEL] = "tunnel",
		[VERDICT_PHYSICAL] = "physical",
	};

	if (verdict.next_hop)
		snprintf(text, VERDICT_TEXT, "%s:%u", names[verdict.kind], verdict.next_hop);
	else
		snprintf(text, VERDICT_TEXT, "%s", names[verdict.kind]);
}

int route_list_add(struct route_list *list, const struct route *route)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : FIRST_CAPACITY;
		struct route *routes = realloc(list->routes, capacity * sizeof(*routes));

		if (!routes)
			return -ENOMEM;
		list->routes = routes;
		list->capacity = capacity;
	}
	list->routes[list->count++] = *route;
	return 0;
}

int route_list_warn(struct route_list *list, const char *format, ...)
{
	char **warnings = realloc(list->warnings, (list->warning_count + 1) * sizeof(*warnings));
	va_list args;
	int n;

	if (!warnings)
		return -ENOMEM;
	list->warnings = warnings;
	va_start(args, format);
	n = vasprintf(&warnings[list->warning_count], format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	list->warning_count++;
	return 0;
}

void route_list_free(struct route_list *list)
{
	free(list->name);
	free(list->routes);
	for (size_t i = 0; i < list->warning_count; i++)
		free(list->warnings[i]);
	free(list->warnings);
	client_table_free(&list->client);
	*list = (struct route_list){ 0 };
}

/* By prefix, and a prefix's first line first. */
static int compare_routes(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

static bool is_sorted(const struct route_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		if (compare_routes(&list->routes[i - 1], &list->routes[i]) > 0)
			return false;
	}
	return true;
}

static void conflict(const struct route_list *list, const struct route *first,
		     const struct route *second, struct route_error *error)
{
	char prefix[PREFIX_TEXT], found[VERDICT_TEXT], expected[VERDICT_TEXT];

	prefix_format(&first->prefix, prefix);
	verdict_format(first->verdict, expected);
	verdict_format(second->verdict, found);
	snprintf(error->text, sizeof(error->text),
		 "%s:%" PRIu32 ": found %s with verdict %s; expected %s as in line %" PRIu32
		 ", or another prefix",
		 list->name, second->line, prefix, found, expected, first->line);
}

int route_list_sort(struct route_list *list, struct route_error *error)
{
	size_t kept = 0;

	if (!is_sorted(list))
		qsort(list->routes, list->count, sizeof(*list->routes), compare_routes);
	memset(list->of_family, 0, sizeof(list->of_family));
	for (size_t i = 0; i < list->count; i++) {
		struct route *route = &list->routes[i];
		struct route *last = kept ? &list->routes[kept - 1] : NULL;

		if (last && !prefix_compare(&last->prefix, &route->prefix)) {
			if (last->verdict.kind != route->verdict.kind ||
			    last->verdict.next_hop != route->verdict.next_hop) {
				conflict(list, last, route, error);
				return -EINVAL;
			}
			if (!list->duplicates++ || route->line < list->duplicate_line)
				list->duplicate_line = route->line;
			continue;
		}
		list->of_family[route->prefix.family]++;
		list->routes[kept++] = *route;
	}
	list->count = kept;
	return 0;
}

static uint64_t fnv1a(uint64_t digest, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		digest = (digest ^ (value >> 8 * i & 0xff)) * 0x100000001b3;
	return digest;
}

uint64_t route_list_digest(const struct route_list *list)
{
	uint64_t digest = 0xcbf29ce484222325;

	for (size_t i = 0; i < list->count; i++) {
		const struct route *r = &list->routes[i];

		digest = fnv1a(digest, r->prefix.addr.hi, 8);
		digest = fnv1a(digest, r->prefix.addr.lo, 8);
		digest = fnv1a(digest, r->prefix.family, 1);
		digest = fnv1a(digest, r->prefix.len, 1);
		digest = fnv1a(digest, r->verdict.kind, 1);
		digest = fnv1a(digest, r->verdict.next_hop, 2);
	}
	return digest;
}
