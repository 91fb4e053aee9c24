/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the DPDK engines in a build without DPDK: says so when they are asked for. */
#include <errno.h>

#include "engine.h"

static int start(struct engine_error *error)
{
	engine_error_set(error,
			 "this build has no DPDK; install libdpdk-dev (dpdk-devel) and build "
			 "with it (meson setup -Ddpdk=enabled)");
	return -ENOTSUP;
}

const struct engine engine_dpdk_fib = { .name = "dpdk-fib", .for_compare = true, .start = start };
const struct engine engine_dpdk_lpm = { .name = "dpdk-lpm", .for_compare = true, .start = start };
