/* SPDX-License-Identifier: BSD-2-Clause */
/* The pattern of packets that sources send over and over, and what the oracle says of each. */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include "../tun/source.h"
#include "traffic.h"

struct pattern {
	struct source_head *heads; /* SOURCE_PATTERN */
	uint16_t *expected;	   /* SOURCE_PATTERN: the value that the oracle has for each */
	enum traffic traffic;
	const char *family; /* ipv4, ipv6 or mixed */
};

/* Makes room. Ended with pattern_free(). Returns 0 or -ENOMEM. */
int pattern_alloc(struct pattern *pattern);

/**
 * pattern_make() - choose the packets
 * @pattern:	with room; filled
 * @table:	each packet is of a family that it has routes of; of both in random order
 * @traffic:	where they go
 * @packet_bytes: of each IP packet
 * @seed:	the same seed, the same packets
 *
 * Return: 0 or -ENOMEM.
 */
int pattern_make(struct pattern *pattern, const struct table *table, enum traffic traffic,
		 uint32_t packet_bytes, uint64_t seed);

/* Where a packet of the pattern goes; @index may be any number. */
struct cvpn_lpm_addr pattern_destination(const struct pattern *pattern, uint32_t index,
					 uint8_t *family);

void pattern_free(struct pattern *pattern);

#endif
