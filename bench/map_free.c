/* SPDX-License-Identifier: BSD-2-Clause */
/* Watches the kernel free BPF maps. Its side is map_free.bpf.c. */
#include "map_free.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

/* Generated code, not ours to keep free of warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "map_free.bpf.skel.h"
#pragma GCC diagnostic pop

#define WAIT_NS (60 * (int64_t)NS_PER_S)
#define NAP_US	200

static struct map_free_bpf *skeleton;
static unsigned int names;

int map_free_start(struct engine_error *error)
{
	int err;

	if (skeleton)
		return 0;
	skeleton = map_free_bpf__open_and_load();
	err = skeleton ? map_free_bpf__attach(skeleton) : -errno;
	if (!err)
		return 0;
	map_free_bpf__destroy(skeleton);
	skeleton = NULL;
	engine_error_set(error,
			 "the kernel does not let BPF programs watch its work queues (%s), so the "
			 "time that it takes to free a map is not known; it needs CAP_PERFMON and "
			 "a kernel with CONFIG_DEBUG_INFO_BTF",
			 strerror(-err));
	return err;
}

void map_free_stop(void)
{
	map_free_bpf__destroy(skeleton);
	skeleton = NULL;
}

void map_free_name(char name[MAP_FREE_NAME])
{
	memset(name, 0, MAP_FREE_NAME);
	snprintf(name, MAP_FREE_NAME, "cvpn%x_%x", (unsigned int)getpid(), names++);
	if (!skeleton)
		return;
	memcpy(skeleton->bss->watched, name, MAP_FREE_NAME);
	skeleton->bss->worker = 0;
	skeleton->bss->freed_at = 0;
}

int64_t map_free_wait(void)
{
	uint64_t start = clock_ns(), at;

	if (!skeleton)
		return -ENOTSUP;
	while (!(at = __atomic_load_n(&skeleton->bss->freed_at, __ATOMIC_RELAXED))) {
		if ((int64_t)(clock_ns() - start) > WAIT_NS)
			return -ETIMEDOUT;
		usleep(NAP_US);
	}
	return (int64_t)at;
}
