/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Drops packets to destinations that a route denies. The routes are a table that user space makes
 * and changes while this runs: see xdp_routes.c, and docs/library.md for how to build both.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <cvpn/lpm_bpf.h>

#include "xdp_routes.h"

__u32 mirror[MIRROR_BYTES / sizeof(__u32)] __attribute__((aligned(64)));

/* The value for a packet's destination. What is no whole IP packet has none. */
static __u32 look_up(const void *data, const void *end)
{
	const struct ethhdr *ethernet = data;
	const void *packet = ethernet + 1;
	const struct iphdr *ip = packet;
	const struct ipv6hdr *ip6 = packet;

	if ((const void *)(ip + 1) > end)
		return NO_ROUTE;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP))
		return cvpn_lpm_bpf_lookup4(mirror, &shape, bpf_ntohl(ip->daddr));
	if (ethernet->h_proto == bpf_htons(ETH_P_IPV6) && (const void *)(ip6 + 1) <= end) {
		const __u32 *addr = ip6->daddr.s6_addr32;

		return cvpn_lpm_bpf_lookup6(mirror, &shape,
					    (__u64)bpf_ntohl(addr[0]) << 32 | bpf_ntohl(addr[1]),
					    (__u64)bpf_ntohl(addr[2]) << 32 | bpf_ntohl(addr[3]));
	}
	return NO_ROUTE;
}

SEC("xdp")
int routes(struct xdp_md *context)
{
	const void *data = (const void *)(long)context->data;
	const void *end = (const void *)(long)context->data_end;

	return look_up(data, end) == DENY ? XDP_DROP : XDP_PASS;
}

char xdp_routes_license[] SEC("license") = "Dual BSD/GPL";
