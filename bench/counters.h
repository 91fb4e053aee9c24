/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hardware counters of the calling thread, by perf_event_open(2): what a pass executed, which does
 * not drift as its time does.
 */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "stats.h"

#define COUNTERS_MAX 4u

struct counter_event {
	const char *name; /* as in the report */
	uint32_t type;	  /* of struct perf_event_attr */
	uint64_t config;
};

/* The events of the reports. */
extern const struct counter_event hardware_events[];
extern const unsigned int hardware_event_count;

/* A group that counts together. All zeros: none, which counts nothing. */
struct counters {
	const struct counter_event *events;
	unsigned int event_count;
	int fds[COUNTERS_MAX];		  /* -1: this machine does not have the event */
	unsigned int order[COUNTERS_MAX]; /* of the group: indexes of events[] */
	unsigned int open;		  /* events that count */
	struct counter_group {		  /* as read(2) fills it: PERF_FORMAT_GROUP */
		uint64_t events;
		uint64_t enabled_ns, running_ns;
		uint64_t values[COUNTERS_MAX];
	} begun;
};

/* Why there are none, and how to enable them. */
struct counters_error {
	char text[320];
};

/* A value for each event by its index, of those whose bit is set in @known. */
struct counts {
	uint32_t known;
	double values[COUNTERS_MAX];
};

/* The samples of each event. */
struct count_samples {
	struct samples of[COUNTERS_MAX];
};

/**
 * counters_open() - open a group of counters for the calling thread, stopped
 * @c:		filled; after an error it counts nothing
 * @events:	what to count, which must outlive @c
 * @n:		how many, at most COUNTERS_MAX
 * @kernel:	also what the kernel does for the thread, which takes more privilege
 * @error:	filled on error
 *
 * Events that the machine does not have, or has no room for beside the others, are left out. Only
 * the thread that opened the group is counted.
 *
 * Return: 0, or a negative errno if not one event can be counted.
 */
int counters_open(struct counters *c, const struct counter_event *events, unsigned int n,
		  bool kernel, struct counters_error *error);

/* Starts counting; it makes system calls, so it is for outside of what is timed. */
void counters_begin(struct counters *c);

/**
 * counters_end() - stop counting and read
 * @c:		begun
 * @counts:	what was counted since, scaled up if the group had to share the hardware with others
 *
 * Return: whether there is something: not without counters, nor when the group had no turn.
 */
bool counters_end(struct counters *c, struct counts *counts);

void counters_close(struct counters *c);

/* Adds what was counted, multiplied by @scale. Returns 0 or -ENOMEM. */
int count_samples_add(struct count_samples *samples, const struct counts *counts, double scale);

/* The median of each event that has samples, which are sorted by this. */
struct counts count_samples_median(struct count_samples *samples);

/* The difference, of each event that both have. */
struct counts counts_minus(const struct counts *counts, const struct counts *less);

void count_samples_free(struct count_samples *samples);

#endif
