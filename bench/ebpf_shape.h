/* SPDX-License-Identifier: BSD-2-Clause */
/* Which shape of a mirror fits a table. */
#ifndef BENCH_EBPF_SHAPE_H
#define BENCH_EBPF_SHAPE_H

#include "ebpf_shared.h"
#include "table.h"

/* By number, as programs are compiled for them. */
extern const struct cvpn_lpm_shape ebpf_shapes[EBPF_SHAPES];

/* The number of the smallest shape with room for a table and its updates; EBPF_SHAPES: none. */
unsigned int ebpf_shape_for(const struct table *table);

#endif
