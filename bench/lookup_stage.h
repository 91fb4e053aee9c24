/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the lookup stage share: the keys, the engines as built, what is timed. */
#ifndef BENCH_LOOKUP_STAGE_H
#define BENCH_LOOKUP_STAGE_H

#include "engine.h"

#define LOOKUP_MAX_ENGINES 8u
#define LOOKUP_MAX_SETS	   (TRAFFICS * CVPN_LPM_FAMILIES)
/*
 * Bulk by each instruction set, with churn and without, and two more variants for one engine, three
 * for each of the others.
 */
#define LOOKUP_SET_LANES (2 * CVPN_LPM_ISAS + 2 + (LOOKUP_MAX_ENGINES - 1) * VARIANTS)
#define LOOKUP_MAX_LANES (LOOKUP_MAX_SETS * LOOKUP_SET_LANES)
/* Building and updating. */
#define LOOKUP_MAX_CHANGES (LOOKUP_MAX_ENGINES * CVPN_LPM_FAMILIES * CHANGES)

/* One pattern of one family. */
struct key_set {
	struct keys keys;
	enum traffic traffic;
	struct cvpn_lpm_addr *addrs;
	uint32_t *v4;
	uint8_t (*bytes)[16];
};

/* An engine that runs, with its state for each family that it could be built for, else NULL. */
struct runner {
	const struct engine *engine;
	struct engine_state *states[CVPN_LPM_FAMILIES];
};

/* One thing that is timed. */
struct lane {
	const struct engine *engine;
	const struct engine_state *state;
	unsigned int way;
	enum variant variant;
	const struct key_set *set;
	size_t keys;		 /* in a pass */
	bool churned;		 /* timed while the table is updated */
	struct samples ns;	 /* one a round, without the empty loop */
	struct samples empty_ns; /* one a round */
	/* The passes of the round that is being timed. */
	struct samples pass_ns, empty_pass_ns;
	struct count_samples counts, empty_counts; /* a key, one a pass of any round */
};

struct lookup_stage {
	const struct options *options;
	const struct table *table;
	struct report *report;
	struct runner runners[LOOKUP_MAX_ENGINES];
	size_t runner_count;
	struct key_set sets[LOOKUP_MAX_SETS];
	size_t set_count;
	struct lane lanes[LOOKUP_MAX_LANES];
	size_t lane_count;
};

/* Makes the set of each pattern asked for and of each family in the table. 0 or -ENOMEM. */
int lookup_sets_make(struct lookup_stage *s);

/* Makes room for @n keys of a family in a set, with the forms that the stage's engines take. */
int lookup_set_alloc(const struct lookup_stage *s, struct key_set *set, uint8_t family, size_t n);

/* Fills the other forms in from the first @n of set->addrs, and set->keys. */
void lookup_set_fill(struct key_set *set, uint8_t family, size_t n);

void lookup_set_free(struct key_set *set);

/* @n of the keys, from number @from on. */
struct keys lookup_keys_from(const struct keys *keys, size_t from, size_t n);

/* Whether an engine's bulk lookup is to be run in this way: --isa chooses among the trie's. */
bool lookup_way_wanted(const struct lookup_stage *s, const struct engine *engine,
		       const struct engine_way *way);

/**
 * lookup_agree() - compare the verdicts of all engines with the oracle's
 * @s:	engines and key sets; the report's agreement is added to
 *
 * Every key of every set, and the first and last address of each route with their neighbours; for
 * each engine in bulk, in each of its ways, and one at a time.
 *
 * Return: 0; -EBADMSG when any differs, which has been printed; -ENOMEM.
 */
int lookup_agree(struct lookup_stage *s);

/**
 * lookup_agree_on() - the same for one engine and a few keys
 * @s:		the report's agreement is added to
 * @runner:	the engine
 * @keys:	the keys
 * @oracle:	room for as many values as there are keys
 *
 * Return: as lookup_agree().
 */
int lookup_agree_on(struct lookup_stage *s, const struct runner *runner, const struct keys *keys,
		    uint16_t *oracle);

/* Writes the addresses at and beside both ends of a prefix. */
#define LOOKUP_EDGES 4u
void lookup_edges(const struct cvpn_lpm_prefix *prefix, struct cvpn_lpm_addr edges[LOOKUP_EDGES]);

/* Chooses the fastest way of an engine of which only that is of interest, on the lane's own keys. */
void lookup_choose_way(struct lane *lane);

/*
 * Takes one sample of a lane. An interrupt spoils a pass, not the round: what counts is the median
 * pass, of the engine and of the empty loop in turns. Returns 0 or -ENOMEM.
 */
int lookup_time_lane(struct lookup_stage *s, struct lane *lane);

/**
 * lookup_changes() - time building and updating, where several engines can do it
 * @s:	with the lookup's lanes measured; results are added to the report
 *
 * Return: as lookup_agree(), which is asked again after the updates; -ENOMEM.
 */
int lookup_changes(struct lookup_stage *s);

#endif
