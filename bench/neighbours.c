/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what each CPU did, from /proc/stat. */
#include "neighbours.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* In fewer a share means nothing: one tick, usually 10 ms, is as much as a fifth of them. */
#define MIN_TICKS 5u

void cpu_ticks_parse(FILE *in, struct cpu_ticks *ticks)
{
	char *line = NULL;
	size_t size = 0;

	*ticks = (struct cpu_ticks){ 0 };
	/* The line of interrupts may have thousands of numbers. */
	while (getline(&line, &size, in) > 0) {
		uint64_t t[8] = { 0 };
		unsigned int cpu;
		/* user nice system idle iowait irq softirq steal */
		int n = sscanf(line,
			       "cpu%u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			       " %" SCNu64 " %" SCNu64 " %" SCNu64,
			       &cpu, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);

		if (n < 5 || line[3] == ' ' || cpu >= NEIGHBOURS_MAX_CPUS)
			continue;
		/*
		 * Interrupts are left out: this program's own packets make some, and those are not
		 * in the CPU time of its threads.
		 */
		ticks->busy[cpu] = t[0] + t[1] + t[2];
		for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
			ticks->total[cpu] += t[i];
	}
	free(line);
}

void cpu_ticks_read(struct cpu_ticks *ticks)
{
	FILE *in = fopen("/proc/stat", "re");

	*ticks = (struct cpu_ticks){ 0 };
	if (!in)
		return;
	cpu_ticks_parse(in, ticks);
	fclose(in);
}

void cpu_ticks_skip(struct cpu_ticks *ticks, const struct cpu_ticks *from,
		    const struct cpu_ticks *to)
{
	for (unsigned int cpu = 0; cpu < NEIGHBOURS_MAX_CPUS; cpu++) {
		ticks->busy[cpu] += to->busy[cpu] - from->busy[cpu];
		ticks->total[cpu] += to->total[cpu] - from->total[cpu];
	}
}

bool cpu_list_has(const char *list, int cpu)
{
	while (*list) {
		char *end;
		long first = strtol(list, &end, 10), last = first;

		if (end == list)
			return false;
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (first <= cpu && cpu <= last)
			return true;
		list = *end == ',' ? end + 1 : end;
	}
	return false;
}

int64_t other_threads_ns(void)
{
	int64_t self = (int64_t)clock_cpu_ns();

	return (int64_t)clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) - self;
}

/* The share of its time that a CPU was busy for others. */
static double share_of(const struct cpu_ticks *before, const struct cpu_ticks *after, int cpu,
		       const struct neighbours_own *own)
{
	uint64_t total = after->total[cpu] - before->total[cpu];
	double busy = (double)(after->busy[cpu] - before->busy[cpu]), share;

	/* One that came or went meanwhile has a time that ran backwards. */
	if (!before->total[cpu] || after->total[cpu] < before->total[cpu] ||
	    after->busy[cpu] < before->busy[cpu] || total < MIN_TICKS)
		return 0;
	if (cpu == own->source_core || cpu == own->churn_core)
		busy -= own->ticks;
	share = busy / (double)total;
	return share < 0 ? 0 : share > 1 ? 1 : share;
}

struct neighbours neighbours_compare(const struct cpu_ticks *before, const struct cpu_ticks *after,
				     const struct neighbours_own *own)
{
	struct neighbours n = { .busiest = -1, .sibling = -1 };

	for (int cpu = 0; cpu < NEIGHBOURS_MAX_CPUS; cpu++) {
		double share;

		if (cpu == own->core || !after->total[cpu])
			continue;
		share = share_of(before, after, cpu, own);
		n.busy_cores += share;
		if (n.busiest < 0 || share > n.busiest_share) {
			n.busiest = cpu;
			n.busiest_share = share;
		}
		if (cpu_list_has(own->siblings, cpu) &&
		    (n.sibling < 0 || share > n.sibling_share)) {
			n.sibling = cpu;
			n.sibling_share = share;
		}
	}
	return n;
}
