/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of the calling thread. Machines without hardware counters have those of the kernel, so
 * the tests open these: what is tested is the group, not the processor.
 */
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "counters.h"
#include "leaks.h"

TestSuite(counters, .fini = check_leaks);

#define PAGES 300u
/* Faults that touching pages makes at most: the stack adds a few, a sanitizer's shadow an eighth. */
#define AT_MOST(pages) ((pages) + (pages) / 4 + 20)

static const struct counter_event software[] = {
	{ "task_clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	{ "page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
	{ "context_switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
};
enum { TASK_CLOCK, PAGE_FAULTS, CONTEXT_SWITCHES, SOFTWARE };

/* No machine has these. */
static const struct counter_event absent = { "absent", PERF_TYPE_SOFTWARE, 0xfff };

/* Faults in fresh pages, none of which is huge. */
static void touch_pages(unsigned int n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *memory = mmap(NULL, n * page, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(memory != MAP_FAILED);
	madvise(memory, n * page, MADV_NOHUGEPAGE);
	for (unsigned int i = 0; i < n; i++)
		((volatile unsigned char *)memory)[i * page] = 1;
	munmap(memory, n * page);
}

static void open_software(struct counters *c, bool kernel)
{
	struct counters_error error = { "" };
	int err = counters_open(c, software, SOFTWARE, kernel, &error);

	if (err)
		cr_skip_test("no counters here: %s", error.text);
	cr_assert_eq(c->open, SOFTWARE);
}

Test(counters, count_what_the_thread_does_between_begin_and_end)
{
	struct counters c;
	struct counts counts;

	open_software(&c, false);
	touch_pages(PAGES);
	counters_begin(&c);
	touch_pages(PAGES);
	cr_assert(counters_end(&c, &counts));
	touch_pages(PAGES);
	cr_assert_eq(counts.known, (1u << SOFTWARE) - 1);
	cr_assert_geq(counts.values[PAGE_FAULTS], PAGES);
	cr_assert_lt(counts.values[PAGE_FAULTS], AT_MOST(PAGES));
	cr_assert_gt(counts.values[TASK_CLOCK], 0);
	counters_close(&c);
}

Test(counters, a_second_interval_does_not_hold_the_first)
{
	struct counters c;
	struct counts counts;

	open_software(&c, false);
	for (unsigned int i = 1; i <= 3; i++) {
		counters_begin(&c);
		touch_pages(i * PAGES);
		cr_assert(counters_end(&c, &counts));
		cr_assert_geq(counts.values[PAGE_FAULTS], i * PAGES, "%u: %.17g", i,
			      counts.values[PAGE_FAULTS]);
		cr_assert_lt(counts.values[PAGE_FAULTS], AT_MOST(i * PAGES));
	}
	counters_close(&c);
}

/* Context switches are the kernel's doing, so they are seen only with it. */
Test(counters, the_kernel_is_counted_when_asked_for)
{
	struct counters user, all;
	struct counts in_user, in_all;

	open_software(&all, true);
	open_software(&user, false);
	counters_begin(&all);
	counters_begin(&user);
	for (unsigned int i = 0; i < 5; i++)
		usleep(1000);
	cr_assert(counters_end(&user, &in_user));
	cr_assert(counters_end(&all, &in_all));
	cr_assert_geq(in_all.values[CONTEXT_SWITCHES], 5);
	cr_assert_eq(in_user.values[CONTEXT_SWITCHES], 0);
	counters_close(&user);
	counters_close(&all);
}

Test(counters, what_the_machine_does_not_have_is_left_out)
{
	const struct counter_event events[] = { absent, software[PAGE_FAULTS], absent,
						software[TASK_CLOCK] };
	struct counters_error error = { "" };
	struct counters c;
	struct counts counts;

	if (counters_open(&c, events, 4, false, &error))
		cr_skip_test("no counters here: %s", error.text);
	cr_assert_eq(c.open, 2);
	counters_begin(&c);
	touch_pages(PAGES);
	cr_assert(counters_end(&c, &counts));
	cr_assert_eq(counts.known, 1u << 1 | 1u << 3);
	cr_assert_geq(counts.values[1], PAGES);
	cr_assert_lt(counts.values[1], AT_MOST(PAGES));
	counters_close(&c);
}

Test(counters, none_at_all_says_why_and_counts_nothing)
{
	struct counters_error error = { "" };
	struct counters c;
	struct counts counts = { .known = 7 };

	cr_assert_lt(counters_open(&c, &absent, 1, false, &error), 0);
	cr_assert_neq(error.text[0], '\0');
	counters_begin(&c);
	cr_assert_not(counters_end(&c, &counts));
	cr_assert_eq(counts.known, 0);
	counters_close(&c);
}

Test(counters, hardware_works_or_says_why)
{
	struct counters_error error = { "" };
	struct counters c;
	struct counts counts;

	if (counters_open(&c, hardware_events, hardware_event_count, false, &error)) {
		cr_assert_neq(error.text[0], '\0');
		return;
	}
	counters_begin(&c);
	touch_pages(PAGES);
	if (counters_end(&c, &counts))
		cr_assert_gt(counts.values[0], PAGES);
	counters_close(&c);
}

/* --- samples -------------------------------------------------------------------------------- */

Test(counters, samples_are_scaled_and_give_their_median)
{
	struct count_samples samples = { 0 };
	struct counts median;

	for (unsigned int i = 1; i <= 3; i++) {
		struct counts counts = { .known = 1u << 0 | 1u << 2, .values = { 10.0 * i, 7, i } };

		cr_assert_eq(count_samples_add(&samples, &counts, 0.5), 0);
	}
	median = count_samples_median(&samples);
	cr_assert_eq(median.known, 1u << 0 | 1u << 2);
	cr_assert_eq(median.values[0], 10);
	cr_assert_eq(median.values[2], 1);
	count_samples_free(&samples);
}

Test(counters, a_difference_has_what_both_have)
{
	const struct counts pass = { .known = 1u << 0 | 1u << 1, .values = { 12, 5 } };
	const struct counts empty = { .known = 1u << 1 | 1u << 2, .values = { 3, 8, 9 } };
	struct counts left = counts_minus(&pass, &empty);

	cr_assert_eq(left.known, 1u << 1);
	/* A vectorised pass may well execute less than its empty loop. */
	cr_assert_eq(left.values[1], -3);
}
