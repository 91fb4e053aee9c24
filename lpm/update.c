/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An update compiles the smallest area that an entry leads to and that holds the change, beside the
 * old one, and then replaces that entry.
 *
 * Why a lookup finds all of a change or nothing of it: every block has one entry that leads to it,
 * but for leaves, which are never written once they are linked. So all that differs hangs on the
 * one word that is replaced, by a store that orders what was written before it (release); a reader
 * comes to the new blocks by the address it loads there.
 *
 * Why no reader is in a block that is used again: it was retired after the entry had been replaced,
 * and cvpn_lpm_store_reclaim() waits for a grace period before it frees what was retired by then.
 */
#include "update.h"

#include <errno.h>
#include <stdlib.h>

#include "compile.h"
#include "prefix.h"

#define FIRST_ENTRIES 256u

/* Where the entry of an area is, and at which bit its area begins. */
struct place {
	uint32_t link; /* index of a word; 0 is the image's header, so no place */
	unsigned int pos;
};

static struct place find_place(const struct store *store, unsigned int family,
			       const struct cvpn_lpm_prefix *cover)
{
	const struct cvpn_lpm_image *image = (const void *)store->words;
	uint32_t entry = image->tree[family].root;
	struct place place = { 0, 0 };

	while (entry & CVPN_LPM_WALK && cover->len >= place.pos + cvpn_lpm_stride(entry)) {
		uint32_t rest = cvpn_lpm_rest6(cover->addr.hi, cover->addr.lo, place.pos);
		uint32_t slot = cvpn_lpm_slot(entry, rest), at = cvpn_lpm_block(entry);

		if (entry & CVPN_LPM_SKIP) {
			/* Beside what a skip leads to there is nothing yet: the skip itself changes. */
			if (slot != store->words[at + CVPN_LPM_SKIP_EXPECTED])
				break;
			slot = CVPN_LPM_SKIP_HIT;
		}
		place.link = at + slot;
		place.pos += cvpn_lpm_stride(entry);
		entry = store->words[place.link];
	}
	return place;
}

/* Lists the routes of an area, with memory as needed. */
static int list_routes(const struct route_set *set, const struct cvpn_lpm_prefix *cover,
		       struct area *area, struct route_buffer *buffer)
{
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_ENTRIES;

	for (;;) {
		if (capacity > buffer->capacity) {
			struct route_entry *entries = realloc(buffer->entries,
							      capacity * sizeof(*entries));

			if (!entries)
				return -ENOMEM;
			*buffer = (struct route_buffer){ entries, capacity };
		}
		area->count = cvpn_lpm_route_set_list_in(set, cover->addr, area->pos, &area->value,
							 buffer->entries, buffer->capacity);
		area->routes = buffer->entries;
		if (area->count <= buffer->capacity)
			return 0;
		capacity = area->count;
	}
}

static bool fits_width(const struct store *store, unsigned int family, const struct area *area)
{
	uint32_t all = area->value;

	for (size_t i = 0; i < area->count; i++)
		all |= area->routes[i].value;
	return !(all >> (1u << store->leaves[family].width_shift));
}

int cvpn_lpm_update_image(struct store *store, const struct route_set *set, unsigned int family,
			  const struct cvpn_lpm_prefix *cover, struct route_buffer *buffer)
{
	struct compiler compiler = { .store = store,
				     .family = family,
				     .spend = cvpn_lpm_compile_spend(set->count) };
	struct place place = find_place(store, family, cover);
	struct area area = { .pos = place.pos };
	uint32_t old, entry;
	int err;

	if (!place.link)
		return -EAGAIN;
	err = list_routes(set, cover, &area, buffer);
	if (err < 0)
		return err;
	if (!fits_width(store, family, &area))
		return -EAGAIN;
	err = cvpn_lpm_compile_area(&compiler, &area, &entry);
	if (err < 0)
		return err;
	old = store->words[place.link];
	__atomic_store_n(&store->words[place.link], entry, __ATOMIC_RELEASE);
	cvpn_lpm_compile_release(store, family, old);
	return 0;
}
