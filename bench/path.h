/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packet path of a burst: parse each packet, look all destinations up, count the verdicts.
 * This is what a VPN client does between reading its TUN and sending.
 */
#ifndef BENCH_PATH_H
#define BENCH_PATH_H

#include "../tun/reader.h"
#include "report.h"
#include "table.h"

/* The destinations and values of one burst, by family; @slot is the packet's place in the burst. */
struct decisions {
	uint32_t n4, n6;
	uint32_t addrs4[READER_BURST]; /* host order */
	uint16_t values4[READER_BURST];
	uint8_t slots4[READER_BURST];
	struct cvpn_lpm_addr addrs6[READER_BURST];
	uint16_t values6[READER_BURST];
	uint8_t slots6[READER_BURST];
};

/**
 * path_decide() - parse, look up and count one burst
 * @table:	whose image decides
 * @packets:	@n packets, at most READER_BURST
 * @n:		how many
 * @decisions:	filled
 * @counts:	received and the verdicts are added
 */
void path_decide(const struct table *table, const struct packet *packets, uint32_t n,
		 struct decisions *decisions, struct tun_counts *counts);

#endif
