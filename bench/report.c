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
	[VARIANT_PACKET] = "packet",
};

const char *const family_names[CVPN_LPM_FAMILIES] = {
	[CVPN_LPM_IPV4] = "ipv4",
	[CVPN_LPM_IPV6] = "ipv6",
};

const char *const change_names[CHANGES] = {
	[CHANGE_BUILD] = "build", [CHANGE_UPDATE] = "update", [CHANGE_PUSH] = "push",
	[CHANGE_FREE] = "free",	  [CHANGE_MEMORY] = "memory",
};

struct result *report_add(struct report *report)
{
	/* A run that outgrows the array is a defect of the program, not of its input. */
	if (report->result_count == REPORT_MAX_RESULTS)
		abort();
	return &report->results[report->result_count++];
}

void report_set_figure(const struct report *report, struct result *result, struct samples *samples)
{
	result->warm_up = samples_warm_up(samples);
	samples_drop(samples, result->warm_up);
	result->figure = samples_estimate(samples, report->options->seed);
	result->samples = *samples;
	*samples = (struct samples){ 0 };
}

void report_free_results(struct report *report)
{
	for (size_t i = 0; i < report->result_count; i++)
		samples_free(&report->results[i].samples);
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

bool report_xdp_holds(const struct xdp_result *xdp)
{
	const struct tun_counts *c = &xdp->counts;

	if (xdp->device)
		return true;
	if (c->disagreements)
		return false;
	if (xdp->decides)
		return report_counts_hold(c);
	return c->refused <= c->offered && c->offered - c->refused == c->received;
}

/* Bits that a 64-byte frame takes on the wire, with preamble and gap. */
#define FRAME_BITS ((64 + 20) * 8)

double report_of_line_rate(double packets_per_second)
{
	return packets_per_second / (10e9 / FRAME_BITS);
}

/* What a result says of the rate, in units of its stage. */
static double rate_of(const struct result *result)
{
	double figure = result->figure.median;

	if (result->higher_is_better)
		return figure;
	/* Of lookups, what a core really does: with the empty loop. */
	return 1.0 / (figure + (result->stage == STAGE_LOOKUP ? result->lookup.baseline_ns : 0));
}

void report_churned(struct report *report, struct result *result)
{
	result->churned = true;
	for (size_t i = 0; i < report->result_count; i++) {
		const struct result *other = &report->results[i];

		if (!other->churned && !strcmp(other->name, result->name))
			result->kept = rate_of(result) / rate_of(other);
	}
	strncat(result->name, "/churn", sizeof(result->name) - strlen(result->name) - 1);
}
