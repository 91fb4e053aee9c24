/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a BPF program needs to know of a frame: that it holds a whole IPv4 or IPv6 packet, and where
 * that goes. The rules are those of tun/packet.h; in a frame the EtherType has to agree, too, so
 * that the payload of anything else is not taken for a packet.
 * Formats: RFC 894, RFC 2464, RFC 791 section 3.1, RFC 8200 section 3.
 */
#ifndef BENCH_EBPF_PACKET_H
#define BENCH_EBPF_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>

#define EBPF_INLINE static inline __attribute__((always_inline))

/* As enum packet_version. */
enum ebpf_version {
	EBPF_UNPARSED = 0,
	EBPF_IPV4 = 4,
	EBPF_IPV6 = 6,
};

/* In host order: @v4 of an IPv4 packet, else the halves of an IPv6 address. */
struct ebpf_destination {
	__u32 v4;
	__u64 hi, lo;
};

/* The halves of an address, which is aligned to 4 bytes as the kernel lays a packet out. */
EBPF_INLINE __u64 ebpf_load64(const __be32 *words)
{
	return (__u64)bpf_ntohl(words[0]) << 32 | bpf_ntohl(words[1]);
}

EBPF_INLINE int ebpf_parse4(const void *data, const void *end, struct ebpf_destination *to)
{
	const struct iphdr *ip = data;
	__u32 header_len, total_len;

	if ((const void *)(ip + 1) > end)
		return EBPF_UNPARSED;
	header_len = ip->ihl * 4u;
	total_len = bpf_ntohs(ip->tot_len);
	if (ip->version != EBPF_IPV4 || header_len < sizeof(*ip) || total_len < header_len ||
	    total_len > end - data)
		return EBPF_UNPARSED;
	to->v4 = bpf_ntohl(ip->daddr);
	return EBPF_IPV4;
}

EBPF_INLINE int ebpf_parse6(const void *data, const void *end, struct ebpf_destination *to)
{
	const struct ipv6hdr *ip = data;

	if ((const void *)(ip + 1) > end || ip->version != EBPF_IPV6 ||
	    (long)sizeof(*ip) + bpf_ntohs(ip->payload_len) > end - data)
		return EBPF_UNPARSED;
	to->hi = ebpf_load64(&ip->daddr.in6_u.u6_addr32[0]);
	to->lo = ebpf_load64(&ip->daddr.in6_u.u6_addr32[2]);
	return EBPF_IPV6;
}

/**
 * ebpf_parse() - find the destination of the packet in a frame
 * @ctx:	the frame, from its Ethernet header on
 * @to:		initialised by the caller, or else clang may save what the verifier finds unwritten;
 *		written for a whole packet, else left as it was
 *
 * Options, extension headers and tags of virtual networks are not looked at.
 *
 * Return: enum ebpf_version.
 */
EBPF_INLINE int ebpf_parse(struct xdp_md *ctx, struct ebpf_destination *to)
{
	const void *data = (const void *)(long)ctx->data;
	const void *end = (const void *)(long)ctx->data_end;
	const void *packet = data + sizeof(struct ethhdr);
	const __be16 *ethertype = packet - sizeof(*ethertype);

	/* Not by the structure: that is packed, so it would be read by bytes. */
	if (packet > end)
		return EBPF_UNPARSED;
	if (*ethertype == bpf_htons(ETH_P_IP))
		return ebpf_parse4(packet, end, to);
	if (*ethertype == bpf_htons(ETH_P_IPV6))
		return ebpf_parse6(packet, end, to);
	return EBPF_UNPARSED;
}

#endif
