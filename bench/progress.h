/* SPDX-License-Identifier: BSD-2-Clause */
/* One line on the terminal that says what is going on. Nothing where stderr is no terminal. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include "options.h"

/* Replaces the line. Never called within a timed section. */
__attribute__((format(printf, 2, 3))) void progress(const struct options *options,
						    const char *format, ...);

/* Takes the line away, before anything else is printed. */
void progress_end(const struct options *options);

#endif
