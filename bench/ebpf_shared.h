/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the programs in the kernel and those who run them share. */
#ifndef BENCH_EBPF_SHARED_H
#define BENCH_EBPF_SHARED_H

#include <linux/types.h>

#include <cvpn/lpm_mirror.h>

/*
 * Shapes of mirrors. A program is compiled for one, so each program is there for each of these:
 * the numbers of meson.build. The first is for the tables of clients; the others differ in the room
 * for routes and in the values' width.
 */
#define EBPF_SHAPES 5u
#define EBPF_SHAPE_0                                                                               \
	{                                                                                          \
		256u << 10, 16,                                                                    \
		{                                                                                  \
			10, 10                                                                     \
		}                                                                                  \
	}
#define EBPF_SHAPE_1                                                                               \
	{                                                                                          \
		6u << 20, 2,                                                                       \
		{                                                                                  \
			18, 16                                                                     \
		}                                                                                  \
	}
#define EBPF_SHAPE_2                                                                               \
	{                                                                                          \
		24u << 20, 2,                                                                      \
		{                                                                                  \
			18, 16                                                                     \
		}                                                                                  \
	}
#define EBPF_SHAPE_3                                                                               \
	{                                                                                          \
		32u << 20, 8,                                                                      \
		{                                                                                  \
			18, 16                                                                     \
		}                                                                                  \
	}
#define EBPF_SHAPE_4                                                                               \
	{                                                                                          \
		256u << 20, 16,                                                                    \
		{                                                                                  \
			18, 16                                                                     \
		}                                                                                  \
	}

/* The keys of BPF_MAP_TYPE_LPM_TRIE: a length in bits, and an address in network order. */
struct ebpf_lpm4 {
	__u32 len;
	__u32 addr;
};

struct ebpf_lpm6 {
	__u32 len;
	__u8 addr[16];
};

#endif
