/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing every engine's verdicts with the oracle's. */
#include <errno.h>
#include <stdlib.h>

#include "../lpm/prefix.h"
#include "interrupt.h"
#include "lookup_stage.h"
#include "progress.h"

/* Keys that the oracle gets at once: enough to make its pass over all routes worth while. */
#define BLOCK		    (1u << 20)
#define SHOWN_DISAGREEMENTS 8u

static const char *const called[VARIANTS] = {
	[VARIANT_BULK] = "in bulk", [VARIANT_SINGLE] = "singly", [VARIANT_PACKET] = "by packets"
};

static void show_disagreement(const struct lookup_stage *s, const struct engine *engine,
			      const struct engine_way *way, enum variant variant,
			      const struct keys *keys, size_t i, uint16_t found, uint16_t expected)
{
	const struct route *route = table_route(s->table, keys->family, keys->addrs[i]);
	char addr[PREFIX_TEXT], prefix[PREFIX_TEXT] = "-";
	char found_text[VERDICT_TEXT], expected_text[VERDICT_TEXT];

	addr_format(keys->family, keys->addrs[i], addr);
	if (route)
		prefix_format(&route->prefix, prefix);
	verdict_format(s->table->verdicts[found], found_text);
	verdict_format(s->table->verdicts[expected], expected_text);
	fprintf(stderr,
		"cvpn-bench: %s: engine %s (%s, %s) says %s; the oracle says %s by route %s\n",
		addr, engine->name, way->kernel, called[variant], found_text, expected_text,
		prefix);
}

static void warn_of_exemption(struct lookup_stage *s, const struct engine *engine)
{
	report_warn(s->report,
		    "engine %s has no route for link-local, loopback and multicast addresses of "
		    "IPv6, whatever the table says: there it was not compared",
		    engine->name);
}

static void compare_way(struct lookup_stage *s, const struct engine *engine,
			const struct engine_state *state, unsigned int way, enum variant variant,
			const struct keys *keys, size_t n, const uint16_t *oracle)
{
	static uint16_t values[ENGINE_MAX_PIECE];
	size_t piece = engine->piece ? engine->piece : ENGINE_BULK;

	for (size_t from = 0; from < n; from += piece) {
		size_t count = n - from < piece ? n - from : piece;

		engine->values(state, way, variant, keys, from, count, values);
		for (size_t i = 0; i < count; i++) {
			if (values[i] == oracle[from + i])
				continue;
			if (engine->exempt && engine->exempt(keys->family, keys->addrs[from + i])) {
				warn_of_exemption(s, engine);
				continue;
			}
			if (s->report->disagreements++ < SHOWN_DISAGREEMENTS)
				show_disagreement(s, engine, &state->ways[way], variant, keys,
						  from + i, values[i], oracle[from + i]);
		}
	}
	s->report->agreement_keys += n;
}

/* Compares an engine on the first @n of @keys, in all the ways that may be timed. */
static void compare_engine(struct lookup_stage *s, const struct runner *runner,
			   const struct keys *keys, size_t n, const uint16_t *oracle)
{
	const struct engine *engine = runner->engine;
	const struct engine_state *state = runner->states[keys->family];

	for (unsigned int way = 0; state && !engine->no_verdicts && way < state->way_count; way++) {
		if (engine->pass[VARIANT_BULK] && lookup_way_wanted(s, engine, &state->ways[way]))
			compare_way(s, engine, state, way, VARIANT_BULK, keys, n, oracle);
		if (engine->pass[VARIANT_SINGLE] && !state->ways[way].bulk_only)
			compare_way(s, engine, state, way, VARIANT_SINGLE, keys, n, oracle);
		if (engine->pass[VARIANT_PACKET])
			compare_way(s, engine, state, way, VARIANT_PACKET, keys, n, oracle);
	}
}

static int ask_oracle(const struct lookup_stage *s, const struct keys *keys, uint16_t *oracle)
{
	return linear_lookup_many(s->table->linear, s->table->list.count, keys->family, keys->addrs,
				  oracle, keys->count);
}

static int verdict_of_run(const struct lookup_stage *s)
{
	return s->report->disagreements ? -EBADMSG : 0;
}

int lookup_agree_on(struct lookup_stage *s, const struct runner *runner, const struct keys *keys,
		    uint16_t *oracle)
{
	int err = ask_oracle(s, keys, oracle);

	if (err)
		return err;
	compare_engine(s, runner, keys, keys->count, oracle);
	return verdict_of_run(s);
}

/* How many of a block of keys, which begins with key @from, an engine looks up in a pass. */
static size_t in_pass(const struct engine *engine, const struct engine_state *state, size_t from,
		      size_t count)
{
	size_t pass = engine->pass_keys && state ? engine->pass_keys(state, from + count)
						 : from + count;

	return pass > from ? pass - from : 0;
}

static int compare_block(struct lookup_stage *s, const struct keys *keys, size_t from,
			 uint16_t *oracle)
{
	int err = ask_oracle(s, keys, oracle);

	for (size_t r = 0; r < s->runner_count && !err; r++) {
		const struct runner *runner = &s->runners[r];
		size_t n = in_pass(runner->engine, runner->states[keys->family], from, keys->count);

		compare_engine(s, runner, keys, n, oracle);
	}
	return err;
}

/* How many keys of the run's, or ends of its routes, are compared at once. */
static size_t block_keys(const struct lookup_stage *s)
{
	size_t ends = s->table->list.count * LOOKUP_EDGES;
	size_t n = s->options->keys > ends ? s->options->keys : ends;

	return n < BLOCK ? n : BLOCK;
}

static int compare_set(struct lookup_stage *s, const struct key_set *set, uint16_t *oracle)
{
	size_t n = set->keys.count;
	int err = 0;

	for (size_t from = 0; from < n && !err && !interrupted(); from += BLOCK) {
		struct keys block = lookup_keys_from(&set->keys, from,
						     n - from < BLOCK ? n - from : BLOCK);

		progress(s->options, "lookup: comparing with the oracle, %s %s",
			 family_names[set->keys.family], traffic_names[set->traffic]);
		err = compare_block(s, &block, from, oracle);
	}
	return err;
}

void lookup_edges(const struct cvpn_lpm_prefix *prefix, struct cvpn_lpm_addr edges[LOOKUP_EDGES])
{
	struct cvpn_lpm_addr last = prefix_last(prefix);

	edges[0] = addr_previous(prefix->family, prefix->addr);
	edges[1] = prefix->addr;
	edges[2] = last;
	edges[3] = addr_next(prefix->family, last);
}

/* Verdicts change at the ends of routes and nowhere else: both sides of each are compared. */
static int compare_edges(struct lookup_stage *s, uint8_t family, uint16_t *oracle)
{
	const struct route_list *list = &s->table->list;
	struct key_set set = { 0 };
	int err = lookup_set_alloc(s, &set, family, block_keys(s));
	size_t room = block_keys(s), n = 0, from = 0;

	progress(s->options, "lookup: comparing with the oracle, ends of %s routes",
		 family_names[family]);
	for (size_t i = 0; i < list->count && !err && !interrupted(); i++) {
		if (list->routes[i].prefix.family == family) {
			lookup_edges(&list->routes[i].prefix, set.addrs + n);
			n += LOOKUP_EDGES;
		}
		if (n + LOOKUP_EDGES <= room && i + 1 < list->count)
			continue;
		lookup_set_fill(&set, family, n);
		err = compare_block(s, &set.keys, from, oracle);
		from += n;
		n = 0;
	}
	lookup_set_free(&set);
	return err;
}

int lookup_agree(struct lookup_stage *s)
{
	uint16_t *oracle = malloc(block_keys(s) * sizeof(*oracle));
	int err = oracle ? 0 : -ENOMEM;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES && !err; family++) {
		if (s->table->list.of_family[family])
			err = compare_edges(s, family, oracle);
	}
	for (size_t i = 0; i < s->set_count && !err; i++)
		err = compare_set(s, &s->sets[i], oracle);
	free(oracle);
	return err ? err : verdict_of_run(s);
}
