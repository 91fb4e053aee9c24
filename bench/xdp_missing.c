/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for xdp_programs.c in a build without BPF: says so when they are to be loaded. */
#include <errno.h>

#include "xdp_programs.h"

int xdp_programs_load(unsigned int shape, const size_t routes[CVPN_LPM_FAMILIES],
		      struct xdp_programs **programs, struct tun_error *error)
{
	(void)shape, (void)routes, (void)programs;
	tun_error_set(error, "this build has no XDP programs; build with clang, bpftool and libbpf "
			     "(meson setup -Dbpf=enabled)");
	return -ENOTSUP;
}

/* What follows is never reached, as there are no programs. */
int xdp_programs_fill(struct xdp_programs *programs, enum xdp_search search,
		      const struct table *table, struct tun_error *error)
{
	(void)programs, (void)search, (void)table, (void)error;
	return -ENOTSUP;
}

struct cvpn_lpm *xdp_programs_mirrored(const struct xdp_programs *programs)
{
	(void)programs;
	return NULL;
}

int xdp_programs_attach(struct xdp_programs *programs, unsigned int ifindex, enum xdp_search search,
			enum xdp_deed deed, bool generic)
{
	(void)programs, (void)ifindex, (void)search, (void)deed, (void)generic;
	return -ENOTSUP;
}

int xdp_programs_use(struct xdp_programs *programs, enum xdp_search search, enum xdp_deed deed)
{
	(void)programs, (void)search, (void)deed;
	return -ENOTSUP;
}

int xdp_programs_use_floor(struct xdp_programs *programs)
{
	(void)programs;
	return -ENOTSUP;
}

int xdp_programs_counts(const struct xdp_programs *programs, struct xdp_counts *counts)
{
	(void)programs, (void)counts;
	return -ENOTSUP;
}

uint32_t *xdp_programs_recorded(struct xdp_programs *programs)
{
	(void)programs;
	return NULL;
}

uint32_t xdp_programs_other(unsigned int ifindex)
{
	(void)ifindex;
	return 0;
}

void xdp_programs_free(struct xdp_programs *programs)
{
	(void)programs;
}
