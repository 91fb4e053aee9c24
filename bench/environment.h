/* SPDX-License-Identifier: BSD-2-Clause */
/* What the figures were taken on. */
#ifndef BENCH_ENVIRONMENT_H
#define BENCH_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "neighbours.h"
#include "speed.h"

#define ENVIRONMENT_TEXT	    160
#define ENVIRONMENT_MAX_MITIGATIONS 40

struct mitigation {
	char name[48];
	char state[ENVIRONMENT_TEXT];
};

struct environment {
	char started[32]; /* ISO 8601, UTC */
	char kernel[ENVIRONMENT_TEXT];
	char cpu[ENVIRONMENT_TEXT];
	char microcode[ENVIRONMENT_TEXT];
	char isa[ENVIRONMENT_TEXT];
	char governor[ENVIRONMENT_TEXT];
	char hypervisor[ENVIRONMENT_TEXT];
	char thp[ENVIRONMENT_TEXT];
	struct mitigation mitigations[ENVIRONMENT_MAX_MITIGATIONS];
	unsigned int mitigation_count;
	unsigned int cores; /* that the process may run on */
	int reader_core;    /* where the measuring thread runs, -1: not pinned */
	int source_core;
	int churn_core;	       /* of the thread that updates */
	double steal_percent;  /* of all CPU time since the start, taken by other guests */
	double preemptions;    /* a second, of the measuring thread by something else */
	bool turbo;	       /* the clock may rise above its nominal frequency */
	double setup_ms;       /* from the launch to the first measurement */
	uint64_t measuring_ns; /* clock_ns() at the first measurement */
	long preempted_start;  /* involuntary context switches until then */
	uint64_t start_ns;     /* clock_ns() at the launch */
	uint64_t steal_start, total_start; /* ticks, of /proc/stat */
	struct speed speed;		   /* of the measuring core */
	struct neighbours neighbours;	   /* between the first measurement and the end */
	struct cpu_ticks cpus_start;	   /* at the first measurement */
	int64_t others_start;		   /* other_threads_ns() then */
};

/* Fills in all that does not change while the run lasts. */
void environment_read(struct environment *environment);

/* Called before the first measurement, by the thread that measures. */
void environment_measuring(struct environment *environment);

/* Begins a round, by the same thread: waits for this process' turn, and samples its core's speed. */
void environment_round(struct environment *environment);

/* Called after the last one, by the same thread: steal, preemptions, speed and neighbours. */
void environment_finish(struct environment *environment);

/* How the program was built, for the report. */
extern const char build_compiler[];
extern const char build_flags[];
extern const char build_commit[];
/* Percent of the trie's lookups that are made twice, to test what finds regressions. */
extern const unsigned int build_slow_lookup;

/* What about the build spoils figures, or NULL. */
const char *build_warning(void);

/**
 * environment_pin() - give the measuring thread a core of its own
 * @environment: the cores are noted here
 *
 * The calling thread is pinned to the last core it may use; the source's is the one before, and
 * that of the updates the one before that. Where there are fewer, they share the first.
 */
void environment_pin(struct environment *environment);

/* Pins the calling thread to a core; -1 does nothing. */
void pin_to_core(int core);

#endif
