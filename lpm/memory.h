/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that lookups and updates go all over. */
#ifndef LPM_MEMORY_H
#define LPM_MEMORY_H

#include <stddef.h>

/*
 * At least @bytes, aligned to a cache line; free() frees it. A large piece gets whole huge pages
 * where the kernel gives them: with small ones each access would wait for an address translation,
 * too. Returns NULL if there is no memory.
 */
void *cvpn_lpm_memory(size_t bytes);

#endif
