/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engines: implementations of longest-prefix match behind one interface, so that all are timed by
 * the same loops. An engine is built once for each family that the table has, into a state; a pass
 * looks up keys in order and returns the sum of the values, which the caller must use: that keeps
 * every lookup from being optimised away.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "report.h"
#include "table.h"

/* Keys a bulk call gets: the answers stay in the first-level cache. */
#define ENGINE_BULK	256u
#define ENGINE_MAX_WAYS 12u
/* Keys that any engine gets at once to be compared. */
#define ENGINE_MAX_PIECE 65536u

/* The same keys in the forms that engines take. */
struct keys {
	uint8_t family;
	size_t count;
	const struct cvpn_lpm_addr *addrs;
	const uint32_t *v4;	    /* host order; NULL for IPv6 */
	const uint8_t (*bytes)[16]; /* IPv6 as on the wire, for engines with .wants_bytes */
};

/* One way to call an engine. */
struct engine_way {
	const char *kernel;	  /* which instructions: "scalar" */
	unsigned int entry_bytes; /* of the structure it reads; 0: not of one size */
	bool bulk_only;		  /* one address at a time is another way's job */
};

/* Why something can not be, and how to enable it. */
struct engine_error {
	char text[320];
};

/* What an engine made of one family of a table; each engine's own state begins with it. */
struct engine_state {
	const struct table *table;
	uint8_t family;
	struct engine_way ways[ENGINE_MAX_WAYS];
	unsigned int way_count;
};

struct engine {
	const char *name;
	const char *what;	  /* it is, for the probe; of those with .start */
	bool for_lookup;	  /* measured by --lookup when no engine is named */
	bool for_pps;		  /* and by --pps */
	bool no_verdicts;	  /* a yardstick: it does not search, so it can not be right */
	bool for_compare;	  /* and by --compare */
	bool best_way;		  /* of its ways only the fastest is of interest, else all are */
	bool wants_bytes;	  /* reads keys.bytes */
	bool churns;		  /* looks up in the table that churn.h changes */
	unsigned int output_bits; /* of each answer that a bulk call writes */
	/* Above this many routes of a family, only for who names it alone; 0: no such bound. */
	size_t slow_above[CVPN_LPM_FAMILIES];
	/*
	 * Makes the engine usable, once in a process and only if it is asked for; NULL: it always
	 * is. Returns 0 or a negative errno with @error.
	 */
	int (*start)(struct engine_error *error);
	/* Undoes @start, also if that failed; once all states are freed. NULL: nothing to undo. */
	void (*stop)(void);
	/* Makes @state. Returns 0; a negative errno with @error for a table it can not take. */
	int (*build)(const struct table *table, uint8_t family, struct engine_state **state,
		     struct engine_error *error);
	void (*free)(struct engine_state *state);
	/*
	 * Looks up keys @from to @from + @n, at most ENGINE_BULK of them, and writes their values;
	 * by the call that VARIANT_BULK or VARIANT_SINGLE times.
	 */
	void (*values)(const struct engine_state *state, unsigned int way, enum variant variant,
		       const struct keys *keys, size_t from, size_t n, uint16_t *values);
	/*
	 * Whether it has no route for an address whatever the table says, so that its answer is
	 * not compared. NULL: never.
	 */
	bool (*exempt)(uint8_t family, struct cvpn_lpm_addr addr);
	/* A timed pass over the first @n keys, by variant; NULL where there is none. */
	uint64_t (*pass[VARIANTS])(const struct engine_state *state, unsigned int way,
				   const struct keys *keys, size_t n);
	/*
	 * The same without a lookup, where that is not empty_pass[]: because the engine runs
	 * elsewhere.
	 */
	uint64_t (*empty[VARIANTS])(const struct engine_state *state, const struct keys *keys,
				    size_t n);
	/* What the last pass took, in ns, if it has a clock of its own. NULL: ask ours. */
	uint64_t (*elapsed)(const struct engine_state *state);
	/* Keys that .values gets at most, if that is not ENGINE_BULK; at most ENGINE_MAX_PIECE. */
	size_t piece;
	/* Keys that a pass takes at most; 0: all there are. They are all compared. */
	size_t max_pass_keys;
	/* How many of @count keys are compared, and timed by a pass; NULL: all. */
	size_t (*pass_keys)(const struct engine_state *state, size_t count);
	/*
	 * Builds the structure of a way once more beside the one there is, and frees it. Returns
	 * the time in ns from nothing to the first lookup, or a negative errno. @free_ns gets the
	 * time until its memory is given back, negative if that is not known. NULL: nothing is
	 * built.
	 */
	int64_t (*rebuild)(struct engine_state *state, unsigned int way, int64_t *free_ns);
	/* Bytes of memory that the structure of a way takes, 0 if not known. NULL: as that. */
	uint64_t (*bytes)(const struct engine_state *state, unsigned int way);
	/*
	 * Gives a prefix of the family another value, or takes it out (CVPN_LPM_NO_ROUTE), and
	 * returns when lookups see that: 0 or a negative errno. NULL: it can not change.
	 */
	int (*update)(struct engine_state *state, unsigned int way,
		      const struct cvpn_lpm_prefix *prefix, uint16_t value);
	/*
	 * Gives @n prefixes other values, or takes them out, so that each lookup sees all of that
	 * or nothing: 0 or a negative errno. NULL: it can not.
	 */
	int (*push)(struct engine_state *state, const struct linear_route *routes, size_t n);
	/*
	 * Makes the structure of a way anew from the table, after an update that failed for want
	 * of space. Returns 0 or a negative errno. NULL: that does not happen.
	 */
	int (*renew)(struct engine_state *state, unsigned int way);
};

extern const struct engine *const engines[];
extern const unsigned int engine_count;

extern const struct engine engine_trie;
extern const struct engine engine_linear;
extern const struct engine engine_floor;
extern const struct engine engine_ebpf_trie;
extern const struct engine engine_ebpf_lpm;
extern const struct engine engine_kernel_fib;
extern const struct engine engine_dpdk_fib;
extern const struct engine engine_dpdk_lpm;

/* The empty loop of each variant: reads the keys and uses them, looks nothing up. */
extern uint64_t (*const empty_pass[VARIANTS])(const struct keys *keys, size_t n);

/* Zero, but the compiler can not know: it makes a key depend on the value before it. */
extern volatile uint32_t engine_zero;

__attribute__((format(printf, 2, 3))) void engine_error_set(struct engine_error *error,
							    const char *format, ...);

/* The sum of a bulk call's answers. */
static inline uint64_t engine_sum(const uint16_t *values, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

/* The length of the piece of at most ENGINE_BULK of @n keys that begins at @from. */
static inline size_t engine_piece(size_t n, size_t from)
{
	return n - from < ENGINE_BULK ? n - from : ENGINE_BULK;
}

#endif
