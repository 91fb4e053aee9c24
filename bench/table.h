/* SPDX-License-Identifier: BSD-2-Clause */
/* The table under test: the routes as loaded, the trie made of them and the oracle's view. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <cvpn/lpm.h>

#include "../lpm/formats/route_list.h"
#include "../lpm/linear.h"

#define TABLE_VALUES 65536u

/*
 * The trie stores small values; a verdict gets the next value when it is first met. Value 0,
 * CVPN_LPM_NO_ROUTE, stands for the verdict of an address without a route: drop.
 */
struct table {
	struct route_list list;
	struct cvpn_lpm *lpm;
	const struct cvpn_lpm_kernels *kernels; /* what the packet path looks up with */
	struct linear_route *linear;		/* one for each of list.routes */
	struct verdict verdicts[TABLE_VALUES];
	uint8_t kinds[TABLE_VALUES]; /* verdicts[].kind, dense for the packet path */
	uint32_t verdict_count;	     /* distinct verdicts in the table, without "no route" */
	uint64_t digest;
	double load_ms;	  /* reading the file */
	double build_ms;  /* routes to published trie */
	bool full_tunnel; /* at least one family's whole address space leads into the tunnel */
	const char *mode; /* "full tunnel" or "split tunnel" */
	bool shared;	  /* another thread updates it: whoever looks up is a registered reader */
};

/* The calling thread holds no image of the table now. */
static inline void table_quiesce(const struct table *table)
{
	if (table->shared)
		cvpn_lpm_reader_quiescent();
}

/* Between these it holds none, either: it may block. */
static inline void table_offline(const struct table *table)
{
	if (table->shared)
		cvpn_lpm_reader_offline();
}

static inline void table_online(const struct table *table)
{
	if (table->shared)
		cvpn_lpm_reader_online();
}

/**
 * table_load() - read a route table and build everything that is searched
 * @spec:	see route_list_load()
 * @seed:	see route_list_load()
 * @table:	made; the caller frees it with table_free()
 * @error:	filled on error
 *
 * Return: 0; -EINVAL for input that is not a usable table; other negative errnos.
 */
int table_load(const char *spec, uint64_t seed, struct table **table, struct route_error *error);

/* The same, with more said of where the routes come from; see route_list_load_from(). */
int table_load_from(const struct route_source *source, struct table **table,
		    struct route_error *error);

void table_free(struct table *table);

/* Of table_insert(): every family. */
#define TABLE_ALL_FAMILIES CVPN_LPM_FAMILIES

/**
 * table_insert() - put routes into a trie, and publish it
 * @table:	where the routes are
 * @family:	which of them
 * @lpm:	has none of them yet
 *
 * Return: 0, or the negative errno of the first insert that failed, or of the publish.
 */
int table_insert(const struct table *table, uint8_t family, struct cvpn_lpm *lpm);

/**
 * table_change() - give prefixes of a trie other values, and publish that in one step
 * @lpm:	changed
 * @routes:	the prefixes; the value CVPN_LPM_NO_ROUTE takes one out
 * @n:		how many
 *
 * Return: 0, or the negative errno of the first change that failed, or of the publish.
 */
int table_change(struct cvpn_lpm *lpm, const struct linear_route *routes, size_t n);

/**
 * table_trie() - make a trie of the routes of one family alone
 * @table:	where the routes are
 * @family:	which of them
 * @lpm:	made and published; the caller frees it with cvpn_lpm_destroy()
 *
 * Return: 0; a negative errno, and then @lpm is NULL.
 */
int table_trie(const struct table *table, uint8_t family, struct cvpn_lpm **lpm);

/* The route that decides for an address: the longest prefix that holds it, or NULL. */
const struct route *table_route(const struct table *table, uint8_t family,
				struct cvpn_lpm_addr addr);

/* The route of the longest prefix that holds all of @prefix, or NULL. */
const struct route *table_route_holding(const struct table *table,
					const struct cvpn_lpm_prefix *prefix);

/* The longest prefix shorter than @route's that holds its address, or NULL. */
const struct route *table_route_above(const struct table *table, const struct route *route);

#endif
