/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of an image against the linear oracle, in bulk and one address at a time. */
#ifndef TESTS_LPM_CHECK_H
#define TESTS_LPM_CHECK_H

#include <cvpn/lpm.h>

#include "tables.h"

/* The values that an image gives for @list, by the bulk lookup of its family; free() them. */
uint16_t *lookup_bulk(const struct cvpn_lpm_image *image, unsigned int family,
		      const struct addr_list *list);

/* Every address of @list has the oracle's value for @routes, by the bulk and the single lookup. */
void check_addrs(const struct cvpn_lpm_image *image, unsigned int family,
		 const struct linear_route *routes, size_t n, const struct addr_list *list);

/* check_addrs() at every boundary of @routes and at @random more addresses. */
void check_image(const struct cvpn_lpm_image *image, unsigned int family,
		 const struct linear_route *routes, size_t n, struct rng *rng, size_t random);

/* An empty table, and one with @routes published; for cvpn_lpm_destroy(). */
struct cvpn_lpm *new_table(void);
struct cvpn_lpm *table_of(const struct linear_route *routes, size_t n);

/* Inserts @routes into @table, not published. */
void insert_all(struct cvpn_lpm *table, const struct linear_route *routes, size_t n);

#endif
