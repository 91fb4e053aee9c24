/* SPDX-License-Identifier: BSD-2-Clause */
/* The lookup stage: engines are built, compared, and take turns to be timed. */
#include "lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "lookup_stage.h"
#include "progress.h"

/* One at a time, so many say as much as more would: at 100 ns each, a round takes long. */
#define SINGLE_KEYS ((size_t)1 << 22)

/* --- engines -------------------------------------------------------------------------------- */

/* Builds an engine for one family; where that can not be, the report says why. */
static void build_family(struct lookup_stage *s, struct runner *runner, uint8_t family, bool alone)
{
	const struct engine *engine = runner->engine;
	size_t routes = s->table->list.of_family[family];
	size_t most = engine->slow_above[family];
	struct engine_error error = { "" };

	if (!routes)
		return;
	if (most && routes > most && !alone) {
		report_warn(s->report,
			    "engine %s is left out for %s: it takes minutes to build with more "
			    "than %zu routes; to wait for that, name it alone (--engine %s)",
			    engine->name, family_names[family], most, engine->name);
		return;
	}
	progress(s->options, "lookup: building %s, %s", engine->name, family_names[family]);
	if (engine->build(s->table, family, &runner->states[family], &error) < 0) {
		runner->states[family] = NULL;
		report_warn(s->report, "engine %s is left out for %s: %s", engine->name,
			    family_names[family], error.text);
	}
}

static void add_runner(struct lookup_stage *s, const struct engine *engine)
{
	bool alone = (s->options->engines & (s->options->engines - 1)) == 0;
	struct runner *runner = &s->runners[s->runner_count];
	struct engine_error error = { "" };
	bool built = false;

	if (engine->start && engine->start(&error) < 0) {
		report_warn(s->report, "engine %s is left out: %s", engine->name, error.text);
		return;
	}
	runner->engine = engine;
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		build_family(s, runner, family, alone);
		built |= runner->states[family] != NULL;
	}
	if (!built)
		return;
	s->runner_count++;
	if (!engine->no_verdicts)
		s->report->agreement_engines[s->report->agreement_engine_count++] = engine->name;
}

static int add_runners(struct lookup_stage *s)
{
	for (unsigned int e = 0; e < engine_count; e++) {
		if (s->options->engines >> e & 1)
			add_runner(s, engines[e]);
	}
	return s->runner_count ? 0 : -ENOTSUP;
}

static void free_runners(struct lookup_stage *s)
{
	for (size_t r = 0; r < s->runner_count; r++) {
		for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
			if (s->runners[r].states[family])
				s->runners[r].engine->free(s->runners[r].states[family]);
		}
	}
	for (unsigned int e = 0; e < engine_count; e++) {
		if ((s->options->engines >> e & 1) && engines[e]->stop)
			engines[e]->stop();
	}
}

bool lookup_way_wanted(const struct lookup_stage *s, const struct engine *engine,
		       const struct engine_way *way)
{
	for (enum cvpn_lpm_isa isa = 0; isa < CVPN_LPM_ISAS && !engine->best_way; isa++) {
		if (!strcmp(way->kernel, cvpn_lpm_isa_name(isa)))
			return s->options->isas >> isa & 1;
	}
	return true;
}

/* --- what is timed -------------------------------------------------------------------------- */

static void add_lane(struct lookup_stage *s, const struct runner *runner, unsigned int way,
		     enum variant variant, const struct key_set *set)
{
	const struct engine_state *state = runner->states[set->keys.family];
	const struct engine *engine = runner->engine;
	size_t n = set->keys.count;

	if (variant != VARIANT_BULK && n > SINGLE_KEYS)
		n = SINGLE_KEYS;
	if (engine->max_pass_keys && n > engine->max_pass_keys)
		n = engine->max_pass_keys;
	s->lanes[s->lane_count++] = (struct lane){
		.engine = engine,
		.state = state,
		.way = way,
		.variant = variant,
		.set = set,
		.keys = engine->pass_keys ? engine->pass_keys(state, n) : n,
	};
}

/* A lane for each way, or one for all of those that compete. */
static void add_lanes(struct lookup_stage *s, const struct runner *runner,
		      const struct key_set *set)
{
	const struct engine_state *state = runner->states[set->keys.family];
	const struct engine *engine = runner->engine;

	for (enum variant variant = 0; variant < VARIANTS; variant++) {
		if (!engine->pass[variant])
			continue;
		for (unsigned int way = 0; way < state->way_count; way++) {
			bool fits = variant == VARIANT_BULK
					    ? lookup_way_wanted(s, engine, &state->ways[way])
					    : !state->ways[way].bulk_only;

			if (fits)
				add_lane(s, runner, way, variant, set);
			if (fits && s->report->churn && engine->churns && variant == VARIANT_BULK) {
				add_lane(s, runner, way, variant, set);
				s->lanes[s->lane_count - 1].churned = true;
			}
			if (fits && engine->best_way)
				break;
		}
	}
}

/* --- rounds ------------------------------------------------------------------------------------ */

static int time_lanes(struct lookup_stage *s, unsigned int round, bool churned)
{
	int err = 0;

	for (size_t i = 0; i < s->lane_count && !interrupted() && !err; i++) {
		struct lane *lane = &s->lanes[i];

		if (lane->churned != churned)
			continue;
		err = lookup_time_lane(s, lane);
		if (round == 0)
			lane->ns.count = lane->empty_ns.count = 0;
	}
	return err;
}

/* The same lanes with the table updated meanwhile. */
static int time_churned(struct lookup_stage *s, unsigned int round)
{
	int err = churn_begin(s->report->churn), end;

	if (err)
		return err;
	err = time_lanes(s, round, true);
	end = churn_end(s->report->churn);
	return err ? err : end;
}

static int run_rounds(struct lookup_stage *s)
{
	int err = 0;

	progress(s->options, "lookup: looking for the fastest way to call each engine");
	for (size_t i = 0; i < s->lane_count; i++)
		lookup_choose_way(&s->lanes[i]);
	/* Round 0 warms caches and the branch predictor up and is not kept. */
	for (unsigned int round = 0; round <= s->options->rounds && !interrupted() && !err;
	     round++) {
		environment_round(&s->report->environment);
		progress(s->options, "lookup: round %u of %u", round, s->options->rounds);
		err = time_lanes(s, round, false);
		if (!err && s->report->churn)
			err = time_churned(s, round);
	}
	return err;
}

/* --- results -------------------------------------------------------------------------------- */

static void report_lane(struct lookup_stage *s, struct lane *lane)
{
	const struct engine_way *way = &lane->state->ways[lane->way];
	struct counts counts, empty_counts;
	struct result *result;

	if (!lane->ns.count)
		return;
	counts = count_samples_median(&lane->counts);
	empty_counts = count_samples_median(&lane->empty_counts);
	result = report_add(s->report);
	/* Which way is the fastest may differ between runs; the name may not. */
	snprintf(result->name, sizeof(result->name), "lookup/%s/%s/%s/%s/%s", lane->engine->name,
		 variant_names[lane->variant], lane->engine->best_way ? "best" : way->kernel,
		 family_names[lane->set->keys.family], traffic_names[lane->set->traffic]);
	result->stage = STAGE_LOOKUP;
	result->unit = "ns/lookup";
	report_set_figure(s->report, result, &lane->ns);
	result->counts = counts_minus(&counts, &empty_counts);
	result->lookup = (struct lookup_result){
		.engine = lane->engine->name,
		.variant = lane->variant,
		.kernel = way->kernel,
		.family = lane->set->keys.family,
		.traffic = lane->set->traffic,
		.keys = lane->keys,
		.baseline_ns = samples_median(&lane->empty_ns),
		.entry_bytes = way->entry_bytes,
		.output_bits = lane->engine->output_bits,
	};
	if (lane->churned)
		report_churned(s->report, result);
}

static void free_stage(struct lookup_stage *s)
{
	for (size_t i = 0; i < s->lane_count; i++) {
		samples_free(&s->lanes[i].ns);
		samples_free(&s->lanes[i].empty_ns);
		samples_free(&s->lanes[i].pass_ns);
		samples_free(&s->lanes[i].empty_pass_ns);
		count_samples_free(&s->lanes[i].counts);
		count_samples_free(&s->lanes[i].empty_counts);
	}
	for (size_t i = 0; i < s->set_count; i++)
		lookup_set_free(&s->sets[i]);
	free_runners(s);
	free(s);
}

static int run(struct lookup_stage *s)
{
	int err = add_runners(s);

	if (!err)
		err = lookup_sets_make(s);
	if (!err)
		err = lookup_agree(s);
	if (err)
		return err;
	for (size_t i = 0; i < s->set_count; i++) {
		for (size_t r = 0; r < s->runner_count; r++) {
			if (s->runners[r].states[s->sets[i].keys.family])
				add_lanes(s, &s->runners[r], &s->sets[i]);
		}
	}
	environment_measuring(&s->report->environment);
	err = run_rounds(s);
	for (size_t i = 0; i < s->lane_count && !err; i++)
		report_lane(s, &s->lanes[i]);
	return err ? err : lookup_changes(s);
}

int lookup_run(const struct options *options, const struct table *table, struct report *report)
{
	struct lookup_stage *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->options = options;
	s->table = table;
	s->report = report;
	err = run(s);
	free_stage(s);
	return err;
}
