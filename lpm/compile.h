/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the exact prefixes of both families into an image. */
#ifndef LPM_COMPILE_H
#define LPM_COMPILE_H

#include <cvpn/lpm_image.h>

#include "routes.h"

/**
 * compile_image() - make an image of two sets of prefixes
 * @sets:	one a family, by enum cvpn_lpm_family; not changed
 * @image:	where to store it; the caller frees it with free()
 *
 * Return: 0; -ENOMEM; -E2BIG for an image whose offsets do not fit.
 */
int compile_image(const struct route_set sets[CVPN_LPM_FAMILIES], struct cvpn_lpm_image **image);

#endif
