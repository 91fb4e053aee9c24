/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* BPF_MAP_TYPE_LPM_TRIE for the programs that look up in it: the maps, which ebpf_lpm.c fills. */
#ifndef BENCH_EBPF_LPM_BPF_H
#define BENCH_EBPF_LPM_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "ebpf_packet.h"
#include "ebpf_shared.h"

/* User space makes room for the routes before the maps are made. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct ebpf_lpm4);
	__type(value, __u32);
} lpm4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct ebpf_lpm6);
	__type(value, __u32);
} lpm6 SEC(".maps");

/* The value for an address in host order, 0 if no prefix matches. */
EBPF_INLINE __u32 ebpf_lpm_lookup4(__u32 addr)
{
	struct ebpf_lpm4 key = { 32, bpf_htonl(addr) };
	const __u32 *value = bpf_map_lookup_elem(&lpm4, &key);

	return value ? *value : 0;
}

/* The same of an IPv6 address, in halves. The key's address is aligned to 4 bytes only. */
EBPF_INLINE __u32 ebpf_lpm_lookup6(__u64 hi, __u64 lo)
{
	struct ebpf_lpm6 key = { .len = 128 };
	__u32 words[4] = {
		bpf_htonl((__u32)(hi >> 32)),
		bpf_htonl((__u32)hi),
		bpf_htonl((__u32)(lo >> 32)),
		bpf_htonl((__u32)lo),
	};
	const __u32 *value;

	__builtin_memcpy(key.addr, words, sizeof(key.addr));
	value = bpf_map_lookup_elem(&lpm6, &key);
	return value ? *value : 0;
}

#endif
