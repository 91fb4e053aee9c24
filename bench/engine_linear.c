/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracle as an engine: what a lookup costs that compares every route. */
#include <errno.h>
#include <stdlib.h>

#include "engine.h"

/* Comparisons that one pass may make. */
#define WORK	 20000000u
#define MIN_KEYS 16u

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	*state = calloc(1, sizeof(**state));
	if (!*state) {
		engine_error_set(error, "not enough memory");
		return -ENOMEM;
	}
	**state = (struct engine_state){
		.table = table,
		.family = family,
		.ways = { { .kernel = "scalar" } },
		.way_count = 1,
	};
	return 0;
}

static void free_state(struct engine_state *state)
{
	free(state);
}

static void values(const struct engine_state *state, unsigned int way, enum variant variant,
		   const struct keys *keys, size_t from, size_t n, uint16_t *out)
{
	const struct table *table = state->table;

	(void)way;
	(void)variant;
	for (size_t i = 0; i < n; i++)
		out[i] = linear_lookup(table->linear, table->list.count, keys->family,
				       keys->addrs[from + i]);
}

static uint64_t pass_single(const struct engine_state *state, unsigned int way,
			    const struct keys *keys, size_t n)
{
	const struct table *table = state->table;
	uint64_t sum = 0;

	(void)way;
	for (size_t i = 0; i < n; i++)
		sum += linear_lookup(table->linear, table->list.count, keys->family,
				     keys->addrs[i]);
	return sum;
}

static size_t pass_keys(const struct engine_state *state, size_t count)
{
	size_t fits = WORK / state->table->list.count;

	if (fits < MIN_KEYS)
		fits = MIN_KEYS;
	return fits < count ? fits : count;
}

const struct engine engine_linear = {
	.name = "linear",
	.for_lookup = true,
	.output_bits = 16,
	.build = build,
	.free = free_state,
	.values = values,
	.pass = { [VARIANT_SINGLE] = pass_single },
	.pass_keys = pass_keys,
};
