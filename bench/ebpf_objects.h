/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs of ebpf.bpf.c as compiled for each shape of a mirror. */
#ifndef BENCH_EBPF_OBJECTS_H
#define BENCH_EBPF_OBJECTS_H

struct bpf_object;

/* Opens those for the shape of this number. NULL with errno on error. */
struct bpf_object *ebpf_object_open(unsigned int shape);

#endif
