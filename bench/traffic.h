/* SPDX-License-Identifier: BSD-2-Clause */
/* Traffic patterns: the destinations that are looked up and sent. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "table.h"

enum traffic {
	TRAFFIC_UNIFORM,    /* any address is as likely as the next */
	TRAFFIC_COVERED,    /* a random prefix of the table, then a random address in it */
	TRAFFIC_ZIPF,	    /* covered destinations, the k-th most popular as often as 1/k */
	TRAFFIC_SEQUENTIAL, /* one address after the other, from a random one on */
	TRAFFIC_SINGLE,	    /* one covered destination */
	TRAFFICS,
};

extern const char *const traffic_names[TRAFFICS];

/**
 * traffic_keys() - make destinations
 * @table:	whose prefixes "covered" means
 * @traffic:	which pattern
 * @family:	enum cvpn_lpm_family; covered patterns fall back to uniform where the table has no
 *		route of that family
 * @seed:	the same seed, the same keys
 * @keys:	@n addresses are written
 * @n:		how many
 *
 * Return: 0, or -ENOMEM.
 */
int traffic_keys(const struct table *table, enum traffic traffic, uint8_t family, uint64_t seed,
		 struct cvpn_lpm_addr *keys, size_t n);

#endif
