/* SPDX-License-Identifier: BSD-2-Clause */
/* Route tables to test with: from text, at random, and the addresses where their answers change. */
#ifndef TESTS_TABLES_H
#define TESTS_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>

#include "linear.h"
#include "rng.h"

/* An address or a prefix from text that is known to be right; anything else ends the test. */
struct cvpn_lpm_addr addr_of(const char *text);
struct cvpn_lpm_prefix prefix_of(const char *text);

/* The next and the previous address; at the end of the family's space, wraps around. */
struct cvpn_lpm_addr addr_after(unsigned int family, struct cvpn_lpm_addr addr);
struct cvpn_lpm_addr addr_before(unsigned int family, struct cvpn_lpm_addr addr);

struct cvpn_lpm_addr random_addr(struct rng *rng, unsigned int family);
/* An address that @prefix holds. */
struct cvpn_lpm_addr random_addr_in(struct rng *rng, const struct cvpn_lpm_prefix *prefix);
/* A prefix of any length, each as likely. */
struct cvpn_lpm_prefix random_prefix(struct rng *rng, unsigned int family);

/**
 * random_table() - routes in random order, many of them within or beside one another
 * @rng:	where the randomness comes from
 * @family:	of all routes
 * @count:	how many, each prefix once
 * @max_value:	values are 1 to this, which the first route has
 *
 * Return: the routes, to be freed with free().
 */
struct linear_route *random_table(struct rng *rng, unsigned int family, size_t count,
				  uint16_t max_value);

/* Addresses to look up, of one family. */
struct addr_list {
	struct cvpn_lpm_addr *addrs;
	size_t count;
	size_t capacity;
};

void addr_list_add(struct addr_list *list, struct cvpn_lpm_addr addr);
void addr_list_free(struct addr_list *list);

/* Adds the addresses around both ends of each of the routes that are of @family. */
void add_boundaries(struct addr_list *list, const struct linear_route *routes, size_t n,
		    unsigned int family);
/* Adds @count random ones: half from the whole space, half from within a random route. */
void add_random(struct addr_list *list, struct rng *rng, const struct linear_route *routes,
		size_t n, unsigned int family, size_t count);

#endif
