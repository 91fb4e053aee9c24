/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: one read of an array as large as the trie's image of the family, at a place that the
 * key chooses. It decides nothing. What a lookup takes beyond it is search; what it takes itself is
 * the price of reaching that much memory once, below which no table of that size can get.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "engine.h"

#define LINE_BYTES 64u
#define HUGE_PAGE  ((size_t)2 << 20)
/* From this size on, huge pages are worth asking for: half of one is in use. */
#define HUGE_FROM ((size_t)1 << 20)
/* Odd, with its bits well mixed (2^32 and 2^64 divided by the golden ratio). */
#define SPREAD32 0x9e3779b1u
#define SPREAD64 0x9e3779b97f4a7c15u

enum {
	WAY_SCALAR,
	WAY_AVX512,
};

struct floor {
	struct engine_state head;
	uint32_t *words;
	uint32_t count;
};

/* Multiplying spreads neighbouring keys; the upper half of the second product is below @count. */
static inline uint32_t place4(uint32_t key, uint32_t count)
{
	return (uint32_t)((uint64_t)(key * SPREAD32) * count >> 32);
}

static inline uint32_t place6(struct cvpn_lpm_addr key, uint32_t count)
{
	uint32_t mixed = (uint32_t)(((key.hi ^ key.lo) * SPREAD64) >> 32);

	return (uint32_t)((uint64_t)mixed * count >> 32);
}

static inline uint32_t read_at(const struct floor *f, const struct keys *keys, size_t i,
			       uint32_t change)
{
	struct cvpn_lpm_addr addr;

	if (keys->v4)
		return f->words[place4(keys->v4[i] ^ change, f->count)];
	addr = keys->addrs[i];
	addr.hi ^= change;
	return f->words[place6(addr, f->count)];
}

static void free_state(struct engine_state *state)
{
	struct floor *f = (struct floor *)state;

	if (f)
		free(f->words);
	free(f);
}

/* The size of an image with the routes of one family alone. */
static int image_bytes(const struct table *table, uint8_t family, size_t *bytes)
{
	struct cvpn_lpm *lpm;
	int err;

	if (table->list.of_family[family] == table->list.count) {
		*bytes = cvpn_lpm_image_bytes(cvpn_lpm_image(table->lpm));
		return 0;
	}
	err = table_trie(table, family, &lpm);
	if (err)
		return err;
	*bytes = cvpn_lpm_image_bytes(cvpn_lpm_image(lpm));
	cvpn_lpm_destroy(lpm);
	return 0;
}

static uint32_t *make_array(size_t bytes)
{
	size_t align = bytes < HUGE_FROM ? LINE_BYTES : HUGE_PAGE;
	size_t room = (bytes + align - 1) / align * align;
	uint32_t *words = aligned_alloc(align, room);

	if (words && align == HUGE_PAGE)
		(void)madvise(words, room, MADV_HUGEPAGE);
	/* Pages that were never written would all be the same one of zeros. */
	if (words)
		memset(words, 1, room);
	return words;
}

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	struct floor *f = calloc(1, sizeof(*f));
	size_t bytes = 0;
	int err = f ? image_bytes(table, family, &bytes) : -ENOMEM;

	if (bytes < LINE_BYTES)
		bytes = LINE_BYTES;
	if (!err)
		f->words = make_array(bytes);
	if (err || !f->words) {
		engine_error_set(error, "not enough memory");
		free(f);
		return -ENOMEM;
	}
	f->count = (uint32_t)(bytes / sizeof(*f->words));
	f->head = (struct engine_state){
		.table = table,
		.family = family,
		.ways = { [WAY_SCALAR] = { .kernel = "scalar" },
			  [WAY_AVX512] = { .kernel = "avx512", .bulk_only = true } },
		.way_count = cvpn_lpm_kernels(CVPN_LPM_AVX512) ? 2 : 1,
	};
	*state = &f->head;
	return 0;
}

static void scalar4(const struct floor *f, const uint32_t *keys, size_t n, uint16_t *values)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (uint16_t)f->words[place4(keys[i], f->count)];
}

static void scalar6(const struct floor *f, const struct cvpn_lpm_addr *keys, size_t n,
		    uint16_t *values)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (uint16_t)f->words[place6(keys[i], f->count)];
}

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512dq")))

/* The same by gathers, the way the trie's fastest lookups read memory. */
TARGET static void gather4(const struct floor *f, const uint32_t *keys, size_t n, uint16_t *values)
{
	const __m512i spread = _mm512_set1_epi32((int)SPREAD32);
	const __m512i count = _mm512_set1_epi64(f->count);
	size_t i = 0;

	for (; i + 16 <= n; i += 16) {
		__m512i key = _mm512_mullo_epi32(_mm512_loadu_si512(keys + i), spread);
		__m512i even = _mm512_srli_epi64(_mm512_mul_epu32(key, count), 32);
		__m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(key, 32), count);
		__m512i at = _mm512_mask_mov_epi32(even, 0xaaaa, odd);
		__m512i value = _mm512_i32gather_epi32(at, f->words, 4);

		_mm256_storeu_si256((__m256i *)(void *)(values + i), _mm512_cvtepi32_epi16(value));
	}
	scalar4(f, keys + i, n - i, values + i);
}

TARGET static void gather6(const struct floor *f, const struct cvpn_lpm_addr *keys, size_t n,
			   uint16_t *values)
{
	const __m512i his = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
	const __m512i los = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
	const __m512i spread = _mm512_set1_epi64((long long)SPREAD64);
	const __m512i count = _mm512_set1_epi64(f->count);
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		__m512i first = _mm512_loadu_si512(keys + i);
		__m512i second = _mm512_loadu_si512(keys + i + 4);
		__m512i key = _mm512_xor_si512(_mm512_permutex2var_epi64(first, his, second),
					       _mm512_permutex2var_epi64(first, los, second));
		__m512i mixed = _mm512_srli_epi64(_mm512_mullo_epi64(key, spread), 32);
		__m512i at = _mm512_srli_epi64(_mm512_mul_epu32(mixed, count), 32);
		__m256i value = _mm512_i64gather_epi32(at, f->words, 4);

		_mm_storeu_si128((__m128i *)(void *)(values + i),
				 _mm256_castsi256_si128(
					 _mm512_cvtepi32_epi16(_mm512_castsi256_si512(value))));
	}
	scalar6(f, keys + i, n - i, values + i);
}
#else
#define gather4 scalar4
#define gather6 scalar6
#endif

/* Stores each answer as a lookup would, in the trie's width. */
static uint64_t pass_bulk(const struct engine_state *state, unsigned int way,
			  const struct keys *keys, size_t n)
{
	const struct floor *f = (const struct floor *)state;
	uint16_t values[ENGINE_BULK];
	uint64_t sum = 0;

	for (size_t from = 0; from < n; from += ENGINE_BULK) {
		size_t count = engine_piece(n, from);

		if (keys->v4)
			(way == WAY_AVX512 ? gather4 : scalar4)(f, keys->v4 + from, count, values);
		else
			(way == WAY_AVX512 ? gather6 : scalar6)(f, keys->addrs + from, count,
								values);
		__asm__ volatile("" : : "r"(values) : "memory");
		sum += engine_sum(values, count);
	}
	return sum;
}

static uint64_t pass_single(const struct engine_state *state, unsigned int way,
			    const struct keys *keys, size_t n)
{
	const struct floor *f = (const struct floor *)state;
	uint64_t sum = 0;

	(void)way;
	for (size_t i = 0; i < n; i++) {
		uint32_t value = read_at(f, keys, i, 0);

		/* One key at a time, as the calls of the other engines are. */
		__asm__ volatile("" : "+r"(value));
		sum += value;
	}
	return sum;
}

static uint64_t pass_latency(const struct engine_state *state, unsigned int way,
			     const struct keys *keys, size_t n)
{
	const struct floor *f = (const struct floor *)state;
	uint32_t zero = engine_zero, value = 0;
	uint64_t sum = 0;

	(void)way;
	for (size_t i = 0; i < n; i++) {
		value = read_at(f, keys, i, value & zero);
		sum += value;
	}
	return sum;
}

const struct engine engine_floor = {
	.name = "floor",
	.no_verdicts = true,
	.best_way = true,
	.output_bits = 16,
	.build = build,
	.free = free_state,
	.pass = { [VARIANT_BULK] = pass_bulk,
		  [VARIANT_SINGLE] = pass_single,
		  [VARIANT_LATENCY] = pass_latency },
};
