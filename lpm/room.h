/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds room in an image that is full. */
#ifndef LPM_ROOM_H
#define LPM_ROOM_H

#include "store.h"

/**
 * cvpn_lpm_make_room() - make free what is not in use, where -ENOSPC came up
 * @store:	published; nothing hangs on anything but its roots
 *
 * Waits for a grace period and makes the retired blocks free. An image that has a home stays there
 * for good, so there this also takes out constants that no entry leads to any more, and puts free
 * blocks that lie side by side together, so that blocks of other sizes can be made of them.
 */
void cvpn_lpm_make_room(struct store *store);

#endif
