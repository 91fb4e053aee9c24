/* SPDX-License-Identifier: BSD-2-Clause */
/* Warnings of what spoils figures: each names the cause and what to do about it. */
#ifndef BENCH_NOISE_H
#define BENCH_NOISE_H

#include "report.h"

/* Before anything is measured: what about this build and machine spoils figures. */
void noise_warn_of_machine(struct report *report);

/* Afterwards, the environment finished: what happened meanwhile. */
void noise_warn_of_run(struct report *report);

#endif
