/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the report for people are made with. */
#ifndef BENCH_REPORT_TEXT_H
#define BENCH_REPORT_TEXT_H

#include <inttypes.h>

#include "report.h"

/* Writes a number with a comma between thousands. */
static inline const char *thousands(uint64_t number, char out[32])
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *to = out;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

static inline double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* The comparison of engines. */
void report_compare(const struct report *report, FILE *out);

/* The table of the hardware counters. */
void report_text_counts(const struct report *report, FILE *out);

/* The tables of the XDP stage. */
void report_text_xdp(const struct report *report, FILE *out);

#endif
