/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Embeds the compiled programs. Of the skeletons only the bytes are used: they differ in the types
 * of the variables, and one type serves all shapes.
 */
#include "xdp_objects.h"

/* Generated code, not ours to keep free of warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "xdp_0.bpf.skel.h"
#include "xdp_1.bpf.skel.h"
#include "xdp_2.bpf.skel.h"
#include "xdp_3.bpf.skel.h"
#include "xdp_4.bpf.skel.h"
#pragma GCC diagnostic pop

const void *(*const xdp_objects[EBPF_SHAPES])(size_t *bytes) = {
	xdp_0_bpf__elf_bytes, xdp_1_bpf__elf_bytes, xdp_2_bpf__elf_bytes,
	xdp_3_bpf__elf_bytes, xdp_4_bpf__elf_bytes,
};
