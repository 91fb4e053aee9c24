/* SPDX-License-Identifier: BSD-2-Clause */
/* Collecting results and warnings. */
#include "report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const variant_names[VARIANTS] = {
	[VARIANT_BULK] = "bulk",
	[VARIANT_SINGLE] = "single",
	[VARIANT_LATENCY] = "latency",
};

const char *const family_names[CVPN_LPM_FAMILIES] = {
	[CVPN_LPM_IPV4] = "ipv4",
	[CVPN_LPM_IPV6] = "ipv6",
};

struct result *report_add(struct report *report)
{
	/* A run that outgrows the array is a defect of the program, not of its input. */
	if (report->result_count == REPORT_MAX_RESULTS)
		abort();
	return &report->results[report->result_count++];
}

void report_warn(struct report *report, const char *format, ...)
{
	char *text = report->warnings[report->warning_count];
	va_list args;

	if (report->warning_count == REPORT_MAX_WARNINGS)
		return;
	va_start(args, format);
	vsnprintf(text, REPORT_WARNING_BYTES, format, args);
	va_end(args);
	for (size_t i = 0; i < report->warning_count; i++) {
		if (!strcmp(report->warnings[i], text))
			return;
	}
	report->warning_count++;
}

bool report_counts_hold(const struct tun_counts *c)
{
	return c->refused <= c->offered && c->offered - c->refused == c->received &&
	       c->received == c->tunnel + c->physical + c->drop + c->unparsed;
}
