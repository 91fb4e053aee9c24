/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways to write a report, for people and for programs, and the places it goes to. */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* In the order in which they are written. */
enum output {
	OUTPUT_SAVE, /* for --baseline */
	OUTPUT_JSON,
	OUTPUT_CSV,
	OUTPUT_MARKDOWN,
	OUTPUT_JUNIT,
	OUTPUT_OPENMETRICS,
	OUTPUT_BMF,
	OUTPUT_GITHUB,
	OUTPUT_HTML,
	OUTPUTS,
};

/* Where one of them goes. */
struct output_target {
	bool wanted;
	const char *file; /* NULL: standard output */
};

struct output_format {
	const char *option; /* that asks for it */
	/* Writes a report of the schema cvpn-bench/1. Returns 0 or a negative errno. */
	int (*write)(const json_t *report, FILE *out);
	bool merges; /* it also writes what --merge makes, of the schema cvpn-bench-merge/1 */
};

extern const struct output_format output_formats[OUTPUTS];

/* Whether one of them goes to standard output, which then is for nothing else. */
bool output_takes_stdout(const struct output_target targets[OUTPUTS]);

/*
 * Finds out before the run, not after it, that a report has no place to go: prints which, and why.
 * Returns 0 or a negative errno.
 */
int output_check(const struct output_target targets[OUTPUTS]);

/**
 * output_write() - write a report in all the ways that were asked for
 * @targets:	a file is replaced in one step: who reads it never sees half a report
 * @report:	of the schema cvpn-bench/1, or cvpn-bench-merge/1 if all that are wanted write that
 *
 * Return: 0, or a negative errno after printing which could not be written; the others were.
 */
int output_write(const struct output_target targets[OUTPUTS], const json_t *report);

#endif
