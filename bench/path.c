/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet path of a burst. */
#include "path.h"

static void parse(const struct packet *packets, uint32_t n, struct decisions *d)
{
	d->n4 = d->n6 = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct packet *p = &packets[i];
		struct cvpn_lpm_addr *addr;

		switch (packet_version(p)) {
		case PACKET_IPV4:
			d->slots4[d->n4] = (uint8_t)i;
			d->addrs4[d->n4++] = packet_destination4(p);
			break;
		case PACKET_IPV6:
			addr = &d->addrs6[d->n6];
			d->slots6[d->n6++] = (uint8_t)i;
			packet_destination6(p, &addr->hi, &addr->lo);
			break;
		case PACKET_UNPARSED:
			break;
		}
	}
}

void path_decide(const struct table *table, const struct packet *packets, uint32_t n,
		 struct decisions *d, struct tun_counts *counts)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table->lpm);
	uint32_t kinds[VERDICT_KINDS] = { 0 };

	parse(packets, n, d);
	table->kernels->lookup4(image, d->addrs4, d->values4, d->n4);
	table->kernels->lookup6(image, d->addrs6, d->values6, d->n6);
	for (uint32_t i = 0; i < d->n4; i++)
		kinds[table->kinds[d->values4[i]]]++;
	for (uint32_t i = 0; i < d->n6; i++)
		kinds[table->kinds[d->values6[i]]]++;
	counts->received += n;
	counts->tunnel += kinds[VERDICT_TUNNEL];
	counts->physical += kinds[VERDICT_PHYSICAL];
	counts->drop += kinds[VERDICT_DROP];
	counts->unparsed += n - d->n4 - d->n6;
}
