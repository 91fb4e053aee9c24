/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed values, a word at a time where that is possible. */
#include "leaf.h"

#include <string.h>

#define WORD_BITS 32u

static uint32_t mask_of(uint32_t width_shift)
{
	return (1u << (1u << width_shift)) - 1;
}

static uint16_t get(const uint32_t *words, uint32_t width_shift, size_t slot)
{
	size_t bit = slot << width_shift;

	return (uint16_t)(words[bit / WORD_BITS] >> bit % WORD_BITS & mask_of(width_shift));
}

void cvpn_lpm_leaf_paint(uint32_t *words, uint32_t width_shift, size_t first, size_t count,
			 uint16_t value)
{
	/* As many copies of the value as a word holds. */
	uint32_t pattern = value * (UINT32_MAX / mask_of(width_shift));
	size_t bit = first << width_shift, end = (first + count) << width_shift;

	while (bit < end) {
		size_t from = bit % WORD_BITS, left = end - bit;
		size_t bits = left < WORD_BITS - from ? left : WORD_BITS - from;
		uint32_t mask = (uint32_t)(((1ull << bits) - 1) << from);

		words[bit / WORD_BITS] = (words[bit / WORD_BITS] & ~mask) | (pattern & mask);
		bit += bits;
	}
}

static int equal_in_pairs(const uint32_t *words, size_t n, uint32_t width_shift)
{
	/* Every other value of a word: 0x33333333, 0x0f0f0f0f, 0x00ff00ff or 0x0000ffff. */
	uint32_t even = UINT32_MAX / (mask_of(width_shift) + 2);

	for (size_t i = 0; i < n; i++)
		if ((words[i] ^ words[i] >> (1u << width_shift)) & even)
			return 0;
	return 1;
}

unsigned int cvpn_lpm_leaf_shrink(uint32_t *words, unsigned int stride, uint32_t width_shift)
{
	for (; stride; stride--) {
		size_t half = (size_t)1 << (stride - 1);

		if (!equal_in_pairs(words, leaf_words(stride, width_shift), width_shift))
			break;
		for (size_t slot = 0; slot < half; slot++)
			cvpn_lpm_leaf_paint(words, width_shift, slot, 1,
					    get(words, width_shift, 2 * slot));
		cvpn_lpm_leaf_paint(words, width_shift, half, half, 0);
	}
	return stride;
}

void cvpn_lpm_leaf_expand(const uint32_t *from, unsigned int from_stride, uint32_t *to,
			  unsigned int stride, uint32_t width_shift)
{
	size_t copies = (size_t)1 << (stride - from_stride);

	if (copies == 1) {
		memcpy(to, from, leaf_words(stride, width_shift) * sizeof(*to));
		return;
	}
	memset(to, 0, LEAF_MIN_WORDS * sizeof(*to));
	for (size_t slot = 0; slot < (size_t)1 << from_stride; slot++)
		cvpn_lpm_leaf_paint(to, width_shift, slot * copies, copies,
				    get(from, width_shift, slot));
}
