/* SPDX-License-Identifier: BSD-2-Clause */
/* Another build of this program and this one, measured in turns. */
#ifndef BENCH_AGAINST_H
#define BENCH_AGAINST_H

#include "options.h"

/**
 * against_run() - measure both builds and compare
 * @options:	with gate.against, the other build, and gate.measuring, which both get
 *
 * Each launch starts both programs, which load the table and set up one after the other and then
 * take turns, each a round of all that is measured (turns.h). Which of them has the first turn
 * changes from launch to launch and from turn to turn. Both run on the same cores, never at the
 * same time.
 *
 * The reports that are asked for are of this build, over all launches, with the comparison. If this
 * process ends, in whatever way, both programs do.
 *
 * Return: the exit status of the program.
 */
int against_run(const struct options *options);

#endif
