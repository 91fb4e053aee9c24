/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of engines, and the empty loops that their harness costs. */
#include "engine.h"

#include <stdarg.h>

volatile uint32_t engine_zero;

const struct engine *const engines[] = {
	&engine_trie,	    &engine_linear,   &engine_ebpf_trie, &engine_ebpf_lpm,
	&engine_kernel_fib, &engine_dpdk_fib, &engine_dpdk_lpm,	 &engine_floor,
};

const unsigned int engine_count = sizeof(engines) / sizeof(engines[0]);

void engine_error_set(struct engine_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
}

static uint64_t empty_bulk(const struct keys *keys, size_t n)
{
	uint16_t values[ENGINE_BULK];
	uint64_t sum = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = engine_piece(n, from);

		if (keys->v4)
			for (size_t i = 0; i < count; i++)
				values[i] = (uint16_t)keys->v4[from + i];
		else
			for (size_t i = 0; i < count; i++)
				values[i] = (uint16_t)(keys->addrs[from + i].hi ^
						       keys->addrs[from + i].lo);
		/* The values must reach memory, as those of a real call do. */
		__asm__ volatile("" : : "r"(values) : "memory");
		sum += engine_sum(values, count);
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
	uint32_t zero = engine_zero;
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
