/* SPDX-License-Identifier: BSD-2-Clause */
/* What spoils figures, in words. */
#include "noise.h"

#include <string.h>

/* Less than this hardly shows. */
#define STEAL_WARNING_PERCENT 1.0
#define PREEMPTIONS_WARNING   50.0 /* a second */
/*
 * Percent that the speed of the core may move between rounds. Measured on a shared virtual machine:
 * the steps of a turbo clock are some 4 each and mostly it moves by one; a neighbour on the other
 * hardware thread of the core moves the throughput by 20 to 70, its clock aside.
 */
#define CLOCK_WARNING_PERCENT	   5.0
#define THROUGHPUT_WARNING_PERCENT 10.0
/* Of a core's time. A sibling takes from the core itself, others only from caches and memory. */
#define SIBLING_WARNING_SHARE	0.05
#define NEIGHBOUR_WARNING_SHARE 0.25

void noise_warn_of_machine(struct report *report)
{
	const struct environment *e = &report->environment;

	if (build_warning())
		report_warn(report, "%s", build_warning());
	if (strcmp(e->governor, "none") && strcmp(e->governor, "performance"))
		report_warn(report,
			    "the frequency governor is \"%s\", which changes the clock while "
			    "it is measured; sudo cpupower frequency-set -g performance",
			    e->governor);
	if (e->turbo)
		report_warn(
			report,
			"turbo is on, so the clock depends on the temperature and on other "
			"cores; echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, "
			"or echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost");
	if (report->options->mode == MODE_PPS && e->cores < 2)
		report_warn(report,
			    "one core only: source and reader share it, so rates are those of "
			    "both together; give the process two (taskset, cgroup)");
}

static void warn_of_speed(struct report *report)
{
	const struct environment *e = &report->environment;
	const struct speed *s = &e->speed;
	double clock = s->clock_spread > s->frequency_spread ? s->clock_spread
							     : s->frequency_spread;
	bool guest = strcmp(e->hypervisor, "none");

	if (clock > CLOCK_WARNING_PERCENT)
		report_warn(
			report,
			"the clock of core %d changed by %.0f %% between rounds (governor, turbo, "
			"heat%s): fix the frequency, take more rounds, or measure both builds in "
			"turns (--against)",
			e->reader_core, clock, guest ? ", or the host moved the virtual CPU" : "");
	/* The clock moves the throughput, too: that much has been said. */
	if (s->throughput_spread - s->clock_spread > THROUGHPUT_WARNING_PERCENT)
		report_warn(
			report,
			"the same work took core %d up to %.0f %% longer in some rounds, and not "
			"for its clock: another hardware thread shares its execution units; %s, "
			"take more rounds, or measure both builds in turns (--against)",
			e->reader_core, s->throughput_spread,
			guest ? "it is another guest's, so use a host that shares no cores"
			      : "keep it free (isolcpus, cpuset) or boot with nosmt");
}

static void warn_of_neighbours(struct report *report)
{
	const struct environment *e = &report->environment;
	const struct neighbours *n = &e->neighbours;

	if (n->sibling_share > SIBLING_WARNING_SHARE)
		report_warn(
			report,
			"other programs kept core %d busy for %.0f %% of the time; it is the other "
			"hardware thread of core %d, which measured: stop them, keep it free "
			"(isolcpus, cpuset, nosmt), or choose other cores (taskset)",
			n->sibling, 100.0 * n->sibling_share, e->reader_core);
	else if (n->busiest_share > NEIGHBOUR_WARNING_SHARE)
		report_warn(
			report,
			"other programs kept %.1f cores busy while it was measured, core %d for "
			"%.0f %% of the time; caches, memory and turbo are shared with them: stop "
			"them, keep the cores free (isolcpus, cpuset), or measure both builds in "
			"turns (--against)",
			n->busy_cores, n->busiest, 100.0 * n->busiest_share);
}

void noise_warn_of_run(struct report *report)
{
	const struct environment *e = &report->environment;

	if (e->steal_percent > STEAL_WARNING_PERCENT)
		report_warn(
			report,
			"the hypervisor took %.1f %% of the CPU time for others (steal): measure "
			"longer, or elsewhere",
			e->steal_percent);
	/* A single core is shared with the source by design, and that is said already. */
	if (e->preemptions > PREEMPTIONS_WARNING && e->cores > 1)
		report_warn(
			report,
			"something else ran on core %d: the measuring thread was preempted %.0f "
			"times a second; stop it, or keep the core free (isolcpus, cpuset)",
			e->reader_core, e->preemptions);
	warn_of_speed(report);
	warn_of_neighbours(report);
}
