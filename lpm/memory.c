/* SPDX-License-Identifier: BSD-2-Clause */
/* Huge pages for what is large. */
#include "memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#define LINE	  ((size_t)64)	    /* bytes */
#define HUGE_PAGE ((size_t)2 << 20) /* bytes, on x86-64 and on aarch64 with 4 KiB pages */

void *cvpn_lpm_memory(size_t bytes)
{
	void *memory;

	if (bytes < HUGE_PAGE / 2)
		return aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
	bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	memory = aligned_alloc(HUGE_PAGE, bytes);
	/* Advice: without huge pages all works the same. */
	if (memory)
		(void)madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}
