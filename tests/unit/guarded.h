/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory between pages that can not be touched. It shows what AddressSanitizer does not see: vector
 * loads, gathers and stores that reach beyond the memory's end.
 */
#ifndef TESTS_GUARDED_H
#define TESTS_GUARDED_H

#include <stddef.h>

struct guarded {
	void *data; /* as many bytes as asked for, ending where the page behind begins */
	void *map;
	size_t map_bytes;
};

/* The memory is aligned as far as @bytes is a multiple of the alignment. Ends with guarded_free(). */
struct guarded guarded_alloc(size_t bytes);
void guarded_free(struct guarded *memory);

#endif
