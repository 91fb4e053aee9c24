/* SPDX-License-Identifier: BSD-2-Clause */
/* Timing one lane: passes of its engine and of the empty loop. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "interrupt.h"
#include "lookup_stage.h"

/* To find an engine's fastest way: keys in a pass, and passes of which the quickest counts. */
#define TRIAL_KEYS	  ((size_t)1 << 20)
#define TRIAL_SINGLE_KEYS ((size_t)1 << 18)
#define TRIAL_PASSES	  5u
/*
 * Lookups that fill the caches again: enough for tables of tens of megabytes, which live in the
 * last-level cache.
 */
#define WARM_UP_KEYS ((size_t)1 << 20)
/*
 * Passes of a round, of which the median counts: as many as take this time, at least three, of which
 * an interrupt spoils but one, unless one takes long, where it makes no difference.
 */
#define ROUND_NS	 (2 * NS_PER_MS)
#define ROUND_PASSES	 127u
#define ROUND_MIN_PASSES 3u
#define LONG_PASS_NS	 (100 * NS_PER_MS)

/* Where the sum of each pass goes, so that no lookup is in vain. */
static volatile uint64_t consumed;

/*
 * Keys of a pass that a build made slow on purpose takes twice. So does its empty loop: the figure is
 * slower by that share, neither more nor less. Each pass of a round takes others, because the branches
 * of a few keys that come back are soon predicted.
 */
static struct keys keys_again(const struct lane *lane, size_t keys)
{
	size_t n = lane->engine->churns ? keys * build_slow_lookup / 100 : 0;
	size_t from = n < keys ? lane->pass_ns.count * n % (keys - n) : 0;

	return lookup_keys_from(&lane->set->keys, from, n);
}

/* By the CPU's time, not the wall's: what else runs on the core does not count as a lookup. */
static uint64_t time_way(const struct lane *lane, unsigned int way, size_t keys)
{
	struct keys again = keys_again(lane, keys);
	uint64_t start = clock_cpu_ns();

	consumed += lane->engine->pass[lane->variant](lane->state, way, &lane->set->keys, keys);
	if (again.count)
		consumed += lane->engine->pass[lane->variant](lane->state, way, &again,
							      again.count);
	return lane->engine->elapsed ? lane->engine->elapsed(lane->state) : clock_cpu_ns() - start;
}

static uint64_t time_empty(const struct lane *lane)
{
	const struct engine *engine = lane->engine;
	struct keys again = keys_again(lane, lane->keys);
	uint64_t start = clock_cpu_ns();

	if (!engine->empty[lane->variant]) {
		consumed += empty_pass[lane->variant](&lane->set->keys, lane->keys);
		if (again.count)
			consumed += empty_pass[lane->variant](&again, again.count);
		return clock_cpu_ns() - start;
	}
	consumed += engine->empty[lane->variant](lane->state, &lane->set->keys, lane->keys);
	return engine->elapsed(lane->state);
}

/*
 * The engine that had its turn before has filled the caches with its own table. A packet path does
 * not begin like that, so some keys, the last of the set, come before the clock is started.
 */
static void warm_up(const struct lane *lane, unsigned int way)
{
	size_t n = lane->keys < WARM_UP_KEYS ? lane->keys : WARM_UP_KEYS;
	struct keys keys = lookup_keys_from(&lane->set->keys, lane->set->keys.count - n, n);

	consumed += lane->engine->pass[lane->variant](lane->state, way, &keys, n);
}

void lookup_choose_way(struct lane *lane)
{
	const struct engine_state *state = lane->state;
	size_t most = lane->variant == VARIANT_BULK ? TRIAL_KEYS : TRIAL_SINGLE_KEYS;
	size_t keys = lane->keys < most ? lane->keys : most;
	uint64_t best[ENGINE_MAX_WAYS], quickest = UINT64_MAX;

	if (!lane->engine->best_way)
		return;
	memset(best, 0xff, sizeof(best));
	for (unsigned int pass = 0; pass < TRIAL_PASSES; pass++) {
		for (unsigned int way = 0; way < state->way_count && !interrupted(); way++) {
			bool fits = lane->variant == VARIANT_BULK || !state->ways[way].bulk_only;
			uint64_t ns;

			if (!fits)
				continue;
			warm_up(lane, way);
			ns = time_way(lane, way, keys);
			best[way] = ns < best[way] ? ns : best[way];
		}
	}
	for (unsigned int way = 0; way < state->way_count; way++) {
		if (best[way] >= quickest)
			continue;
		quickest = best[way];
		lane->way = way;
	}
}

static bool enough_passes(const struct lane *lane, uint64_t quickest)
{
	size_t done = lane->pass_ns.count;

	/* In the kernel nothing preempts a pass, and what its clock does not show takes long. */
	if (lane->engine->elapsed && done)
		return true;
	if (done < ROUND_MIN_PASSES)
		return done && quickest > LONG_PASS_NS;
	return done >= ROUND_PASSES || done * quickest >= ROUND_NS;
}

/* The empty loop, then the engine; @ns is the engine's time. */
static int time_pass(struct lookup_stage *s, struct lane *lane, uint64_t *ns)
{
	/* They do not see what runs in the kernel by a call of its own. */
	struct counters none = { 0 };
	struct counters *counters = lane->engine->elapsed ? &none : &s->report->user_counters;
	double per_key = 1.0 / (double)lane->keys;
	struct counts counts, empty_counts;
	uint64_t empty_ns;

	counters_begin(counters);
	empty_ns = time_empty(lane);
	counters_end(counters, &empty_counts);
	counters_begin(counters);
	*ns = time_way(lane, lane->way, lane->keys);
	counters_end(counters, &counts);
	if (samples_add(&lane->empty_pass_ns, (double)empty_ns * per_key) ||
	    samples_add(&lane->pass_ns, (double)*ns * per_key) ||
	    count_samples_add(&lane->empty_counts, &empty_counts, per_key) ||
	    count_samples_add(&lane->counts, &counts, per_key))
		return -ENOMEM;
	return 0;
}

int lookup_time_lane(struct lookup_stage *s, struct lane *lane)
{
	double empty;
	uint64_t quickest = UINT64_MAX;

	lane->pass_ns.count = lane->empty_pass_ns.count = 0;
	/* First, so that the empty loop finds the keys no farther away than the engine does. */
	warm_up(lane, lane->way);
	while (!enough_passes(lane, quickest)) {
		uint64_t ns;

		if (time_pass(s, lane, &ns))
			return -ENOMEM;
		quickest = ns < quickest ? ns : quickest;
	}
	empty = samples_median(&lane->empty_pass_ns);
	if (samples_add(&lane->empty_ns, empty) ||
	    samples_add(&lane->ns, samples_median(&lane->pass_ns) - empty))
		return -ENOMEM;
	return 0;
}
