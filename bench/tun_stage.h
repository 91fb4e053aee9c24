/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TUN stage: source -> TUN -> reader -> parse -> lookup -> verdict, in a sandbox.
 *
 * Two measurements, in turns for all readers within each round:
 *	rate	packets/s while the source sends from a core of its own, as fast as it can
 *	cost	ns of CPU time a packet: the ring is filled while nobody reads, and draining it is
 *		timed; with the decision and without, so that what the decision adds shows. The fill
 *		runs on the reader's core, so this figure does not depend on a second core.
 */
#ifndef BENCH_TUN_STAGE_H
#define BENCH_TUN_STAGE_H

#include "../tun/device.h"
#include "../tun/reader.h"
#include "../tun/source.h"
#include "path.h"
#include "pattern.h"
#include "report.h"
#include "stats.h"

#define TUN_MAX_READERS 8u

extern const struct reader_ops *const readers[];
extern const unsigned int reader_count;
extern const struct source_ops *const sources[];
extern const unsigned int source_count;

struct tun_lane {
	const struct reader_ops *ops;
	struct reader *reader;
	bool churned; /* measured while the table is updated; shares the reader of another lane */
	struct tun_counts live, cost;
	struct samples rate;			  /* packets/s, one a round */
	struct samples decided, undecided, delta; /* ns a packet, one a round */
	struct samples with, without;		  /* ns a packet, one a drain of this round */
	struct count_samples counts;		  /* a packet, with the decision, one a drain */
};

struct tun_stage {
	const struct options *options;
	const struct table *table;
	struct report *report;
	struct tun_device device;
	const struct source_ops *source_ops;
	struct source *source;
	struct pattern pattern;
	uint32_t position;	/* in the pattern: of the next packet offered */
	struct decisions *log;	/* of the bursts of one drain */
	size_t log_capacity;	/* bursts */
	struct samples ceiling; /* packets/s that the source alone fills the ring with */
	struct tun_lane lanes[TUN_MAX_READERS];
	size_t lane_count;
};

/**
 * tun_stage_load() - what comes before the sandbox: choose and load the packet source
 * @stage:	filled; ended with tun_stage_close(), after an error too
 * @error:	filled on error
 *
 * Return: 0, or a negative errno: this machine can not run the stage.
 */
int tun_stage_load(struct tun_stage *stage, const struct options *options,
		   const struct table *table, struct report *report, struct tun_error *error);

/**
 * tun_stage_open() - open device, source and readers, in the sandbox
 * @stage:	loaded
 * @error:	filled on error
 *
 * A reader that does not work here is left out with a warning, or is an error if it was asked for by
 * name.
 *
 * Return: 0, or a negative errno: this machine can not run the stage.
 */
int tun_stage_open(struct tun_stage *stage, struct tun_error *error);

/**
 * tun_stage_run() - measure and add the results to the report
 * @stage:	open
 *
 * Return: 0; -EBADMSG when a verdict differs from the oracle or counts do not add up, which has
 * been printed; other negative errnos of readers and sources.
 */
int tun_stage_run(struct tun_stage *stage);

void tun_stage_close(struct tun_stage *stage);

/* The parts of tun_stage_run(); each adds a sample to the lane. Returns as that. */
int tun_live_round(struct tun_stage *stage, struct tun_lane *lane, double seconds);
int tun_cost_round(struct tun_stage *stage, unsigned int fills, bool churned);

/**
 * tun_verify() - compare one burst's decisions with the oracle
 * @stage:	for the pattern and what to expect of it
 * @decisions:	of the burst
 * @indexes:	for each packet of the burst its number in the pattern
 * @counts:	checked and disagreements are added; the first ones are printed
 */
void tun_verify(const struct tun_stage *stage, const struct decisions *decisions,
		const uint32_t indexes[READER_BURST], struct tun_counts *counts);

#endif
