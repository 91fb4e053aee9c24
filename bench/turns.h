/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measuring in turns with another process. The one that --against names and this one are both
 * started by a third (against.c), which gives a turn to one at a time: a round of everything that is
 * measured, with what comes before and after it.
 *
 * The protocol, over a socket whose number is in the environment: the measuring process writes one
 * byte for each turn that it wants, and reads one for each that it gets; its turn ends when it wants
 * the next, or when it is gone. Such a process writes its report as JSON on standard output, whatever
 * its options say of reports.
 */
#ifndef BENCH_TURNS_H
#define BENCH_TURNS_H

#include "options.h"

#define TURNS_ENVIRONMENT "CVPN_BENCH_TURNS"

/* Finds out whether this process measures in turns, and then changes what it reports. */
void turns_init(struct options *options);

/* Waits for this process' turn: at the beginning of each round. Without turns it returns at once. */
void turn_take(void);

#endif
