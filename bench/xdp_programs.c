/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads, fills and attaches the programs of xdp.bpf.c by libbpf. */
#include "xdp_programs.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ebpf_lpm.h"
#include "ebpf_objects.h"
#include "ebpf_shape.h"

static_assert(VERDICT_KINDS <= XDP_UNPARSED, "each kind of verdict has a counter");
static_assert(TABLE_VALUES == XDP_VALUES, "each value has a kind");

/* Of a program in xdp.bpf.c, by what it does and how it searches. */
static const char *const names[XDP_DEEDS][XDP_SEARCHES] = {
	[XDP_DEED_DROP] = { "drop_trie", "drop_lpm" },
	[XDP_DEED_PASS] = { "pass_trie", "pass_lpm" },
	[XDP_DEED_RECORD] = { "record_trie", "record_lpm" },
};

struct xdp_memory XDP_MEMORY();

static_assert(offsetof(struct xdp_memory, mirror) % 64 == 0, "the mirror is aligned");

struct xdp_programs {
	const struct cvpn_lpm_shape *shape;
	struct bpf_object *object;
	struct xdp_memory *memory;
	size_t memory_bytes; /* mapped */
	int counts;	     /* a map */
	struct xdp_counts *of_cpu;
	int cpus;
	int lpm[CVPN_LPM_FAMILIES]; /* maps */
	struct cvpn_lpm *mirrored;
	int link; /* -1: not attached */
};

static int find_map(const struct xdp_programs *p, const char *name)
{
	return bpf_object__find_map_fd_by_name(p->object, name);
}

/* Makes room for a table's routes, of which there may be none. */
static int make_room(struct xdp_programs *p, const char *name, size_t routes)
{
	struct bpf_map *map = bpf_object__find_map_by_name(p->object, name);

	return bpf_map__set_max_entries(map, routes ? (uint32_t)routes : 1);
}

static int open_object(struct xdp_programs *p, unsigned int shape,
		       const size_t routes[CVPN_LPM_FAMILIES])
{
	int err;

	p->object = ebpf_object_open(ebpf_xdp_elf[shape]);
	if (!p->object)
		return -errno;
	err = make_room(p, "lpm4", routes[CVPN_LPM_IPV4]);
	if (!err)
		err = make_room(p, "lpm6", routes[CVPN_LPM_IPV6]);
	if (!err)
		err = bpf_object__load(p->object);
	return err;
}

static int prepare(struct xdp_programs *p)
{
	void *memory;
	int err = ebpf_object_map(p->object, &memory, &p->memory_bytes);

	if (err < 0)
		return err;
	p->memory = memory;
	p->counts = find_map(p, "counts");
	p->lpm[CVPN_LPM_IPV4] = find_map(p, "lpm4");
	p->lpm[CVPN_LPM_IPV6] = find_map(p, "lpm6");
	p->cpus = libbpf_num_possible_cpus();
	if (p->cpus < 0)
		return p->cpus;
	p->of_cpu = calloc((size_t)p->cpus, sizeof(*p->of_cpu));
	return p->of_cpu ? 0 : -ENOMEM;
}

int xdp_programs_load(unsigned int shape, const size_t routes[CVPN_LPM_FAMILIES],
		      struct xdp_programs **programs, struct tun_error *error)
{
	struct xdp_programs *p = calloc(1, sizeof(*p));
	int err = p ? 0 : -ENOMEM;

	if (!err) {
		p->shape = &ebpf_shapes[shape];
		p->link = -1;
		err = open_object(p, shape, routes);
	}
	if (!err)
		err = prepare(p);
	if (err < 0) {
		tun_error_bpf(error, err, "the XDP programs", "Linux 5.18");
		xdp_programs_free(p);
		return err;
	}
	*programs = p;
	return 0;
}

static int fill_trie(struct xdp_programs *p, const struct table *table)
{
	int err = cvpn_lpm_create_mirrored(&p->mirrored, p->memory->mirror, p->shape);

	if (err < 0) {
		p->mirrored = NULL;
		return err;
	}
	return table_insert(table, TABLE_ALL_FAMILIES, p->mirrored);
}

int xdp_programs_fill(struct xdp_programs *p, enum xdp_search search, const struct table *table,
		      struct tun_error *error)
{
	int err = 0;

	memcpy(p->memory->kinds, table->kinds, sizeof(p->memory->kinds));
	if (search == XDP_TRIE) {
		err = fill_trie(p, table);
		if (err < 0)
			tun_error_set(error, "the table could not be mirrored (%s)%s",
				      strerror(-err),
				      err == -EOPNOTSUPP ? "; it needs membarrier(2), which "
							   "kernels with nohz_full= refuse"
							 : "");
		return err;
	}
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES && !err; family++)
		err = ebpf_lpm_fill(p->lpm[family], table, family);
	if (err < 0)
		tun_error_set(error, "BPF_MAP_TYPE_LPM_TRIE does not take the routes (%s)",
			      strerror(-err));
	return err;
}

struct cvpn_lpm *xdp_programs_mirrored(const struct xdp_programs *p)
{
	return p->mirrored;
}

static int find_program(const struct xdp_programs *p, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(p->object, name));
}

int xdp_programs_attach(struct xdp_programs *p, unsigned int ifindex, enum xdp_search search,
			enum xdp_deed deed, bool generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	int link = bpf_link_create(find_program(p, names[deed][search]), (int)ifindex, BPF_XDP,
				   &options);

	if (link < 0)
		return link;
	p->link = link;
	return 0;
}

int xdp_programs_use(struct xdp_programs *p, enum xdp_search search, enum xdp_deed deed)
{
	return bpf_link_update(p->link, find_program(p, names[deed][search]), NULL);
}

int xdp_programs_use_floor(struct xdp_programs *p)
{
	return bpf_link_update(p->link, find_program(p, "floor_all"), NULL);
}

int xdp_programs_counts(const struct xdp_programs *p, struct xdp_counts *counts)
{
	uint32_t only = 0;
	int err = bpf_map_lookup_elem(p->counts, &only, p->of_cpu);

	*counts = (struct xdp_counts){ 0 };
	for (int cpu = 0; cpu < p->cpus && !err; cpu++) {
		for (unsigned int kind = 0; kind < XDP_KINDS; kind++)
			counts->packets[kind] += p->of_cpu[cpu].packets[kind];
	}
	return err;
}

uint32_t *xdp_programs_recorded(struct xdp_programs *p)
{
	return p->memory->recorded;
}

uint32_t xdp_programs_other(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (bpf_xdp_query((int)ifindex, 0, &query) < 0)
		return 0;
	return query.prog_id	   ? query.prog_id
	       : query.drv_prog_id ? query.drv_prog_id
	       : query.skb_prog_id ? query.skb_prog_id
				   : query.hw_prog_id;
}

void xdp_programs_free(struct xdp_programs *p)
{
	if (!p)
		return;
	if (p->link >= 0)
		close(p->link);
	cvpn_lpm_destroy(p->mirrored);
	if (p->memory)
		munmap(p->memory, p->memory_bytes);
	bpf_object__close(p->object);
	free(p->of_cpu);
	free(p);
}
