// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The packet source for XDP. User space runs this program by BPF_PROG_TEST_RUN with live frames: the
 * kernel gives it frame after frame, it writes the next head of the pattern into each and redirects
 * it to a device, whose peer receives it as it would from a wire. No system call and no socket
 * buffer comes into it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "source_shared.h"

/* Copied by words: by bytes, that would take longer than all else here. */
#define HEAD_WORDS (SOURCE_HEAD_BYTES / sizeof(__u32))
_Static_assert(HEAD_WORDS * sizeof(__u32) == sizeof(struct source_head), "a head is whole words");

struct source_head pattern[SOURCE_PATTERN] __attribute__((aligned(8)));
__u32 ifindex; /* the sending device; 0: frames go nowhere */
__u32 next;    /* where in the pattern to go on */
__u64 offered;

SEC("xdp")
int send_live(struct xdp_md *ctx)
{
	struct ethhdr *frame = (void *)(long)ctx->data;
	__u32 *to = (void *)(frame + 1);
	const struct source_head *head = &pattern[next % SOURCE_PATTERN];
	const __u32 *from = (const __u32 *)head;

	if ((void *)(to + HEAD_WORDS) > (void *)(long)ctx->data_end || !ifindex)
		return XDP_DROP;
	/* The same frames come again and again, with what was written into them last. */
	frame->h_proto = head->bytes[0] >> 4 == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	for (__u32 i = 0; i < HEAD_WORDS; i++)
		to[i] = from[i];
	next++;
	offered++;
	return bpf_redirect(ifindex, 0);
}

char source_live_license[] SEC("license") = "Dual BSD/GPL";
