// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What receives frames: each program parses a frame, looks its destination up and counts the
 * verdict, or does only a part of that. Compiled once for each shape of a mirror, EBPF_SHAPE.
 *
 *	floor_all	drops every frame, and that is all
 *	drop_*		decides, counts and drops
 *	pass_*		decides, counts and lets the frame go on: for an interface that is in use
 *	record_*	decides, counts and notes the value for the packet's number in the pattern
 *
 * The searches: trie is the mirror of the project's own table, lpm is BPF_MAP_TYPE_LPM_TRIE.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <cvpn/lpm_bpf.h>

#include "ebpf_lpm.bpf.h"
#include "ebpf_packet.h"
#include "ebpf_shared.h"
#include "xdp_shared.h"

#define MIRROR_WORDS (EBPF_BYTES(EBPF_SHAPE) / sizeof(__u32))

static const struct cvpn_lpm_shape shape = EBPF_INIT(EBPF_SHAPE);

struct XDP_MEMORY(MIRROR_WORDS) memory __attribute__((aligned(64)));

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_counts);
} counts SEC(".maps");

enum search { TRIE, LPM };

EBPF_INLINE __u32 search_trie(int version, const struct ebpf_destination *to)
{
	if (version == EBPF_IPV4)
		return cvpn_lpm_bpf_lookup4(memory.mirror, &shape, to->v4);
	return cvpn_lpm_bpf_lookup6(memory.mirror, &shape, to->hi, to->lo);
}

EBPF_INLINE __u32 search_lpm(int version, const struct ebpf_destination *to)
{
	return version == EBPF_IPV4 ? ebpf_lpm_lookup4(to->v4) : ebpf_lpm_lookup6(to->hi, to->lo);
}

EBPF_INLINE void count(__u32 kind)
{
	__u32 zero = 0;
	struct xdp_counts *here = bpf_map_lookup_elem(&counts, &zero);

	if (here)
		here->packets[kind % XDP_KINDS]++;
}

/* What a value stands for. Of 2 bits all four are in one word, which need not wait for the value. */
EBPF_INLINE __u32 kind_of(__u32 value)
{
	if (shape.value_bits == 2)
		return *(const volatile __u32 *)memory.kinds >> value * 8 & 0xff;
	return memory.kinds[value % XDP_VALUES];
}

/* Parses, looks up and counts. Returns the version of the packet. */
EBPF_INLINE int decide(struct xdp_md *ctx, enum search search, __u32 *value)
{
	struct ebpf_destination to = { 0 };
	int version = ebpf_parse(ctx, &to);

	if (version == EBPF_UNPARSED) {
		count(XDP_UNPARSED);
		return version;
	}
	*value = search == TRIE ? search_trie(version, &to) : search_lpm(version, &to);
	count(kind_of(*value));
	return version;
}

/* Decides, and notes the value for the number that a packet of the pattern carries. */
EBPF_INLINE void record(struct xdp_md *ctx, enum search search)
{
	__u32 value, index;
	int version = decide(ctx, search, &value);
	const __u8 *packet = (const __u8 *)(long)ctx->data + SOURCE_ETHERNET_HEADER;
	const __be32 *number = (const __be32 *)(packet + SOURCE_INDEX4);

	if (version == EBPF_UNPARSED)
		return;
	if (version == EBPF_IPV6)
		number = (const __be32 *)(packet + SOURCE_INDEX6);
	if ((const void *)(number + 1) > (const void *)(long)ctx->data_end)
		return;
	index = bpf_ntohl(*number);
	if (index < SOURCE_PATTERN)
		memory.recorded[index] = value | XDP_RECORDED;
}

SEC("xdp")
int floor_all(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

SEC("xdp")
int drop_trie(struct xdp_md *ctx)
{
	__u32 value;

	decide(ctx, TRIE, &value);
	return XDP_DROP;
}

SEC("xdp")
int drop_lpm(struct xdp_md *ctx)
{
	__u32 value;

	decide(ctx, LPM, &value);
	return XDP_DROP;
}

SEC("xdp")
int pass_trie(struct xdp_md *ctx)
{
	__u32 value;

	decide(ctx, TRIE, &value);
	return XDP_PASS;
}

SEC("xdp")
int pass_lpm(struct xdp_md *ctx)
{
	__u32 value;

	decide(ctx, LPM, &value);
	return XDP_PASS;
}

SEC("xdp")
int record_trie(struct xdp_md *ctx)
{
	record(ctx, TRIE);
	return XDP_DROP;
}

SEC("xdp")
int record_lpm(struct xdp_md *ctx)
{
	record(ctx, LPM);
	return XDP_DROP;
}

char xdp_license[] SEC("license") = "Dual BSD/GPL";
