/* SPDX-License-Identifier: BSD-2-Clause */
/* The lookup stage: agreement of all engines with the oracle, then ns a lookup, then changes. */
#ifndef BENCH_LOOKUP_H
#define BENCH_LOOKUP_H

#include "report.h"

/**
 * lookup_run() - check and time the chosen engines on the table
 * @options:	engines, traffic patterns, keys, rounds
 * @table:	the table
 * @report:	results, agreement and warnings are added
 *
 * Every engine's verdict for every key that it will be timed on, and for both sides of both ends of
 * every route, is compared with the linear oracle first; where any differs, nothing is timed.
 * Engines, variants and patterns take turns in each round, each with its empty loop. Where more
 * than one engine can be built and updated, that is timed afterwards, and the table is as before.
 *
 * An engine that can not run here, or not with this table, is left out with a warning.
 *
 * Return: 0; -EBADMSG when verdicts differ, which has been printed; -ENOTSUP when no engine could
 * run, the last warning says why; -ENOMEM.
 */
int lookup_run(const struct options *options, const struct table *table, struct report *report);

#endif
