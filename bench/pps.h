/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packet path's stages, TUN and XDP, from their set-up to their results. What needs privilege
 * comes first: BPF programs and what is on the host, then the sandbox, then what is made in it; and
 * then the privilege is given up.
 */
#ifndef BENCH_PPS_H
#define BENCH_PPS_H

#include "tun_stage.h"
#include "xdp_stage.h"

struct pps {
	struct report *report;
	struct tun_stage tun;
	struct xdp_stage xdp;
	int tun_err; /* why a stage can not run: negative errnos, and below in words */
	int xdp_err;
	struct tun_error tun_error, xdp_error;
};

/**
 * pps_open() - set both stages up
 * @pps:	filled; ended with pps_close(), after a failure too
 * @report:	for its options and table; warnings are added
 *
 * The process has one thread only. A stage that can not run here is told by pps_run().
 *
 * Return: EXIT_DONE; what the program is to exit with if the interface of --xdp-dev is not to be
 * had, which has been printed.
 */
int pps_open(struct pps *pps, struct report *report);

/**
 * pps_run() - measure the stages that were set up
 * @pps:	open
 * @status:	exit status so far; measures nothing unless that is EXIT_DONE
 *
 * Return: the exit status.
 */
int pps_run(struct pps *pps, int status);

void pps_close(struct pps *pps);

#endif
