/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiled xdp.bpf.c of each shape, as it is embedded in the program. */
#ifndef BENCH_XDP_OBJECTS_H
#define BENCH_XDP_OBJECTS_H

#include <stddef.h>

#include "ebpf_shared.h"

/* By number of the shape: where the object is, and how many bytes it has. */
extern const void *(*const xdp_objects[EBPF_SHAPES])(size_t *bytes);

#endif
