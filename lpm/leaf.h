/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a leaf: 2^stride values of 1 << width_shift bits, packed, the first one in the least
 * significant bits. A leaf of less than LEAF_MIN_WORDS is filled up with zeros.
 */
#ifndef LPM_LEAF_H
#define LPM_LEAF_H

#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm_image.h>

#define LEAF_MIN_WORDS CVPN_LPM_GRANULE_WORDS
/* The largest leaf; of 16-bit values it has 32 KiB. */
#define LEAF_MAX_STRIDE 14u
#define LEAF_MAX_WORDS	((1u << LEAF_MAX_STRIDE) * 16 / 32)

static inline size_t leaf_words(unsigned int stride, uint32_t width_shift)
{
	size_t words = (((size_t)1 << stride) << width_shift) / 32;

	return words < LEAF_MIN_WORDS ? LEAF_MIN_WORDS : words;
}

/* Writes @value to @count slots from @first on. */
void cvpn_lpm_leaf_paint(uint32_t *words, uint32_t width_shift, size_t first, size_t count,
			 uint16_t value);

/* Halves a leaf as long as its values are equal in pairs. Returns the stride that is left. */
unsigned int cvpn_lpm_leaf_shrink(uint32_t *words, unsigned int stride, uint32_t width_shift);

/* Writes to @to the same leaf with @stride, which is not less than @from_stride. */
void cvpn_lpm_leaf_expand(const uint32_t *from, unsigned int from_stride, uint32_t *to,
			  unsigned int stride, uint32_t width_shift);

#endif
