/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the program in the kernel and the one that tortures it share. */
#ifndef TORTURE_KERNEL_UPDATES_H
#define TORTURE_KERNEL_UPDATES_H

#include <cvpn/lpm_mirror.h>

/* Not much larger than the table before and after, so that memory is soon used again. */
#ifdef KERNEL_NEAR
#define KERNEL_MIRROR_BYTES (8u << 20)
#define KERNEL_VALUE_BITS   2
#define KERNEL_ROOT_BITS4   18u
#define KERNEL_KIND	    updates_near
#else
#define KERNEL_MIRROR_BYTES (7u << 20)
#define KERNEL_VALUE_BITS   16
#define KERNEL_ROOT_BITS4   13u
#define KERNEL_KIND	    updates_deep
#endif
#define KERNEL_ROOT_BITS6 13u
#define KERNEL_SHAPE                                                                               \
	{                                                                                          \
		KERNEL_MIRROR_BYTES, KERNEL_VALUE_BITS,                                            \
		{                                                                                  \
			KERNEL_ROOT_BITS4, KERNEL_ROOT_BITS6                                       \
		}                                                                                  \
	}

#define KERNEL_KEYS    512u
#define KERNEL_LOOKUPS 1024u /* of a run */

struct kernel_key {
	__u64 hi, lo; /* host order */
	__u32 family;
};

struct kernel_lookup {
	__u64 oldest; /* the last update that was complete before it */
	__u64 newest; /* the last update that had begun after it */
	__u32 key;
	__u32 value;
};

struct kernel_shared {
	__u64 published; /* the last update whose publish has returned */
	__u64 begun;	 /* the last update whose publish has begun */
	__u64 fence;
	struct kernel_key keys[KERNEL_KEYS];
	struct kernel_lookup lookups[KERNEL_LOOKUPS];
};

#endif
