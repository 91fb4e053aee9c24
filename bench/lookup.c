/* SPDX-License-Identifier: BSD-2-Clause */
/* The lookup stage. */
#include "lookup.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "engine.h"
#include "interrupt.h"
#include "progress.h"
#include "traffic.h"

#define MAX_LANES	    64u
#define MAX_KEYS	    (TRAFFICS * CVPN_LPM_FAMILIES)
#define SHOWN_DISAGREEMENTS 8u

/* One pattern of one family. */
struct key_set {
	struct keys keys;
	enum traffic traffic;
	struct cvpn_lpm_addr *addrs;
	uint32_t *v4;
};

/* One thing that is timed. */
struct lane {
	const struct engine *engine;
	const struct cvpn_lpm_kernels *kernels;
	enum variant variant;
	const struct key_set *set;
	size_t keys; /* in a pass */
	struct samples ns;
	struct samples empty_ns;
};

struct lookup_stage {
	const struct options *options;
	const struct table *table;
	struct report *report;
	struct key_set sets[MAX_KEYS];
	size_t set_count;
	struct lane lanes[MAX_LANES];
	size_t lane_count;
};

/* Where the sum of each pass goes, so that no lookup is in vain. */
static volatile uint64_t consumed;

static int make_set(struct lookup_stage *s, enum traffic traffic, uint8_t family)
{
	struct key_set *set = &s->sets[s->set_count++];
	size_t n = s->options->keys;
	int err;

	set->traffic = traffic;
	set->addrs = malloc(n * sizeof(*set->addrs));
	set->v4 = family == CVPN_LPM_IPV4 ? malloc(n * sizeof(*set->v4)) : NULL;
	if (!set->addrs || (family == CVPN_LPM_IPV4 && !set->v4))
		return -ENOMEM;
	err = traffic_keys(s->table, traffic, family, s->options->seed, set->addrs, n);
	for (size_t i = 0; i < n && set->v4; i++)
		set->v4[i] = (uint32_t)(set->addrs[i].hi >> 32);
	set->keys = (struct keys){ family, n, set->addrs, set->v4 };
	return err;
}

static int make_sets(struct lookup_stage *s)
{
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		if (!s->table->list.of_family[family])
			continue;
		for (enum traffic traffic = 0; traffic < TRAFFICS; traffic++) {
			int err = 0;

			if (s->options->traffics >> traffic & 1)
				err = make_set(s, traffic, family);
			if (err < 0)
				return err;
		}
	}
	return 0;
}

/* The kernels of one engine: those asked for, or the reference for one that has no others. */
static const struct cvpn_lpm_kernels *next_kernels(const struct lookup_stage *s,
						   const struct engine *engine, unsigned int *isa)
{
	name_set wanted = engine->has_kernels ? s->options->isas : 1u << CVPN_LPM_SCALAR;

	while (*isa < CVPN_LPM_ISAS && !(wanted >> *isa & 1))
		++*isa;
	return *isa < CVPN_LPM_ISAS ? cvpn_lpm_kernels((enum cvpn_lpm_isa)(*isa)++) : NULL;
}

static void add_lane(struct lookup_stage *s, const struct engine *engine,
		     const struct cvpn_lpm_kernels *kernels, enum variant variant,
		     const struct key_set *set)
{
	if (s->lane_count == MAX_LANES)
		return;
	s->lanes[s->lane_count++] = (struct lane){
		.engine = engine,
		.kernels = kernels,
		.variant = variant,
		.set = set,
		.keys = engine->pass_keys(s->table, set->keys.count),
	};
}

/* Bulk lookups by each kernel, the other variants once: one address has no use for vectors. */
static void add_lanes(struct lookup_stage *s, const struct engine *engine)
{
	for (size_t i = 0; i < s->set_count; i++) {
		const struct cvpn_lpm_kernels *kernels;
		unsigned int isa = 0;

		while (engine->pass[VARIANT_BULK] && (kernels = next_kernels(s, engine, &isa)))
			add_lane(s, engine, kernels, VARIANT_BULK, &s->sets[i]);
		for (enum variant variant = VARIANT_SINGLE; variant < VARIANTS; variant++) {
			if (engine->pass[variant])
				add_lane(s, engine, cvpn_lpm_kernels(CVPN_LPM_SCALAR), variant,
					 &s->sets[i]);
		}
	}
}

static void show_disagreement(const struct lookup_stage *s, const struct engine *engine,
			      const struct key_set *set, size_t i, uint16_t found,
			      uint16_t expected)
{
	const struct route *route = table_route(s->table, set->keys.family, set->addrs[i]);
	char addr[PREFIX_TEXT], prefix[PREFIX_TEXT] = "-";
	char found_text[VERDICT_TEXT], expected_text[VERDICT_TEXT];

	addr_format(set->keys.family, set->addrs[i], addr);
	if (route)
		prefix_format(&route->prefix, prefix);
	verdict_format(s->table->verdicts[found], found_text);
	verdict_format(s->table->verdicts[expected], expected_text);
	fprintf(stderr, "cvpn-bench: %s: engine %s says %s; the oracle says %s by route %s\n", addr,
		engine->name, found_text, expected_text, prefix);
}

/* Compares an engine's verdicts on one set with the oracle's. Returns how many differ. */
static uint64_t compare_set(struct lookup_stage *s, const struct engine *engine,
			    const struct cvpn_lpm_kernels *kernels, const struct key_set *set,
			    const uint16_t *oracle)
{
	size_t n = engine->pass_keys(s->table, set->keys.count);
	uint16_t values[ENGINE_BULK];
	uint64_t differ = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = n - from < ENGINE_BULK ? n - from : ENGINE_BULK;

		engine->values(s->table, kernels, &set->keys, from, count, values);
		for (size_t i = 0; i < count; i++) {
			if (values[i] == oracle[from + i])
				continue;
			if (differ++ < SHOWN_DISAGREEMENTS)
				show_disagreement(s, engine, set, from + i, values[i],
						  oracle[from + i]);
		}
	}
	s->report->agreement_keys += n;
	return differ;
}

static uint64_t compare_kernels(struct lookup_stage *s, const struct engine *engine,
				const struct key_set *set, const uint16_t *oracle)
{
	const struct cvpn_lpm_kernels *kernels;
	unsigned int isa = 0;
	uint64_t differ = 0;

	while ((kernels = next_kernels(s, engine, &isa)))
		differ += compare_set(s, engine, kernels, set, oracle);
	return differ;
}

static int compare_engines(struct lookup_stage *s)
{
	uint16_t *oracle = malloc(s->options->keys * sizeof(*oracle));
	int err = oracle ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->set_count && !err; i++) {
		const struct key_set *set = &s->sets[i];

		err = linear_lookup_many(s->table->linear, s->table->list.count, set->keys.family,
					 set->addrs, oracle, set->keys.count);
		for (unsigned int e = 0; e < engine_count && !err; e++) {
			if (s->options->engines >> e & 1)
				s->report->disagreements += compare_kernels(s, &engines[e], set,
									    oracle);
		}
	}
	free(oracle);
	return err ? err : s->report->disagreements ? -EBADMSG : 0;
}

static int time_lane(const struct table *table, struct lane *lane)
{
	const struct keys *keys = &lane->set->keys;
	uint64_t start = clock_ns(), middle, end;
	double per_key = 1.0 / (double)lane->keys;

	consumed += empty_pass[lane->variant](keys, lane->keys);
	middle = clock_ns();
	consumed += lane->engine->pass[lane->variant](table, lane->kernels, keys, lane->keys);
	end = clock_ns();
	if (samples_add(&lane->empty_ns, (double)(middle - start) * per_key) ||
	    samples_add(&lane->ns, (double)(end - middle) * per_key))
		return -ENOMEM;
	return 0;
}

static int run_rounds(struct lookup_stage *s)
{
	/* Round 0 warms caches and the branch predictor up and is not kept. */
	for (unsigned int round = 0; round <= s->options->rounds && !interrupted(); round++) {
		progress(s->options, "lookup: round %u of %u", round, s->options->rounds);
		for (size_t i = 0; i < s->lane_count && !interrupted(); i++) {
			struct lane *lane = &s->lanes[i];
			int err = time_lane(s->table, lane);

			if (err < 0)
				return err;
			if (round == 0)
				lane->ns.count = lane->empty_ns.count = 0;
		}
	}
	return 0;
}

/* Subtracts the empty loop's median, which is steadier than its value in each round. */
static double subtract_empty(struct lane *lane, uint64_t seed)
{
	double empty = samples_estimate(&lane->empty_ns, seed).median;

	for (size_t i = 0; i < lane->ns.count; i++)
		lane->ns.values[i] -= empty;
	return empty;
}

static void report_lane(struct lookup_stage *s, struct lane *lane)
{
	uint64_t seed = s->options->seed;
	struct result *result;
	double empty;

	if (!lane->ns.count)
		return;
	empty = subtract_empty(lane, seed);
	result = report_add(s->report);
	snprintf(result->name, sizeof(result->name), "lookup/%s/%s/%s/%s/%s", lane->engine->name,
		 variant_names[lane->variant], lane->kernels->name,
		 family_names[lane->set->keys.family], traffic_names[lane->set->traffic]);
	result->stage = STAGE_LOOKUP;
	result->unit = "ns/lookup";
	result->figure = samples_estimate(&lane->ns, seed);
	result->lookup = (struct lookup_result){
		.engine = lane->engine->name,
		.variant = lane->variant,
		.kernel = lane->kernels->name,
		.family = lane->set->keys.family,
		.traffic = lane->set->traffic,
		.keys = lane->keys,
		.baseline_ns = empty,
	};
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
	progress(options, "lookup: comparing with the oracle");
	err = make_sets(s);
	for (unsigned int e = 0; e < engine_count && !err; e++) {
		if (!(options->engines >> e & 1))
			continue;
		report->agreement_engines[report->agreement_engine_count++] = engines[e].name;
		add_lanes(s, &engines[e]);
	}
	if (!err)
		err = compare_engines(s);
	if (!err)
		environment_measuring(&report->environment);
	if (!err)
		err = run_rounds(s);
	for (size_t i = 0; i < s->lane_count; i++) {
		if (!err)
			report_lane(s, &s->lanes[i]);
		samples_free(&s->lanes[i].ns);
		samples_free(&s->lanes[i].empty_ns);
	}
	for (size_t i = 0; i < s->set_count; i++) {
		free(s->sets[i].addrs);
		free(s->sets[i].v4);
	}
	free(s);
	return err;
}
