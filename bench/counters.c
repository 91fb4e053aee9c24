/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, starting and reading a group of counters, and samples of what they say. */
#include "counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PARANOID_FILE "/proc/sys/kernel/perf_event_paranoid"
/* perf_event_paranoid up to which a user may count: perf_event_open(2). */
#define PARANOID_USER	2
#define PARANOID_KERNEL 1

const struct counter_event hardware_events[] = {
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "branch_misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "cache_misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
};
const unsigned int hardware_event_count = sizeof(hardware_events) / sizeof(hardware_events[0]);
_Static_assert(sizeof(hardware_events) / sizeof(hardware_events[0]) <= COUNTERS_MAX,
	       "a group has room for all");

static int open_event(const struct counter_event *event, bool kernel, int leader)
{
	struct perf_event_attr attr = {
		.type = event->type,
		.size = sizeof(attr),
		.config = event->config,
		/* The members follow the leader. */
		.disabled = leader < 0,
		.exclude_kernel = !kernel,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int read_paranoid(void)
{
	FILE *in = fopen(PARANOID_FILE, "re");
	int value = PARANOID_USER;

	if (!in)
		return value;
	if (fscanf(in, "%d", &value) != 1)
		value = PARANOID_USER;
	fclose(in);
	return value;
}

/* The errors of perf_event_open(2), and what they mean for who wants counters. */
static void explain(int err, bool kernel, struct counters_error *error)
{
	int most = kernel ? PARANOID_KERNEL : PARANOID_USER;

	switch (-err) {
	case ENOENT:
	case ENODEV:
	case EOPNOTSUPP:
		snprintf(error->text, sizeof(error->text),
			 "no hardware counters here (%s), as in most virtual machines: give the "
			 "guest a PMU, or let scripts/count count instructions",
			 strerror(-err));
		break;
	case EACCES:
		snprintf(error->text, sizeof(error->text),
			 "kernel.perf_event_paranoid is %d, which forbids them (%s): sudo sysctl "
			 "kernel.perf_event_paranoid=%d, or run as root or with CAP_PERFMON",
			 read_paranoid(), strerror(-err), most);
		break;
	case EPERM:
		snprintf(error->text, sizeof(error->text),
			 "perf_event_open was refused (%s): run as root or with CAP_PERFMON; in a "
			 "container the seccomp profile must allow it",
			 strerror(-err));
		break;
	case ENOSYS:
		snprintf(error->text, sizeof(error->text),
			 "perf_event_open is not in this kernel (%s): it needs CONFIG_PERF_EVENTS, "
			 "and in a container a seccomp profile that allows it",
			 strerror(-err));
		break;
	default:
		snprintf(error->text, sizeof(error->text), "perf_event_open failed: %s",
			 strerror(-err));
	}
}

int counters_open(struct counters *c, const struct counter_event *events, unsigned int n,
		  bool kernel, struct counters_error *error)
{
	int first_err = -ENOENT, leader = -1;

	*c = (struct counters){ .events = events, .event_count = n };
	for (unsigned int i = 0; i < n; i++) {
		int fd = open_event(&events[i], kernel, leader);

		if (i == 0)
			first_err = fd;
		c->fds[i] = fd < 0 ? -1 : fd;
		if (fd < 0)
			continue;
		leader = leader < 0 ? fd : leader;
		c->order[c->open++] = i;
	}
	if (c->open)
		return 0;
	explain(first_err, kernel, error);
	return first_err;
}

/* Whether the group could be read whole. */
static bool read_group(const struct counters *c, struct counter_group *group)
{
	size_t bytes = offsetof(struct counter_group, values) + c->open * sizeof(group->values[0]);

	return read(c->fds[c->order[0]], group, bytes) == (ssize_t)bytes;
}

/*
 * The counters and their times are never set back, because that is not possible for the times:
 * what counts is the difference of two readings. Only the leader is switched, and the others count
 * while it does: switched one by one (PERF_IOC_FLAG_GROUP) they stay off the second time, as seen
 * on Linux 6.18.
 */
void counters_begin(struct counters *c)
{
	if (!c->open)
		return;
	if (!read_group(c, &c->begun))
		c->begun = (struct counter_group){ 0 };
	ioctl(c->fds[c->order[0]], PERF_EVENT_IOC_ENABLE, 0);
}

bool counters_end(struct counters *c, struct counts *counts)
{
	const struct counter_group *begun = &c->begun;
	struct counter_group ended;
	double scale;

	*counts = (struct counts){ 0 };
	if (!c->open)
		return false;
	ioctl(c->fds[c->order[0]], PERF_EVENT_IOC_DISABLE, 0);
	if (!read_group(c, &ended) || ended.running_ns == begun->running_ns)
		return false;
	scale = (double)(ended.enabled_ns - begun->enabled_ns) /
		(double)(ended.running_ns - begun->running_ns);
	for (unsigned int i = 0; i < c->open; i++) {
		counts->known |= 1u << c->order[i];
		counts->values[c->order[i]] = (double)(ended.values[i] - begun->values[i]) * scale;
	}
	return true;
}

void counters_close(struct counters *c)
{
	for (unsigned int i = 0; i < c->open; i++)
		close(c->fds[c->order[i]]);
	c->open = 0;
}

/* --- samples -------------------------------------------------------------------------------- */

int count_samples_add(struct count_samples *samples, const struct counts *counts, double scale)
{
	for (unsigned int i = 0; i < COUNTERS_MAX; i++) {
		if ((counts->known >> i & 1) &&
		    samples_add(&samples->of[i], counts->values[i] * scale))
			return -ENOMEM;
	}
	return 0;
}

struct counts count_samples_median(struct count_samples *samples)
{
	struct counts counts = { 0 };

	for (unsigned int i = 0; i < COUNTERS_MAX; i++) {
		if (!samples->of[i].count)
			continue;
		counts.known |= 1u << i;
		counts.values[i] = samples_median(&samples->of[i]);
	}
	return counts;
}

struct counts counts_minus(const struct counts *counts, const struct counts *less)
{
	struct counts left = { .known = counts->known & less->known };

	for (unsigned int i = 0; i < COUNTERS_MAX; i++) {
		if (left.known >> i & 1)
			left.values[i] = counts->values[i] - less->values[i];
	}
	return left;
}

void count_samples_free(struct count_samples *samples)
{
	for (unsigned int i = 0; i < COUNTERS_MAX; i++)
		samples_free(&samples->of[i]);
}
