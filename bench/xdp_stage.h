/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The XDP stage: the same decision made in the kernel, where a network card's driver hands frames
 * over. Live frames go into one end of a veth pair in the sandbox, the program is on the other.
 * Source, veth and program take turns on one core, and one of the programs, the floor, only drops:
 * what it can not do, no program here can.
 *
 * With --xdp-dev the program is on an interface of the host instead, and counts what comes.
 */
#ifndef BENCH_XDP_STAGE_H
#define BENCH_XDP_STAGE_H

#include "../tun/veth.h"
#include "pattern.h"
#include "report.h"
#include "stats.h"
#include "xdp_programs.h"

/* The floor, each search, and the one that is churned. */
#define XDP_MAX_LANES (XDP_SEARCHES + 2u)

struct xdp_lane {
	const char *engine;
	bool floor;		/* drops and nothing else: it has no search, and counts nothing */
	enum xdp_search search; /* else */
	bool churned;		/* measured while the mirrored table is updated */
	struct tun_counts counts;
	struct samples rate;  /* packets/s, one a round */
	struct samples share; /* of the floor's rate in the same round */
};

struct xdp_stage {
	const struct options *options;
	struct table *table;
	struct report *report;
	struct xdp_programs *programs; /* NULL: the stage does not run */
	struct source *source;	       /* of source_live */
	struct veth veth;
	struct pattern pattern;
	struct xdp_lane lanes[XDP_MAX_LANES];
	size_t lane_count;
	struct churn *churn; /* of the mirrored table, while one pattern is measured */
	const char *mode;    /* of --xdp-dev: native or generic */
};

/**
 * xdp_stage_load() - what comes before the sandbox: programs, tables, and --xdp-dev
 * @stage:	filled; ended with xdp_stage_close(), after an error too
 * @error:	filled on error
 *
 * An engine that can not hold the table is left out with a warning.
 *
 * Return: 0; -EBUSY if another program is on the interface; other negative errnos: this machine can
 * not run the stage.
 */
int xdp_stage_load(struct xdp_stage *stage, const struct options *options, struct table *table,
		   struct report *report, struct tun_error *error);

/**
 * xdp_stage_open() - make the veth pair in the sandbox, and attach to it
 * @stage:	loaded
 * @error:	filled on error
 *
 * With --xdp-dev there is nothing left to do.
 *
 * Return: 0, or a negative errno: this machine can not run the stage.
 */
int xdp_stage_open(struct xdp_stage *stage, struct tun_error *error);

/**
 * xdp_stage_run() - measure and add the results to the report
 * @stage:	open
 *
 * Return: 0; -EBADMSG when a verdict differs from the oracle or counts do not add up, which the
 * report's warnings say; other negative errnos of bpf(2) and netlink.
 */
int xdp_stage_run(struct xdp_stage *stage);

void xdp_stage_close(struct xdp_stage *stage);

/* The parts of these: each adds to the lane or to the report. Returns as xdp_stage_run(). */

/* Sends for some seconds; adds a sample of packets/s, which is stored, 0 if interrupted. */
int xdp_live_round(struct xdp_stage *stage, struct xdp_lane *lane, double seconds, double *rate);

/* Sends @n frames and waits until all that were accepted are received; adds to lane->counts. */
int xdp_live_send(struct xdp_stage *stage, struct xdp_lane *lane, uint32_t n);

/* Adds to the verdicts what the programs counted between two moments. Returns how many packets. */
uint64_t xdp_add_counts(struct tun_counts *counts, const struct xdp_counts *before,
			const struct xdp_counts *after);

/* Sends the whole pattern and compares what the program says of each packet with the oracle. */
int xdp_verify(struct xdp_stage *stage, struct xdp_lane *lane);

/*
 * Whether there are as many verdicts of each kind as the oracle has for the same packets: so that
 * the programs that are timed are checked, too, and not only those that record. True also if no
 * whole number of patterns came.
 */
bool xdp_counts_right(const struct xdp_stage *stage, const struct xdp_lane *lane);

/* Attaches a program to the interface of --xdp-dev. Returns as xdp_stage_load(). */
int xdp_dev_attach(struct xdp_stage *stage, struct tun_error *error);
int xdp_dev_run(struct xdp_stage *stage);

#endif
