/* SPDX-License-Identifier: BSD-2-Clause */
/* The samples of a result over one or more launches of a program, from its reports. */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "stats.h"

/* One launch. */
struct series_launch {
	struct samples samples; /* none where it has no such result */
	double empty_ns;	/* of lookups: the empty loop, which is subtracted from them */
};

struct series {
	char *name, *unit;
	bool higher_is_better;
	struct series_launch *launches;
};

struct series_set {
	struct series *list; /* in the order in which they came up */
	size_t count;
	size_t launches;
};

/**
 * series_add_launch() - take the samples of one more launch
 * @set:	zeroed before the first
 * @report:	of the schema cvpn-bench/1
 *
 * Return: 0; -ENOMEM; -EBADMSG for a report that is not by the schema.
 */
int series_add_launch(struct series_set *set, const json_t *report);

/* The series of that name, or NULL. */
const struct series *series_find(const struct series_set *set, const char *name);

/*
 * All samples of a series, launch after launch; if @whole, with the empty loop. The caller frees them.
 * Returns 0 or -ENOMEM.
 */
int series_pool(const struct series_set *set, const struct series *series, bool whole,
		struct samples *out);

/* Whether @median is less than the empty loop that was subtracted from it, in any launch. */
bool series_hides(const struct series_set *set, const struct series *series, double median);

void series_free(struct series_set *set);

#endif
