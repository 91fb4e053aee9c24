/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting DPDK inside this process, without a trace, and memory for its tables. */
#include <string.h>

#include "dpdk.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_malloc.h>

#include "../lpm/prefix.h"

#define HUGE_PAGE ((size_t)2 << 20)
/* EAL's own heap, for what is small: tables have theirs. */
#define EAL_MEGABYTES "64"
/* EAL makes its folder of sockets and locks within the one that this names. */
#define FOLDER_VARIABLE "RUNTIME_DIRECTORY"

static struct {
	bool tried;
	bool running;
	int err;
	struct engine_error error;
	char *log; /* what EAL would have printed */
	size_t log_bytes;
	FILE *log_stream;
	unsigned int heaps; /* made so far, for their names */
} dpdk;

/* The last line of what EAL said is the most specific one. */
static const char *last_line(void)
{
	char *line;

	fflush(dpdk.log_stream);
	while (dpdk.log_bytes && dpdk.log[dpdk.log_bytes - 1] == '\n')
		dpdk.log[--dpdk.log_bytes] = '\0';
	line = dpdk.log ? strrchr(dpdk.log, '\n') : NULL;
	return line ? line + 1 : dpdk.log && dpdk.log[0] ? dpdk.log : "EAL does not say why";
}

/* Calls rte_eal_init(), which moves the calling thread to one core. */
static int init_eal(void)
{
	char lcores[32];
	char *argv[] = { (char[]){ "cvpn-bench" },
			 (char[]){ "--no-huge" },
			 (char[]){ "--no-pci" },
			 (char[]){ "--no-shconf" },
			 (char[]){ "--no-telemetry" },
			 (char[]){ "--iova-mode=va" },
			 (char[]){ "--force-max-simd-bitwidth=512" },
			 (char[]){ "--log-level=*:error" },
			 (char[]){ "-m" },
			 (char[]){ EAL_MEGABYTES },
			 lcores,
			 NULL };
	int core = sched_getcpu(), err = 0;
	cpu_set_t cores;

	if (core < 0 || sched_getaffinity(0, sizeof(cores), &cores) < 0)
		return -errno;
	snprintf(lcores, sizeof(lcores), "--lcores=0@%d", core);
	if (rte_eal_init((int)(sizeof(argv) / sizeof(argv[0])) - 1, argv) < 0)
		err = rte_errno ? -rte_errno : -EIO;
	if (sched_setaffinity(0, sizeof(cores), &cores) < 0 && !err)
		err = -errno;
	return err;
}

/* The same, with its folder in a place where none can be made: EAL does without. */
static int init_eal_without_folder(void)
{
	const char *folder = getenv(FOLDER_VARIABLE);
	char *before = folder ? strdup(folder) : NULL;
	int err = -ENOMEM;

	if (folder && !before)
		return err;
	if (setenv(FOLDER_VARIABLE, "/dev/null", 1) == 0)
		err = init_eal();
	if (before)
		setenv(FOLDER_VARIABLE, before, 1);
	else
		unsetenv(FOLDER_VARIABLE);
	free(before);
	return err;
}

int dpdk_start(struct engine_error *error)
{
	if (!dpdk.tried) {
		dpdk.tried = true;
		dpdk.err = -ENOMEM;
		engine_error_set(&dpdk.error, "not enough memory");
		dpdk.log_stream = open_memstream(&dpdk.log, &dpdk.log_bytes);
		if (dpdk.log_stream && rte_openlog_stream(dpdk.log_stream) == 0) {
			dpdk.err = init_eal_without_folder();
			dpdk.running = !dpdk.err;
		}
		if (dpdk.log_stream && dpdk.err)
			engine_error_set(&dpdk.error,
					 "DPDK can not start: %s (%s); it needs " EAL_MEGABYTES
					 " MiB of memory and a memory limit (ulimit -v, cgroup) "
					 "that allows for it",
					 last_line(), strerror(-dpdk.err));
	}
	if (dpdk.err)
		*error = dpdk.error;
	return dpdk.err;
}

void dpdk_stop(void)
{
	if (dpdk.running) {
		rte_eal_cleanup();
		dpdk.running = false;
		dpdk.err = -EALREADY;
		engine_error_set(&dpdk.error, "DPDK starts once in a process, and was stopped");
	}
	if (!dpdk.log_stream)
		return;
	rte_openlog_stream(NULL);
	fclose(dpdk.log_stream);
	dpdk.log_stream = NULL;
	free(dpdk.log);
	dpdk.log = NULL;
}

/* Anonymous memory at a multiple of HUGE_PAGE, in huge pages where the machine has them to give. */
static void *map_huge(size_t bytes)
{
	uint8_t *at = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (at == MAP_FAILED)
		return NULL;
	before = HUGE_PAGE - (uintptr_t)at % HUGE_PAGE;
	munmap(at, before);
	if (before < HUGE_PAGE)
		munmap(at + before + bytes, HUGE_PAGE - before);
	(void)madvise(at + before, bytes, MADV_HUGEPAGE);
	return at + before;
}

int dpdk_heap_open(struct dpdk_heap *heap, size_t bytes)
{
	*heap = (struct dpdk_heap){ .bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE };
	snprintf(heap->name, sizeof(heap->name), "table%u", dpdk.heaps++);
	heap->memory = map_huge(heap->bytes);
	if (!heap->memory)
		return -ENOMEM;
	if (rte_malloc_heap_create(heap->name) < 0)
		return -rte_errno;
	heap->created = true;
	if (rte_malloc_heap_memory_add(heap->name, heap->memory, heap->bytes, NULL, 0, HUGE_PAGE) <
	    0)
		return -rte_errno;
	heap->socket = rte_malloc_heap_get_socket(heap->name);
	return heap->socket < 0 ? -rte_errno : 0;
}

uint64_t dpdk_heap_used(const struct dpdk_heap *heap)
{
	struct rte_malloc_socket_stats stats;

	return rte_malloc_get_socket_stats(heap->socket, &stats) < 0 ? 0 : stats.heap_allocsz_bytes;
}

void dpdk_heap_close(struct dpdk_heap *heap)
{
	if (heap->created) {
		(void)rte_malloc_heap_memory_remove(heap->name, heap->memory, heap->bytes);
		(void)rte_malloc_heap_destroy(heap->name);
	}
	if (heap->memory)
		munmap(heap->memory, heap->bytes);
	*heap = (struct dpdk_heap){ .socket = 0 };
}

size_t dpdk_groups(const struct table *table, uint8_t family, unsigned int bits)
{
	const struct cvpn_lpm_prefix *last[CVPN_LPM_FAMILIES * 128 / 8] = { NULL };
	size_t groups = 0;

	/* Sorted: routes with equal first bits follow one another, among the longer ones, too. */
	for (size_t i = 0; i < table->list.count; i++) {
		const struct cvpn_lpm_prefix *prefix = &table->list.routes[i].prefix;

		if (prefix->family != family)
			continue;
		for (unsigned int at = bits; at < prefix->len; at += 8) {
			const struct cvpn_lpm_prefix *before = last[at / 8];

			if (!before || addr_common(before->addr, prefix->addr) < at)
				groups++;
			last[at / 8] = prefix;
		}
	}
	return groups;
}

void dpdk_bytes(struct cvpn_lpm_addr addr, uint8_t bytes[16])
{
	uint64_t halves[2] = { htobe64(addr.hi), htobe64(addr.lo) };

	memcpy(bytes, halves, sizeof(halves));
}
