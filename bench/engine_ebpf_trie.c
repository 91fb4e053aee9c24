/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of lpm/ with its image where BPF programs read it, and a program that does. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "ebpf.h"
#include "ebpf_shape.h"
#include "map_free.h"

struct mirror {
	struct ebpf ebpf;
	unsigned int shape;
	struct cvpn_lpm *lpm;
};

/* Makes a mirrored table of a family's routes. On error there is none. */
static int make_table(const struct table *table, uint8_t family, const struct cvpn_lpm_shape *shape,
		      void *memory, struct cvpn_lpm **lpm)
{
	int err = cvpn_lpm_create_mirrored(lpm, memory, shape);

	if (err < 0)
		return err;
	err = table_insert(table, family, *lpm);
	if (err < 0)
		cvpn_lpm_destroy(*lpm);
	return err;
}

static void free_state(struct engine_state *state)
{
	struct mirror *mirror = (struct mirror *)state;

	cvpn_lpm_destroy(mirror->lpm);
	ebpf_close(&mirror->ebpf);
	free(mirror);
}

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));
	int err;

	if (!mirror) {
		engine_error_set(error, "not enough memory");
		return -ENOMEM;
	}
	mirror->shape = ebpf_shape_for(table);
	if (mirror->shape == EBPF_SHAPES) {
		engine_error_set(error, "the table is too large for the largest mirror");
		free(mirror);
		return -E2BIG;
	}
	err = ebpf_open(&mirror->ebpf, EBPF_TRIE, mirror->shape, table, family, 1, error);
	if (!err) {
		err = make_table(table, family, mirror->ebpf.shape, mirror->ebpf.memory,
				 &mirror->lpm);
		if (err)
			engine_error_set(error, "making the mirrored table failed: %s",
					 strerror(-err));
	}
	if (err) {
		mirror->lpm = NULL;
		free_state(&mirror->ebpf.head);
		return err;
	}
	*state = &mirror->ebpf.head;
	return 0;
}

/* From a map that is not there to a table that a program could read. */
static int build_once(const struct mirror *mirror, int *map, void **memory, struct cvpn_lpm **lpm)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	const struct cvpn_lpm_shape *shape = mirror->ebpf.shape;
	char name[MAP_FREE_NAME];
	int err;

	map_free_name(name);
	*map = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), shape->bytes, 1,
			      &options);
	if (*map < 0)
		return *map;
	*memory = mmap(NULL, shape->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *map, 0);
	err = *memory == MAP_FAILED ? -errno : 0;
	if (!err) {
		err = make_table(mirror->ebpf.head.table, mirror->ebpf.head.family, shape, *memory,
				 lpm);
		if (err)
			munmap(*memory, shape->bytes);
	}
	if (err)
		close(*map);
	return err;
}

static int64_t rebuild(struct engine_state *state, unsigned int way, int64_t *free_ns)
{
	const struct mirror *mirror = (const struct mirror *)state;
	uint64_t start = clock_ns(), built;
	struct cvpn_lpm *lpm = NULL;
	void *memory = NULL;
	int map, err = build_once(mirror, &map, &memory, &lpm);

	(void)way;
	if (err)
		return err;
	built = clock_ns();
	cvpn_lpm_destroy(lpm);
	munmap(memory, mirror->ebpf.shape->bytes);
	close(map);
	*free_ns = map_free_wait();
	if (*free_ns >= 0)
		*free_ns -= (int64_t)built;
	return (int64_t)(built - start);
}

static uint64_t bytes(const struct engine_state *state, unsigned int way)
{
	(void)way;
	return ((const struct mirror *)state)->ebpf.shape->bytes;
}

static int push(struct engine_state *state, const struct linear_route *routes, size_t n)
{
	return table_change(((struct mirror *)state)->lpm, routes, n);
}

static int update(struct engine_state *state, unsigned int way,
		  const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	(void)way;
	return push(state, &(struct linear_route){ *prefix, value }, 1);
}

const struct engine engine_ebpf_trie = {
	.name = "ebpf-trie",
	.what = "the trie's mirror, read by a BPF program",
	EBPF_ENGINE,
	.start = ebpf_start,
	.stop = ebpf_stop,
	.build = build,
	.free = free_state,
	.rebuild = rebuild,
	.bytes = bytes,
	.update = update,
	.push = push,
};
