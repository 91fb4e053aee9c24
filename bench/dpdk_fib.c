/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DPDK's FIB as an engine: DIR24_8 for IPv4, TRIE for IPv6. One table for each entry size that can
 * hold every value and every block of this route table; each of its lookup functions is a way, and
 * the fastest on the keys at hand is the one reported. Its lookup has one call, for any number of
 * addresses; a single one is a call with one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Before DPDK's headers, which give NS_PER_S another type. */
#include "clock.h"
#include "dpdk.h"

#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>

#define MAX_SIZES 3u
/* Bytes of memory for each route: a node of the rule tree and another to branch, in a mempool. */
#define ROUTE_BYTES 512u
/* For what comes with a table of any size. */
#define HEAD_BYTES    ((size_t)16 << 20)
#define TBL24_ENTRIES ((size_t)1 << 24)
#define GROUP_ENTRIES ((size_t)256)
/*
 * Blocks to have in reserve: a table may want one more while it changes, and that of IPv6 (seen in
 * 22.11) forgets to give back what it set aside for a prefix when that is removed.
 */
#define SPARE_GROUPS 4096u

/* One table of DPDK. */
struct fib_table {
	struct dpdk_heap heap;
	struct rte_fib *v4;
	struct rte_fib6 *v6;
	unsigned int entry_bytes;
};

struct fib {
	struct engine_state head;
	struct fib_table tables[MAX_SIZES];
	unsigned int table_count;
	struct {
		struct fib_table *table;
		int type; /* enum rte_fib_lookup_type or enum rte_fib6_lookup_type */
	} ways[ENGINE_MAX_WAYS];
};

struct way_type {
	const char *kernel;
	int type;
};

static const struct way_type types4[] = {
	{ "scalar", RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO },
	{ "scalar-inline", RTE_FIB_LOOKUP_DIR24_8_SCALAR_INLINE },
	{ "scalar-uni", RTE_FIB_LOOKUP_DIR24_8_SCALAR_UNI },
	{ "avx512", RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512 },
};

static const struct way_type types6[] = {
	{ "scalar", RTE_FIB6_LOOKUP_TRIE_SCALAR },
	{ "avx512", RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512 },
};

#define TYPES4 (sizeof(types4) / sizeof(types4[0]))
#define TYPES6 (sizeof(types6) / sizeof(types6[0]))

_Static_assert(MAX_SIZES *TYPES4 <= ENGINE_MAX_WAYS, "each is a way");

/* Values and block numbers share an entry with one bit that tells them apart. */
static uint64_t entry_limit(unsigned int entry_bytes)
{
	return (1ull << (entry_bytes * 8 - 1)) - 1;
}

static int create4(struct fib_table *t, size_t routes, size_t groups)
{
	struct rte_fib_conf conf = { .type = RTE_FIB_DIR24_8,
				     .default_nh = CVPN_LPM_NO_ROUTE,
				     .max_routes = (int)routes };

	conf.dir24_8.nh_sz = (enum rte_fib_dir24_8_nh_sz)__builtin_ctz(t->entry_bytes);
	conf.dir24_8.num_tbl8 = (uint32_t)groups;
	t->v4 = rte_fib_create(t->heap.name, t->heap.socket, &conf);
	return t->v4 ? 0 : -rte_errno;
}

static int create6(struct fib_table *t, size_t routes, size_t groups)
{
	struct rte_fib6_conf conf = { .type = RTE_FIB6_TRIE,
				      .default_nh = CVPN_LPM_NO_ROUTE,
				      .max_routes = (int)routes };

	conf.trie.nh_sz = (enum rte_fib_trie_nh_sz)__builtin_ctz(t->entry_bytes);
	conf.trie.num_tbl8 = (uint32_t)groups;
	t->v6 = rte_fib6_create(t->heap.name, t->heap.socket, &conf);
	return t->v6 ? 0 : -rte_errno;
}

static int change(const struct fib_table *t, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	uint8_t bytes[16];

	if (t->v4) {
		uint32_t addr = dpdk_v4(prefix->addr);

		return value == CVPN_LPM_NO_ROUTE ? rte_fib_delete(t->v4, addr, prefix->len)
						  : rte_fib_add(t->v4, addr, prefix->len, value);
	}
	dpdk_bytes(prefix->addr, bytes);
	return value == CVPN_LPM_NO_ROUTE
		       ? rte_fib6_delete(t->v6, dpdk_addr6(bytes), prefix->len)
		       : rte_fib6_add(t->v6, dpdk_addr6(bytes), prefix->len, value);
}

static void destroy(struct fib_table *t)
{
	rte_fib_free(t->v4);
	rte_fib6_free(t->v6);
	t->v4 = NULL;
	t->v6 = NULL;
	dpdk_heap_close(&t->heap);
}

static int add_routes(const struct fib_table *t, const struct table *table, uint8_t family)
{
	int err = 0;

	for (size_t i = 0; i < table->list.count && !err; i++) {
		const struct linear_route *route = &table->linear[i];

		if (route->prefix.family == family)
			err = change(t, &route->prefix, route->value);
	}
	return err;
}

/* Makes a table with room for @groups blocks, and says how long DPDK took for it. */
static int make_with(struct fib_table *t, const struct table *table, uint8_t family, size_t groups,
		     uint64_t *ns)
{
	size_t routes = table->list.of_family[family];
	int err = dpdk_heap_open(&t->heap,
				 HEAD_BYTES + routes * ROUTE_BYTES +
					 (TBL24_ENTRIES + groups * GROUP_ENTRIES) * t->entry_bytes);

	*ns = clock_ns();
	if (!err)
		err = family == CVPN_LPM_IPV4 ? create4(t, routes, groups)
					      : create6(t, routes, groups);
	if (!err)
		err = add_routes(t, table, family);
	*ns = clock_ns() - *ns;
	if (err)
		destroy(t);
	return err;
}

/*
 * Makes a table that holds all routes. IPv6's reserves blocks by an estimate of its own that can
 * exceed what is needed, so a table that is said to be full is made anew with more of them.
 */
static int make(struct fib_table *t, const struct table *table, uint8_t family, uint64_t *ns)
{
	size_t limit = entry_limit(t->entry_bytes);
	size_t groups = dpdk_groups(table, family, 24);

	if (table->verdict_count > limit)
		return -ERANGE;
	if (groups > limit)
		return -ENOSPC;
	for (groups += SPARE_GROUPS;; groups *= 2) {
		size_t room = groups < limit ? groups : limit;
		int err = make_with(t, table, family, room, ns);

		if (err != -ENOSPC || room == limit)
			return err;
	}
}

static void add_ways(struct fib *fib, struct fib_table *t)
{
	size_t types = t->v4 ? TYPES4 : TYPES6;

	for (size_t i = 0; i < types; i++) {
		const struct way_type *type = t->v4 ? &types4[i] : &types6[i];
		unsigned int way = fib->head.way_count;
		int err = t->v4 ? rte_fib_select_lookup(t->v4, (enum rte_fib_lookup_type)type->type)
				: rte_fib6_select_lookup(t->v6,
							 (enum rte_fib6_lookup_type)type->type);

		/* This CPU, or this build of DPDK, does not have it. */
		if (err)
			continue;
		fib->ways[way].table = t;
		fib->ways[way].type = type->type;
		fib->head.ways[way] = (struct engine_way){
			.kernel = type->kernel,
			.entry_bytes = t->entry_bytes,
		};
		fib->head.way_count++;
	}
}

static void free_state(struct engine_state *state)
{
	struct fib *fib = (struct fib *)state;

	for (unsigned int i = 0; i < fib->table_count; i++)
		destroy(&fib->tables[i]);
	free(fib);
}

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	unsigned int smallest = family == CVPN_LPM_IPV4 ? 1 : 2;
	struct fib *fib = calloc(1, sizeof(*fib));
	int err = -ENOMEM;
	uint64_t ns;

	for (unsigned int bytes = smallest; fib && bytes <= sizeof(uint32_t); bytes *= 2) {
		struct fib_table *t = &fib->tables[fib->table_count];

		t->entry_bytes = bytes;
		err = make(t, table, family, &ns);
		if (!err)
			fib->table_count++;
	}
	if (!fib || !fib->table_count) {
		engine_error_set(error, "no entry size of its tables takes all routes: %s",
				 strerror(-err));
		free(fib);
		return err;
	}
	fib->head.table = table;
	fib->head.family = family;
	for (unsigned int i = 0; i < fib->table_count; i++)
		add_ways(fib, &fib->tables[i]);
	*state = &fib->head;
	return 0;
}

/* Selects the way's lookup function; DPDK keeps it with the table. */
static struct fib_table *select_way(const struct engine_state *state, unsigned int way)
{
	const struct fib *fib = (const struct fib *)state;
	struct fib_table *t = fib->ways[way].table;

	if (t->v4)
		(void)rte_fib_select_lookup(t->v4, (enum rte_fib_lookup_type)fib->ways[way].type);
	else
		(void)rte_fib6_select_lookup(t->v6, (enum rte_fib6_lookup_type)fib->ways[way].type);
	return t;
}

/* DPDK's parameters are not const, but the keys stay as they are. */
static inline void look_up(const struct fib_table *t, const struct keys *keys, size_t from,
			   size_t n, uint64_t *hops)
{
	if (t->v4)
		(void)rte_fib_lookup_bulk(t->v4, (uint32_t *)keys->v4 + from, hops, (int)n);
	else
		(void)rte_fib6_lookup_bulk(t->v6, dpdk_addr6(keys->bytes + from), hops, (int)n);
}

static void values(const struct engine_state *state, unsigned int way, enum variant variant,
		   const struct keys *keys, size_t from, size_t n, uint16_t *out)
{
	const struct fib_table *t = select_way(state, way);
	uint64_t hops[ENGINE_BULK];

	if (variant == VARIANT_BULK)
		look_up(t, keys, from, n, hops);
	else
		for (size_t i = 0; i < n; i++)
			look_up(t, keys, from + i, 1, &hops[i]);
	for (size_t i = 0; i < n; i++)
		out[i] = (uint16_t)hops[i];
}

static uint64_t pass_bulk(const struct engine_state *state, unsigned int way,
			  const struct keys *keys, size_t n)
{
	const struct fib_table *t = select_way(state, way);
	uint64_t hops[ENGINE_BULK], sum = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = engine_piece(n, from);

		look_up(t, keys, from, count, hops);
		for (size_t i = 0; i < count; i++)
			sum += hops[i];
	}
	return sum;
}

static uint64_t pass_single(const struct engine_state *state, unsigned int way,
			    const struct keys *keys, size_t n)
{
	const struct fib_table *t = select_way(state, way);
	uint64_t hop, sum = 0;

	for (size_t i = 0; i < n; i++) {
		look_up(t, keys, i, 1, &hop);
		sum += hop;
	}
	return sum;
}

static uint64_t pass_latency(const struct engine_state *state, unsigned int way,
			     const struct keys *keys, size_t n)
{
	const struct fib_table *t = select_way(state, way);
	uint32_t zero = engine_zero, v4;
	uint64_t hop = 0, sum = 0;
	uint8_t bytes[1][16];

	for (size_t i = 0; i < n; i++) {
		uint32_t change_of_key = (uint32_t)hop & zero;

		if (t->v4) {
			v4 = keys->v4[i] ^ change_of_key;
			(void)rte_fib_lookup_bulk(t->v4, &v4, &hop, 1);
		} else {
			dpdk_key6(keys, i, change_of_key, bytes[0]);
			(void)rte_fib6_lookup_bulk(t->v6, dpdk_addr6(bytes), &hop, 1);
		}
		sum += hop;
	}
	return sum;
}

static int64_t rebuild(struct engine_state *state, unsigned int way, int64_t *free_ns)
{
	const struct fib *fib = (const struct fib *)state;
	struct fib_table t = { .entry_bytes = fib->ways[way].table->entry_bytes };
	uint64_t ns;
	int err = make(&t, state->table, state->family, &ns);

	if (err)
		return err;
	*free_ns = -(int64_t)clock_ns();
	destroy(&t);
	*free_ns += (int64_t)clock_ns();
	return (int64_t)ns;
}

static uint64_t bytes(const struct engine_state *state, unsigned int way)
{
	return dpdk_heap_used(&((const struct fib *)state)->ways[way].table->heap);
}

static int update(struct engine_state *state, unsigned int way,
		  const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	return change(((const struct fib *)state)->ways[way].table, prefix, value);
}

static int renew(struct engine_state *state, unsigned int way)
{
	struct fib_table *t = ((const struct fib *)state)->ways[way].table;
	uint64_t ns;

	destroy(t);
	return make(t, state->table, state->family, &ns);
}

const struct engine engine_dpdk_fib = {
	.name = "dpdk-fib",
	.what = "rte_fib (DIR24_8) and rte_fib6 (TRIE) of DPDK",
	.for_compare = true,
	.best_way = true,
	.wants_bytes = true,
	.output_bits = 64,
	.start = dpdk_start,
	.stop = dpdk_stop,
	.build = build,
	.free = free_state,
	.values = values,
	.pass = { [VARIANT_BULK] = pass_bulk,
		  [VARIANT_SINGLE] = pass_single,
		  [VARIANT_LATENCY] = pass_latency },
	.rebuild = rebuild,
	.bytes = bytes,
	.update = update,
	.renew = renew,
};
