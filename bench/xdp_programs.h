/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiving XDP programs: loaded for the shape that a table needs, attached to an interface by
 * one link, where they take turns. The link goes with the process. One thread uses them.
 */
#ifndef BENCH_XDP_PROGRAMS_H
#define BENCH_XDP_PROGRAMS_H

#include <stdbool.h>

#include "../tun/error.h"
#include "table.h"
#include "xdp_shared.h"

/* Ways to search. */
enum xdp_search {
	XDP_TRIE, /* the mirror of a table */
	XDP_LPM,  /* BPF_MAP_TYPE_LPM_TRIE */
	XDP_SEARCHES,
};

/* What a program does with a frame: see xdp.bpf.c. */
enum xdp_deed {
	XDP_DEED_DROP,
	XDP_DEED_PASS,
	XDP_DEED_RECORD,
	XDP_DEEDS,
};

struct xdp_programs;

/**
 * xdp_programs_load() - load all programs, with tables that are empty
 * @shape:	of the mirror: index of ebpf_shapes[]
 * @routes:	by family, how many there has to be room for
 * @programs:	made; the caller ends it with xdp_programs_free()
 * @error:	filled on error
 *
 * Return: 0; -ENOTSUP in a build without BPF; -EPERM and other negative errnos of bpf(2).
 */
int xdp_programs_load(unsigned int shape, const size_t routes[CVPN_LPM_FAMILIES],
		      struct xdp_programs **programs, struct tun_error *error);

/**
 * xdp_programs_fill() - put a table's routes into what a search reads
 * @programs:	loaded
 * @search:	which
 * @table:	the routes
 * @error:	filled on error; this search can not be used then
 *
 * Return: 0 or a negative errno.
 */
int xdp_programs_fill(struct xdp_programs *programs, enum xdp_search search,
		      const struct table *table, struct tun_error *error);

/* The mirrored table of XDP_TRIE, for updates; NULL before it was filled. */
struct cvpn_lpm *xdp_programs_mirrored(const struct xdp_programs *programs);

/**
 * xdp_programs_attach() - begin with one program on an interface
 * @programs:	loaded
 * @ifindex:	in the caller's network namespace
 * @search:	which program
 * @deed:	which program
 * @generic:	by the network stack, for drivers that know no XDP
 *
 * Return: 0; -EBUSY or -EEXIST where another program is; -EOPNOTSUPP and other negative errnos for
 * what the driver does not take.
 */
int xdp_programs_attach(struct xdp_programs *programs, unsigned int ifindex, enum xdp_search search,
			enum xdp_deed deed, bool generic);

/* Puts another program in the place of the one attached. Returns 0 or a negative errno. */
int xdp_programs_use(struct xdp_programs *programs, enum xdp_search search, enum xdp_deed deed);

/* The same with the program that drops and does nothing else. */
int xdp_programs_use_floor(struct xdp_programs *programs);

/* What all CPUs have counted since the programs were loaded. Returns 0 or a negative errno. */
int xdp_programs_counts(const struct xdp_programs *programs, struct xdp_counts *counts);

/* What the recording programs write: SOURCE_PATTERN words, see struct xdp_memory. */
uint32_t *xdp_programs_recorded(struct xdp_programs *programs);

/* The number of another program on an interface, by which bpftool knows it; 0: none or unknown. */
uint32_t xdp_programs_other(unsigned int ifindex);

/* Detaches and unloads; NULL does nothing. */
void xdp_programs_free(struct xdp_programs *programs);

#endif
