/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The mirror: an image that user space writes and BPF programs read, in the memory of a BPF array
 * with BPF_F_MMAPABLE. A program's global variables are such an array, so it is one of those.
 * Included by C and by BPF programs.
 *
 * Its shape never changes, and is a constant of the program: then a lookup takes half the
 * instructions that one of an image with any shape takes. What changes is where the roots are.
 */
#ifndef CVPN_LPM_MIRROR_H
#define CVPN_LPM_MIRROR_H

#include <cvpn/lpm_image.h>

#define CVPN_LPM_MIRROR_MIN_BYTES 16384u
#define CVPN_LPM_MIRROR_MAX_BYTES 0x10000000u
#define CVPN_LPM_MIN_ROOT_BITS	  4u
#define CVPN_LPM_MAX_ROOT_BITS	  18u

struct cvpn_lpm_shape {
	/*
	 * Of the whole mirror, a multiple of 64. While a table changes, what it was and what it
	 * will be are both there: it should have two and a half times what cvpn_lpm_image_bytes()
	 * says of such a table, and updates are quicker the more room they have.
	 */
	__u32 bytes;
	__u32 value_bits; /* of each value: 2, 4, 8 or 16 */
	/*
	 * By enum cvpn_lpm_family: each root has 1 << root_bits entries of four bytes. About 32 for
	 * each route are good, up to 18 bits for IPv4 and 16 for IPv6; for IPv4 the quickest are
	 * those with near entries, see below.
	 */
	__u32 root_bits[2];
};

/*
 * Near entries: behind the entries of an IPv4 root there is another one of 16 bits for each slot,
 * if the leaves of one granule below it end at a whole octet, as most prefixes do (a root of 18
 * bits and values of 2: a /24; 12 and 8: a /16), and if the mirror has the room. One that is not 0
 * leads to the leaf that the slot's entry leads to: near is the number of its granule, counted from
 * where the roots end, and it can be read with that granule's stride wherever it is. What goes on
 * below that, or lies further away, has 0.
 *
 * They are half as long, so twice as many of them stay in the cache; and as all have one stride,
 * a lookup takes fewer instructions, and fewer of them wait for what it has loaded.
 */
#define CVPN_LPM_NEAR_GRANULES 0x10000u

/* How many bits of an address a leaf of one granule consumes; a value has 1 << width_shift bits. */
static inline __u32 cvpn_lpm_near_stride(__u32 width_shift)
{
	return (__u32)__builtin_ctz(CVPN_LPM_GRANULE_WORDS * 32) - width_shift;
}

/* The words of a root, with near entries or without. A mirror has room for two of each family. */
static inline __u32 cvpn_lpm_root_words(__u32 root_bits, int near)
{
	__u32 entries = 1u << root_bits;

	return near ? entries + entries / 2 : entries;
}

/* Where granule number 0 of the near entries is, in words. */
static inline __u32 cvpn_lpm_near_base(const struct cvpn_lpm_shape *shape)
{
	return 2 * (cvpn_lpm_root_words(shape->root_bits[0], 1) +
		    cvpn_lpm_root_words(shape->root_bits[1], 0));
}

/* Whether mirrors of this shape have near entries. */
static inline int cvpn_lpm_has_near(const struct cvpn_lpm_shape *shape)
{
	__u32 stride = cvpn_lpm_near_stride((__u32)__builtin_ctz(shape->value_bits));

	return (shape->root_bits[0] + stride) % 8 == 0 &&
	       shape->bytes / sizeof(__u32) >=
		       cvpn_lpm_near_base(shape) + CVPN_LPM_NEAR_GRANULES * CVPN_LPM_GRANULE_WORDS;
}

#endif
