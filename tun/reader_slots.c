/* SPDX-License-Identifier: BSD-2-Clause */
/* The room that a reader reads a burst into. */
#include "reader_slots.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

static_assert(READER_SLOTS_BYTES <= READER_SLOTS_ROOM, "a burst fits into one page");

uint8_t *reader_slots_alloc(void)
{
	uint8_t *slots = aligned_alloc(READER_SLOTS_ROOM, READER_SLOTS_ROOM);

	/* Advice: without a huge page all works the same. */
	if (slots)
		(void)madvise(slots, READER_SLOTS_ROOM, MADV_HUGEPAGE);
	return slots;
}
