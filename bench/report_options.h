/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of reports: where they go, and what a run is compared with. */
#ifndef BENCH_REPORT_OPTIONS_H
#define BENCH_REPORT_OPTIONS_H

#include <argp.h>

/* A child of the program's parser. Its input is the program's struct options. */
extern const struct argp report_argp;

#endif
