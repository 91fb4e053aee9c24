/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table, and beside it the plain list of the routes it is to hold: after each publish the
 * addresses around all that has changed are looked up and compared with the linear oracle.
 */
#ifndef TESTS_MIRROR_H
#define TESTS_MIRROR_H

#include <stdbool.h>

#include <cvpn/lpm.h>
#include <cvpn/lpm_mirror.h>

#include "tables.h"

struct mirror_family {
	struct linear_route *routes; /* in no order, each prefix once */
	size_t count;
	size_t capacity;
	struct addr_list changed;     /* around what has changed since the last publish */
	struct cvpn_lpm_prefix cover; /* holds all of that, if there is any */
};

struct mirror {
	struct cvpn_lpm *table;
	uint32_t *memory; /* where BPF programs would read it, or NULL */
	struct cvpn_lpm_shape shape;
	struct mirror_family of[CVPN_LPM_FAMILIES];
	size_t publishes;
	size_t in_place; /* of these */
};

/* An empty table; one that is mirrored in zeroed memory. For mirror_free(). */
void mirror_init(struct mirror *mirror);
void mirror_init_shape(struct mirror *mirror, const struct cvpn_lpm_shape *shape);
void mirror_free(struct mirror *mirror);

/* Where a prefix is in its family's list; its count if it is not there. */
size_t mirror_find(const struct mirror *mirror, const struct cvpn_lpm_prefix *prefix);

/* Changes the table and the list. A prefix that is to be removed is there. */
void mirror_insert(struct mirror *mirror, const struct cvpn_lpm_prefix *prefix, uint16_t value);
void mirror_remove(struct mirror *mirror, const struct cvpn_lpm_prefix *prefix);

/* What it takes to tell whether a publish replaced all that readers come by. */
struct mirror_roots {
	const struct cvpn_lpm_image *image;
	uint32_t root[CVPN_LPM_FAMILIES];
};

struct mirror_roots mirror_roots(const struct mirror *mirror);

/* Publishes. Returns what that returned. */
int mirror_try(struct mirror *mirror);

/*
 * Publishes; then all kernels agree with the oracle around all that has changed, and at @random
 * more addresses of each family. A change that had to make a new image, or a new root, did so.
 * Returns whether it was made in place.
 */
bool mirror_publish(struct mirror *mirror, struct rng *rng, size_t random);

/* All kernels agree with the oracle at each boundary of each route, and the image is in order. */
void mirror_check(const struct mirror *mirror, struct rng *rng);

#endif
