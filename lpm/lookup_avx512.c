/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AVX-512: sixteen IPv4 or eight IPv6 addresses at a time. A gather fetches each lane's entry;
 * lanes that have met their leaf wait, masked off, for those still on a node. Several vectors go
 * side by side, because a gather waits for memory and the next one need not wait for it.
 */
#include <immintrin.h>

#include "kernels.h"

#define TARGET                                                                                     \
	__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"),               \
		       always_inline)) static inline
#define ENTRY_POINT __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")))

#define LANES4 16u
#define LANES6 8u
/* Vectors of IPv6 addresses that walk down together. */
#define VECTORS6 4u

/* The first @n lanes. */
TARGET __mmask16 lanes4(size_t n)
{
	return (__mmask16)(n < LANES4 ? (1u << n) - 1 : UINT16_MAX);
}

TARGET __mmask8 lanes6(size_t n)
{
	return (__mmask8)(n < LANES6 ? (1u << n) - 1 : UINT8_MAX);
}

/* One step down: @node lanes of @entry are nodes, @slot is where each goes on. */
TARGET __m512i step4(const uint32_t *words, __m512i entry, __mmask16 node, __m512i slot)
{
	const __m512i zero = _mm512_setzero_si512();
	__m512i offset = _mm512_and_si512(entry, _mm512_set1_epi32((int)CVPN_LPM_OFFSET));
	__m512i low = _mm512_mask_i32gather_epi32(zero, node, offset, words, 4);
	__m512i high = _mm512_mask_i32gather_epi32(zero, node, offset, words + 1, 4);
	/* The map's bits up to the slot, moved to the top of each half; a count of 32 clears it. */
	__m512i to_top = _mm512_sub_epi32(_mm512_set1_epi32(63), slot);
	__m512i low_to_top = _mm512_max_epi32(_mm512_sub_epi32(to_top, _mm512_set1_epi32(32)),
					      zero);
	__m512i count = _mm512_add_epi32(_mm512_popcnt_epi32(_mm512_sllv_epi32(low, low_to_top)),
					 _mm512_popcnt_epi32(_mm512_sllv_epi32(high, to_top)));

	return _mm512_mask_i32gather_epi32(entry, node, _mm512_add_epi32(offset, count),
					   words + CVPN_LPM_NODE_HEAD - 1, 4);
}

TARGET __m512i trie4(const uint32_t *words, const struct cvpn_lpm_tree *tree, __m512i addr)
{
	const __m128i root_shift = _mm_cvtsi32_si128((int)(32 - tree->root_bits));
	const __m512i value_mask = _mm512_set1_epi32((1 << (1 << tree->width_shift)) - 1);
	__m512i rest = _mm512_sll_epi32(addr, _mm_cvtsi32_si128((int)tree->root_bits));
	__m512i entry = _mm512_i32gather_epi32(_mm512_srl_epi32(addr, root_shift),
					       words + tree->root, 4);
	__mmask16 node = _mm512_movepi32_mask(entry);
	__m512i slot, bit, leaf;

	while (node) {
		slot = _mm512_srli_epi32(rest, 32 - CVPN_LPM_STRIDE);
		entry = step4(words, entry, node, slot);
		rest = _mm512_mask_slli_epi32(rest, node, rest, CVPN_LPM_STRIDE);
		node &= _mm512_movepi32_mask(entry);
	}
	slot = _mm512_srli_epi32(rest, 32 - CVPN_LPM_STRIDE);
	bit = _mm512_sll_epi32(slot, _mm_cvtsi32_si128((int)tree->width_shift));
	leaf = _mm512_i32gather_epi32(_mm512_add_epi32(entry, _mm512_srli_epi32(bit, 5)), words, 4);
	return _mm512_and_si512(
		_mm512_srlv_epi32(leaf, _mm512_and_si512(bit, _mm512_set1_epi32(31))), value_mask);
}

TARGET __m512i intervals4(const uint32_t *words, const struct cvpn_lpm_tree *tree, __m512i addr)
{
	const uint32_t *bounds = words + tree->root;
	const uint32_t *deltas = bounds + tree->intervals;
	__m512i sum = _mm512_setzero_si512();

	for (uint32_t i = 0; i < tree->intervals; i++) {
		__mmask16 above = _mm512_cmpge_epu32_mask(addr, _mm512_set1_epi32((int)bounds[i]));

		sum = _mm512_mask_add_epi32(sum, above, sum, _mm512_set1_epi32((int)deltas[i]));
	}
	return sum;
}

ENTRY_POINT void avx512_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
				uint16_t *values, size_t n)
{
	const struct cvpn_lpm_tree *tree = &image->tree[CVPN_LPM_IPV4];
	const uint32_t *words = (const uint32_t *)(const void *)image;

	for (size_t i = 0; i < n; i += LANES4) {
		__mmask16 lanes = lanes4(n - i);
		__m512i addr = _mm512_maskz_loadu_epi32(lanes, addrs + i);
		__m512i value = tree->intervals ? intervals4(words, tree, addr)
						: trie4(words, tree, addr);

		_mm512_mask_cvtepi32_storeu_epi16(values + i, lanes, value);
	}
}

/* Eight addresses as their upper and lower halves. */
struct halves {
	__m512i hi, lo;
};

TARGET struct halves load6(const struct cvpn_lpm_addr *addrs, size_t n)
{
	const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
	const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
	__m512i first = _mm512_maskz_loadu_epi64(lanes6(2 * n), addrs);
	__m512i second = n > LANES6 / 2 ? _mm512_maskz_loadu_epi64(lanes6(2 * n - LANES6),
								   addrs + LANES6 / 2)
					: _mm512_setzero_si512();

	return (struct halves){ _mm512_permutex2var_epi64(first, even, second),
				_mm512_permutex2var_epi64(first, odd, second) };
}

/* As step4(), with the entries in 64-bit lanes. */
TARGET __m512i step6(const uint32_t *words, __m512i entry, __mmask8 node, __m512i slot)
{
	__m512i offset = _mm512_and_si512(entry, _mm512_set1_epi64(CVPN_LPM_OFFSET));
	__m512i map = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), node, offset, words, 4);
	__m512i up_to_slot = _mm512_sllv_epi64(map, _mm512_sub_epi64(_mm512_set1_epi64(63), slot));
	__m512i at = _mm512_add_epi64(offset, _mm512_popcnt_epi64(up_to_slot));
	__m256i next = _mm512_mask_i64gather_epi32(_mm512_cvtepi64_epi32(entry), node, at,
						   words + CVPN_LPM_NODE_HEAD - 1, 4);

	return _mm512_cvtepu32_epi64(next);
}

TARGET __mmask8 nodes6(__m512i entry)
{
	return _mm512_test_epi64_mask(entry, _mm512_set1_epi64(CVPN_LPM_NODE));
}

TARGET __m512i leaf6(const uint32_t *words, const struct cvpn_lpm_tree *tree, __m512i entry,
		     __m512i slot)
{
	__m512i bit = _mm512_sll_epi64(slot, _mm_cvtsi32_si128((int)tree->width_shift));
	__m256i leaf = _mm512_i64gather_epi32(_mm512_add_epi64(entry, _mm512_srli_epi64(bit, 5)),
					      words, 4);
	__m512i value = _mm512_srlv_epi64(_mm512_cvtepu32_epi64(leaf),
					  _mm512_and_si512(bit, _mm512_set1_epi64(31)));

	return _mm512_and_si512(value, _mm512_set1_epi64((1 << (1 << tree->width_shift)) - 1));
}

/* Walks down @vectors of eight addresses side by side and leaves their values in @value. */
TARGET void trie6(const uint32_t *words, const struct cvpn_lpm_tree *tree,
		  const struct halves *addr, __m512i *value)
{
	const __m128i root_shift = _mm_cvtsi32_si128((int)(64 - tree->root_bits));
	__m512i entry[VECTORS6], rest[VECTORS6];
	uint32_t pos = tree->root_bits, active = 0;
	__mmask8 node[VECTORS6];

	for (uint32_t v = 0; v < VECTORS6; v++) {
		__m512i at = _mm512_srl_epi64(addr[v].hi, root_shift);

		entry[v] = _mm512_cvtepu32_epi64(_mm512_i64gather_epi32(at, words + tree->root, 4));
		rest[v] = _mm512_sll_epi64(addr[v].hi, _mm_cvtsi32_si128((int)pos));
		node[v] = nodes6(entry[v]);
		active |= node[v];
	}
	while (active) {
		active = 0;
		pos += CVPN_LPM_STRIDE;
		for (uint32_t v = 0; v < VECTORS6; v++) {
			__m512i slot = _mm512_srli_epi64(rest[v], 64 - CVPN_LPM_STRIDE);

			entry[v] = step6(words, entry[v], node[v], slot);
			/* Lanes still walking are all at @pos: 64 is where the lower half begins. */
			rest[v] = pos == 64 ? _mm512_mask_mov_epi64(rest[v], node[v], addr[v].lo)
					    : _mm512_mask_slli_epi64(rest[v], node[v], rest[v],
								     CVPN_LPM_STRIDE);
			node[v] &= nodes6(entry[v]);
			active |= node[v];
		}
	}
	for (uint32_t v = 0; v < VECTORS6; v++)
		value[v] = leaf6(words, tree, entry[v],
				 _mm512_srli_epi64(rest[v], 64 - CVPN_LPM_STRIDE));
}

TARGET __m512i intervals6(const uint32_t *words, const struct cvpn_lpm_tree *tree,
			  struct halves addr)
{
	const uint32_t *bounds = words + tree->root;
	const uint32_t *deltas = bounds + (size_t)4 * tree->intervals;
	__m512i sum = _mm512_setzero_si512();

	for (uint32_t i = 0; i < tree->intervals; i++) {
		const uint32_t *b = bounds + (size_t)4 * i;
		__m512i hi = _mm512_set1_epi64((long long)(b[0] | (uint64_t)b[1] << 32));
		__m512i lo = _mm512_set1_epi64((long long)(b[2] | (uint64_t)b[3] << 32));
		__mmask8 equal = _mm512_cmpeq_epu64_mask(addr.hi, hi);
		__mmask8 above = _mm512_cmpgt_epu64_mask(addr.hi, hi) |
				 _mm512_mask_cmpge_epu64_mask(equal, addr.lo, lo);

		sum = _mm512_mask_add_epi64(sum, above, sum, _mm512_set1_epi64(deltas[i]));
	}
	return sum;
}

ENTRY_POINT void avx512_lookup6(const struct cvpn_lpm_image *image,
				const struct cvpn_lpm_addr *addrs, uint16_t *values, size_t n)
{
	const struct cvpn_lpm_tree *tree = &image->tree[CVPN_LPM_IPV6];
	const uint32_t *words = (const uint32_t *)(const void *)image;
	size_t block = LANES6 * VECTORS6;

	for (size_t i = 0; i < n; i += block) {
		struct halves addr[VECTORS6];
		__m512i value[VECTORS6];

		for (uint32_t v = 0; v < VECTORS6; v++) {
			size_t at = i + (size_t)v * LANES6, left = at < n ? n - at : 0;

			addr[v] = load6(addrs + (left ? at : i), left);
		}
		if (tree->intervals) {
			for (uint32_t v = 0; v < VECTORS6; v++)
				value[v] = intervals6(words, tree, addr[v]);
		} else {
			trie6(words, tree, addr, value);
		}
		for (uint32_t v = 0; v < VECTORS6; v++) {
			size_t at = i + (size_t)v * LANES6, left = at < n ? n - at : 0;

			if (left)
				_mm512_mask_cvtepi64_storeu_epi16(values + at, lanes6(left),
								  value[v]);
		}
	}
}
