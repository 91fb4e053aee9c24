/* SPDX-License-Identifier: BSD-2-Clause */
/* What the DPDK engines share: the environment abstraction layer (EAL), and memory for tables. */
#ifndef BENCH_DPDK_H
#define BENCH_DPDK_H

#include <string.h>

#include "engine.h"

/*
 * A heap of DPDK with memory of its own, for one table: anonymous memory in transparent huge
 * pages, as the trie's image has. EAL's own memory without hugetlbfs is a memfd, whose pages are
 * huge only where /sys/kernel/mm/transparent_hugepage/shmem_enabled says so.
 */
struct dpdk_heap {
	char name[32]; /* free for use as the table's name, too */
	void *memory;
	size_t bytes;
	int socket; /* to allocate from it */
	bool created;
};

/**
 * dpdk_start() - initialise EAL in this process
 * @error:	why that failed, and what to do
 *
 * Prints nothing, needs no privilege, no hugetlbfs and no device, leaves nothing in the file
 * system, and the calling thread runs on the cores it ran on before. DPDK can be started once in
 * a process: calls after the first return what that did.
 *
 * Return: 0 or a negative errno.
 */
int dpdk_start(struct engine_error *error);

/* Gives back what DPDK can give back; every heap must be closed. Safe without dpdk_start(). */
void dpdk_stop(void);

/**
 * dpdk_heap_open() - make a heap
 * @heap:	filled; close it with dpdk_heap_close(), also after an error
 * @bytes:	how much memory, rounded up to huge pages; all of it is touched
 *
 * Return: 0 or a negative errno.
 */
int dpdk_heap_open(struct dpdk_heap *heap, size_t bytes);

/* Bytes that are in use of a heap. */
uint64_t dpdk_heap_used(const struct dpdk_heap *heap);

/* Frees a heap from which nothing is in use any more. */
void dpdk_heap_close(struct dpdk_heap *heap);

/**
 * dpdk_groups() - count the blocks of 256 addresses or nodes that a table needs beyond its first level
 * @table:	the routes
 * @family:	which of them
 * @bits:	of the address that the first level indexes
 *
 * Each distinct prefix of @bits, @bits + 8, ... bits that a longer route begins with needs one.
 */
size_t dpdk_groups(const struct table *table, uint8_t family, unsigned int bits);

/*
 * Bytes of IPv6 addresses as an argument: DPDK takes them as such up to 24.07, and from 24.11 on as
 * struct rte_ipv6_addr, which is nothing else. This becomes either. What DPDK reads only it has not
 * always declared const.
 */
static inline void *dpdk_addr6(const void *bytes)
{
	return (void *)(uintptr_t)bytes;
}

/* The address as DPDK takes it for IPv6. */
void dpdk_bytes(struct cvpn_lpm_addr addr, uint8_t bytes[16]);

/* The address as DPDK takes it for IPv4: host order. */
static inline uint32_t dpdk_v4(struct cvpn_lpm_addr addr)
{
	return (uint32_t)(addr.hi >> 32);
}

/* Key @i, changed in a bit or not: for lookups that need the last one's answer. */
static inline void dpdk_key6(const struct keys *keys, size_t i, uint32_t change, uint8_t key[16])
{
	uint64_t half;

	memcpy(key, keys->bytes[i], 16);
	memcpy(&half, key, sizeof(half));
	half ^= change;
	memcpy(key, &half, sizeof(half));
}

#endif
