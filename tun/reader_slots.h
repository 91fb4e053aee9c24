/* SPDX-License-Identifier: BSD-2-Clause */
/* The room that a reader reads a burst into. */
#ifndef TUN_READER_SLOTS_H
#define TUN_READER_SLOTS_H

#include <stdint.h>

#include "reader.h"

/*
 * The room for one packet. Whole cache lines, but an odd number of them: with a power of two every
 * packet's header would fall into the same few sets of the first-level cache.
 */
#define READER_SLOT_BYTES  (2048u + 64u)
#define READER_SLOTS_BYTES (READER_BURST * READER_SLOT_BYTES)
/* What the slots are taken from, a huge page: all of it is locked when they are registered. */
#define READER_SLOTS_ROOM ((size_t)2 << 20)

/**
 * reader_slots_alloc() - room for a burst
 *
 * On a huge page where the kernel gives one: then the headers of a whole burst need one address
 * translation, and not one for every other packet.
 *
 * Return: READER_BURST slots of READER_SLOT_BYTES, to be freed with free(); NULL without memory.
 */
uint8_t *reader_slots_alloc(void);

#endif
