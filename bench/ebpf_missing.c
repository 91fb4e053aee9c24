/* SPDX-License-Identifier: BSD-2-Clause */
/* The engines in the kernel where the program was built without them. */
#include <errno.h>

#include "engine.h"

static int start(struct engine_error *error)
{
	engine_error_set(error, "this build has no BPF programs; install clang, bpftool and "
				"libbpf-dev, and build again");
	return -ENOTSUP;
}

const struct engine engine_ebpf_trie = {
	.name = "ebpf-trie",
	.what = "the trie's mirror, read by a BPF program",
	.for_compare = true,
	.start = start,
};

const struct engine engine_ebpf_lpm = {
	.name = "ebpf-lpm",
	.what = "BPF_MAP_TYPE_LPM_TRIE",
	.for_compare = true,
	.start = start,
};

const struct engine engine_kernel_fib = {
	.name = "kernel-fib",
	.what = "the kernel's own routes, by bpf_fib_lookup()",
	.for_compare = true,
	.start = start,
};
