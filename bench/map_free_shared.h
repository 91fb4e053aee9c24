/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What map_free.c and its BPF programs share. */
#ifndef BENCH_MAP_FREE_SHARED_H
#define BENCH_MAP_FREE_SHARED_H

#define MAP_FREE_NAME 16 /* bytes of a map's name: BPF_OBJ_NAME_LEN */

#endif
