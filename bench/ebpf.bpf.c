// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Longest-prefix match in the kernel: the mirror of a trie, BPF_MAP_TYPE_LPM_TRIE, and the kernel's
 * own FIB. User space runs these programs by BPF_PROG_TEST_RUN, two for each of them and family:
 *
 *	loop_*		looks many keys up in one run, by bpf_loop(), and writes the answers down
 *	packet_*	is run once for each packet, as a program on an interface is: gives it the
 *			next key as its destination, then parses it, looks it up and decides
 *
 * The programs of "empty" do the same without a lookup: what they cost is the harness.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <cvpn/lpm_bpf.h>

#include "ebpf_lpm.bpf.h"
#include "ebpf_packet.h"
#include "ebpf_shared.h"

#define INLINE	 EBPF_INLINE
#define KEY_MASK (EBPF_RUN_KEYS - 1)

/* From <sys/socket.h>, which is none of BPF's. */
#define AF_INET	 2
#define AF_INET6 10

/* Which one is the compiler's command line to say. */
static const struct cvpn_lpm_shape shape = EBPF_INIT(EBPF_SHAPE);

/* One variable, so that user space knows where in the map each part is. */
struct {
	__u32 mirror[EBPF_BYTES(EBPF_SHAPE) / sizeof(__u32)];
	struct ebpf_run run;
} memory __attribute__((aligned(64)));

/* --- lookups, of addresses in host order ------------------------------------------------------ */

INLINE __u32 empty4(struct xdp_md *ctx, __u32 addr)
{
	(void)ctx;
	return addr;
}

INLINE __u32 empty6(struct xdp_md *ctx, const struct ebpf_key *key)
{
	(void)ctx;
	return (__u32)(key->hi ^ key->lo);
}

INLINE __u32 trie4(struct xdp_md *ctx, __u32 addr)
{
	(void)ctx;
	return cvpn_lpm_bpf_lookup4(memory.mirror, &shape, addr);
}

INLINE __u32 trie6(struct xdp_md *ctx, const struct ebpf_key *key)
{
	(void)ctx;
	return cvpn_lpm_bpf_lookup6(memory.mirror, &shape, key->hi, key->lo);
}

INLINE __u32 lpm_trie4(struct xdp_md *ctx, __u32 addr)
{
	(void)ctx;
	return ebpf_lpm_lookup4(addr);
}

INLINE __u32 lpm_trie6(struct xdp_md *ctx, const struct ebpf_key *addr)
{
	(void)ctx;
	return ebpf_lpm_lookup6(addr->hi, addr->lo);
}

/* The value of a route is its metric; what has no neighbour was found all the same. */
INLINE __u32 ask_fib(struct xdp_md *ctx, struct bpf_fib_lookup *query)
{
	switch (bpf_fib_lookup(ctx, query, sizeof(*query), memory.run.fib_flags)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return query->rt_metric;
	case BPF_FIB_LKUP_RET_BLACKHOLE:
		return memory.run.fib_drop;
	default:
		return 0;
	}
}

INLINE __u32 fib4(struct xdp_md *ctx, __u32 addr)
{
	struct bpf_fib_lookup query = {
		.family = AF_INET,
		.ifindex = memory.run.fib_ifindex,
		.ipv4_dst = bpf_htonl(addr),
	};

	return ask_fib(ctx, &query);
}

INLINE __u32 fib6(struct xdp_md *ctx, const struct ebpf_key *addr)
{
	__be64 halves[2] = { bpf_cpu_to_be64(addr->hi), bpf_cpu_to_be64(addr->lo) };
	struct bpf_fib_lookup query = {
		.family = AF_INET6,
		.ifindex = memory.run.fib_ifindex,
	};

	__builtin_memcpy(query.ipv6_dst, halves, sizeof(halves));
	return ask_fib(ctx, &query);
}

/* --- the loops -------------------------------------------------------------------------------- */

INLINE int run_loop(struct xdp_md *ctx, long (*body)(__u32, struct xdp_md **))
{
	memory.run.began = bpf_ktime_get_ns();
	bpf_loop(memory.run.count, body, &ctx, 0);
	memory.run.ended = bpf_ktime_get_ns();
	return XDP_DROP;
}

/* --- the packets ------------------------------------------------------------------------------ */

INLINE void set_destination4(struct xdp_md *ctx, __u32 addr)
{
	struct iphdr *ip = (void *)(long)ctx->data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) <= (void *)(long)ctx->data_end)
		ip->daddr = bpf_htonl(addr);
}

INLINE void set_destination6(struct xdp_md *ctx, const struct ebpf_key *addr)
{
	struct ipv6hdr *ip = (void *)(long)ctx->data + sizeof(struct ethhdr);
	__be64 halves[2] = { bpf_cpu_to_be64(addr->hi), bpf_cpu_to_be64(addr->lo) };

	if ((void *)(ip + 1) <= (void *)(long)ctx->data_end)
		__builtin_memcpy(&ip->daddr, halves, sizeof(halves));
}

/* Where the packet with the next key begins the measurement. Returns its number. */
INLINE __u32 begin_packet(void)
{
	__u32 i = memory.run.next++ & KEY_MASK;

	if (i == 0)
		memory.run.began = bpf_ktime_get_ns();
	return i;
}

INLINE int end_packet(__u32 i, __u32 value)
{
	memory.run.answers[i] = (__u16)value;
	if (i + 1 == memory.run.count)
		memory.run.ended = bpf_ktime_get_ns();
	return memory.run.actions[value & (EBPF_VALUES - 1)];
}

/* Where an answer goes is computed before its lookup: so one register is kept over a call. */
#define PROGRAMS4(name, lookup)                                                                    \
	static long name##4_one(__u32 i, struct xdp_md * *ctx)                                     \
	{                                                                                          \
		__u16 *answer = &memory.run.answers[i &= KEY_MASK];                                \
		CVPN_LPM_BPF_APART(answer);                                                        \
		*answer = (__u16)lookup(*ctx, memory.run.keys4[i]);                                \
		return 0;                                                                          \
	}                                                                                          \
	SEC("xdp") int loop_##name##4(struct xdp_md * ctx)                                         \
	{                                                                                          \
		return run_loop(ctx, name##4_one);                                                 \
	}                                                                                          \
	SEC("xdp") int packet_##name##4(struct xdp_md * ctx)                                       \
	{                                                                                          \
		__u32 i = begin_packet();                                                          \
		struct ebpf_destination to;                                                        \
		set_destination4(ctx, memory.run.keys4[i]);                                        \
		return end_packet(i, ebpf_parse(ctx, &to) == EBPF_IPV4 ? lookup(ctx, to.v4) : 0);  \
	}

#define PROGRAMS6(name, lookup)                                                                    \
	static long name##6_one(__u32 i, struct xdp_md * *ctx)                                     \
	{                                                                                          \
		__u16 *answer = &memory.run.answers[i &= KEY_MASK];                                \
		CVPN_LPM_BPF_APART(answer);                                                        \
		*answer = (__u16)lookup(*ctx, &memory.run.keys6[i]);                               \
		return 0;                                                                          \
	}                                                                                          \
	SEC("xdp") int loop_##name##6(struct xdp_md * ctx)                                         \
	{                                                                                          \
		return run_loop(ctx, name##6_one);                                                 \
	}                                                                                          \
	SEC("xdp") int packet_##name##6(struct xdp_md * ctx)                                       \
	{                                                                                          \
		__u32 i = begin_packet();                                                          \
		struct ebpf_destination to;                                                        \
		struct ebpf_key key = { 0 };                                                       \
		set_destination6(ctx, &memory.run.keys6[i]);                                       \
		if (ebpf_parse(ctx, &to) == EBPF_IPV6)                                             \
			key = (struct ebpf_key){ to.hi, to.lo };                                   \
		return end_packet(i, lookup(ctx, &key));                                           \
	}

PROGRAMS4(empty, empty4)
PROGRAMS4(trie, trie4)
PROGRAMS4(lpm, lpm_trie4)
PROGRAMS4(fib, fib4)
PROGRAMS6(empty, empty6)
PROGRAMS6(trie, trie6)
PROGRAMS6(lpm, lpm_trie6)
PROGRAMS6(fib, fib6)

char ebpf_license[] SEC("license") = "Dual BSD/GPL";
