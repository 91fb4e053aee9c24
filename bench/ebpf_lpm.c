/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes in BPF_MAP_TYPE_LPM_TRIE. */
#include "ebpf_lpm.h"

#include <bpf/bpf.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 4096u
/* What the kernel says of an operation that a type of map does not have; no errno of user space. */
#define KERNEL_ENOTSUPP 524

union lpm_key {
	struct ebpf_lpm4 v4;
	struct ebpf_lpm6 v6;
};

static size_t key_bytes(uint8_t family)
{
	return family == CVPN_LPM_IPV4 ? sizeof(struct ebpf_lpm4) : sizeof(struct ebpf_lpm6);
}

static union lpm_key make_key(const struct cvpn_lpm_prefix *prefix)
{
	uint64_t halves[2] = { htobe64(prefix->addr.hi), htobe64(prefix->addr.lo) };
	union lpm_key key = { .v6 = { .len = prefix->len } };

	if (prefix->family == CVPN_LPM_IPV4)
		key.v4.addr = htobe32((uint32_t)(prefix->addr.hi >> 32));
	else
		memcpy(key.v6.addr, halves, sizeof(halves));
	return key;
}

int ebpf_lpm_set(int map, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	union lpm_key key = make_key(prefix);
	uint32_t word = value;

	if (value == CVPN_LPM_NO_ROUTE)
		return bpf_map_delete_elem(map, &key);
	return bpf_map_update_elem(map, &key, &word, BPF_ANY);
}

/* What is put in by one call. */
struct batch {
	int map;
	uint8_t family;
	bool one_by_one; /* the kernel has no batches for this type */
	uint32_t count;
	uint8_t keys[BATCH * sizeof(union lpm_key)];
	uint32_t values[BATCH];
};

static int send_one_by_one(const struct batch *b)
{
	int err = 0;

	for (uint32_t i = 0; i < b->count && !err; i++)
		err = bpf_map_update_elem(b->map, b->keys + i * key_bytes(b->family), &b->values[i],
					  BPF_ANY);
	return err;
}

static int send_batch(struct batch *b)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	uint32_t count = b->count;
	int err = 0;

	if (!b->one_by_one)
		err = bpf_map_update_batch(b->map, b->keys, b->values, &count, &options);
	b->one_by_one |= err == -KERNEL_ENOTSUPP || err == -EINVAL;
	if (b->one_by_one)
		err = send_one_by_one(b);
	b->count = 0;
	return err;
}

static int add(struct batch *b, const struct linear_route *route)
{
	union lpm_key key = make_key(&route->prefix);

	memcpy(b->keys + b->count * key_bytes(b->family), &key, key_bytes(b->family));
	b->values[b->count++] = route->value;
	return b->count == BATCH ? send_batch(b) : 0;
}

int ebpf_lpm_fill(int map, const struct table *table, uint8_t family)
{
	struct batch *b = malloc(sizeof(*b));
	int err = 0;

	if (!b)
		return -ENOMEM;
	*b = (struct batch){ .map = map, .family = family };
	for (size_t i = 0; i < table->list.count && !err; i++) {
		if (table->linear[i].prefix.family == family)
			err = add(b, &table->linear[i]);
	}
	if (!err && b->count)
		err = send_batch(b);
	free(b);
	return err;
}
