/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the sources with BPF in a build without: says so when asked for. */
#include <errno.h>

#include "source.h"

static int load(struct source **source, struct tun_error *error)
{
	(void)source;
	tun_error_set(error, "this build has no BPF sources; build with clang, bpftool and libbpf "
			     "(meson setup -Dbpf=enabled)");
	return -ENOTSUP;
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.what = "not in this build",
	.load = load,
};

const struct source_ops source_live = {
	.name = "live",
	.what = "not in this build",
	.load = load,
};
