/* SPDX-License-Identifier: BSD-2-Clause */
/* The XDP stage in the reports, as JSON and as text. */
#include <inttypes.h>

#include "report_json.h"
#include "report_text.h"

static void set_verdicts(json_t *object, const struct tun_counts *c)
{
	set(object, "tunnel", count(c->tunnel));
	set(object, "physical", count(c->physical));
	set(object, "drop", count(c->drop));
	set(object, "unparsed", count(c->unparsed));
}

void report_json_xdp(json_t *object, const struct result *result, uint64_t churn)
{
	const struct xdp_result *x = &result->xdp;
	const struct tun_counts *c = &x->counts;

	set_text(object, "engine", x->engine);
	set(object, "received", count(c->received));
	if (x->decides)
		set_verdicts(object, c);
	if (x->device) {
		set_text(object, "device", x->device);
		set_text(object, "mode", x->mode);
		return;
	}
	set_text(object, "family", x->family);
	set_text(object, "traffic", traffic_names[x->traffic]);
	set(object, "size", count(x->size));
	set(object, "offered", count(c->offered));
	set(object, "refused", count(c->refused));
	set(object, "accepted", count(c->offered - c->refused));
	set(object, "floor", number(x->floor));
	set(object, "of_floor", estimate_json(&x->of_floor));
	set(object, "of_10gbe_line_rate", number(report_of_line_rate(result->figure.median)));
	set(object, "valid", json_boolean(report_xdp_holds(x)));
	if (x->decides) {
		set(object, "checked", count(c->checked));
		set(object, "disagreements", count(c->disagreements));
	}
	if (result->churned)
		set(object, "churn", churn_json(churn, &x->churn));
}

static void print_head(const struct report *r, const struct xdp_result *x, FILE *out)
{
	fprintf(out,
		"\nXDP, %u-byte frames, %s, %s destinations; source, veth and program on one core",
		x->size, x->family, traffic_names[x->traffic]);
	if (r->environment.reader_core >= 0)
		fprintf(out, ", core %d", r->environment.reader_core);
	fprintf(out, "\n  %-18s %-18s %-16s %15s %13s %11s %9s %7s %9s\n", "program", "packets/s",
		"[95 % interval]", "of 10 GbE rate", "of the floor", "tunnel", "physical", "drop",
		"unparsed");
}

static void print_verdicts(const struct tun_counts *c, FILE *out)
{
	fprintf(out, " %9.2f %% %7.2f %% %5.1f %% %7.1f %%", percent(c->tunnel, c->received),
		percent(c->physical, c->received), percent(c->drop, c->received),
		percent(c->unparsed, c->received));
}

static void print_row(const struct result *result, FILE *out)
{
	const struct xdp_result *x = &result->xdp;
	char what[32], interval[48];

	snprintf(what, sizeof(what), "%s%s", x->engine,
		 !x->decides	   ? " (the floor)"
		 : result->churned ? ", churn"
				   : "");
	snprintf(interval, sizeof(interval), "[%.2f, %.2f]", result->figure.low / 1e6,
		 result->figure.high / 1e6);
	fprintf(out, "  %-18s %6.2f million     %-16s %13.1f %% %11.1f %%", what,
		result->figure.median / 1e6, interval,
		100.0 * report_of_line_rate(result->figure.median), 100.0 * x->of_floor.median);
	if (x->decides)
		print_verdicts(&x->counts, out);
	fprintf(out, "\n");
}

static void print_churn(const struct result *result, FILE *out)
{
	const struct churn_summary *s = &result->xdp.churn;

	fprintf(out,
		"  %s, churn: %.0f updates/s of its mirror were done, an update takes %.1f us\n",
		result->xdp.engine, s->per_second, s->median_ns / 1e3);
}

static void print_device(const struct result *result, FILE *out)
{
	const struct xdp_result *x = &result->xdp;
	char number[32];

	fprintf(out, "\nXDP on %s, %s mode, %s: %.0f packets/s [%.0f, %.0f]; of %s packets\n",
		x->device, x->mode, x->engine, result->figure.median, result->figure.low,
		result->figure.high, thousands(x->counts.received, number));
	fprintf(out,
		"  %" PRIu64 " to the tunnel, %" PRIu64 " physical, %" PRIu64 " to drop, %" PRIu64
		" unparsed; all went on\n",
		x->counts.tunnel, x->counts.physical, x->counts.drop, x->counts.unparsed);
}

void report_text_xdp(const struct report *report, FILE *out)
{
	const struct xdp_result *last = NULL;

	for (size_t i = 0; i < report->result_count; i++) {
		const struct result *result = &report->results[i];

		if (result->stage != STAGE_XDP)
			continue;
		if (result->xdp.device) {
			print_device(result, out);
			continue;
		}
		if (!last || last->traffic != result->xdp.traffic)
			print_head(report, &result->xdp, out);
		last = &result->xdp;
		print_row(result, out);
		if (result->churned)
			print_churn(result, out);
	}
}
