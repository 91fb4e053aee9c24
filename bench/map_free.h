/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding out how long the kernel takes to free a BPF map. One thread. */
#ifndef BENCH_MAP_FREE_H
#define BENCH_MAP_FREE_H

#include <stdint.h>

#include "engine.h"
#include "map_free_shared.h"

/*
 * Watches maps being freed until map_free_stop(), whoever calls that; again, it does nothing. Returns
 * 0 or a negative errno with @error filled: then map_free_wait() has no answers.
 */
int map_free_start(struct engine_error *error);
void map_free_stop(void);

/* Gives out a name for a map that is to be watched; at most one is at a time. */
void map_free_name(char name[MAP_FREE_NAME]);

/*
 * Waits until the map with the name given out last, which has no user any more, is freed. Returns
 * when that was, as clock_ns(); -ETIMEDOUT after a minute; -ENOTSUP if nothing watches.
 */
int64_t map_free_wait(void);

#endif
