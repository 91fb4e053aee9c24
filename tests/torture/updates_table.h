/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table whose answers for some keys are known at each moment. Each key has a chain of prefixes
 * that hold it, which come and go; around them, other routes do, which hold no key.
 */
#ifndef TORTURE_UPDATES_TABLE_H
#define TORTURE_UPDATES_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cvpn/lpm.h>

#include "prefix.h"
#include "rng.h"

/* Of each family: blocks of addresses (10.0.0.0/18 and on, 2000::/18 and on), keys in them. */
#define BLOCKS	     128u
#define KEYS_A_BLOCK 2u
#define KEYS	     (BLOCKS * KEYS_A_BLOCK)
/* Other routes in the blocks, of each family. */
#define OTHERS 1500u
/* Prefixes that hold a key, the block's included. */
#define MAX_CHAIN 8u
/* Of a key's values the last ones are known; a power of two. */
#define HISTORY 512u

/* The value of a key over time: update number << 16 | value, written by one thread. */
struct history {
	atomic_ulong held[HISTORY];
	atomic_ulong count; /* ever written */
};

enum judgement { HISTORY_HELD, HISTORY_NEVER, HISTORY_LOST };

struct key {
	struct cvpn_lpm_addr addr;
	unsigned int chain[MAX_CHAIN]; /* numbers of routes, from the shortest to the longest */
	unsigned int chain_count;
	struct history history;
};

struct changing_route {
	struct cvpn_lpm_prefix prefix;
	uint16_t value; /* 0: not in the table */
	unsigned int block;
};

#define MAX_ROUTES (CVPN_LPM_FAMILIES * (KEYS * MAX_CHAIN + OTHERS))

/* What the routes are like, by family. */
struct updates_kind {
	/*
	 * Lengths of the prefixes of a chain; the first is the block's, which always stays, and
	 * none of all prefixes is longer than the last.
	 */
	uint8_t chain_lens[CVPN_LPM_FAMILIES][MAX_CHAIN];
	/* The largest value of a chain: the more there are, the surer does a wrong one show. */
	uint16_t chain_values[CVPN_LPM_FAMILIES];
};

/* Prefixes of all lengths, many values; and what mirrors have near entries for. */
extern const struct updates_kind updates_deep, updates_near;

struct updates_table {
	struct cvpn_lpm *lpm;
	const struct updates_kind *kind;
	struct key keys[CVPN_LPM_FAMILIES * KEYS];
	struct changing_route routes[MAX_ROUTES]; /* those of the chains first */
	unsigned int chain_routes;
	unsigned int count;
};

/* Takes @lpm, which is empty, fills and publishes it, as update 0. Returns 0 or a negative errno. */
int updates_table_init(struct updates_table *table, const struct updates_kind *kind,
		       struct cvpn_lpm *lpm, struct rng *rng);
void updates_table_free(struct updates_table *table);

/*
 * Inserts, removes or changes a prefix, and notes in the histories of the keys that it holds what
 * they are from update @number on. Does not publish. Returns 0 or a negative errno.
 */
int updates_change(struct updates_table *table, struct rng *rng, unsigned long number);

/*
 * Whether a key had this value at some time from update @oldest, complete, to update @newest,
 * begun. HISTORY_LOST if the history no longer says. Any thread.
 */
enum judgement history_judge(const struct history *history, uint16_t value, unsigned long oldest,
			     unsigned long newest);

#endif
