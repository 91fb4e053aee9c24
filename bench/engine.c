/* SPDX-License-Identifier: BSD-2-Clause */
/* The engines, and the empty loops that their harness costs. */
#include "engine.h"

/* Comparisons that the linear oracle may make in one pass. */
#define LINEAR_WORK	20000000u
#define LINEAR_MIN_KEYS 16u

/* Zero, but the compiler can not know: it makes a key depend on the value before it. */
static volatile uint32_t unknown_zero;

static uint64_t sum_values(const uint16_t *values, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

/* The @n-th piece of at most ENGINE_BULK keys. */
static size_t piece(size_t n, size_t from)
{
	return n - from < ENGINE_BULK ? n - from : ENGINE_BULK;
}

static uint64_t empty_bulk(const struct keys *keys, size_t n)
{
	uint16_t values[ENGINE_BULK];
	uint64_t sum = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = piece(n, from);

		if (keys->v4)
			for (size_t i = 0; i < count; i++)
				values[i] = (uint16_t)keys->v4[from + i];
		else
			for (size_t i = 0; i < count; i++)
				values[i] = (uint16_t)(keys->addrs[from + i].hi ^
						       keys->addrs[from + i].lo);
		/* The values must reach memory, as those of a real call do. */
		__asm__ volatile("" : : "r"(values) : "memory");
		sum += sum_values(values, count);
	}
	return sum;
}

static uint64_t empty_single(const struct keys *keys, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t key = keys->v4 ? keys->v4[i] : keys->addrs[i].hi ^ keys->addrs[i].lo;

		/* Keeps the loop from being vectorised: one key at a time, as the calls are. */
		__asm__ volatile("" : "+r"(key));
		sum += key;
	}
	return sum;
}

static uint64_t empty_latency(const struct keys *keys, size_t n)
{
	uint32_t zero = unknown_zero;
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t key = keys->v4 ? keys->v4[i] : keys->addrs[i].hi ^ keys->addrs[i].lo;

		value = key ^ (value & zero);
		__asm__ volatile("" : "+r"(value));
	}
	return value;
}

uint64_t (*const empty_pass[VARIANTS])(const struct keys *keys, size_t n) = {
	[VARIANT_BULK] = empty_bulk,
	[VARIANT_SINGLE] = empty_single,
	[VARIANT_LATENCY] = empty_latency,
};

static void trie_values(const struct table *table, const struct cvpn_lpm_kernels *kernels,
			const struct keys *keys, size_t from, size_t n, uint16_t *values)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table->lpm);

	if (keys->v4)
		kernels->lookup4(image, keys->v4 + from, values, n);
	else
		kernels->lookup6(image, keys->addrs + from, values, n);
}

static uint64_t trie_bulk(const struct table *table, const struct cvpn_lpm_kernels *kernels,
			  const struct keys *keys, size_t n)
{
	uint16_t values[ENGINE_BULK];
	uint64_t sum = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = piece(n, from);

		trie_values(table, kernels, keys, from, count, values);
		sum += sum_values(values, count);
	}
	return sum;
}

static uint64_t trie_single(const struct table *table, const struct cvpn_lpm_kernels *kernels,
			    const struct keys *keys, size_t n)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table->lpm);
	uint64_t sum = 0;

	(void)kernels;
	if (keys->v4) {
		for (size_t i = 0; i < n; i++)
			sum += cvpn_lpm_lookup4_one(image, keys->v4[i]);
	} else {
		for (size_t i = 0; i < n; i++)
			sum += cvpn_lpm_lookup6_one(image, keys->addrs[i]);
	}
	return sum;
}

static uint64_t trie_latency(const struct table *table, const struct cvpn_lpm_kernels *kernels,
			     const struct keys *keys, size_t n)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table->lpm);
	uint32_t zero = unknown_zero, value = 0;
	uint64_t sum = 0;

	(void)kernels;
	for (size_t i = 0; i < n; i++) {
		if (keys->v4) {
			value = cvpn_lpm_lookup4_one(image, keys->v4[i] ^ (value & zero));
		} else {
			struct cvpn_lpm_addr addr = keys->addrs[i];

			addr.hi ^= value & zero;
			value = cvpn_lpm_lookup6_one(image, addr);
		}
		sum += value;
	}
	return sum;
}

static size_t trie_pass_keys(const struct table *table, size_t count)
{
	(void)table;
	return count;
}

static void linear_values(const struct table *table, const struct cvpn_lpm_kernels *kernels,
			  const struct keys *keys, size_t from, size_t n, uint16_t *values)
{
	(void)kernels;
	for (size_t i = 0; i < n; i++)
		values[i] = linear_lookup(table->linear, table->list.count, keys->family,
					  keys->addrs[from + i]);
}

static uint64_t linear_single(const struct table *table, const struct cvpn_lpm_kernels *kernels,
			      const struct keys *keys, size_t n)
{
	uint64_t sum = 0;

	(void)kernels;
	for (size_t i = 0; i < n; i++)
		sum += linear_lookup(table->linear, table->list.count, keys->family,
				     keys->addrs[i]);
	return sum;
}

static size_t linear_pass_keys(const struct table *table, size_t count)
{
	size_t fits = LINEAR_WORK / table->list.count;

	if (fits < LINEAR_MIN_KEYS)
		fits = LINEAR_MIN_KEYS;
	return fits < count ? fits : count;
}

const struct engine engines[] = {
	{
		.name = "trie",
		.has_kernels = true,
		.for_lookup = true,
		.for_pps = true,
		.values = trie_values,
		.pass = { [VARIANT_BULK] = trie_bulk,
			  [VARIANT_SINGLE] = trie_single,
			  [VARIANT_LATENCY] = trie_latency },
		.pass_keys = trie_pass_keys,
	},
	{
		.name = "linear",
		.for_lookup = true,
		.values = linear_values,
		.pass = { [VARIANT_SINGLE] = linear_single },
		.pass_keys = linear_pass_keys,
	},
};

const unsigned int engine_count = sizeof(engines) / sizeof(engines[0]);
