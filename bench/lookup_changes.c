/* SPDX-License-Identifier: BSD-2-Clause */
/* Building and updating: timed where several engines can do it, and checked afterwards. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lpm/prefix.h"
#include "../lpm/rng.h"
#include "clock.h"
#include "interrupt.h"
#include "lookup_stage.h"
#include "progress.h"
#include "update_routes.h"

/* A slow build is repeated this often, a quick one in every round. */
#define SLOW_BUILDS 3u
#define SLOW_NS	    (NS_PER_S / 4)
/* Updates of one round: until this time is over or that many routes were updated. */
#define ROUND_NS     (20 * NS_PER_MS)
#define ROUND_ROUTES 8192u
/* Routes between two looks at the clock, which takes as long as a quick update. */
#define CLOCK_ROUTES  16u
#define PUSHED_ROUTES 100u
/* Checked after the updates: that many keys, and the ends of that many routes. */
#define CHECKED_KEYS   65536u
#define CHECKED_ROUTES 16384u

/* One engine's ability to change, for one family. */
struct change {
	const struct runner *runner;
	struct engine_state *state;
	unsigned int way;
	enum change_kind kind;
	bool failed; /* and is not tried again */
	struct samples samples;
	struct samples freed; /* of CHANGE_BUILD: ms until the memory was given back */
};

struct changes {
	struct lookup_stage *stage;
	struct change list[LOOKUP_MAX_CHANGES];
	size_t count;
	/* The routes that are updated, by family, as indexes of the table's. */
	uint32_t *routes[CVPN_LPM_FAMILIES];
	size_t route_count[CVPN_LPM_FAMILIES];
};

static bool able(const struct changes *c, const struct runner *runner, uint8_t family,
		 enum change_kind kind)
{
	if (!runner->states[family])
		return false;
	if (kind == CHANGE_BUILD)
		return runner->engine->rebuild;
	return c->route_count[family] && (kind == CHANGE_UPDATE ? runner->engine->update != NULL
								: runner->engine->push != NULL);
}

/* The way that was the fastest in bulk. */
static unsigned int chosen_way(const struct lookup_stage *s, const struct engine_state *state)
{
	for (size_t i = 0; i < s->lane_count; i++) {
		if (s->lanes[i].state == state && s->lanes[i].variant == VARIANT_BULK)
			return s->lanes[i].way;
	}
	return 0;
}

/* Only to compare with: where one engine runs alone, nobody has asked for more than its lookups. */
static void add_changes(struct changes *c, uint8_t family, enum change_kind kind)
{
	const struct lookup_stage *s = c->stage;
	unsigned int engines_able = 0;

	for (size_t r = 0; r < s->runner_count; r++)
		engines_able += able(c, &s->runners[r], family, CHANGE_BUILD);
	for (size_t r = 0; r < s->runner_count && engines_able > 1; r++) {
		const struct runner *runner = &s->runners[r];

		if (!able(c, runner, family, kind))
			continue;
		c->list[c->count++] = (struct change){
			.runner = runner,
			.state = runner->states[family],
			.way = chosen_way(s, runner->states[family]),
			.kind = kind,
		};
	}
}

static const struct linear_route *random_route(const struct changes *c, uint8_t family,
					       struct rng *rng)
{
	size_t i = rng_below(rng, c->route_count[family]);

	return &c->stage->table->linear[c->routes[family][i]];
}

/* Takes a random route out and puts it back. */
static int update_route(const struct changes *c, const struct change *change, struct rng *rng)
{
	const struct linear_route *route = random_route(c, change->state->family, rng);
	const struct engine *engine = change->runner->engine;
	int err = engine->update(change->state, change->way, &route->prefix, CVPN_LPM_NO_ROUTE);

	return err ? err : engine->update(change->state, change->way, &route->prefix, route->value);
}

/*
 * One round: @ns of an update, of which each route takes two. Returns 0 or a negative errno; after
 * that, @ns is of the updates before, 0 if those were too few.
 */
static int time_updates(const struct changes *c, const struct change *change, uint64_t seed,
			double *ns)
{
	uint64_t start = clock_ns(), elapsed = 0;
	struct rng rng = { seed };
	size_t done = 0;

	*ns = 0;
	while (elapsed < ROUND_NS && done < ROUND_ROUTES) {
		size_t until = done ? done + CLOCK_ROUTES : 1;

		for (; done < until; done++) {
			int err = update_route(c, change, &rng);

			if (err)
				return err;
		}
		elapsed = clock_ns() - start;
		*ns = (double)elapsed / (double)(2 * done);
	}
	return 0;
}

/* The same; an engine that has run out of space gets a new structure, and the round ends there. */
static int time_updates_anew(const struct changes *c, const struct change *change, uint64_t seed,
			     double *ns)
{
	const struct engine *engine = change->runner->engine;
	int err = time_updates(c, change, seed, ns);

	if (err != -ENOSPC || !engine->renew)
		return err;
	err = engine->renew(change->state, change->way);
	return err || *ns > 0 ? err : time_updates(c, change, seed, ns);
}

static int time_build(struct change *change, double *ms)
{
	int64_t free_ns = -1;
	int64_t ns = change->runner->engine->rebuild(change->state, change->way, &free_ns);

	*ms = (double)ns / NS_PER_MS;
	if (ns < 0)
		return (int)ns;
	return free_ns < 0 ? 0 : samples_add(&change->freed, (double)free_ns / NS_PER_MS);
}

/*
 * A push as a full-tunnel client gets it, at its worst: both halves of the address space, and other
 * verdicts for routes that there are.
 */
static size_t make_push(const struct changes *c, uint8_t family, struct rng *rng,
			struct linear_route *push)
{
	size_t n = 0;

	for (uint64_t half = 0; half < 2; half++)
		push[n++] = (struct linear_route){ { { half << 63, 0 }, 1, family }, 1 };
	while (n < PUSHED_ROUTES) {
		const struct linear_route *route = random_route(c, family, rng);

		push[n++] = (struct linear_route){ route->prefix,
						   (uint16_t)(route->value == 1 ? 2 : 1) };
	}
	return n;
}

/* What undoes a push: the values from before. */
static void make_undo(const struct cvpn_lpm *lpm, const struct linear_route *push, size_t n,
		      struct linear_route *undo)
{
	for (size_t i = 0; i < n; i++) {
		undo[i] = push[i];
		if (cvpn_lpm_get(lpm, &push[i].prefix, &undo[i].value) < 0)
			undo[i].value = CVPN_LPM_NO_ROUTE;
	}
}

static int time_push(const struct changes *c, const struct change *change, uint64_t seed,
		     double *ms)
{
	struct linear_route push[PUSHED_ROUTES], undo[PUSHED_ROUTES];
	const struct engine *engine = change->runner->engine;
	struct rng rng = { seed };
	size_t n = make_push(c, change->state->family, &rng, push);
	uint64_t start;
	int err;

	make_undo(c->stage->table->lpm, push, n, undo);
	start = clock_ns();
	err = engine->push(change->state, push, n);
	*ms = (double)(clock_ns() - start) / NS_PER_MS;
	return err ? err : engine->push(change->state, undo, n);
}

static int time_kind(const struct changes *c, struct change *change, uint64_t seed, double *figure)
{
	switch (change->kind) {
	case CHANGE_BUILD:
		return time_build(change, figure);
	case CHANGE_UPDATE:
		return time_updates_anew(c, change, seed, figure);
	default:
		return time_push(c, change, seed, figure);
	}
}

static bool slow_enough(const struct change *change)
{
	const struct samples *samples = &change->samples;

	return change->kind == CHANGE_BUILD && samples->count >= SLOW_BUILDS &&
	       samples->values[0] * NS_PER_MS > SLOW_NS;
}

/* One sample. An engine that fails is told of, and has no more. */
static int time_change(const struct changes *c, struct change *change, unsigned int round)
{
	struct lookup_stage *s = c->stage;
	double figure;
	int err;

	if (change->failed || slow_enough(change))
		return 0;
	progress(s->options, "lookup: %s %s, round %u of %u", change->runner->engine->name,
		 change_names[change->kind], round + 1, s->options->rounds);
	err = time_kind(c, change, s->options->seed + round, &figure);
	if (!err)
		return samples_add(&change->samples, figure);
	report_warn(s->report, "engine %s failed to %s for %s: %s", change->runner->engine->name,
		    change_names[change->kind], family_names[change->state->family],
		    strerror(-err));
	samples_free(&change->samples);
	change->failed = true;
	return 0;
}

/* Keys of the first pattern, and the ends of the routes that the first round updated first. */
static int make_check(const struct changes *c, uint8_t family, struct key_set *check)
{
	const struct lookup_stage *s = c->stage;
	struct rng rng = { s->options->seed };
	size_t n = 0;
	int err = lookup_set_alloc(s, check, family, CHECKED_KEYS + CHECKED_ROUTES * LOOKUP_EDGES);

	if (err)
		return err;
	for (size_t i = 0; i < s->set_count && !n; i++) {
		const struct keys *keys = &s->sets[i].keys;

		for (; keys->family == family && n < CHECKED_KEYS && n < keys->count; n++)
			check->addrs[n] = keys->addrs[n];
	}
	for (size_t i = 0; i < CHECKED_ROUTES; i++, n += LOOKUP_EDGES)
		lookup_edges(&random_route(c, family, &rng)->prefix, check->addrs + n);
	lookup_set_fill(check, family, n);
	return 0;
}

/*
 * After its updates, failed ones as well, an engine must still say what the oracle says. The trie's
 * failure is the run's. A peer's is told, and voids what its updates cost: its lookups were compared
 * and timed before.
 */
static int check_change(const struct changes *c, struct change *change, const struct keys *keys,
			uint16_t *oracle)
{
	struct report *report = c->stage->report;
	const struct engine *engine = change->runner->engine;
	uint64_t before = report->disagreements;
	int err = lookup_agree_on(c->stage, change->runner, keys, oracle);

	if (err != -EBADMSG || engine->churns)
		return err;
	report_warn(
		report,
		"engine %s gave %llu wrong verdicts for %s after its routes were taken out and put "
		"back, so what its updates cost is not reported",
		engine->name, (unsigned long long)(report->disagreements - before),
		family_names[change->state->family]);
	report->disagreements = before;
	samples_free(&change->samples);
	return 0;
}

static int check_family(struct changes *c, uint8_t family)
{
	uint16_t *oracle = NULL;
	struct key_set check = { 0 };
	int err = 0;

	for (size_t i = 0; i < c->count && !err; i++) {
		struct change *change = &c->list[i];

		if (change->kind == CHANGE_BUILD || change->state->family != family)
			continue;
		if (!oracle) {
			err = make_check(c, family, &check);
			oracle = err ? NULL : malloc(check.keys.count * sizeof(*oracle));
		}
		err = oracle ? check_change(c, change, &check.keys, oracle) : -ENOMEM;
	}
	lookup_set_free(&check);
	free(oracle);
	return err;
}

static void report_figure(struct lookup_stage *s, const struct change *change,
			  enum change_kind kind, struct samples *samples)
{
	static const char *const units[CHANGES] = { [CHANGE_BUILD] = "ms",
						    [CHANGE_UPDATE] = "ns/update",
						    [CHANGE_PUSH] = "ms",
						    [CHANGE_FREE] = "ms",
						    [CHANGE_MEMORY] = "bytes" };
	const struct engine_way *way = &change->state->ways[change->way];
	uint8_t family = change->state->family;
	struct result *result;

	if (!samples->count)
		return;
	result = report_add(s->report);
	snprintf(result->name, sizeof(result->name), "lookup/%s/%s/%s",
		 change->runner->engine->name, change_names[kind], family_names[family]);
	result->stage = STAGE_CHANGE;
	result->unit = units[kind];
	report_set_figure(s->report, result, samples);
	result->change = (struct change_result){
		.engine = change->runner->engine->name,
		.kind = kind,
		.family = family,
		.entry_bytes = way->entry_bytes,
		.routes = s->table->list.of_family[family],
	};
}

/* What was measured of a change; of building also what goes with it. */
static int report_change(struct lookup_stage *s, struct change *change)
{
	const struct engine *engine = change->runner->engine;
	struct samples memory = { 0 };
	uint64_t bytes;
	int err = 0;

	report_figure(s, change, change->kind, &change->samples);
	if (change->kind != CHANGE_BUILD)
		return 0;
	report_figure(s, change, CHANGE_FREE, &change->freed);
	bytes = engine->bytes ? engine->bytes(change->state, change->way) : 0;
	if (bytes)
		err = samples_add(&memory, (double)bytes);
	report_figure(s, change, CHANGE_MEMORY, &memory);
	samples_free(&memory);
	return err;
}

static int run(struct changes *c)
{
	const struct lookup_stage *s = c->stage;
	int err = 0;

	for (unsigned int round = 0; round < s->options->rounds && !interrupted(); round++) {
		environment_round(&s->report->environment);
		for (size_t i = 0; i < c->count && !err && !interrupted(); i++)
			err = time_change(c, &c->list[i], round);
	}
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES && !err; family++)
		err = check_family(c, family);
	return err;
}

int lookup_changes(struct lookup_stage *s)
{
	struct changes *c = calloc(1, sizeof(*c));
	int err = c ? 0 : -ENOMEM;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES && !err; family++) {
		c->stage = s;
		err = update_routes_pick(s->table, family, &c->routes[family],
					 &c->route_count[family]);
		for (enum change_kind kind = 0; kind < CHANGE_FREE; kind++)
			add_changes(c, family, kind);
	}
	if (!err && c->count)
		err = run(c);
	for (size_t i = 0; c && i < c->count; i++) {
		if (!err)
			err = report_change(s, &c->list[i]);
		samples_free(&c->list[i].samples);
		samples_free(&c->list[i].freed);
	}
	for (uint8_t family = 0; c && family < CVPN_LPM_FAMILIES; family++)
		free(c->routes[family]);
	free(c);
	return err;
}
