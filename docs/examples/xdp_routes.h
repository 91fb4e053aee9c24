/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the program in the kernel and the one in user space agree on. */
#ifndef XDP_ROUTES_H
#define XDP_ROUTES_H

#include <cvpn/lpm_mirror.h>

/* Room for some thousand routes with values of 2 bits. */
#define MIRROR_BYTES (2u << 20)

static const struct cvpn_lpm_shape shape = { MIRROR_BYTES, 2, { 14, 14 } };

/* What values mean; 0 is an address without a route. */
enum verdict { NO_ROUTE, ALLOW, DENY, VERDICTS };

#endif
