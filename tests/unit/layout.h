/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tries within an image, walked block by block: that they are laid out as <cvpn/lpm_image.h>
 * says, that nothing is stored twice, and that no block is there that need not be. A lookup would
 * not show any of this.
 */
#ifndef TESTS_LAYOUT_H
#define TESTS_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>
#include <cvpn/lpm_mirror.h>

#include "store.h"

/* What a family's trie is made of. */
struct layout_tree {
	uint32_t leaves;    /* distinct ones of a stride above 0 */
	uint32_t constants; /* leaves of stride 0 */
	uint32_t nodes;	    /* and skips, without the root */
	uint32_t skips;
	uint32_t constant_nodes; /* whose entries all lead to the same constant */
	unsigned int steps;	 /* from the root to the farthest leaf */
};

struct layout {
	const struct cvpn_lpm_image *image;
	const uint32_t *words;
	size_t granules;
	size_t owned;	 /* granules of the header, the intervals and all blocks met */
	uint64_t *owner; /* by granule: whose it is, 0 for nobody's */
	uint32_t *links; /* by granule: how many entries lead to the block that begins there */
	struct layout_tree trees[CVPN_LPM_FAMILIES];
};

/* Walks both tries, all that is amiss ends the test. For layout_free(). */
struct layout layout_of(const struct cvpn_lpm_image *image);
void layout_free(struct layout *layout);

/* Walks the tries of an image that was compiled just now, which has next to no unused memory. */
void check_compiled(const struct cvpn_lpm_image *image);

/*
 * Walks the tries of an image that may have been updated. An update looks at what is below one
 * entry: a node further up may have become constant.
 */
void check_updated(const struct cvpn_lpm_image *image);

/*
 * Walks the tries of a published store. Its leaves are counted right, and each granule of it is a
 * block's that is linked, or free, or retired, or was skipped to align a block.
 */
void check_store(const struct store *store);

#endif
