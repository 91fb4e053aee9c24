/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the receiving XDP programs share with those who run them. */
#ifndef BENCH_XDP_SHARED_H
#define BENCH_XDP_SHARED_H

#include "../tun/source_shared.h"
#include "ebpf_shared.h"

/* What became of packets: by enum verdict_kind, and behind those what is no whole packet. */
#define XDP_KINDS    4u
#define XDP_UNPARSED (XDP_KINDS - 1)

/* One for each CPU. */
struct xdp_counts {
	__u64 packets[XDP_KINDS];
};

/* As many as a value has bits for. */
#define XDP_VALUES 65536u
/* Set in what is recorded, which may be the value 0. */
#define XDP_RECORDED 0x10000u

/*
 * All of a program's global variables, mapped by user space. One structure, as the places of single
 * variables would differ from shape to shape; and a macro, as it has one type for each of these, and
 * in user space one without a length for all of them.
 *	kinds		by value: enum verdict_kind
 *	recorded	by number in the pattern: value | XDP_RECORDED
 *	mirror		of the table, aligned to 64 bytes
 */
#define XDP_MEMORY(mirror_words)                                                                   \
	{                                                                                          \
		__u8 kinds[XDP_VALUES];                                                            \
		__u32 recorded[SOURCE_PATTERN];                                                    \
		__u32 mirror[mirror_words];                                                        \
	}

#endif
