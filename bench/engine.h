/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engines: implementations of longest-prefix match behind one interface, so that all are timed by
 * the same loops. A pass looks up keys in order and returns the sum of the values, which the
 * caller must use: that keeps every lookup from being optimised away.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "report.h"
#include "table.h"

/* Keys a bulk call gets: the answers stay in the first-level cache. */
#define ENGINE_BULK 256u

/* The same keys in the form that each family's lookup takes. */
struct keys {
	uint8_t family;
	size_t count;
	const struct cvpn_lpm_addr *addrs;
	const uint32_t *v4; /* host order; NULL for IPv6 */
};

struct engine {
	const char *name;
	bool has_kernels; /* its bulk lookup exists for several instruction sets */
	bool for_lookup;  /* measured by --lookup when no engine is named */
	bool for_pps;	  /* and by --pps */
	/* Looks up keys @from to @from + @n, writes their values, at most ENGINE_BULK at once. */
	void (*values)(const struct table *table, const struct cvpn_lpm_kernels *kernels,
		       const struct keys *keys, size_t from, size_t n, uint16_t *values);
	/* A timed pass over the first @n keys, by variant; NULL where there is none. */
	uint64_t (*pass[VARIANTS])(const struct table *table,
				   const struct cvpn_lpm_kernels *kernels, const struct keys *keys,
				   size_t n);
	/* How many of @count keys a pass takes, for an engine that is slow on large tables. */
	size_t (*pass_keys)(const struct table *table, size_t count);
};

extern const struct engine engines[];
extern const unsigned int engine_count;

/* The empty loop of each variant: reads the keys and uses them, looks nothing up. */
extern uint64_t (*const empty_pass[VARIANTS])(const struct keys *keys, size_t n);

#endif
