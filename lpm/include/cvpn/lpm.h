/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Longest-prefix match for IPv4 and IPv6: the public interface of libcvpn-lpm.
 *
 * A table holds exact prefixes, each with a 16-bit value whose meaning is the caller's: a verdict,
 * a next hop, an index. Changes are collected with cvpn_lpm_insert() and cvpn_lpm_remove() and
 * become visible together with cvpn_lpm_publish(), in an image: a flat, pointer-free compressed
 * multibit trie that any number of readers search without a lock.
 *
 *	cvpn_lpm_create(&table);
 *	cvpn_lpm_insert(table, &prefix, value);
 *	cvpn_lpm_publish(table);
 *	...
 *	cvpn_lpm_reader_register();			(in each reading thread)
 *	image = cvpn_lpm_image(table);
 *	cvpn_lpm_lookup4(image, addresses, values, n);
 *	cvpn_lpm_reader_quiescent();			(the image is no longer used)
 *
 * Values are stored in 2, 4, 8 or 16 bits, the fewest that hold the largest value inserted: give
 * out small values for a small table.
 *
 * No function prints, exits or keeps global state of its own; the reader functions use liburcu's
 * QSBR domain, one per process.
 */
#ifndef CVPN_LPM_H
#define CVPN_LPM_H

#include <stddef.h>
#include <stdint.h>

/* What follows is what the shared library exports, however the rest was compiled. */
#pragma GCC visibility push(default)

#ifdef __cplusplus
extern "C" {
#endif

struct cvpn_lpm;       /* a table: the routes and the published image */
struct cvpn_lpm_image; /* a compiled table, see <cvpn/lpm_image.h> */
struct cvpn_lpm_shape; /* of a table that BPF programs read, see <cvpn/lpm_mirror.h> */

/* What a lookup returns for an address that no prefix holds; can not be inserted. */
#define CVPN_LPM_NO_ROUTE 0

enum cvpn_lpm_family {
	CVPN_LPM_IPV4 = 0,
	CVPN_LPM_IPV6 = 1,
	CVPN_LPM_FAMILIES = 2,
};

/*
 * An address in host order, left-aligned: bit 0 of the address (its first on the wire) is the most
 * significant bit of @hi. An IPv4 address is the upper half of @hi, all else zero.
 */
struct cvpn_lpm_addr {
	uint64_t hi;
	uint64_t lo;
};

struct cvpn_lpm_prefix {
	struct cvpn_lpm_addr addr; /* bits from @len on are zero */
	uint8_t len;		   /* 0 to 32, or 0 to 128 */
	uint8_t family;		   /* enum cvpn_lpm_family */
};

/**
 * cvpn_lpm_create() - make an empty table, with an empty image published
 * @table:	where to store it; the caller frees it with cvpn_lpm_destroy()
 *
 * Return: 0, or -ENOMEM.
 */
int cvpn_lpm_create(struct cvpn_lpm **table);

/**
 * cvpn_lpm_create_mirrored() - make an empty table whose image BPF programs read, too
 * @table:	where to store it; the caller frees it with cvpn_lpm_destroy()
 * @mirror:	memory of a BPF array with BPF_F_MMAPABLE, mapped for reading and writing, aligned to
 *		64 bytes: as the kernel gives it, zeroed, or from another table that was destroyed.
 *		The caller's, to be unmapped behind cvpn_lpm_destroy()
 * @shape:	of the table: copied. The programs have the same one
 *
 * It works as any table, for readers in this process and, by <cvpn/lpm_bpf.h>, for BPF programs of
 * any type that can not sleep. Each of their lookups finds all changes of a publish or none.
 * Programs may run before there is a table, and find no routes then; after cvpn_lpm_destroy() they
 * go on with what was published last, until another table is made there, which is empty at first.
 *
 * Memory is used again after a grace period of the kernel, which takes some milliseconds; many
 * updates wait for one together. A publish fails with -ENOSPC when the mirror is too small for the
 * table before it and after it. To publish what takes less room, as when enough routes are removed
 * again, works. A table of few routes has no separate form for bulk lookups here, see docs/table.md.
 *
 * With one processor online the kernel does not wait: there only programs that nothing can preempt
 * may read the mirror, such as XDP and tc on a kernel without PREEMPT_RT.
 *
 * Return: 0; -ENOMEM; -EINVAL for a shape out of range, memory that is not aligned, or none;
 * -ENOSPC when the roots do not fit twice; -EOPNOTSUPP when the kernel does not tell when its programs have left
 * memory (MEMBARRIER_CMD_GLOBAL of membarrier(2), which kernels with nohz_full= refuse).
 */
int cvpn_lpm_create_mirrored(struct cvpn_lpm **table, void *mirror,
			     const struct cvpn_lpm_shape *shape);

/**
 * cvpn_lpm_destroy() - free a table and its image
 * @table:	may be NULL; no reader may use it or its image any more
 */
void cvpn_lpm_destroy(struct cvpn_lpm *table);

/**
 * cvpn_lpm_insert() - add a prefix, or give an existing one another value
 * @table:	the table; one thread may change a table at a time
 * @prefix:	copied
 * @value:	1 to 65,535
 *
 * Not visible to readers before cvpn_lpm_publish().
 *
 * Return: 0; -EINVAL for an unknown family, a length out of range, host bits set or the value
 * CVPN_LPM_NO_ROUTE; -ERANGE for a value that the mirror of the table has too few bits for; -ENOMEM.
 * After an error the table is as it was.
 */
int cvpn_lpm_insert(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix, uint16_t value);

/**
 * cvpn_lpm_remove() - take out the prefix that equals @prefix
 * @table:	the table; one thread may change a table at a time
 * @prefix:	the exact prefix
 *
 * Not visible to readers before cvpn_lpm_publish().
 *
 * Return: 0; -ENOENT when it is not there; -EINVAL as cvpn_lpm_insert().
 */
int cvpn_lpm_remove(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix);

/**
 * cvpn_lpm_get() - the value of exactly this prefix, published or not
 * @table:	the table
 * @prefix:	the exact prefix
 * @value:	where to store its value
 *
 * Return: 0; -ENOENT; -EINVAL as cvpn_lpm_insert().
 */
int cvpn_lpm_get(const struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix,
		 uint16_t *value);

/**
 * cvpn_lpm_count() - how many prefixes of one family the table holds, published or not
 * @table:	the table
 * @family:	which family
 */
size_t cvpn_lpm_count(const struct cvpn_lpm *table, enum cvpn_lpm_family family);

/**
 * cvpn_lpm_publish() - make every change since the last publish visible in one step
 * @table:	the table; one thread may change a table at a time
 *
 * Each lookup finds all of these changes or none. If they lie close together, as one prefix does,
 * the image is changed in place, which takes about as long as inserting the prefix did. Else a new
 * image is compiled, in a time that grows with the number of prefixes.
 *
 * May wait until no registered reader can still be in memory that is to be used again (a QSBR grace
 * period). For a caller that is a reader this is a quiescent state.
 *
 * Return: 0; -ENOMEM; -E2BIG for an image of more than 256 MiB; -ENOSPC for one that does not fit
 * into its mirror. After an error readers see what they saw before and the changes wait for the next
 * publish.
 */
int cvpn_lpm_publish(struct cvpn_lpm *table);

/**
 * cvpn_lpm_image() - the image that is published now
 * @table:	the table
 *
 * Any thread may call this. The image lives until the calling thread's next quiescent state; a
 * thread that is not a registered reader may keep it only while nobody publishes. Meanwhile single
 * changes may become visible in it.
 *
 * Return: never NULL.
 */
const struct cvpn_lpm_image *cvpn_lpm_image(const struct cvpn_lpm *table);

/* Instruction sets that the bulk lookups are written for. */
enum cvpn_lpm_isa {
	CVPN_LPM_SCALAR = 0, /* plain C, every machine */
	CVPN_LPM_AVX2 = 1,
	CVPN_LPM_AVX512 = 2, /* F, BW, DQ and VL: Skylake-SP and Zen 4 on */
	CVPN_LPM_ISAS = 3,
};

/* The bulk lookups of one instruction set: as cvpn_lpm_lookup4() and cvpn_lpm_lookup6(). */
struct cvpn_lpm_kernels {
	const char *name;
	void (*lookup4)(const struct cvpn_lpm_image *image, const uint32_t *addrs, uint16_t *values,
			size_t n);
	void (*lookup6)(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
			uint16_t *values, size_t n);
};

/**
 * cvpn_lpm_kernels() - the bulk lookups of one instruction set, to force it
 * @isa:	which
 *
 * cvpn_lpm_lookup4() and cvpn_lpm_lookup6() use the last of enum cvpn_lpm_isa that this machine has.
 *
 * Return: constant for the life of the program; NULL if this machine does not have it.
 */
const struct cvpn_lpm_kernels *cvpn_lpm_kernels(enum cvpn_lpm_isa isa);

/* The name of an instruction set, also of one that this machine does not have. */
const char *cvpn_lpm_isa_name(enum cvpn_lpm_isa isa);

/**
 * cvpn_lpm_lookup4() - longest-prefix match for many IPv4 addresses
 * @image:	the image, see cvpn_lpm_image()
 * @addrs:	@n addresses in host order
 * @values:	@n results; CVPN_LPM_NO_ROUTE where no prefix matches
 * @n:		any number
 *
 * Wait-free; any thread, also several on one image.
 */
void cvpn_lpm_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs, uint16_t *values,
		      size_t n);

/**
 * cvpn_lpm_lookup6() - longest-prefix match for many IPv6 addresses
 * @image:	the image, see cvpn_lpm_image()
 * @addrs:	@n addresses in host order
 * @values:	@n results; CVPN_LPM_NO_ROUTE where no prefix matches
 * @n:		any number
 *
 * Wait-free; any thread, also several on one image.
 */
void cvpn_lpm_lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
		      uint16_t *values, size_t n);

/**
 * cvpn_lpm_lookup4_one() - longest-prefix match for one IPv4 address
 * @image:	the image, see cvpn_lpm_image()
 * @addr:	in host order
 *
 * Return: the value, or CVPN_LPM_NO_ROUTE.
 */
uint16_t cvpn_lpm_lookup4_one(const struct cvpn_lpm_image *image, uint32_t addr);

/**
 * cvpn_lpm_lookup6_one() - longest-prefix match for one IPv6 address
 * @image:	the image, see cvpn_lpm_image()
 * @addr:	in host order
 *
 * Return: the value, or CVPN_LPM_NO_ROUTE.
 */
uint16_t cvpn_lpm_lookup6_one(const struct cvpn_lpm_image *image, struct cvpn_lpm_addr addr);

/**
 * cvpn_lpm_image_bytes() - the size of an image in bytes
 * @image:	the image; one in a mirror has all of that
 *
 * An image may be copied or mapped elsewhere while nobody publishes: that many bytes, aligned to 64.
 */
size_t cvpn_lpm_image_bytes(const struct cvpn_lpm_image *image);

/*
 * Readers. A thread that looks up in a table while another one publishes must be registered, and
 * say now and then (say, after each burst) that it holds no image: it is quiescent. Before it
 * sleeps or blocks it goes offline, else publishers wait for it. Based on user-space RCU, QSBR
 * flavour (liburcu, urcu-qsbr.h).
 */
void cvpn_lpm_reader_register(void);
void cvpn_lpm_reader_unregister(void);
void cvpn_lpm_reader_quiescent(void);
void cvpn_lpm_reader_offline(void);
void cvpn_lpm_reader_online(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
