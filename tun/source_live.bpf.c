// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The packet source for XDP. User space runs this program by BPF_PROG_TEST_RUN with live frames: the
 * kernel gives it frame after frame, it makes the next packet of the pattern of each and redirects
 * it to a device, whose peer receives it as it would from a wire. No system call and no socket
 * buffer comes into it.
 *
 * A pattern of whole heads is more than the second-level cache holds, and would drive out of it what
 * the receiving program looks up in. So where packets differ only in destination and number, as those
 * of one family do, only these are written, into frames that have the rest from the start. They come
 * back with what was written into them last.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "source_shared.h"

#define INLINE static inline __attribute__((always_inline))

/* Copied by words: by bytes, that would take longer than all else here. */
#define HEAD_WORDS (SOURCE_HEAD_BYTES / sizeof(__u32))
_Static_assert(HEAD_WORDS * sizeof(__u32) == sizeof(struct source_head), "a head is whole words");

struct source_head heads[SOURCE_PATTERN] __attribute__((aligned(8)));
__be32 destinations4[SOURCE_PATTERN];
__be32 destinations6[SOURCE_PATTERN][4];
__u32 way;     /* enum source_live_way */
__u32 sum4;    /* of an IPv4 header without destination and checksum, as of 16-bit words here */
__u32 ifindex; /* the sending device */
__u32 next;    /* where in the pattern to go on */
__u64 offered;

INLINE void write_head(struct ethhdr *frame, __u32 index)
{
	const struct source_head *head = &heads[index];
	const __u32 *from = (const __u32 *)head;
	__u32 *to = (void *)(frame + 1);

	frame->h_proto = head->bytes[0] >> 4 == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	for (__u32 i = 0; i < HEAD_WORDS; i++)
		to[i] = from[i];
}

/* The sum for the checksum is the same in either byte order: RFC 1071. */
INLINE void write_ipv4(struct ethhdr *frame, __u32 index)
{
	struct iphdr *ip = (void *)(frame + 1);
	__u32 to = destinations4[index];
	__u32 sum = sum4 + (to >> 16) + (to & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	ip->check = (__u16)~sum;
	ip->daddr = to;
	*(__be32 *)((char *)ip + SOURCE_INDEX4) = bpf_htonl(index);
}

INLINE void write_ipv6(struct ethhdr *frame, __u32 index)
{
	struct ipv6hdr *ip = (void *)(frame + 1);

	for (__u32 i = 0; i < 4; i++)
		ip->daddr.in6_u.u6_addr32[i] = destinations6[index][i];
	*(__be32 *)((char *)ip + SOURCE_INDEX6) = bpf_htonl(index);
}

SEC("xdp")
int send_live(struct xdp_md *ctx)
{
	struct ethhdr *frame = (void *)(long)ctx->data;
	__u32 index = next % SOURCE_PATTERN;

	if ((void *)(frame + 1) + SOURCE_HEAD_BYTES > (void *)(long)ctx->data_end)
		return XDP_DROP;
	if (way == SOURCE_LIVE_IPV4)
		write_ipv4(frame, index);
	else if (way == SOURCE_LIVE_IPV6)
		write_ipv6(frame, index);
	else if (way == SOURCE_LIVE_HEADS)
		write_head(frame, index);
	else
		return XDP_DROP;
	next++;
	offered++;
	return bpf_redirect(ifindex, 0);
}

char source_live_license[] SEC("license") = "Dual BSD/GPL";
