/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet path of a burst. */
#include "path.h"

#include <assert.h>
#include <cvpn/lpm_image.h>

/*
 * Notes the destinations. The table of a full BGP feed shares the second-level cache with the packets
 * that pass, so each destination's first step is fetched while the next packets are parsed.
 */
static void parse(const struct cvpn_lpm_image *image, const struct packet *packets, uint32_t n,
		  struct decisions *d)
{
	d->n4 = d->n6 = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct packet *p = &packets[i];
		struct cvpn_lpm_addr *addr;

		switch (packet_version(p)) {
		case PACKET_IPV4:
			d->slots4[d->n4] = (uint8_t)i;
			d->addrs4[d->n4] = packet_destination4(p);
			cvpn_lpm_image_prefetch4(image, d->addrs4[d->n4++]);
			break;
		case PACKET_IPV6:
			addr = &d->addrs6[d->n6];
			d->slots6[d->n6++] = (uint8_t)i;
			packet_destination6(p, &addr->hi, &addr->lo);
			cvpn_lpm_image_prefetch6(image, addr->hi);
			break;
		case PACKET_UNPARSED:
			break;
		}
	}
}

/*
 * The verdicts of a burst are counted in the fields of one word, by kind. An array of counters
 * would have each packet wait until the one before it with the same verdict is stored.
 */
#define KIND_BITS 16u

static_assert(VERDICT_KINDS * KIND_BITS <= 64, "the counters fit into a word");
static_assert(READER_BURST < 1u << KIND_BITS, "no counter overflows within a burst");

static uint64_t one_of(uint32_t kind)
{
	return 1ull << kind * KIND_BITS;
}

static uint64_t count_of(uint64_t kinds, uint32_t kind)
{
	return kinds >> kind * KIND_BITS & ((1u << KIND_BITS) - 1);
}

void path_decide(const struct table *table, const struct packet *packets, uint32_t n,
		 struct decisions *d, struct tun_counts *counts)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table->lpm);
	uint64_t kinds = 0;

	parse(image, packets, n, d);
	table->kernels->lookup4(image, d->addrs4, d->values4, d->n4);
	table->kernels->lookup6(image, d->addrs6, d->values6, d->n6);
	for (uint32_t i = 0; i < d->n4; i++)
		kinds += one_of(table->kinds[d->values4[i]]);
	for (uint32_t i = 0; i < d->n6; i++)
		kinds += one_of(table->kinds[d->values6[i]]);
	counts->received += n;
	counts->tunnel += count_of(kinds, VERDICT_TUNNEL);
	counts->physical += count_of(kinds, VERDICT_PHYSICAL);
	counts->drop += count_of(kinds, VERDICT_DROP);
	counts->unparsed += n - d->n4 - d->n6;
	table_quiesce(table);
}
