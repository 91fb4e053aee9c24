/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Looks keys up in a mirror that changes, and notes for each lookup its value and the updates
 * between which it was.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <cvpn/lpm_bpf.h>

#include "kernel_updates.h"

/* Of each run one lookup is a slow one: it turns so often, for some milliseconds, on its way. */
#define LINGER (1u << 22)
/* At one of its first steps, or with the leaf if that comes before. */
#define LINGER_STEPS 4u

static const struct cvpn_lpm_shape shape = KERNEL_SHAPE;

__u32 mirror[KERNEL_MIRROR_BYTES / sizeof(__u32)] __attribute__((aligned(64)));
struct kernel_shared shared;
__u64 sink;

/*
 * Orders all loads before it with all after it, on machines that reorder loads, too: atomic
 * operations that return a value are full barriers, and its value has to be used for that.
 */
static void fence(void)
{
	sink = __sync_fetch_and_add(&shared.fence, 1);
}

static long turn(__u32 i, void *context)
{
	(void)i;
	(void)context;
	return 0;
}

/* As cvpn_lpm_bpf_lookup6(), of either family, but lingers with an entry. */
static __u32 look_up_slowly(__u32 family, __u64 hi, __u64 lo)
{
	__u64 root = family ? cvpn_lpm_bpf_root(mirror, &shape, 1)
			    : cvpn_lpm_bpf_root(mirror, &shape, 0);
	__u32 stride = family ? KERNEL_ROOT_BITS6 : KERNEL_ROOT_BITS4, entry;
	__u32 at = bpf_get_prandom_u32() % LINGER_STEPS, steps = 0;

	if (!root)
		return 0;
	if (cvpn_lpm_has_near(&shape) && !family) {
		__u64 near = cvpn_lpm_bpf_near(mirror, &shape, root, (__u32)(hi >> 32));

		if (near) {
			bpf_loop(LINGER, turn, NULL, 0);
			return cvpn_lpm_bpf_near_value(mirror, &shape, near, (__u32)(hi >> 32));
		}
	}
	entry = cvpn_lpm_bpf_entry(mirror, root, hi >> (64 - stride));
	hi = hi << stride | lo >> (64 - stride);
	lo <<= stride;
	for (__u32 i = 0; i < CVPN_LPM_MAX_STEPS6 && entry & CVPN_LPM_WALK; i++) {
		__u32 next;

		if (i == at)
			bpf_loop(LINGER, turn, NULL, 0);
		next = cvpn_lpm_bpf_step(mirror, &shape, entry, (__u32)(hi >> 32));
		stride = cvpn_lpm_stride(entry) & 63;
		hi = hi << stride | lo >> 1 >> (63 - stride);
		lo <<= stride;
		entry = next;
		steps++;
	}
	if (steps <= at)
		bpf_loop(LINGER, turn, NULL, 0);
	return cvpn_lpm_bpf_leaf(mirror, &shape, entry, (__u32)(hi >> 32));
}

static __u32 look_up(const struct kernel_key *key, int slowly)
{
	if (slowly)
		return look_up_slowly(key->family & 1, key->hi, key->lo);
	if (key->family)
		return cvpn_lpm_bpf_lookup6(mirror, &shape, key->hi, key->lo);
	return cvpn_lpm_bpf_lookup4(mirror, &shape, (__u32)(key->hi >> 32));
}

static long look_up_one(__u32 i, void *context)
{
	__u32 number = bpf_get_prandom_u32() % KERNEL_KEYS;
	struct kernel_lookup *lookup = &shared.lookups[i % KERNEL_LOOKUPS];

	(void)context;
	lookup->key = number;
	lookup->oldest = *(const volatile __u64 *)&shared.published;
	fence();
	lookup->value = look_up(&shared.keys[number], i == 0);
	fence();
	lookup->newest = *(const volatile __u64 *)&shared.begun;
	return 0;
}

SEC("xdp")
int look_up_keys(struct xdp_md *context)
{
	(void)context;
	bpf_loop(KERNEL_LOOKUPS, look_up_one, NULL, 0);
	return XDP_PASS;
}

char kernel_updates_license[] SEC("license") = "Dual BSD/GPL";
