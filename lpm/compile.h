/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles routes into the blocks of an image: whole images, and single areas for updates. */
#ifndef LPM_COMPILE_H
#define LPM_COMPILE_H

#include <cvpn/lpm_mirror.h>

#include "routes.h"
#include "store.h"

/* A leaf this small costs less than any step: 64 bytes of 2-bit values. */
#define COMPILE_LEAF_BITS 8u

/*
 * A part of the address space: all addresses that share their first @pos bits with the routes in
 * it, which are sorted, of one family and at least @pos long. @value is what holds around them.
 */
struct area {
	const struct route_entry *routes;
	size_t count;
	unsigned int pos;
	uint16_t value;
};

/* What compiling an area needs to know of its table. */
struct compiler {
	struct store *store;
	unsigned int family;
	const struct cvpn_lpm_tree *tree; /* whose root_bits and near are set */
	size_t spend;			  /* bytes that a route may cost if that saves a step */
	bool small;	/* no block but a root may be larger than one that costs less than a step */
	uint32_t nodes; /* and skips made so far */
};

/* How much a route may cost in a table of this many, with this much room. */
size_t cvpn_lpm_compile_spend(const struct store *store, size_t routes);

/*
 * Compiles an area. The blocks belong to the caller, who gives them back with
 * cvpn_lpm_compile_release(). Errors: -ENOMEM, -E2BIG, -ENOSPC; nothing is kept then.
 */
int cvpn_lpm_compile_area(struct compiler *compiler, const struct area *area, uint32_t *entry);

/* The stride that a leaf has at least which the entry of an area at this position leads to. */
unsigned int cvpn_lpm_compile_least_stride(const struct compiler *compiler, unsigned int pos);

/* The near entry for a slot of the root that has this entry. */
uint16_t cvpn_lpm_compile_near(const struct cvpn_lpm_tree *tree, uint32_t entry);

/* Writes the values of an area's routes to the slots that they cover of a leaf of its position. */
void cvpn_lpm_compile_paint(const struct area *area, uint32_t *leaf, unsigned int stride,
			    uint32_t width_shift);

/* Writes entries for @value to @count slots of a node from word @at on. Errors: as above. */
int cvpn_lpm_compile_constants(struct compiler *compiler, uint32_t at, size_t count,
			       uint16_t value);

/*
 * Writes entries for an area's routes to the slots that they cover of a node of its position, which
 * begins at word @at; these slots hold constants. Errors: as above.
 */
int cvpn_lpm_compile_slots(struct compiler *compiler, const struct area *area, unsigned int stride,
			   uint32_t at);

/* Gives back all that cvpn_lpm_compile_area() made for this entry. */
void cvpn_lpm_compile_release(struct store *store, unsigned int family, uint32_t entry);

/*
 * Compiles all routes of a family below a new root with tree->root_bits, of @small blocks or of
 * any, and sets the root and the counts of @tree, which no reader may know. Errors: as
 * cvpn_lpm_compile_area().
 */
int cvpn_lpm_compile_root(struct store *store, const struct route_set *set, unsigned int family,
			  bool small, struct cvpn_lpm_tree *tree);

/* Gives back all that cvpn_lpm_compile_root() made. */
void cvpn_lpm_compile_release_root(struct store *store, unsigned int family,
				   const struct cvpn_lpm_tree *tree);

/*
 * Compiles everything into a store that is empty, but for its home, and publishes that: its words
 * are then an image, of that shape if there is one. On error (-ENOMEM, -E2BIG, with a home -ENOSPC)
 * the store is empty again.
 */
int cvpn_lpm_compile_image(const struct route_set sets[CVPN_LPM_FAMILIES],
			   const struct cvpn_lpm_shape *shape, struct store *store);

#endif
