/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read of neighbours and of the core's speed, and the warnings that come of it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "clock.h"
#include "leaks.h"
#include "noise.h"

TestSuite(noise, .fini = check_leaks);

static void parse(const char *text, struct cpu_ticks *ticks)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	cr_assert_not_null(in);
	cpu_ticks_parse(in, ticks);
	fclose(in);
}

Test(noise, stat_is_read_by_cpu)
{
	struct cpu_ticks t;

	parse("cpu  111 1 1 1 1 1 1 1 0 0\n"
	      "cpu0 10 2 3 100 5 7 8 9 4 4\n"
	      "cpu12 1 0 0 50 0 0 0 0 0 0\n"
	      "intr 63035087 0 0 1\n"
	      "ctxt 5\n",
	      &t);
	/* user, nice and system; guests are in user already, and interrupts are no task. */
	cr_assert_eq(t.busy[0], 15);
	cr_assert_eq(t.total[0], 144);
	cr_assert_eq(t.busy[12], 1);
	cr_assert_eq(t.total[12], 51);
	cr_assert_eq(t.total[1], 0);
}

Test(noise, stat_of_old_kernels_and_nonsense)
{
	struct cpu_ticks t;

	/* Before Linux 2.6 a line ended with the idle time. */
	parse("cpu0 10 2 3 100\ncpu1 1 2\ncpu99999 1 2 3 4 5\ncpux 1 2 3 4\n\ncpu2", &t);
	cr_assert_eq(t.busy[0], 15);
	cr_assert_eq(t.total[0], 115);
	cr_assert_eq(t.total[1], 0);
	cr_assert_eq(t.total[2], 0);
}

Test(noise, lists_of_sysfs)
{
	cr_assert(cpu_list_has("0-1", 0));
	cr_assert(cpu_list_has("0-1", 1));
	cr_assert_not(cpu_list_has("0-1", 2));
	cr_assert(cpu_list_has("0,32", 32));
	cr_assert_not(cpu_list_has("0,32", 3));
	cr_assert(cpu_list_has("0-3,8-9,17", 9));
	cr_assert_not(cpu_list_has("0-3,8-9,17", 7));
	cr_assert_not(cpu_list_has("", 0));
	cr_assert_not(cpu_list_has("none", 0));
	cr_assert_not(cpu_list_has("1-", 5));
}

/* Four CPUs; this program measures on 3, sends from 2, and 1 is the other thread of 3. */
static const struct neighbours_own own = {
	.core = 3, .source_core = 2, .churn_core = -1, .ticks = 80, .siblings = "1,3"
};

static const char before[] = "cpu0 0 0 0 1000\ncpu1 0 0 0 1000\ncpu2 0 0 0 1000\ncpu3 0 0 0 1000\n";

static struct neighbours compare(const char *after)
{
	struct cpu_ticks a, b;

	parse(before, &a);
	parse(after, &b);
	return neighbours_compare(&a, &b, &own);
}

static bool near(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

Test(noise, neighbours_are_all_but_ourselves)
{
	struct neighbours n = compare("cpu0 30 0 10 1060\ncpu1 10 0 0 1090\n"
				      "cpu2 90 0 5 1005\ncpu3 100 0 0 1000\n");

	/* 40 of 100 on CPU 0, 10 on 1, and of the 95 on 2 all but our own 80. */
	cr_assert_eq(n.busiest, 0);
	cr_assert(near(n.busiest_share, 0.40));
	cr_assert(near(n.busy_cores, 0.40 + 0.10 + 0.15));
	cr_assert_eq(n.sibling, 1);
	cr_assert(near(n.sibling_share, 0.10));
}

Test(noise, what_happened_while_waiting_is_skipped)
{
	struct cpu_ticks start, from, to, end;
	struct neighbours n;

	parse(before, &start);
	parse("cpu0 20 0 0 1080\ncpu1 0 0 0 1100\ncpu2 80 0 0 1020\ncpu3 50 0 0 1050\n", &from);
	/* The other build's source has been busy meanwhile. */
	parse("cpu0 920 0 0 1180\ncpu1 0 0 0 2100\ncpu2 80 0 0 2020\ncpu3 50 0 0 2050\n", &to);
	parse("cpu0 940 0 0 1260\ncpu1 0 0 0 2200\ncpu2 80 0 0 2120\ncpu3 50 0 0 2150\n", &end);
	cpu_ticks_skip(&start, &from, &to);
	n = neighbours_compare(&start, &end, &own);
	cr_assert_eq(n.busiest, 0);
	cr_assert(near(n.busiest_share, 0.20));
}

Test(noise, our_own_threads_are_no_neighbours)
{
	/* A tick here or there makes no negative share. */
	struct neighbours n = compare("cpu0 0 0 0 1100\ncpu1 0 0 0 1100\n"
				      "cpu2 79 0 0 1021\ncpu3 100 0 0 1000\n");

	cr_assert_eq(n.busy_cores, 0);
	cr_assert_eq(n.busiest_share, 0);
}

Test(noise, too_short_a_time_says_nothing)
{
	struct neighbours n = compare("cpu0 2 0 0 1002\ncpu1 2 0 0 1002\n"
				      "cpu2 2 0 0 1002\ncpu3 4 0 0 1000\n");

	cr_assert_eq(n.busy_cores, 0);
}

Test(noise, cpus_that_come_and_go_say_nothing)
{
	struct neighbours n = compare("cpu1 0 0 0 1100\ncpu2 80 0 0 900\n"
				      "cpu3 100 0 0 1000\ncpu7 500 0 0 500\n");

	cr_assert_eq(n.busy_cores, 0);
}

Test(noise, no_stat_at_all_says_nothing)
{
	struct cpu_ticks none = { 0 };
	struct neighbours n = neighbours_compare(&none, &none, &own);

	cr_assert(n.busiest == -1 && n.sibling == -1 && n.busy_cores == 0);
}

#define BURN_NS (60 * NS_PER_MS)

static void *burn(void *nothing)
{
	(void)nothing;
	while (clock_cpu_ns() < BURN_NS)
		;
	return NULL;
}

Test(noise, time_of_other_threads_is_not_that_of_this_one)
{
	int64_t start = other_threads_ns(), burnt = BURN_NS;
	pthread_t thread;

	burn(NULL);
	/* No other thread ran, and the clocks are not read at the same moment. */
	cr_assert_lt(llabs(other_threads_ns() - start), burnt / 4);
	cr_assert_eq(pthread_create(&thread, NULL, burn, NULL), 0);
	pthread_join(thread, NULL);
	cr_assert_geq(other_threads_ns() - start, burnt / 2);
}

static double spread_of(const double *values, size_t n)
{
	struct samples samples = { 0 };
	double spread;

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(samples_add(&samples, values[i]), 0);
	spread = speed_spread(&samples);
	samples_free(&samples);
	return spread;
}

Test(noise, spread)
{
	const double few[] = { 110, 100, 90 };
	/* Of twenty, two at each end are left out. */
	const double many[] = { 1,   100, 100, 100, 100, 100, 100, 100, 100, 100,
				100, 100, 100, 100, 100, 100, 102, 90,	104, 999 };

	cr_assert_eq(spread_of(NULL, 0), 0);
	cr_assert_eq(spread_of(few, 1), 0);
	cr_assert(near(spread_of(few, 3), 20));
	cr_assert(near(spread_of(many, 20), 2));
}

Test(noise, the_core_is_timed)
{
	struct speed speed = { 0 };

	for (unsigned int i = 0; i < 3; i++)
		speed_sample(&speed, 0);
	cr_assert_eq(speed.dependent_ns.count, 3);
	cr_assert_eq(speed.independent_ns.count, 3);
	for (unsigned int i = 0; i < 3; i++) {
		cr_assert_gt(speed.dependent_ns.values[i], 0);
		cr_assert_gt(speed.independent_ns.values[i], 0);
	}
	speed_finish(&speed);
	cr_assert_geq(speed.clock_spread, 0);
	cr_assert_geq(speed.throughput_spread, 0);
	cr_assert_eq(speed.dependent_ns.count, 0);
}

/* --- warnings ------------------------------------------------------------------------------- */

/* The only warning of a run that went like that, which is freed by the next one; "" for none. */
static const char *warning(const struct environment *environment)
{
	static char text[REPORT_WARNING_BYTES];
	struct report *report = calloc(1, sizeof(*report));

	cr_assert_not_null(report);
	report->environment = *environment;
	noise_warn_of_run(report);
	cr_assert_leq(report->warning_count, 1);
	snprintf(text, sizeof(text), "%s", report->warning_count ? report->warnings[0] : "");
	free(report);
	return text;
}

#define SAYS(text, fragment) cr_assert_not_null(strstr(text, fragment), "%s", text)

Test(noise, each_cause_has_its_warning)
{
	struct environment e = { .reader_core = 3, .cores = 4, .hypervisor = "none" };
	const char *text;

	e.speed.frequency_spread = -1;
	e.neighbours = (struct neighbours){ .busiest = 1, .sibling = 1 };
	cr_assert_str_eq(warning(&e), "");

	e.speed.clock_spread = 9;
	text = warning(&e);
	SAYS(text, "the clock of core 3 changed by 9 %");
	SAYS(text, "governor, turbo, heat)");
	SAYS(text, "fix the frequency");

	/* The clock's share of what the throughput lost is not told twice. */
	e.speed.throughput_spread = 12;
	SAYS(warning(&e), "the clock of core 3");

	e.speed.clock_spread = 1;
	e.speed.throughput_spread = 40;
	text = warning(&e);
	SAYS(text, "took core 3 up to 40 % longer");
	SAYS(text, "boot with nosmt");
	snprintf(e.hypervisor, sizeof(e.hypervisor), "KVMKVMKVM");
	SAYS(warning(&e), "it is another guest's");

	e.speed.throughput_spread = 0;
	e.speed.frequency_spread = 20;
	SAYS(warning(&e), "changed by 20 %");
	e.speed.frequency_spread = -1;

	e.neighbours.busiest = 2;
	e.neighbours.busiest_share = 0.5;
	e.neighbours.busy_cores = 0.8;
	text = warning(&e);
	SAYS(text, "other programs kept 0.8 cores busy");
	SAYS(text, "core 2 for 50 %");
	SAYS(text, "isolcpus");

	e.neighbours.sibling_share = 0.1;
	text = warning(&e);
	SAYS(text, "kept core 1 busy for 10 %");
	SAYS(text, "the other hardware thread of core 3");
	SAYS(text, "taskset");
}

Test(noise, little_noise_is_no_warning)
{
	struct environment e = { .reader_core = 0, .cores = 2, .hypervisor = "none" };

	e.steal_percent = 0.9;
	e.preemptions = 40;
	e.speed =
		(struct speed){ .clock_spread = 4, .throughput_spread = 13, .frequency_spread = 4 };
	e.neighbours = (struct neighbours){
		.busiest = 1, .busiest_share = 0.2, .sibling = 1, .sibling_share = 0.04
	};
	cr_assert_str_eq(warning(&e), "");
}
