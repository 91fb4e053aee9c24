/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of lpm/ as an engine: its ways are the instruction sets that this machine has. */
#include <errno.h>
#include <stdlib.h>

#include <cvpn/lpm_image.h>

#include "clock.h"
#include "engine.h"

struct trie {
	struct engine_state head;
	const struct cvpn_lpm_kernels *kernels[CVPN_LPM_ISAS]; /* by way */
};

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	struct trie *trie = calloc(1, sizeof(*trie));

	if (!trie) {
		engine_error_set(error, "not enough memory");
		return -ENOMEM;
	}
	trie->head.table = table;
	trie->head.family = family;
	for (enum cvpn_lpm_isa isa = 0; isa < CVPN_LPM_ISAS; isa++) {
		const struct cvpn_lpm_kernels *kernels = cvpn_lpm_kernels(isa);
		unsigned int way = trie->head.way_count;

		if (!kernels)
			continue;
		trie->kernels[way] = kernels;
		trie->head.ways[way].kernel = kernels->name;
		/* One address has no use for vectors. */
		trie->head.ways[way].bulk_only = isa != CVPN_LPM_SCALAR;
		trie->head.way_count++;
	}
	*state = &trie->head;
	return 0;
}

static void free_state(struct engine_state *state)
{
	free(state);
}

static void bulk(const struct engine_state *state, unsigned int way, const struct keys *keys,
		 size_t from, size_t n, uint16_t *values)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(state->table->lpm);
	const struct cvpn_lpm_kernels *kernels = ((const struct trie *)state)->kernels[way];

	if (keys->v4)
		kernels->lookup4(image, keys->v4 + from, values, n);
	else
		kernels->lookup6(image, keys->addrs + from, values, n);
}

static void values(const struct engine_state *state, unsigned int way, enum variant variant,
		   const struct keys *keys, size_t from, size_t n, uint16_t *out)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(state->table->lpm);

	if (variant == VARIANT_BULK) {
		bulk(state, way, keys, from, n, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (uint16_t)(keys->v4 ? cvpn_lpm_image_lookup4(image, keys->v4[from + i])
					     : cvpn_lpm_image_lookup6(image,
								      keys->addrs[from + i].hi,
								      keys->addrs[from + i].lo));
}

static uint64_t pass_bulk(const struct engine_state *state, unsigned int way,
			  const struct keys *keys, size_t n)
{
	uint16_t out[ENGINE_BULK];
	uint64_t sum = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = engine_piece(n, from);

		bulk(state, way, keys, from, count, out);
		table_quiesce(state->table);
		sum += engine_sum(out, count);
	}
	return sum;
}

/*
 * The lookup of one address is inline code of whoever includes it. Built for machines that have
 * BMI2, as x86-64-v3 says, a shift by a variable is one step and not three; each loop is here for
 * those and for the others.
 */
#define INLINE __attribute__((always_inline)) static inline

INLINE uint64_t single(const struct cvpn_lpm_image *image, const struct keys *keys, size_t n)
{
	uint64_t sum = 0;

	if (keys->v4) {
		for (size_t i = 0; i < n; i++)
			sum += cvpn_lpm_image_lookup4(image, keys->v4[i]);
	} else {
		for (size_t i = 0; i < n; i++)
			sum += cvpn_lpm_image_lookup6(image, keys->addrs[i].hi, keys->addrs[i].lo);
	}
	return sum;
}

INLINE uint64_t latency(const struct cvpn_lpm_image *image, const struct keys *keys, size_t n)
{
	uint32_t zero = engine_zero, value = 0;
	uint64_t sum = 0;

	if (keys->v4) {
		for (size_t i = 0; i < n; i++) {
			value = cvpn_lpm_image_lookup4(image, keys->v4[i] ^ (value & zero));
			sum += value;
		}
	} else {
		for (size_t i = 0; i < n; i++) {
			const struct cvpn_lpm_addr *addr = &keys->addrs[i];

			value = cvpn_lpm_image_lookup6(image, addr->hi ^ (value & zero), addr->lo);
			sum += value;
		}
	}
	return sum;
}

#if defined(__x86_64__)
#define FOR_BMI2   __attribute__((target("bmi2"))) static
#define HAS_BMI2() __builtin_cpu_supports("bmi2")
#else
#define FOR_BMI2   static
#define HAS_BMI2() 0
#endif

FOR_BMI2 uint64_t single_bmi2(const struct cvpn_lpm_image *image, const struct keys *keys, size_t n)
{
	return single(image, keys, n);
}

FOR_BMI2 uint64_t latency_bmi2(const struct cvpn_lpm_image *image, const struct keys *keys,
			       size_t n)
{
	return latency(image, keys, n);
}

static uint64_t pass_single(const struct engine_state *state, unsigned int way,
			    const struct keys *keys, size_t n)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(state->table->lpm);

	(void)way;
	return HAS_BMI2() ? single_bmi2(image, keys, n) : single(image, keys, n);
}

static uint64_t pass_latency(const struct engine_state *state, unsigned int way,
			     const struct keys *keys, size_t n)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(state->table->lpm);

	(void)way;
	return HAS_BMI2() ? latency_bmi2(image, keys, n) : latency(image, keys, n);
}

static int64_t rebuild(struct engine_state *state, unsigned int way, int64_t *free_ns)
{
	struct cvpn_lpm *lpm = NULL;
	uint64_t start = clock_ns(), built;
	int err;

	(void)way;
	err = table_trie(state->table, state->family, &lpm);
	built = clock_ns();
	cvpn_lpm_destroy(lpm);
	*free_ns = (int64_t)(clock_ns() - built);
	return err < 0 ? err : (int64_t)(built - start);
}

static uint64_t bytes(const struct engine_state *state, unsigned int way)
{
	(void)way;
	return cvpn_lpm_image_bytes(cvpn_lpm_image(state->table->lpm));
}

static int push(struct engine_state *state, const struct linear_route *routes, size_t n)
{
	return table_change(state->table->lpm, routes, n);
}

static int update(struct engine_state *state, unsigned int way,
		  const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	(void)way;
	return push(state, &(struct linear_route){ *prefix, value }, 1);
}

const struct engine engine_trie = {
	.name = "trie",
	.for_lookup = true,
	.for_pps = true,
	.for_compare = true,
	.churns = true,
	.output_bits = 16,
	.build = build,
	.free = free_state,
	.values = values,
	.pass = { [VARIANT_BULK] = pass_bulk,
		  [VARIANT_SINGLE] = pass_single,
		  [VARIANT_LATENCY] = pass_latency },
	.rebuild = rebuild,
	.bytes = bytes,
	.update = update,
	.push = push,
};
