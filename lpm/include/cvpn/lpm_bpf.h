/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Longest-prefix match for BPF programs (XDP, tc and others that do not sleep), in the mirror of a
 * table that user space makes with cvpn_lpm_create_mirrored(). In a header for both sides:
 *
 *	#define MIRROR_BYTES (8u << 20)
 *	static const struct cvpn_lpm_shape shape = { MIRROR_BYTES, 2, { 18, 16 } };
 *
 * and in the program:
 *
 *	__u32 mirror[MIRROR_BYTES / sizeof(__u32)] __attribute__((aligned(64)));
 *
 *	value = cvpn_lpm_bpf_lookup4(mirror, &shape, bpf_ntohl(ip->daddr));
 *
 * User space passes skeleton->bss->mirror and the same shape to cvpn_lpm_create_mirrored(). Until
 * then the mirror is zero, which is a table without routes: programs may run from the start.
 *
 * Compile for -mcpu=v3 (Linux 5.1) or later: without 32-bit arithmetic a lookup takes more
 * instructions. The loops are bounded, which needs Linux 5.3.
 */
#ifndef CVPN_LPM_BPF_H
#define CVPN_LPM_BPF_H

#include <stddef.h>

#include <cvpn/lpm_mirror.h>

#define CVPN_LPM_BPF_INLINE static inline __attribute__((always_inline))

/*
 * A packet is done no sooner than its lookup, so what counts is how many instructions wait for one
 * another from the address to the value; what does not have to wait is computed apart from them.
 * This keeps the compiler from joining it to them again; and from comparing a copy of what is used
 * then, which older verifiers do not follow.
 */
#define CVPN_LPM_BPF_APART(variable) __asm__ volatile("" : "+r"(variable))

/* How far from a register's address an instruction can load, in bytes. */
#define CVPN_LPM_BPF_MAX_OFFSET 0x7fff

/* A word of the mirror, as the verifier wants it read. */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_word(const __u32 *mirror, const struct cvpn_lpm_shape *shape,
					    __u32 word)
{
	if (__builtin_expect(word >= shape->bytes / sizeof(*mirror), 0))
		return 0;
	return CVPN_LPM_READ(mirror[word]);
}

/*
 * Where the root of a family is, in words; 0 without a table. It is read once: the next time there
 * may be another one.
 */
CVPN_LPM_BPF_INLINE __u64 cvpn_lpm_bpf_root(const __u32 *mirror, const struct cvpn_lpm_shape *shape,
					    unsigned int family)
{
	const struct cvpn_lpm_image *image = (const struct cvpn_lpm_image *)(const void *)mirror;
	__u64 root = CVPN_LPM_READ(image->tree[family].root);
	__u32 words = cvpn_lpm_root_words(shape->root_bits[family],
					  family == 0 && cvpn_lpm_has_near(shape));

	if (__builtin_expect(root > shape->bytes / sizeof(*mirror) - words, 0))
		return 0;
	CVPN_LPM_BPF_APART(root);
	return root;
}

/* The entry of a root that is there, for the first bits of an address. */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_entry(const __u32 *mirror, __u64 root, __u64 slot)
{
	mirror += root;
	CVPN_LPM_BPF_APART(mirror);
	return CVPN_LPM_READ(mirror[slot]);
}

/* The near entry for an IPv4 address; 0 if there is none. */
CVPN_LPM_BPF_INLINE __u64 cvpn_lpm_bpf_near(const __u32 *mirror, const struct cvpn_lpm_shape *shape,
					    __u64 root, __u32 addr)
{
	const __u16 *near = (const __u16 *)(const void *)(mirror + root);
	__u32 behind = 2u << shape->root_bits[0], slot = addr >> (32 - shape->root_bits[0]);

	/* A short way is part of the instruction that loads. */
	if (behind * sizeof(*near) <= CVPN_LPM_BPF_MAX_OFFSET) {
		near += slot;
		CVPN_LPM_BPF_APART(near);
		return *(const volatile __u16 *)&near[behind];
	}
	near += behind;
	CVPN_LPM_BPF_APART(near);
	return *(const volatile __u16 *)&near[slot];
}

/* The value of a leaf's slot, by the byte that it is in or begins with. */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_value(const __u8 *at, const struct cvpn_lpm_shape *shape,
					     __u64 slot)
{
	__u32 byte;

	if (shape->value_bits == 16)
		return *(const volatile __u16 *)(const void *)at;
	byte = *(const volatile __u8 *)at;
	if (shape->value_bits == 8)
		return byte;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "values are read by bytes, the first one of a word in its least significant bits"
#endif
	return byte >> slot * shape->value_bits % 8 & ((1u << shape->value_bits) - 1);
}

/* The value for an IPv4 address in the leaf of its near entry. No bound: none leads beyond one. */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_near_value(const __u32 *mirror,
						  const struct cvpn_lpm_shape *shape, __u64 near,
						  __u32 addr)
{
	const __u8 *bytes = (const __u8 *)(mirror + cvpn_lpm_near_base(shape));
	__u32 stride = cvpn_lpm_near_stride((__u32)__builtin_ctz(shape->value_bits));
	__u32 slot = addr >> (32 - shape->root_bits[0] - stride) & ((1u << stride) - 1);

	bytes += slot * shape->value_bits / 8;
	CVPN_LPM_BPF_APART(bytes);
	bytes += near * CVPN_LPM_GRANULE_WORDS * sizeof(*mirror);
	return cvpn_lpm_bpf_value(bytes, shape, slot);
}

/*
 * One step down from @entry: as cvpn_lpm_step(). None of the step's values goes into the next one
 * but what was loaded: so the verifier finds each step in the state of the one before, and does not
 * follow every combination of their branches.
 */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_step(const __u32 *mirror, const struct cvpn_lpm_shape *shape,
					    __u32 entry, __u32 rest)
{
	__u32 slot = cvpn_lpm_slot(entry, rest), block = cvpn_lpm_block(entry);

	if (entry & CVPN_LPM_SKIP)
		slot = slot == cvpn_lpm_bpf_word(mirror, shape, block + CVPN_LPM_SKIP_EXPECTED)
			       ? CVPN_LPM_SKIP_HIT
			       : CVPN_LPM_SKIP_MISS;
	return cvpn_lpm_bpf_word(mirror, shape, block + slot);
}

/* The value for an address in the leaf of @entry: as cvpn_lpm_leaf_value(), but by bytes. */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_leaf(const __u32 *mirror, const struct cvpn_lpm_shape *shape,
					    __u32 entry, __u64 rest)
{
	const __u8 *bytes = (const __u8 *)mirror;
	__u32 shift = entry & CVPN_LPM_SHIFT;
	__u64 slot = rest >> shift, at;

	/* The byte of a value that is no longer than one: slot * value_bits / 8, without the slot. */
	at = shape->value_bits == 16 ? slot * 2 : rest / (8 / shape->value_bits) >> shift;
	at += cvpn_lpm_block(entry) * sizeof(*mirror);
	/* The last byte of a value is in there, too. */
	if (__builtin_expect(at >= shape->bytes - shape->value_bits / 16, 0))
		return 0;
	return cvpn_lpm_bpf_value(bytes + at, shape, slot);
}

/*
 * The value for an IPv4 address, by as many steps as it takes. Out of line, so that the many lookups
 * that take one step do not save the registers that this needs.
 */
static __attribute__((noinline, unused)) __u32 cvpn_lpm_bpf_walk4(
	const __u32 *mirror, const struct cvpn_lpm_shape *shape, __u64 root, __u32 addr)
{
	__u32 entry = cvpn_lpm_bpf_entry(mirror, root, addr >> (32 - shape->root_bits[0]));
	__u32 rest = addr << shape->root_bits[0];

	for (__u32 i = 0; i < CVPN_LPM_MAX_STEPS4 && entry & CVPN_LPM_WALK; i++) {
		__u32 next = cvpn_lpm_bpf_step(mirror, shape, entry, rest);

		rest = (__u32)((__u64)rest << cvpn_lpm_stride(entry));
		entry = next;
	}
	return cvpn_lpm_bpf_leaf(mirror, shape, entry, rest);
}

/**
 * cvpn_lpm_bpf_lookup4() - longest-prefix match for an IPv4 address
 * @mirror:	a global variable of shape->bytes bytes
 * @shape:	constant for the compiler, and the one that user space made the table with
 * @addr:	in host order
 *
 * Return: the value, or 0 if no prefix matches.
 */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_lookup4(const __u32 *mirror,
					       const struct cvpn_lpm_shape *shape, __u32 addr)
{
	__u64 root;

	CVPN_LPM_BPF_APART(mirror);
	root = cvpn_lpm_bpf_root(mirror, shape, 0);
	if (__builtin_expect(!root, 0))
		return 0;
	if (cvpn_lpm_has_near(shape)) {
		__u64 near = cvpn_lpm_bpf_near(mirror, shape, root, addr);

		if (__builtin_expect(near != 0, 1))
			return cvpn_lpm_bpf_near_value(mirror, shape, near, addr);
	} else {
		__u32 entry = cvpn_lpm_bpf_entry(mirror, root, addr >> (32 - shape->root_bits[0]));

		if (__builtin_expect(!(entry & CVPN_LPM_WALK), 1))
			return cvpn_lpm_bpf_leaf(mirror, shape, entry, addr << shape->root_bits[0]);
	}
	return cvpn_lpm_bpf_walk4(mirror, shape, root, addr);
}

/**
 * cvpn_lpm_bpf_lookup6() - longest-prefix match for an IPv6 address
 * @mirror:	a global variable of shape->bytes bytes
 * @shape:	constant for the compiler, and the one that user space made the table with
 * @hi:		the upper half of the address, in host order
 * @lo:		the lower half
 *
 * Return: the value, or 0 if no prefix matches.
 */
CVPN_LPM_BPF_INLINE __u32 cvpn_lpm_bpf_lookup6(const __u32 *mirror,
					       const struct cvpn_lpm_shape *shape, __u64 hi,
					       __u64 lo)
{
	__u32 stride = shape->root_bits[1], entry;
	__u64 root;

	CVPN_LPM_BPF_APART(mirror);
	root = cvpn_lpm_bpf_root(mirror, shape, 1);
	if (__builtin_expect(!root, 0))
		return 0;
	entry = cvpn_lpm_bpf_entry(mirror, root, hi >> (64 - stride));
	/* What is left of the address moves up: a position would be one more thing to verify. */
	hi = hi << stride | lo >> (64 - stride);
	lo <<= stride;
	for (__u32 i = 0; i < CVPN_LPM_MAX_STEPS6 && entry & CVPN_LPM_WALK; i++) {
		__u32 next = cvpn_lpm_bpf_step(mirror, shape, entry, (__u32)(hi >> 32));

		stride = cvpn_lpm_stride(entry) & 63;
		hi = hi << stride | lo >> 1 >> (63 - stride);
		lo <<= stride;
		entry = next;
	}
	return cvpn_lpm_bpf_leaf(mirror, shape, entry, hi >> 32);
}

#endif
