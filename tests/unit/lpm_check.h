/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of an image against the linear oracle, in bulk and one address at a time. */
#ifndef TESTS_LPM_CHECK_H
#define TESTS_LPM_CHECK_H

#include <cvpn/lpm.h>
#include <cvpn/lpm_mirror.h>

#include "tables.h"

/* The lookup that the library chooses, and each that this machine has. */
#define MAX_KERNELS (1 + CVPN_LPM_ISAS)

/* Fills @kernels with the bulk lookups to test; returns how many. */
unsigned int all_kernels(struct cvpn_lpm_kernels kernels[MAX_KERNELS]);

/* Every address of @list has the oracle's value for @routes, by each bulk and the single lookups. */
void check_addrs(const struct cvpn_lpm_image *image, unsigned int family,
		 const struct linear_route *routes, size_t n, const struct addr_list *list);

/* What <cvpn/lpm_bpf.h>, compiled as C, says of an address. */
uint32_t lookup_mirror(const uint32_t *mirror, const struct cvpn_lpm_shape *shape,
		       unsigned int family, struct cvpn_lpm_addr addr);

/* As check_addrs(), by lookup_mirror(). */
void check_mirror_addrs(const uint32_t *mirror, const struct cvpn_lpm_shape *shape,
			unsigned int family, const struct linear_route *routes, size_t n,
			const struct addr_list *list);

/* check_addrs() at every boundary of @routes and at @random more addresses. */
void check_image(const struct cvpn_lpm_image *image, unsigned int family,
		 const struct linear_route *routes, size_t n, struct rng *rng, size_t random);

/* An empty table, and one with @routes published; for cvpn_lpm_destroy(). */
struct cvpn_lpm *new_table(void);
struct cvpn_lpm *table_of(const struct linear_route *routes, size_t n);

/* Inserts @routes into @table, not published. */
void insert_all(struct cvpn_lpm *table, const struct linear_route *routes, size_t n);

#endif
