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
	__u32 value_bits; /* of each value: 2, 4, 8 or 16. 8 are the quickest to read */
	/*
	 * By enum cvpn_lpm_family: each root has 1 << root_bits entries of four bytes. About 32 for
	 * each route are good, up to 18 bits for IPv4 and 16 for IPv6.
	 */
	__u32 root_bits[2];
};

#endif
