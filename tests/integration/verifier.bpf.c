/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The lookups in programs of their own, for the kernel's verifier to judge. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <cvpn/lpm_bpf.h>

static const struct cvpn_lpm_shape shape = { MIRROR_BYTES, VALUE_BITS, { ROOT_BITS, ROOT_BITS } };

__u32 mirror[MIRROR_BYTES / sizeof(__u32)] __attribute__((aligned(64)));

/* Variables, so that nothing is known of them: not to the compiler nor to the verifier. */
__u64 hi, lo;
__u32 value;

SEC("xdp")
int lookup4(struct xdp_md *context)
{
	(void)context;
	value = cvpn_lpm_bpf_lookup4(mirror, &shape, (__u32)hi);
	return XDP_PASS;
}

SEC("xdp")
int lookup6(struct xdp_md *context)
{
	(void)context;
	value = cvpn_lpm_bpf_lookup6(mirror, &shape, hi, lo);
	return XDP_PASS;
}

/* Both in one program, and more than once, as a firewall would have them. */
SEC("xdp")
int both_twice(struct xdp_md *context)
{
	(void)context;
	value = cvpn_lpm_bpf_lookup4(mirror, &shape, (__u32)hi);
	value += cvpn_lpm_bpf_lookup4(mirror, &shape, (__u32)lo);
	value += cvpn_lpm_bpf_lookup6(mirror, &shape, hi, lo);
	value += cvpn_lpm_bpf_lookup6(mirror, &shape, lo, hi);
	return XDP_PASS;
}

char verifier_license[] SEC("license") = "Dual BSD/GPL";
