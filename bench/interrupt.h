/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGINT and SIGTERM end a run early: what was measured is still reported. */
#ifndef BENCH_INTERRUPT_H
#define BENCH_INTERRUPT_H

#include <stdbool.h>

/* From here on the first signal asks the run to end, and a second one ends the process. */
void interrupt_catch(void);

/* Whether the run was asked to end. Any thread. */
bool interrupted(void);

#endif
