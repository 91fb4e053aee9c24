/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Looks up keys in a mirror of shape number SHAPE, as a program in the kernel. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <cvpn/lpm_bpf.h>

#include "kernel_lookup.h"

static const struct cvpn_lpm_shape shapes[] = { KERNEL_SHAPES };

#define PASTE(a, b)	a##b
#define BYTES_OF(shape) PASTE(KERNEL_SHAPE_BYTES_, shape)

__u32 mirror[BYTES_OF(SHAPE) / sizeof(__u32)] __attribute__((aligned(64)));
struct kernel_keys keys;

static long look_up4(__u32 i, void *context)
{
	(void)context;
	if (i >= KERNEL_KEYS)
		return 1;
	keys.values[i] = cvpn_lpm_bpf_lookup4(mirror, &shapes[SHAPE],
					      (__u32)(keys.addrs[i].hi >> 32));
	return 0;
}

static long look_up6(__u32 i, void *context)
{
	(void)context;
	if (i >= KERNEL_KEYS)
		return 1;
	keys.values[i] = cvpn_lpm_bpf_lookup6(mirror, &shapes[SHAPE], keys.addrs[i].hi,
					      keys.addrs[i].lo);
	return 0;
}

SEC("xdp")
int look_up(struct xdp_md *context)
{
	(void)context;
	if (keys.family)
		bpf_loop(keys.count, look_up6, NULL, 0);
	else
		bpf_loop(keys.count, look_up4, NULL, 0);
	return XDP_PASS;
}

char look_up_license[] SEC("license") = "Dual BSD/GPL";
