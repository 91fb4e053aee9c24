// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The packet source that runs in the kernel. User space runs this classifier by BPF_PROG_TEST_RUN
 * on one packet; it gives that packet each head of the pattern in turn and sends a clone of it to
 * the TUN device. With the device's noqueue discipline a full ring is an error here, so every
 * packet offered is either accepted or refused, and counted as such.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "source_shared.h"

struct source_head pattern[SOURCE_PATTERN];
__u32 ifindex; /* the TUN device */
__u32 count;   /* packets to offer in this run */
__u32 next;    /* where in the pattern to go on */
__u64 offered;
__u64 refused;

struct send_context {
	struct __sk_buff *skb;
};

static long send_one(__u32 i, struct send_context *context)
{
	struct source_head *head = &pattern[next++ % SOURCE_PATTERN];

	(void)i;
	if (bpf_skb_store_bytes(context->skb, SOURCE_ETHERNET_HEADER, head, SOURCE_HEAD_BYTES, 0))
		return 1;
	offered++;
	if (bpf_clone_redirect(context->skb, ifindex, 0))
		refused++;
	return 0;
}

SEC("tc")
int send_pattern(struct __sk_buff *skb)
{
	struct send_context context = { skb };

	bpf_loop(count, send_one, &context, 0);
	return 0;
}

char source_license[] SEC("license") = "Dual BSD/GPL";
