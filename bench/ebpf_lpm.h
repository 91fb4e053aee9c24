/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling a BPF_MAP_TYPE_LPM_TRIE with routes. */
#ifndef BENCH_EBPF_LPM_H
#define BENCH_EBPF_LPM_H

#include "ebpf_shared.h"
#include "table.h"

/*
 * Adds all routes of a family to a map with keys of struct ebpf_lpm4 or ebpf_lpm6, in batches if the
 * kernel takes those (Linux 5.9 has them for this type). Returns 0 or a negative errno.
 */
int ebpf_lpm_fill(int map, const struct table *table, uint8_t family);

/* Gives a prefix another value; CVPN_LPM_NO_ROUTE takes it out. Returns 0 or a negative errno. */
int ebpf_lpm_set(int map, const struct cvpn_lpm_prefix *prefix, uint16_t value);

#endif
