/* SPDX-License-Identifier: BSD-2-Clause */
/* What other programs did on the other CPUs while this one measured. */
#ifndef BENCH_NEIGHBOURS_H
#define BENCH_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define NEIGHBOURS_MAX_CPUS 1024

/* Ticks of each CPU since the boot. */
struct cpu_ticks {
	uint64_t busy[NEIGHBOURS_MAX_CPUS];  /* with tasks, of users or in the kernel */
	uint64_t total[NEIGHBOURS_MAX_CPUS]; /* 0: there is no such CPU */
};

/* Where this process measures, and what its other threads took meanwhile. */
struct neighbours_own {
	int core;	 /* of the thread that measures: no neighbour of itself */
	int source_core; /* where the other threads run, -1: nowhere */
	int churn_core;	 /* as that */
	double ticks;	 /* that they took */
	const char
		*siblings; /* threads of the measuring core, as sysfs lists them: "0,4" or "0-1" */
};

/* Shares are of the time between two readings, 0 to 1; without ticks enough to tell, all is 0. */
struct neighbours {
	double busy_cores; /* the sum of the shares */
	int busiest;	   /* -1: none */
	double busiest_share;
	int sibling; /* the busiest of the other threads of the measuring core, -1: it has none */
	double sibling_share;
};

/* Reads the lines "cpuN ..." of /proc/stat, and skips all others: proc_stat(5). */
void cpu_ticks_parse(FILE *in, struct cpu_ticks *ticks);

/* The same from the system; all 0 where that can not be read. */
void cpu_ticks_read(struct cpu_ticks *ticks);

/* Moves a reading on, as if nothing had been done from @from to @to. */
void cpu_ticks_skip(struct cpu_ticks *ticks, const struct cpu_ticks *from,
		    const struct cpu_ticks *to);

/* Whether a list of sysfs, "0-3,8", has a CPU. */
bool cpu_list_has(const char *list, int cpu);

/*
 * CPU time of all threads of this process but the calling one, in ns. Two clocks are read one after
 * the other, so of two calls the second may tell some microseconds less.
 */
int64_t other_threads_ns(void);

/**
 * neighbours_compare() - what others did between two readings
 * @before, @after:	the readings
 * @own:		of this process; what its other threads took is no one else's
 */
struct neighbours neighbours_compare(const struct cpu_ticks *before, const struct cpu_ticks *after,
				     const struct neighbours_own *own);

#endif
