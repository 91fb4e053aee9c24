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
#include "xdp0.bpf.skel.h"
#include "xdp1.bpf.skel.h"
#include "xdp2.bpf.skel.h"
#include "xdp3.bpf.skel.h"
#include "xdp4.bpf.skel.h"
#include "xdp5.bpf.skel.h"
#pragma GCC diagnostic pop

const void *(*const xdp_objects[EBPF_SHAPES])(size_t *bytes) = {
	xdp0_bpf__elf_bytes, xdp1_bpf__elf_bytes, xdp2_bpf__elf_bytes,
	xdp3_bpf__elf_bytes, xdp4_bpf__elf_bytes, xdp5_bpf__elf_bytes,
};
