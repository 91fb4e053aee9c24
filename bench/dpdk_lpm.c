/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DPDK's older LPM libraries as an engine: rte_lpm for IPv4, rte_lpm6 for IPv6. Neither takes a
 * prefix of length 0: its value is what a miss stands for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Before DPDK's headers, which give NS_PER_S another type. */
#include "clock.h"
#include "dpdk.h"

#include <rte_errno.h>
#include <rte_lpm.h>
#include <rte_lpm6.h>

/* rte_lpm compares a new route with all others of its length: 900,000 of them take minutes. */
#define SLOW_ABOVE4 100000u
/* Bytes of memory for each route: its rule and, for IPv6, that one's place in a hash table. */
#define ROUTE_BYTES   512u
#define HEAD_BYTES    ((size_t)16 << 20) /* for what comes with a table of any size */
#define TBL24_BYTES   (((size_t)1 << 24) * 4)
#define GROUP_BYTES   ((size_t)256 * 4)
#define SPARE_GROUPS  64u /* a table may want one more while it changes */
#define MISS6	      (-1)
#define NEXT_HOP_MASK 0x00ffffffu
#define LANES	      4u /* of rte_lpm_lookupx4() */

enum {
	WAY_BULK, /* rte_lpm_lookup_bulk(), rte_lpm6_lookup_bulk_func() */
	WAY_X4,	  /* rte_lpm_lookupx4() */
};

struct lpm_table {
	struct dpdk_heap heap;
	struct rte_lpm *v4;
	struct rte_lpm6 *v6;
	uint16_t missing; /* what a miss means: the value of the route of length 0 */
};

struct lpm {
	struct engine_state head;
	struct lpm_table table;
};

static int create4(struct lpm_table *t, size_t routes, size_t groups)
{
	struct rte_lpm_config config = { .max_rules = (uint32_t)routes,
					 .number_tbl8s = (uint32_t)groups };

	t->v4 = rte_lpm_create(t->heap.name, t->heap.socket, &config);
	return t->v4 ? 0 : -rte_errno;
}

static int create6(struct lpm_table *t, size_t routes, size_t groups)
{
	struct rte_lpm6_config config = { .max_rules = (uint32_t)routes,
					  .number_tbl8s = (uint32_t)groups };

	t->v6 = rte_lpm6_create(t->heap.name, t->heap.socket, &config);
	return t->v6 ? 0 : -rte_errno;
}

static int change(struct lpm_table *t, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	uint8_t bytes[16];

	if (!prefix->len) {
		t->missing = value;
		return 0;
	}
	if (t->v4) {
		uint32_t addr = dpdk_v4(prefix->addr);

		return value == CVPN_LPM_NO_ROUTE ? rte_lpm_delete(t->v4, addr, prefix->len)
						  : rte_lpm_add(t->v4, addr, prefix->len, value);
	}
	dpdk_bytes(prefix->addr, bytes);
	return value == CVPN_LPM_NO_ROUTE
		       ? rte_lpm6_delete(t->v6, dpdk_addr6(bytes), prefix->len)
		       : rte_lpm6_add(t->v6, dpdk_addr6(bytes), prefix->len, value);
}

static void destroy(struct lpm_table *t)
{
	rte_lpm_free(t->v4);
	rte_lpm6_free(t->v6);
	t->v4 = NULL;
	t->v6 = NULL;
	dpdk_heap_close(&t->heap);
}

/* Makes a table that holds all routes, and says how long DPDK took for it. */
static int make(struct lpm_table *t, const struct table *table, uint8_t family, uint64_t *ns)
{
	size_t groups = dpdk_groups(table, family, 24) + SPARE_GROUPS;
	size_t routes = table->list.of_family[family];
	int err;

	*t = (struct lpm_table){ .missing = CVPN_LPM_NO_ROUTE };
	err = dpdk_heap_open(&t->heap, HEAD_BYTES + routes * ROUTE_BYTES + TBL24_BYTES +
					       groups * GROUP_BYTES);
	*ns = clock_ns();
	if (!err)
		err = family == CVPN_LPM_IPV4 ? create4(t, routes, groups)
					      : create6(t, routes, groups);
	for (size_t i = 0; i < table->list.count && !err; i++) {
		const struct linear_route *route = &table->linear[i];

		if (route->prefix.family == family)
			err = change(t, &route->prefix, route->value);
	}
	*ns = clock_ns() - *ns;
	if (err)
		destroy(t);
	return err;
}

static void free_state(struct engine_state *state)
{
	struct lpm *lpm = (struct lpm *)state;

	destroy(&lpm->table);
	free(lpm);
}

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	struct lpm *lpm = calloc(1, sizeof(*lpm));
	uint64_t ns;
	int err = lpm ? make(&lpm->table, table, family, &ns) : -ENOMEM;

	if (err) {
		engine_error_set(error, "it does not take all routes: %s", strerror(-err));
		free(lpm);
		return err;
	}
	lpm->head = (struct engine_state){
		.table = table,
		.family = family,
		.ways = { [WAY_BULK] = { .kernel = "scalar", .entry_bytes = 4 } },
		.way_count = 1,
	};
#if defined(__x86_64__)
	if (family == CVPN_LPM_IPV4) {
		lpm->head.ways[WAY_X4] = (struct engine_way){ "sse4", 4, true };
		lpm->head.way_count++;
	}
#endif
	*state = &lpm->head;
	return 0;
}

/* --- IPv4 ----------------------------------------------------------------------------------- */

static inline uint32_t value4(const struct lpm_table *t, uint32_t entry)
{
	return entry & RTE_LPM_LOOKUP_SUCCESS ? entry & NEXT_HOP_MASK : t->missing;
}

static inline uint32_t look_up4(const struct lpm_table *t, uint32_t addr)
{
	uint32_t hop;

	return rte_lpm_lookup(t->v4, addr, &hop) == 0 ? hop : t->missing;
}

static void bulk4(const struct lpm_table *t, const uint32_t *addrs, size_t n, uint32_t *hops)
{
	/* The library is at its best with a constant number. */
	if (n == ENGINE_BULK)
		(void)rte_lpm_lookup_bulk(t->v4, addrs, hops, ENGINE_BULK);
	else
		(void)rte_lpm_lookup_bulk(t->v4, addrs, hops, (unsigned int)n);
	for (size_t i = 0; i < n; i++)
		hops[i] = value4(t, hops[i]);
}

#if defined(__x86_64__)
static void bulk4_x4(const struct lpm_table *t, const uint32_t *addrs, size_t n, uint32_t *hops)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		rte_lpm_lookupx4(t->v4, _mm_loadu_si128((const __m128i *)(const void *)(addrs + i)),
				 hops + i, t->missing);
	for (; i < n; i++)
		hops[i] = look_up4(t, addrs[i]);
}
#else
#define bulk4_x4 bulk4
#endif

/* --- IPv6 ----------------------------------------------------------------------------------- */

static inline uint32_t look_up6(const struct lpm_table *t, const uint8_t *addr)
{
	uint32_t hop;

	return rte_lpm6_lookup(t->v6, dpdk_addr6(addr), &hop) == 0 ? hop : t->missing;
}

/* DPDK's parameter is not const, but the keys stay as they are. */
static void bulk6(const struct lpm_table *t, const uint8_t (*addrs)[16], size_t n, uint32_t *hops)
{
	(void)rte_lpm6_lookup_bulk_func(t->v6, dpdk_addr6(addrs), (int32_t *)hops, (unsigned int)n);
	for (size_t i = 0; i < n; i++)
		hops[i] = (int32_t)hops[i] == MISS6 ? t->missing : hops[i];
}

/* --- both ----------------------------------------------------------------------------------- */

static void bulk(const struct lpm_table *t, unsigned int way, const struct keys *keys, size_t from,
		 size_t n, uint32_t *hops)
{
	if (t->v6)
		bulk6(t, keys->bytes + from, n, hops);
	else if (way == WAY_X4)
		bulk4_x4(t, keys->v4 + from, n, hops);
	else
		bulk4(t, keys->v4 + from, n, hops);
}

static void values(const struct engine_state *state, unsigned int way, enum variant variant,
		   const struct keys *keys, size_t from, size_t n, uint16_t *out)
{
	const struct lpm_table *t = &((const struct lpm *)state)->table;
	uint32_t hops[ENGINE_BULK];

	if (variant == VARIANT_BULK)
		bulk(t, way, keys, from, n, hops);
	else
		for (size_t i = 0; i < n; i++)
			hops[i] = t->v4 ? look_up4(t, keys->v4[from + i])
					: look_up6(t, keys->bytes[from + i]);
	for (size_t i = 0; i < n; i++)
		out[i] = (uint16_t)hops[i];
}

static uint64_t pass_bulk(const struct engine_state *state, unsigned int way,
			  const struct keys *keys, size_t n)
{
	const struct lpm_table *t = &((const struct lpm *)state)->table;
	uint32_t hops[ENGINE_BULK];
	uint64_t sum = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = engine_piece(n, from);

		bulk(t, way, keys, from, count, hops);
		for (size_t i = 0; i < count; i++)
			sum += hops[i];
	}
	return sum;
}

static uint64_t pass_single(const struct engine_state *state, unsigned int way,
			    const struct keys *keys, size_t n)
{
	const struct lpm_table *t = &((const struct lpm *)state)->table;
	uint64_t sum = 0;

	(void)way;
	if (t->v4) {
		for (size_t i = 0; i < n; i++)
			sum += look_up4(t, keys->v4[i]);
	} else {
		for (size_t i = 0; i < n; i++)
			sum += look_up6(t, keys->bytes[i]);
	}
	return sum;
}

/*
 * A miss is told by the return value, and a branch on that can be predicted: the next lookup would
 * begin before this one has ended. So the key depends on what was written, not on what it means.
 */
static uint64_t pass_latency(const struct engine_state *state, unsigned int way,
			     const struct keys *keys, size_t n)
{
	const struct lpm_table *t = &((const struct lpm *)state)->table;
	uint32_t zero = engine_zero, hop = 0;
	uint64_t sum = 0;
	uint8_t key[16];
	int miss;

	(void)way;
	for (size_t i = 0; i < n; i++) {
		if (t->v4) {
			miss = rte_lpm_lookup(t->v4, keys->v4[i] ^ (hop & zero), &hop);
		} else {
			dpdk_key6(keys, i, hop & zero, key);
			miss = rte_lpm6_lookup(t->v6, dpdk_addr6(key), &hop);
		}
		sum += miss ? t->missing : hop;
	}
	return sum;
}

/* --- changes -------------------------------------------------------------------------------- */

static int64_t rebuild(struct engine_state *state, unsigned int way, int64_t *free_ns)
{
	struct lpm_table t;
	uint64_t ns;
	int err = make(&t, state->table, state->family, &ns);

	(void)way;
	if (err)
		return err;
	*free_ns = -(int64_t)clock_ns();
	destroy(&t);
	*free_ns += (int64_t)clock_ns();
	return (int64_t)ns;
}

static uint64_t bytes(const struct engine_state *state, unsigned int way)
{
	(void)way;
	return dpdk_heap_used(&((const struct lpm *)state)->table.heap);
}

static int update(struct engine_state *state, unsigned int way,
		  const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	(void)way;
	return change(&((struct lpm *)state)->table, prefix, value);
}

const struct engine engine_dpdk_lpm = {
	.name = "dpdk-lpm",
	.what = "rte_lpm and rte_lpm6 of DPDK",
	.for_compare = true,
	.best_way = true,
	.wants_bytes = true,
	.output_bits = 32,
	.slow_above = { [CVPN_LPM_IPV4] = SLOW_ABOVE4 },
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
};
