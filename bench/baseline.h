/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing with a report of before. */
#ifndef BENCH_BASELINE_H
#define BENCH_BASELINE_H

#include <jansson.h>

#include "comparison.h"

struct baseline {
	json_t *report;
	struct series_set series;
};

/**
 * baseline_load() - read a report that --save kept
 * @path:	a file of the schema cvpn-bench/1
 * @baseline:	made from it; baseline_free() frees it, also after an error
 *
 * Return: 0, or a negative errno after printing what was found and what was expected.
 */
int baseline_load(const char *path, struct baseline *baseline);

/**
 * baseline_differences() - find what makes two reports not comparable
 * @before:	of the schema cvpn-bench/1
 * @now:	the same
 * @c:		differences are added: of the machine (processor, microcode, kernel, mitigations),
 *		the build (compiler, flags), what was measured (routes, keys, frame size), and
		of the core's speed, if that is more than max_regression
 *
 * Return: 0 or -ENOMEM.
 */
int baseline_differences(const json_t *before, const json_t *now, struct comparison *c);

/* A text of a report's "environment", or "unknown"; or of the report itself (@object NULL). */
const char *baseline_text(const json_t *report, const char *object, const char *key);

void baseline_free(struct baseline *baseline);

#endif
