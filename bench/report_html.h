/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as one HTML page that needs nothing else. */
#ifndef BENCH_REPORT_HTML_H
#define BENCH_REPORT_HTML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether the program was built with the library that draws the page's charts. */
bool report_html_available(void);

/* How to get a program for which report_html_available() is true: text for an error. */
extern const char report_html_how[];

/**
 * report_html() - write one page that shows all of some reports
 * @reports:	reports by the schema cvpn-bench/1, in the order to show them; still the caller's
 * @count:	how many, at least one
 * @out:	where to; still open afterwards
 *
 * The page has the reports as they are, and its script draws what they say.
 *
 * Return: 0, -ENOTSUP when the program was built without it (nothing is written then), -ENOMEM,
 * or what writing failed with.
 */
int report_html(json_t *const *reports, size_t count, FILE *out);

#endif
