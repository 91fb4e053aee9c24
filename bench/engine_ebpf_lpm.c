/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own longest-prefix match for BPF programs, BPF_MAP_TYPE_LPM_TRIE, as an engine. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ebpf.h"
#include "ebpf_lpm.h"
#include "map_free.h"

/* Room for a route that is put back before another is taken out. */
#define MORE_ROUTES 1024u

struct lpm_map {
	struct ebpf ebpf;
	int map;
};

static void free_state(struct engine_state *state)
{
	ebpf_close(&((struct lpm_map *)state)->ebpf);
	free(state);
}

static size_t max_routes(const struct table *table, uint8_t family)
{
	return table->list.of_family[family] + MORE_ROUTES;
}

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	struct lpm_map *lpm = calloc(1, sizeof(*lpm));
	int err;

	if (!lpm) {
		engine_error_set(error, "not enough memory");
		return -ENOMEM;
	}
	err = ebpf_open(&lpm->ebpf, EBPF_LPM, 0, table, family, max_routes(table, family), error);
	if (!err) {
		lpm->map = ebpf_map(&lpm->ebpf, family == CVPN_LPM_IPV4 ? "lpm4" : "lpm6");
		err = ebpf_lpm_fill(lpm->map, table, family);
		if (err)
			engine_error_set(error, "filling the map failed: %s", strerror(-err));
	}
	if (err) {
		free_state(&lpm->ebpf.head);
		return err;
	}
	*state = &lpm->ebpf.head;
	return 0;
}

static int64_t rebuild(struct engine_state *state, unsigned int way, int64_t *free_ns)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	size_t key = state->family == CVPN_LPM_IPV4 ? sizeof(struct ebpf_lpm4)
						    : sizeof(struct ebpf_lpm6);
	uint64_t start = clock_ns(), built;
	char name[MAP_FREE_NAME];
	int map, err;

	(void)way;
	map_free_name(name);
	map = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, name, (uint32_t)key, sizeof(uint32_t),
			     (uint32_t)max_routes(state->table, state->family), &options);
	if (map < 0)
		return map;
	err = ebpf_lpm_fill(map, state->table, state->family);
	built = clock_ns();
	close(map);
	*free_ns = map_free_wait();
	if (*free_ns >= 0)
		*free_ns -= (int64_t)built;
	return err ? err : (int64_t)(built - start);
}

/* As the kernel counts it: elements, not the nodes between them nor what the allocator rounds up. */
static uint64_t bytes(const struct engine_state *state, unsigned int way)
{
	unsigned long long memory = 0;
	char path[48], line[128];
	FILE *in;

	(void)way;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", ((const struct lpm_map *)state)->map);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "memlock: %llu", &memory) == 1)
			break;
	}
	if (in)
		fclose(in);
	return memory;
}

static int update(struct engine_state *state, unsigned int way,
		  const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	(void)way;
	return ebpf_lpm_set(((struct lpm_map *)state)->map, prefix, value);
}

const struct engine engine_ebpf_lpm = {
	.name = "ebpf-lpm",
	.what = "BPF_MAP_TYPE_LPM_TRIE",
	EBPF_ENGINE,
	.start = ebpf_start,
	.stop = ebpf_stop,
	.build = build,
	.free = free_state,
	.rebuild = rebuild,
	.bytes = bytes,
	.update = update,
};
