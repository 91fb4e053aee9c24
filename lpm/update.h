/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes one area of a published image while readers are in it. */
#ifndef LPM_UPDATE_H
#define LPM_UPDATE_H

#include "routes.h"
#include "store.h"

/* Memory for the routes of an area, kept from one update to the next. */
struct route_buffer {
	struct route_entry *entries;
	size_t capacity;
};

/**
 * cvpn_lpm_update_image() - make the image agree with the routes in one part of the address space
 * @store:	published
 * @set:	the routes as they are to be
 * @family:	of @set
 * @cover:	holds all prefixes that have changed
 * @buffer:	zeroed before its first use; the caller frees its entries
 *
 * The change becomes visible by a single store: each lookup finds all of it or nothing. What is
 * no longer linked is retired.
 *
 * Return: 0; -EAGAIN when only a new image will do (@cover spans slots of the root, a value is too
 * wide); -ENOSPC when the image has no room; -ENOMEM. After an error the image says what it did.
 */
int cvpn_lpm_update_image(struct store *store, const struct route_set *set, unsigned int family,
			  const struct cvpn_lpm_prefix *cover, struct route_buffer *buffer);

#endif
