/* SPDX-License-Identifier: BSD-2-Clause */
/* AVX2: eight lanes. A choice of lanes is a vector, too, of which the top bits count. */
#include <immintrin.h>
#include <stdint.h>

#include <cvpn/lpm.h>

#define ISA	    "avx2"
#define TARGET	    __attribute__((target(ISA), always_inline)) static inline
#define ENTRY_POINT __attribute__((target(ISA)))

#define LANES 8u

typedef __m256i vec;
typedef __m256i mask;

TARGET vec v_set1(uint32_t x)
{
	return _mm256_set1_epi32((int)x);
}

TARGET vec v_load(const uint32_t *from)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

/* Word @word of each of LANES addresses, 0 the first on the wire. */
TARGET vec v_load6(const struct cvpn_lpm_addr *addrs, unsigned int word)
{
	/* The halves of an address begin with their last word. */
	const int *from = (const int *)(const void *)addrs + (word ^ 1);

	return _mm256_i32gather_epi32(from, _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28), 4);
}

TARGET void v_store(uint16_t *to, vec x)
{
	/* Saturates signed lanes, within each half; these are values of at most 16 bits. */
	vec packed = _mm256_packus_epi32(x, x);

	_mm_storeu_si128((__m128i *)(void *)to,
			 _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
}

TARGET vec v_add(vec a, vec b)
{
	return _mm256_add_epi32(a, b);
}

TARGET vec v_sub(vec a, vec b)
{
	return _mm256_sub_epi32(a, b);
}

TARGET vec v_and(vec a, vec b)
{
	return _mm256_and_si256(a, b);
}

TARGET vec v_srl(vec x, uint32_t count)
{
	return _mm256_srl_epi32(x, _mm_cvtsi32_si128((int)count));
}

TARGET vec v_sll(vec x, uint32_t count)
{
	return _mm256_sll_epi32(x, _mm_cvtsi32_si128((int)count));
}

TARGET vec v_srlv(vec x, vec count)
{
	return _mm256_srlv_epi32(x, count);
}

TARGET vec v_sllv(vec x, vec count)
{
	return _mm256_sllv_epi32(x, count);
}

TARGET mask v_equal(vec a, vec b)
{
	return _mm256_cmpeq_epi32(a, b);
}

/* Unsigned: a >= b is max(a, b) == a. */
TARGET mask v_at_least(vec a, vec b)
{
	return _mm256_cmpeq_epi32(_mm256_max_epu32(a, b), a);
}

TARGET mask v_top(vec x)
{
	return x;
}

TARGET mask v_both(mask a, mask b)
{
	return _mm256_and_si256(a, b);
}

TARGET mask v_either(mask a, mask b)
{
	return _mm256_or_si256(a, b);
}

TARGET mask v_without(mask a, mask b)
{
	return _mm256_andnot_si256(b, a);
}

TARGET int v_any(mask m)
{
	return _mm256_movemask_ps(_mm256_castsi256_ps(m)) != 0;
}

/* @b in the lanes chosen, @a in the others. */
TARGET vec v_blend(mask m, vec a, vec b)
{
	return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b),
						    _mm256_castsi256_ps(m)));
}

/* words[index] in the lanes chosen, @other in the others. */
TARGET vec v_gather(mask m, vec other, const uint32_t *words, vec index)
{
	return _mm256_mask_i32gather_epi32(other, (const int *)(const void *)words, index, m, 4);
}

TARGET vec v_gather_all(const uint32_t *words, vec index)
{
	return _mm256_i32gather_epi32((const int *)(const void *)words, index, 4);
}

#include "lookup_walk.h"

ENTRY_POINT void cvpn_lpm_avx2_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
				       uint16_t *values, size_t n)
{
	lookup4(image, addrs, values, n);
}

ENTRY_POINT void cvpn_lpm_avx2_lookup6(const struct cvpn_lpm_image *image,
				       const struct cvpn_lpm_addr *addrs, uint16_t *values,
				       size_t n)
{
	lookup6(image, addrs, values, n);
}
