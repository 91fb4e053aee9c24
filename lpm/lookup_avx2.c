/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AVX2: eight IPv4 addresses at a time where all of them go from the root to a leaf, which most
 * do. There is no vector population count here, so nodes are left to the scalar kernel.
 */
#include <immintrin.h>

#include "kernels.h"

#define TARGET	    __attribute__((target("avx2"), always_inline)) static inline
#define ENTRY_POINT __attribute__((target("avx2")))

#define LANES 8u

/* Stores eight 32-bit lanes as 16-bit values. */
TARGET void store_values(uint16_t *values, __m256i value)
{
	__m256i packed = _mm256_packus_epi32(value, value); /* within each half */

	_mm_storeu_si128((__m128i *)(void *)values,
			 _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
}

/* Looks eight addresses up; returns 0 if some of them meet a node, and @value is not theirs. */
TARGET int trie4(const uint32_t *words, const struct cvpn_lpm_tree *tree, __m256i addr,
		 __m256i *value)
{
	const int *base = (const int *)(const void *)words;
	__m256i index = _mm256_srl_epi32(addr, _mm_cvtsi32_si128((int)(32 - tree->root_bits)));
	__m256i entry = _mm256_i32gather_epi32(base + tree->root, index, 4);
	__m256i slot, bit, leaf;

	if (_mm256_movemask_ps(_mm256_castsi256_ps(entry)))
		return 0;
	slot = _mm256_srli_epi32(_mm256_sll_epi32(addr, _mm_cvtsi32_si128((int)tree->root_bits)),
				 32 - CVPN_LPM_STRIDE);
	bit = _mm256_sll_epi32(slot, _mm_cvtsi32_si128((int)tree->width_shift));
	leaf = _mm256_i32gather_epi32(base, _mm256_add_epi32(entry, _mm256_srli_epi32(bit, 5)), 4);
	*value = _mm256_and_si256(
		_mm256_srlv_epi32(leaf, _mm256_and_si256(bit, _mm256_set1_epi32(31))),
		_mm256_set1_epi32((1 << (1 << tree->width_shift)) - 1));
	return 1;
}

TARGET __m256i intervals4(const uint32_t *words, const struct cvpn_lpm_tree *tree, __m256i addr)
{
	const uint32_t *bounds = words + tree->root;
	const uint32_t *deltas = bounds + tree->intervals;
	__m256i sum = _mm256_setzero_si256();

	for (uint32_t i = 0; i < tree->intervals; i++) {
		__m256i bound = _mm256_set1_epi32((int)bounds[i]);
		/* addr >= bound, unsigned, is max(addr, bound) == addr. */
		__m256i above = _mm256_cmpeq_epi32(_mm256_max_epu32(addr, bound), addr);

		sum = _mm256_add_epi32(sum,
				       _mm256_and_si256(above, _mm256_set1_epi32((int)deltas[i])));
	}
	/* packus saturates signed lanes; the sum is a value of at most 16 bits. */
	return sum;
}

ENTRY_POINT void avx2_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
			      uint16_t *values, size_t n)
{
	const struct cvpn_lpm_tree *tree = &image->tree[CVPN_LPM_IPV4];
	const uint32_t *words = (const uint32_t *)(const void *)image;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		__m256i addr = _mm256_loadu_si256((const __m256i *)(const void *)(addrs + i));
		__m256i value;

		if (tree->intervals)
			value = intervals4(words, tree, addr);
		else if (!trie4(words, tree, addr, &value)) {
			scalar_lookup4(image, addrs + i, values + i, LANES);
			continue;
		}
		store_values(values + i, value);
	}
	scalar_lookup4(image, addrs + i, values + i, n - i);
}
