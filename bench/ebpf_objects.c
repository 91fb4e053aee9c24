/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens and maps the compiled programs. Of their skeletons only the bytes are used: these differ in
 * the types of the variables, and one type serves all shapes.
 */
#include "ebpf_objects.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* Generated code, not ours to keep free of warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "ebpf0.bpf.skel.h"
#include "ebpf1.bpf.skel.h"
#include "ebpf2.bpf.skel.h"
#include "ebpf3.bpf.skel.h"
#include "ebpf4.bpf.skel.h"
#include "ebpf5.bpf.skel.h"
#include "xdp0.bpf.skel.h"
#include "xdp1.bpf.skel.h"
#include "xdp2.bpf.skel.h"
#include "xdp3.bpf.skel.h"
#include "xdp4.bpf.skel.h"
#include "xdp5.bpf.skel.h"
#pragma GCC diagnostic pop

ebpf_elf *const ebpf_lookup_elf[EBPF_SHAPES] = {
	ebpf0_bpf__elf_bytes, ebpf1_bpf__elf_bytes, ebpf2_bpf__elf_bytes,
	ebpf3_bpf__elf_bytes, ebpf4_bpf__elf_bytes, ebpf5_bpf__elf_bytes,
};

ebpf_elf *const ebpf_xdp_elf[EBPF_SHAPES] = {
	xdp0_bpf__elf_bytes, xdp1_bpf__elf_bytes, xdp2_bpf__elf_bytes,
	xdp3_bpf__elf_bytes, xdp4_bpf__elf_bytes, xdp5_bpf__elf_bytes,
};

struct bpf_object *ebpf_object_open(ebpf_elf *elf)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "cvpn_bench");
	size_t bytes;
	const void *at = elf(&bytes);

	libbpf_set_print(NULL);
	return bpf_object__open_mem(at, bytes, &options);
}

int ebpf_object_map(const struct bpf_object *object, void **memory, size_t *bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".bss");
	void *at;

	*bytes = (bpf_map__value_size(map) + page - 1) / page * page;
	at = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (at == MAP_FAILED)
		return -errno;
	*memory = at;
	return 0;
}
