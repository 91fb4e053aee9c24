/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a program that looks up keys in a mirror shares with the test that runs it. */
#ifndef TESTS_KERNEL_LOOKUP_H
#define TESTS_KERNEL_LOOKUP_H

#include <cvpn/lpm_mirror.h>

/* A program is compiled for one shape, so there is one for each: the numbers of meson.build. */
#define KERNEL_SHAPE_BYTES_0 (8u << 20)
#define KERNEL_SHAPE_BYTES_1 (4u << 20)
#define KERNEL_SHAPE_BYTES_2 (4u << 20)
#define KERNEL_SHAPE_BYTES_3 (16u << 20)
#define KERNEL_SHAPE_BYTES_4 (4u << 20)
#define KERNEL_SHAPE_BYTES_5 (4u << 20)
#define KERNEL_SHAPES                                                                              \
	{ KERNEL_SHAPE_BYTES_0, 2, { 18, 16 } }, { KERNEL_SHAPE_BYTES_1, 4, { 8, 12 } },           \
		{ KERNEL_SHAPE_BYTES_2, 8, { 5, 4 } }, { KERNEL_SHAPE_BYTES_3, 16, { 14, 18 } },   \
		{ KERNEL_SHAPE_BYTES_4, 8, { 12, 4 } }, { KERNEL_SHAPE_BYTES_5, 16, { 13, 12 } },

/* Keys of one run. */
#define KERNEL_KEYS 65536u

struct kernel_key {
	__u64 hi, lo;
};

struct kernel_keys {
	__u32 family;
	__u32 count;
	struct kernel_key addrs[KERNEL_KEYS]; /* host order */
	__u32 values[KERNEL_KEYS];	      /* what they were found to have */
};

#endif
