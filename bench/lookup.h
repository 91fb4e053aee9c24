/* SPDX-License-Identifier: BSD-2-Clause */
/* The lookup stage: agreement of all engines with the oracle, then ns a lookup. */
#ifndef BENCH_LOOKUP_H
#define BENCH_LOOKUP_H

#include "report.h"

/**
 * lookup_run() - check and time the chosen engines on the table
 * @options:	engines, traffic patterns, keys, rounds
 * @table:	the table
 * @report:	results, agreement and warnings are added
 *
 * Every engine's verdict for every key that it will be timed on is compared with the linear oracle
 * first; where any differs, nothing is timed. Engines, variants and patterns take turns in each
 * round, each with its empty loop.
 *
 * Return: 0; -EBADMSG when verdicts differ, which has been printed; -ENOMEM.
 */
int lookup_run(const struct options *options, const struct table *table, struct report *report);

#endif
