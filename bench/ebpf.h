/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harness of the engines in the kernel: loads the programs of one engine and family from
 * ebpf.bpf.c and runs them on keys.
 */
#ifndef BENCH_EBPF_H
#define BENCH_EBPF_H

#include "ebpf_shared.h"
#include "engine.h"

/* What is looked up in: the part of the programs' names that says so. */
enum ebpf_kind {
	EBPF_TRIE,
	EBPF_LPM,
	EBPF_FIB,
};

struct bpf_object;

/* Begins the state of an engine in the kernel. */
struct ebpf {
	struct engine_state head;
	struct bpf_object *object;
	int programs[VARIANTS]; /* file descriptors, -1 where there is none */
	int empty[VARIANTS];
	const struct cvpn_lpm_shape *shape;
	void *memory;	     /* the mirror, of shape->bytes, and @run behind it */
	size_t memory_bytes; /* mapped */
	struct ebpf_run *run;
	uint64_t elapsed_ns; /* of the last pass */
};

/* What .start and .stop of these engines do: whether programs may be loaded, and map_free.h. */
int ebpf_start(struct engine_error *error);
void ebpf_stop(void);

/**
 * ebpf_open() - load the programs of one engine for one family
 * @ebpf:	filled; closed with ebpf_close(), after an error too
 * @kind:	which engine
 * @shape:	number of the mirror's shape
 * @table:	for its verdicts
 * @family:	which family
 * @routes:	that the maps of kind EBPF_LPM have room for
 * @error:	filled on error
 *
 * Return: 0, or a negative errno.
 */
int ebpf_open(struct ebpf *ebpf, enum ebpf_kind kind, unsigned int shape, const struct table *table,
	      uint8_t family, size_t routes, struct engine_error *error);

void ebpf_close(struct ebpf *ebpf);

/* The file descriptor of a map of the programs', or a negative errno. */
int ebpf_map(const struct ebpf *ebpf, const char *name);

/* What the members of struct engine of the same name do. */
void ebpf_values(const struct engine_state *state, unsigned int way, enum variant variant,
		 const struct keys *keys, size_t from, size_t n, uint16_t *values);
uint64_t ebpf_pass_loop(const struct engine_state *state, unsigned int way, const struct keys *keys,
			size_t n);
uint64_t ebpf_pass_packet(const struct engine_state *state, unsigned int way,
			  const struct keys *keys, size_t n);
uint64_t ebpf_empty_loop(const struct engine_state *state, const struct keys *keys, size_t n);
uint64_t ebpf_empty_packet(const struct engine_state *state, const struct keys *keys, size_t n);
uint64_t ebpf_elapsed(const struct engine_state *state);

/* Those that the engines have in common. A pass has four runs: at 1 us a lookup that takes 0.3 s. */
#define EBPF_ENGINE                                                                                \
	.for_compare = true, .output_bits = 16, .piece = EBPF_RUN_KEYS,                            \
	.max_pass_keys = 4 * EBPF_RUN_KEYS, .values = ebpf_values,                                 \
	.pass = { [VARIANT_SINGLE] = ebpf_pass_loop, [VARIANT_PACKET] = ebpf_pass_packet },        \
	.empty = { [VARIANT_SINGLE] = ebpf_empty_loop, [VARIANT_PACKET] = ebpf_empty_packet },     \
	.elapsed = ebpf_elapsed

#endif
