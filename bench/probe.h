/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine can run, and how to enable the rest. */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

/* Tries each part and prints a line for it. Returns an exit status of the program. */
int probe(void);

#endif
