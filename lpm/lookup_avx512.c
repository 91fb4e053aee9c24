/* SPDX-License-Identifier: BSD-2-Clause */
/* AVX-512: sixteen lanes, and masks in registers of their own. */
#include <immintrin.h>
#include <stdint.h>

#include <cvpn/lpm.h>

#define ISA	    "avx512f,avx512bw,avx512dq,avx512vl"
#define TARGET	    __attribute__((target(ISA), always_inline)) static inline
#define ENTRY_POINT __attribute__((target(ISA)))

#define LANES 16u

typedef __m512i vec;
typedef __mmask16 mask;

TARGET vec v_set1(uint32_t x)
{
	return _mm512_set1_epi32((int)x);
}

TARGET vec v_load(const uint32_t *from)
{
	return _mm512_loadu_si512(from);
}

/* Word @word of each of LANES addresses, 0 the first on the wire. */
TARGET vec v_load6(const struct cvpn_lpm_addr *addrs, unsigned int word)
{
	/* Of two vectors, which hold eight addresses: the halves begin with the last word. */
	const vec first = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
	vec pick = _mm512_add_epi32(first, _mm512_set1_epi32((int)(word ^ 1)));
	vec low = _mm512_permutex2var_epi32(_mm512_loadu_si512(addrs), pick,
					    _mm512_loadu_si512(addrs + 4));
	vec high = _mm512_permutex2var_epi32(_mm512_loadu_si512(addrs + 8), pick,
					     _mm512_loadu_si512(addrs + 12));

	return _mm512_inserti64x4(low, _mm512_castsi512_si256(high), 1);
}

TARGET void v_store(uint16_t *to, vec x)
{
	_mm256_storeu_si256((__m256i *)(void *)to, _mm512_cvtepi32_epi16(x));
}

TARGET vec v_add(vec a, vec b)
{
	return _mm512_add_epi32(a, b);
}

TARGET vec v_sub(vec a, vec b)
{
	return _mm512_sub_epi32(a, b);
}

TARGET vec v_and(vec a, vec b)
{
	return _mm512_and_si512(a, b);
}

TARGET vec v_srl(vec x, uint32_t count)
{
	return _mm512_srl_epi32(x, _mm_cvtsi32_si128((int)count));
}

TARGET vec v_sll(vec x, uint32_t count)
{
	return _mm512_sll_epi32(x, _mm_cvtsi32_si128((int)count));
}

TARGET vec v_srlv(vec x, vec count)
{
	return _mm512_srlv_epi32(x, count);
}

TARGET vec v_sllv(vec x, vec count)
{
	return _mm512_sllv_epi32(x, count);
}

TARGET mask v_equal(vec a, vec b)
{
	return _mm512_cmpeq_epi32_mask(a, b);
}

/* Unsigned. */
TARGET mask v_at_least(vec a, vec b)
{
	return _mm512_cmpge_epu32_mask(a, b);
}

TARGET mask v_top(vec x)
{
	return _mm512_movepi32_mask(x);
}

TARGET mask v_both(mask a, mask b)
{
	return a & b;
}

TARGET mask v_either(mask a, mask b)
{
	return a | b;
}

TARGET mask v_without(mask a, mask b)
{
	return (mask)(a & ~b);
}

TARGET int v_any(mask m)
{
	return m != 0;
}

/* @b in the lanes chosen, @a in the others. */
TARGET vec v_blend(mask m, vec a, vec b)
{
	return _mm512_mask_mov_epi32(a, m, b);
}

/* words[index] in the lanes chosen, @other in the others. */
TARGET vec v_gather(mask m, vec other, const uint32_t *words, vec index)
{
	return _mm512_mask_i32gather_epi32(other, m, index, words, 4);
}

TARGET vec v_gather_all(const uint32_t *words, vec index)
{
	return _mm512_i32gather_epi32(index, words, 4);
}

#include "lookup_walk.h"

ENTRY_POINT void cvpn_lpm_avx512_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
					 uint16_t *values, size_t n)
{
	lookup4(image, addrs, values, n);
}

ENTRY_POINT void cvpn_lpm_avx512_lookup6(const struct cvpn_lpm_image *image,
					 const struct cvpn_lpm_addr *addrs, uint16_t *values,
					 size_t n)
{
	lookup6(image, addrs, values, n);
}
