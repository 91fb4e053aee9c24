// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Tells when the kernel has given a BPF map's memory back: that happens some time after its last
 * user has gone, as a piece of work on a queue (bpf_map_free_deferred() in kernel/bpf/syscall.c).
 * Watches the beginning and the end of each such piece, by tracepoints that every kernel has. The map
 * is known by its name, which is gone with it: so its worker is noted when that begins.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "map_free_shared.h"

/* The parts of the kernel's structures that are read; where they are is found when loading. */
struct work_struct {
	long data;
} __attribute__((preserve_access_index));

struct bpf_map {
	struct work_struct work;
	char name[MAP_FREE_NAME];
} __attribute__((preserve_access_index));

char watched[MAP_FREE_NAME]; /* the name, filled up with zeros */
__u64 worker;		     /* the thread that frees the map, 0: none does */
__u64 freed_at;		     /* CLOCK_MONOTONIC in ns, 0: not yet */

/* What is no map has no name of ours where a map has it, and is read as safely. */
SEC("raw_tp/workqueue_execute_start")
int map_freeing(struct bpf_raw_tracepoint_args *ctx)
{
	struct bpf_map *map = (void *)ctx->args[0] - bpf_core_field_offset(struct bpf_map, work);
	char name[MAP_FREE_NAME] = { 0 };

	bpf_core_read_str(name, sizeof(name), &map->name);
	for (int i = 0; i < MAP_FREE_NAME; i++) {
		if (name[i] != watched[i])
			return 0;
		if (!name[i])
			break;
	}
	worker = bpf_get_current_pid_tgid();
	return 0;
}

SEC("raw_tp/workqueue_execute_end")
int map_freed(struct bpf_raw_tracepoint_args *ctx)
{
	(void)ctx;
	if (worker && worker == bpf_get_current_pid_tgid()) {
		worker = 0;
		freed_at = bpf_ktime_get_ns();
	}
	return 0;
}

char map_free_license[] SEC("license") = "Dual BSD/GPL";
