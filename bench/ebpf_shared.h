/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the programs in the kernel and those who run them share. */
#ifndef BENCH_EBPF_SHARED_H
#define BENCH_EBPF_SHARED_H

#include <linux/types.h>

#include <cvpn/lpm_mirror.h>

/*
 * Shapes of mirrors. A program is compiled for one, so each program is there for each of these:
 * the numbers of meson.build. The first two are for the tables of clients; the others differ in the room
 * for routes and in the values' width.
 */
#define EBPF_SHAPES  6u
#define EBPF_SHAPE_0 (4u << 20, 8, 12, 12)
#define EBPF_SHAPE_1 (4u << 20, 16, 13, 12)
#define EBPF_SHAPE_2 (6u << 20, 2, 18, 16)
#define EBPF_SHAPE_3 (24u << 20, 2, 18, 16)
#define EBPF_SHAPE_4 (32u << 20, 8, 18, 16)
#define EBPF_SHAPE_5 (256u << 20, 16, 18, 16)

/* One of these as a struct cvpn_lpm_shape, and its bytes where only a constant will do. */
#define EBPF_INIT(shape)  EBPF_INIT_ shape
#define EBPF_BYTES(shape) EBPF_BYTES_ shape
#define EBPF_INIT_(bytes, value_bits, root_bits4, root_bits6)                                      \
	{                                                                                          \
		bytes, value_bits,                                                                 \
		{                                                                                  \
			root_bits4, root_bits6                                                     \
		}                                                                                  \
	}
#define EBPF_BYTES_(bytes, value_bits, root_bits4, root_bits6) (bytes)

/* Keys of one run of a program, at most: a run has a CPU for itself, so it must not be long. */
#define EBPF_RUN_KEYS 65536u
#define EBPF_VALUES   65536u

/* An address in host order. */
struct ebpf_key {
	__u64 hi;
	__u64 lo;
};

/* What a program is told and what it says; behind the mirror in its memory. */
struct ebpf_run {
	__u32 count; /* of keys */
	__u32 next;  /* the key of the next packet */
	__u64 began; /* CLOCK_MONOTONIC, ns */
	__u64 ended;
	__u32 fib_ifindex; /* packets to route come from this interface */
	__u32 fib_flags;   /* of bpf_fib_lookup() */
	__u32 fib_drop;	   /* the value of what a blackhole route takes */
	__u32 reserved;
	union {
		__u32 keys4[EBPF_RUN_KEYS];
		struct ebpf_key keys6[EBPF_RUN_KEYS];
	};
	__u16 answers[EBPF_RUN_KEYS];
	__u8 actions[EBPF_VALUES]; /* by value: what XDP does with the packet */
};

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
