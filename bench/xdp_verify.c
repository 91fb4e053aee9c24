/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing what an XDP program decides with the oracle, for each packet of the pattern. */
#include <errno.h>
#include <string.h>

#include "../lpm/prefix.h"
#include "interrupt.h"
#include "xdp_stage.h"

/* How many disagreements are printed, of all in a run. */
#define SHOWN_DISAGREEMENTS 8u
/* Frames that were refused are sent again with the whole pattern. */
#define TRIES 8u

static void show(const struct xdp_stage *stage, const struct xdp_lane *lane, uint32_t index,
		 uint32_t recorded)
{
	const struct table *table = stage->table;
	char address[PREFIX_TEXT], want[VERDICT_TEXT], got[VERDICT_TEXT] = "nothing";
	uint8_t family;
	struct cvpn_lpm_addr addr = pattern_destination(&stage->pattern, index, &family);

	addr_format(family, addr, address);
	verdict_format(table->verdicts[stage->pattern.expected[index]], want);
	if (recorded)
		verdict_format(table->verdicts[recorded % XDP_RECORDED], got);
	fprintf(stderr, "cvpn-bench: packet %u of the pattern, to %s: %s says %s, the oracle %s\n",
		index, address, lane->engine, got, want);
}

static void compare(const struct xdp_stage *stage, struct xdp_lane *lane, const uint32_t *recorded)
{
	for (uint32_t i = 0; i < SOURCE_PATTERN; i++) {
		lane->counts.checked++;
		if (recorded[i] == (stage->pattern.expected[i] | XDP_RECORDED))
			continue;
		if (lane->counts.disagreements++ < SHOWN_DISAGREEMENTS)
			show(stage, lane, i, recorded[i]);
	}
}

int xdp_verify(struct xdp_stage *stage, struct xdp_lane *lane)
{
	uint32_t *recorded = xdp_programs_recorded(stage->programs);
	struct tun_counts *c = &lane->counts;
	int err = xdp_programs_use(stage->programs, lane->search, XDP_DEED_RECORD);

	memset(recorded, 0, SOURCE_PATTERN * sizeof(*recorded));
	for (unsigned int i = 0; i < TRIES && !err; i++) {
		uint64_t refused = c->refused;

		err = xdp_live_send(stage, lane, SOURCE_PATTERN);
		if (c->refused == refused)
			break;
	}
	if (err || interrupted())
		return err;
	compare(stage, lane, recorded);
	return c->disagreements ? -EBADMSG : 0;
}

bool xdp_counts_right(const struct xdp_stage *stage, const struct xdp_lane *lane)
{
	const struct tun_counts *c = &lane->counts;
	uint64_t kinds[VERDICT_KINDS] = { 0 };
	uint64_t patterns = c->received / SOURCE_PATTERN;

	/* An interrupted call leaves a part of the pattern out, and so does a full device. */
	if (c->refused || c->received % SOURCE_PATTERN || interrupted())
		return true;
	for (uint32_t i = 0; i < SOURCE_PATTERN; i++)
		kinds[stage->table->kinds[stage->pattern.expected[i]]] += patterns;
	return c->tunnel == kinds[VERDICT_TUNNEL] && c->physical == kinds[VERDICT_PHYSICAL] &&
	       c->drop == kinds[VERDICT_DROP] && !c->unparsed;
}
