/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats of reports for other programs; docs/reports.md says what each has. All write a report
 * of the schema cvpn-bench/1 and return 0 or a negative errno; an error of @out is the caller's to
 * find.
 */
#ifndef BENCH_REPORT_FORMATS_H
#define BENCH_REPORT_FORMATS_H

#include <jansson.h>
#include <stdio.h>

/* The JSON itself, of a report or of what is made of one. */
int report_dump(const json_t *json, FILE *out);

/* A row for each result, by RFC 4180. */
int report_csv(const json_t *report, FILE *out);

/* A comment for a pull request on GitHub, shorter than it allows there. */
int report_markdown(const json_t *report, FILE *out);

/* JUnit's XML: a test case for each result, which failed if it is a regression. */
int report_junit(const json_t *report, FILE *out);

/* OpenMetrics' text, which is also one of Prometheus' own format. */
int report_openmetrics(const json_t *report, FILE *out);

/* The Bencher Metric Format. */
int report_bmf(const json_t *report, FILE *out);

/* JSON for github-action-benchmark's tool customSmallerIsBetter. */
int report_github(const json_t *report, FILE *out);

#endif
