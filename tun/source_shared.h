/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the packet sources share with the BPF program: the pattern of packets they send. */
#ifndef TUN_SOURCE_SHARED_H
#define TUN_SOURCE_SHARED_H

#include <linux/types.h>

/* Packets in the pattern: enough distinct destinations that no table is flattered by repetition. */
#define SOURCE_PATTERN 65536u
/* The part of a packet that is its own: headers and its number in the pattern. */
#define SOURCE_HEAD_BYTES      44u
#define SOURCE_ETHERNET_HEADER 14u
/* Where in a packet its number is, in network order: behind the headers of UDP, of IPv6. */
#define SOURCE_INDEX4 28u
#define SOURCE_INDEX6 40u

/* How the source of live frames makes the next one: see source_live.bpf.c. */
enum source_live_way {
	SOURCE_LIVE_NONE, /* there is no pattern yet: frames go nowhere */
	SOURCE_LIVE_HEADS,
	SOURCE_LIVE_IPV4,
	SOURCE_LIVE_IPV6,
};

struct source_head {
	__u8 bytes[SOURCE_HEAD_BYTES];
};

#endif
