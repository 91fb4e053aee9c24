/* SPDX-License-Identifier: BSD-2-Clause */
/* The BPF programs that are compiled once for each shape of a mirror, as the program embeds them. */
#ifndef BENCH_EBPF_OBJECTS_H
#define BENCH_EBPF_OBJECTS_H

#include <stddef.h>

#include "ebpf_shared.h"

struct bpf_object;

/* By number of the shape: where the object is, and how many bytes it has. */
typedef const void *ebpf_elf(size_t *bytes);

extern ebpf_elf *const ebpf_lookup_elf[EBPF_SHAPES]; /* of ebpf.bpf.c */
extern ebpf_elf *const ebpf_xdp_elf[EBPF_SHAPES];    /* of xdp.bpf.c */

/* Opens an object, silently: what libbpf would print is said by tun_error_bpf(). NULL with errno. */
struct bpf_object *ebpf_object_open(ebpf_elf *elf);

/*
 * Maps the global variables of a loaded object's programs. Returns 0 or a negative errno; the caller
 * unmaps @bytes of @memory.
 */
int ebpf_object_map(const struct bpf_object *object, void **memory, size_t *bytes);

#endif
