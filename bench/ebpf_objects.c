/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiled programs are in the binary; of their skeletons only the object itself is used. */
#include "ebpf_objects.h"

#include <bpf/libbpf.h>
#include <stddef.h>

#include "ebpf_shared.h"

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
#pragma GCC diagnostic pop

struct bpf_object *ebpf_object_open(unsigned int shape)
{
	static const void *(*const bytes[EBPF_SHAPES])(size_t *) = {
		ebpf0_bpf__elf_bytes, ebpf1_bpf__elf_bytes, ebpf2_bpf__elf_bytes,
		ebpf3_bpf__elf_bytes, ebpf4_bpf__elf_bytes, ebpf5_bpf__elf_bytes,
	};
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "cvpn_bench");
	size_t size;
	const void *elf = bytes[shape](&size);

	return bpf_object__open_mem(elf, size, &options);
}
