/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing what the packet path decided with the oracle, packet by packet. */
#include "../lpm/prefix.h"
#include "tun_stage.h"

/* How many disagreements are printed, of all in a run. */
#define SHOWN_DISAGREEMENTS 8u

static void show(const struct tun_stage *stage, uint8_t family, struct cvpn_lpm_addr addr,
		 uint16_t value, uint32_t index)
{
	char got[PREFIX_TEXT], want[PREFIX_TEXT], got_verdict[VERDICT_TEXT],
		want_verdict[VERDICT_TEXT];
	uint8_t sent_family;
	struct cvpn_lpm_addr sent = pattern_destination(&stage->pattern, index, &sent_family);

	addr_format(family, addr, got);
	addr_format(sent_family, sent, want);
	verdict_format(stage->table->verdicts[value], got_verdict);
	verdict_format(stage->table->verdicts[stage->pattern.expected[index % SOURCE_PATTERN]],
		       want_verdict);
	fprintf(stderr,
		"cvpn-bench: packet %u of the pattern: the path saw %s and said %s; the oracle "
		"expects %s and says %s\n",
		index, got, got_verdict, want, want_verdict);
}

static void check(const struct tun_stage *stage, uint8_t family, struct cvpn_lpm_addr addr,
		  uint16_t value, uint32_t index, struct tun_counts *counts)
{
	uint8_t sent_family;
	struct cvpn_lpm_addr sent = pattern_destination(&stage->pattern, index, &sent_family);

	counts->checked++;
	if (index < SOURCE_PATTERN && sent_family == family && addr_equal(sent, addr) &&
	    stage->pattern.expected[index] == value)
		return;
	if (counts->disagreements++ < SHOWN_DISAGREEMENTS)
		show(stage, family, addr, value, index);
}

void tun_verify(const struct tun_stage *stage, const struct decisions *d,
		const uint32_t indexes[READER_BURST], struct tun_counts *counts)
{
	for (uint32_t i = 0; i < d->n4; i++) {
		struct cvpn_lpm_addr addr = { (uint64_t)d->addrs4[i] << 32, 0 };

		check(stage, CVPN_LPM_IPV4, addr, d->values4[i], indexes[d->slots4[i]], counts);
	}
	for (uint32_t i = 0; i < d->n6; i++)
		check(stage, CVPN_LPM_IPV6, d->addrs6[i], d->values6[i], indexes[d->slots6[i]],
		      counts);
}
