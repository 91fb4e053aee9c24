/* SPDX-License-Identifier: BSD-2-Clause */
/* Making the packets that sources send. */
#include "pattern.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../lpm/rng.h"
#include "report.h"

int pattern_alloc(struct pattern *pattern)
{
	*pattern = (struct pattern){
		.heads = malloc(SOURCE_PATTERN * sizeof(*pattern->heads)),
		.expected = malloc(SOURCE_PATTERN * sizeof(*pattern->expected)),
	};
	return pattern->heads && pattern->expected ? 0 : -ENOMEM;
}

/* What the families of a pattern take turns in. */
struct room {
	struct cvpn_lpm_addr *addrs;
	uint16_t *values;
	uint8_t *families; /* of each packet */
};

/* Makes the packets of one family and what the oracle says of them. */
static int make_family(struct pattern *pattern, const struct table *table, uint8_t family,
		       uint32_t packet_bytes, uint64_t seed, const struct room *room)
{
	const struct cvpn_lpm_addr *addrs = room->addrs;
	int err = traffic_keys(table, pattern->traffic, family, seed, room->addrs, SOURCE_PATTERN);

	if (!err)
		err = linear_lookup_many(table->linear, table->list.count, family, addrs,
					 room->values, SOURCE_PATTERN);
	for (uint32_t i = 0; i < SOURCE_PATTERN && !err; i++) {
		if (room->families[i] != family)
			continue;
		if (family == CVPN_LPM_IPV4)
			source_head_ipv4(&pattern->heads[i], (uint32_t)(addrs[i].hi >> 32),
					 packet_bytes, i);
		else
			source_head_ipv6(&pattern->heads[i], addrs[i].hi, addrs[i].lo, packet_bytes,
					 i);
		pattern->expected[i] = room->values[i];
	}
	return err;
}

int pattern_make(struct pattern *pattern, const struct table *table, enum traffic traffic,
		 uint32_t packet_bytes, uint64_t seed)
{
	struct room room = {
		.addrs = malloc(SOURCE_PATTERN * sizeof(*room.addrs)),
		.values = malloc(SOURCE_PATTERN * sizeof(*room.values)),
		.families = malloc(SOURCE_PATTERN),
	};
	bool v4 = table->list.of_family[CVPN_LPM_IPV4];
	bool v6 = table->list.of_family[CVPN_LPM_IPV6];
	struct rng rng = { seed };
	int err = room.addrs && room.values && room.families ? 0 : -ENOMEM;

	pattern->traffic = traffic;
	pattern->family = v4 && v6 ? "mixed" : family_names[v6 ? CVPN_LPM_IPV6 : CVPN_LPM_IPV4];
	for (uint32_t i = 0; i < SOURCE_PATTERN && !err; i++)
		room.families[i] = v4 && v6 ? (uint8_t)rng_below(&rng, CVPN_LPM_FAMILIES)
				   : v6	    ? CVPN_LPM_IPV6
					    : CVPN_LPM_IPV4;
	if (!err && v4)
		err = make_family(pattern, table, CVPN_LPM_IPV4, packet_bytes, seed, &room);
	if (!err && v6)
		err = make_family(pattern, table, CVPN_LPM_IPV6, packet_bytes, seed, &room);
	free(room.addrs);
	free(room.values);
	free(room.families);
	return err;
}

struct cvpn_lpm_addr pattern_destination(const struct pattern *pattern, uint32_t index,
					 uint8_t *family)
{
	struct packet head = { pattern->heads[index % SOURCE_PATTERN].bytes, SOURCE_HEAD_BYTES };
	struct cvpn_lpm_addr addr = { 0 };

	*family = head.data[0] >> 4 == PACKET_IPV4 ? CVPN_LPM_IPV4 : CVPN_LPM_IPV6;
	if (*family == CVPN_LPM_IPV4)
		addr.hi = (uint64_t)packet_destination4(&head) << 32;
	else
		packet_destination6(&head, &addr.hi, &addr.lo);
	return addr;
}

void pattern_free(struct pattern *pattern)
{
	free(pattern->heads);
	free(pattern->expected);
	*pattern = (struct pattern){ 0 };
}
