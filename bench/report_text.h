/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the report for people that have files of their own. */
#ifndef BENCH_REPORT_TEXT_H
#define BENCH_REPORT_TEXT_H

#include "report.h"

/* The comparison of engines. */
void report_compare(const struct report *report, FILE *out);

#endif
