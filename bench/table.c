/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a table, and finding the route behind an answer. */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lpm/formats/redirect.h"
#include "../lpm/prefix.h"
#include "clock.h"

/* Numbers the verdicts: @values is indexed by kind and next hop and holds 0 for a new one. */
static int number_verdict(struct table *table, uint16_t *values, struct verdict verdict,
			  uint16_t *value)
{
	uint16_t *known = &values[verdict.kind * TABLE_VALUES + verdict.next_hop];

	if (!*known) {
		if (table->verdict_count == TABLE_VALUES - 1)
			return -E2BIG;
		*known = (uint16_t)++table->verdict_count;
		table->verdicts[*known] = verdict;
		table->kinds[*known] = verdict.kind;
	}
	*value = *known;
	return 0;
}

static int insert_routes(struct table *table, uint16_t *values)
{
	for (size_t i = 0; i < table->list.count; i++) {
		const struct route *route = &table->list.routes[i];
		struct linear_route *linear = &table->linear[i];
		int err;

		linear->prefix = route->prefix;
		err = number_verdict(table, values, route->verdict, &linear->value);
		if (!err)
			err = cvpn_lpm_insert(table->lpm, &route->prefix, linear->value);
		if (err < 0)
			return err;
	}
	return cvpn_lpm_publish(table->lpm);
}

static int build(struct table *table)
{
	uint16_t *values = calloc(VERDICT_KINDS * (size_t)TABLE_VALUES, sizeof(*values));
	int err = -ENOMEM;

	table->verdicts[CVPN_LPM_NO_ROUTE].kind = VERDICT_DROP;
	table->kinds[CVPN_LPM_NO_ROUTE] = VERDICT_DROP;
	table->linear = calloc(table->list.count, sizeof(*table->linear));
	if (values && table->linear)
		err = cvpn_lpm_create(&table->lpm);
	if (!err)
		err = insert_routes(table, values);
	free(values);
	return err;
}

static bool is_full_tunnel(const struct table *table)
{
	bool full = false;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++)
		full |= redirect_found(&table->list, family);
	return full;
}

int table_load_from(const struct route_source *source, struct table **table,
		    struct route_error *error)
{
	const char *spec = source->spec;
	uint64_t start = clock_ns(), loaded;
	struct table *t = calloc(1, sizeof(*t));
	int err;

	if (!t) {
		snprintf(error->text, sizeof(error->text), "%s: not enough memory", spec);
		return -ENOMEM;
	}
	err = route_list_load_from(source, &t->list, error);
	loaded = clock_ns();
	if (!err) {
		err = build(t);
		if (err == -E2BIG) {
			snprintf(error->text, sizeof(error->text),
				 "%s: found more than %u distinct verdicts; expected no more", spec,
				 TABLE_VALUES - 1);
			err = -EINVAL;
		} else if (err < 0) {
			snprintf(error->text, sizeof(error->text), "%s: not enough memory", spec);
		}
	}
	if (err < 0) {
		table_free(t);
		return err;
	}
	t->load_ms = (double)(loaded - start) / NS_PER_MS;
	t->build_ms = (double)(clock_ns() - loaded) / NS_PER_MS;
	t->digest = route_list_digest(&t->list);
	t->full_tunnel = is_full_tunnel(t);
	t->mode = t->full_tunnel ? "full tunnel" : "split tunnel";
	*table = t;
	return 0;
}

int table_load(const char *spec, uint64_t seed, struct table **table, struct route_error *error)
{
	const struct route_source source = { .spec = spec, .seed = seed };

	return table_load_from(&source, table, error);
}

void table_free(struct table *table)
{
	if (!table)
		return;
	cvpn_lpm_destroy(table->lpm);
	free(table->linear);
	route_list_free(&table->list);
	free(table);
}

int table_insert(const struct table *table, uint8_t family, struct cvpn_lpm *lpm)
{
	int err = 0;

	for (size_t i = 0; i < table->list.count && !err; i++) {
		const struct linear_route *route = &table->linear[i];

		if (family == TABLE_ALL_FAMILIES || route->prefix.family == family)
			err = cvpn_lpm_insert(lpm, &route->prefix, route->value);
	}
	return err ? err : cvpn_lpm_publish(lpm);
}

int table_change(struct cvpn_lpm *lpm, const struct linear_route *routes, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = routes[i].value == CVPN_LPM_NO_ROUTE
			      ? cvpn_lpm_remove(lpm, &routes[i].prefix)
			      : cvpn_lpm_insert(lpm, &routes[i].prefix, routes[i].value);
	return err ? err : cvpn_lpm_publish(lpm);
}

int table_trie(const struct table *table, uint8_t family, struct cvpn_lpm **lpm)
{
	int err;

	*lpm = NULL;
	err = cvpn_lpm_create(lpm);
	if (!err)
		err = table_insert(table, family, *lpm);
	if (err) {
		cvpn_lpm_destroy(*lpm);
		*lpm = NULL;
	}
	return err;
}

static int compare_to_prefix(const void *key, const void *route)
{
	return prefix_compare(key, &((const struct route *)route)->prefix);
}

/* The longest prefix of at most @max_len bits that holds @addr. */
static const struct route *longest(const struct table *table, uint8_t family,
				   struct cvpn_lpm_addr addr, int max_len)
{
	for (int len = max_len; len >= 0; len--) {
		struct cvpn_lpm_prefix prefix = {
			.addr = prefix_first(addr, (unsigned int)len),
			.len = (uint8_t)len,
			.family = family,
		};
		const struct route *route = bsearch(&prefix, table->list.routes, table->list.count,
						    sizeof(*route), compare_to_prefix);

		if (route)
			return route;
	}
	return NULL;
}

const struct route *table_route(const struct table *table, uint8_t family,
				struct cvpn_lpm_addr addr)
{
	return longest(table, family, addr, (int)prefix_max_len(family));
}

const struct route *table_route_holding(const struct table *table,
					const struct cvpn_lpm_prefix *prefix)
{
	return longest(table, prefix->family, prefix->addr, prefix->len);
}

const struct route *table_route_above(const struct table *table, const struct route *route)
{
	return longest(table, route->prefix.family, route->prefix.addr, route->prefix.len - 1);
}
