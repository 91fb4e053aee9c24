/* SPDX-License-Identifier: BSD-2-Clause */
/* The report that people read. */
#include <inttypes.h>
#include <string.h>

#include "report_text.h"

#include <cvpn/lpm_image.h>

#include "report_text.h"
#include "version.h"

/* Millions of 64-byte frames a second, with preamble and gap: 20 bytes more on the wire. */
#define LINE_RATE_MPPS(gbit) ((gbit)*1e3 / ((64 + 20) * 8))
#define BYTES_PER_KIB	     1024.0

static void print_table(const struct report *r, FILE *out)
{
	const struct table *t = r->table;
	const struct cvpn_lpm_image *image = cvpn_lpm_image(t->lpm);
	char v4[32], v6[32], keys[32];

	fprintf(out, "cvpn-bench %s   %s: %s IPv4 and %s IPv6 routes, %u verdict%s, %s\n",
		PROJECT_VERSION, t->list.name, thousands(t->list.of_family[CVPN_LPM_IPV4], v4),
		thousands(t->list.of_family[CVPN_LPM_IPV6], v6), t->verdict_count,
		t->verdict_count == 1 ? "" : "s", t->mode);
	fprintf(out, "%s, %u core%s, Linux %s\n", r->environment.cpu, r->environment.cores,
		r->environment.cores == 1 ? "" : "s", r->environment.kernel);
	fprintf(out, "table: %.1f KiB, built in %.1f ms", (double)image->bytes / BYTES_PER_KIB,
		t->build_ms);
	if (r->agreement_keys)
		fprintf(out, "; %s verdicts compared with the linear oracle, %" PRIu64 " differ",
			thousands(r->agreement_keys, keys), r->disagreements);
	fprintf(out, "\n");
}

static void print_lookup_head(FILE *out)
{
	fprintf(out, "\n%-44s %9s  %-16s %10s %10s  %s\n", "LOOKUP, one core", "ns/lookup",
		"[95 % interval]", "empty loop", "million/s", "x line rate of 64-byte frames");
	fprintf(out, "%-44s %9s  %-16s %10s %10s  %8s %8s %8s\n", "", "", "", "ns more",
		"with both", "10 GbE", "100 GbE", "400 GbE");
}

/* The figure is without the empty loop, the rates are with it: what a core really does. */
static void print_lookup_row(const struct result *x, FILE *out)
{
	const char *kernel = x->lookup.variant == VARIANT_BULK ? x->lookup.kernel : "";
	double mps = 1e3 / (x->figure.median + x->lookup.baseline_ns);
	char what[80], interval[32], entry[24] = "";

	if (x->lookup.entry_bytes)
		snprintf(entry, sizeof(entry), " %u B", x->lookup.entry_bytes);
	snprintf(what, sizeof(what), "%s %s%s%s%s, %s %s%s", x->lookup.engine,
		 variant_names[x->lookup.variant], *kernel ? " " : "", kernel, entry,
		 family_names[x->lookup.family], traffic_names[x->lookup.traffic],
		 x->churned ? ", churn" : "");
	snprintf(interval, sizeof(interval), "[%.2f, %.2f]", x->figure.low, x->figure.high);
	fprintf(out, "  %-42s %9.2f  %-16s %10.2f %10.1f", what, x->figure.median, interval,
		x->lookup.baseline_ns, mps);
	fprintf(out, "  %8.1f %8.1f %8.2f\n", mps / LINE_RATE_MPPS(10), mps / LINE_RATE_MPPS(100),
		mps / LINE_RATE_MPPS(400));
}

static void print_lookups(const struct report *r, FILE *out)
{
	bool head = false, floor = false;

	for (size_t i = 0; i < r->result_count; i++) {
		if (r->results[i].stage != STAGE_LOOKUP)
			continue;
		if (!head)
			print_lookup_head(out);
		head = true;
		print_lookup_row(&r->results[i], out);
		floor |= !strcmp(r->results[i].lookup.engine, "floor");
	}
	if (floor)
		fprintf(out,
			"  \"floor\" reads one value a key and has no verdict to compare: what "
			"memory of the trie's size costs\n");
}

/* Building and updating, one line for each engine and family. */
static void print_changes(const struct report *r, FILE *out)
{
	bool head = false;

	for (size_t i = 0; i < r->result_count; i++) {
		const struct result *x = &r->results[i];
		char what[64], entry[24] = "", interval[48];

		if (x->stage != STAGE_CHANGE)
			continue;
		if (!head)
			fprintf(out, "\nCHANGES, one core\n");
		head = true;
		if (x->change.entry_bytes)
			snprintf(entry, sizeof(entry), " %u B", x->change.entry_bytes);
		snprintf(what, sizeof(what), "%s %s%s, %s", x->change.engine,
			 change_names[x->change.kind], entry, family_names[x->change.family]);
		snprintf(interval, sizeof(interval), "[%.6g, %.6g]", x->figure.low, x->figure.high);
		fprintf(out, "  %-34s %12.6g %-10s %s\n", what, x->figure.median, x->unit,
			interval);
	}
}

static void print_churn(const struct report *r, FILE *out)
{
	struct churn_summary s;
	char asked[32];

	if (!r->churn)
		return;
	s = churn_summary(r->churn);
	fprintf(out,
		"\nCHURN, %s updates/s asked, %.0f done: an update takes %.1f us, 99 %% of them at "
		"most %.1f us, the longest %.0f us\n",
		thousands(r->options->churn, asked), s.per_second, s.median_ns / 1e3,
		s.p99_ns / 1e3, s.max_ns / 1e3);
	for (size_t i = 0; i < r->result_count; i++) {
		if (r->results[i].churned)
			fprintf(out, "  %-52s keeps %5.1f %% of its rate\n", r->results[i].name,
				100.0 * r->results[i].kept);
	}
}

static const struct result *find_tun(const struct report *r, const char *reader,
				     enum tun_figure figure, enum traffic traffic)
{
	for (size_t i = 0; i < r->result_count; i++) {
		const struct result *x = &r->results[i];

		if (x->stage == STAGE_TUN && !x->churned && x->tun.figure == figure &&
		    x->tun.traffic == traffic && !strcmp(x->tun.reader, reader))
			return x;
	}
	return NULL;
}

static void print_tun_head(const struct report *r, const struct result *x, FILE *out)
{
	const struct environment *e = &r->environment;

	fprintf(out, "\nTUN path, %u-byte frames, %s, %s destinations; source \"%s\"", x->tun.size,
		x->tun.family, traffic_names[x->tun.traffic], x->tun.source);
	if (e->reader_core != e->source_core)
		fprintf(out, " on core %d, reader on core %d", e->source_core, e->reader_core);
	fprintf(out, "\n  reader      packets/s        loss  ns CPU/packet   the decision adds"
		     "      tunnel  physical    drop  unparsed\n");
}

/* One reader: its rate, and its cost beside it. */
static void print_tun_row(const struct report *r, const struct result *rate, FILE *out)
{
	const struct tun_counts *c = &rate->tun.counts;
	const struct result *cost = find_tun(r, rate->tun.reader, TUN_COST, rate->tun.traffic);

	fprintf(out, "  %-8s %9.2f million  %7.2f %%", rate->tun.reader, rate->figure.median / 1e6,
		percent(c->refused, c->offered));
	if (cost)
		fprintf(out, "  %13.1f  %8.1f ns (%4.1f %%)", cost->figure.median,
			cost->tun.decision.median,
			100.0 * cost->tun.decision.median / cost->tun.undecided.median);
	else
		fprintf(out, "  %13s  %20s", "-", "-");
	fprintf(out, "  %8.2f %%  %6.2f %%  %4.1f %%  %6.1f %%\n", percent(c->tunnel, c->received),
		percent(c->physical, c->received), percent(c->drop, c->received),
		percent(c->unparsed, c->received));
}

static void print_tun_notes(const struct report *r, enum traffic traffic, FILE *out)
{
	const struct result *drain = find_tun(r, "drain", TUN_COST, traffic);
	const struct result *plain = find_tun(r, "read", TUN_COST, traffic);

	if (drain && plain)
		fprintf(out, "  a packet costs \"drain\" %.2f of what it costs \"read\"\n",
			drain->figure.median / plain->figure.median);
	for (size_t i = 0; i < r->result_count; i++) {
		const struct result *x = &r->results[i];

		if (x->stage == STAGE_TUN && !x->churned && x->tun.figure == TUN_RATE &&
		    x->tun.traffic == traffic && x->tun.source_limited)
			fprintf(out, "  %s: the source was the limit, not the reader%s\n",
				x->tun.reader, r->options->rate ? " (--rate)" : "");
	}
}

static void print_tun(const struct report *r, FILE *out)
{
	for (enum traffic traffic = 0; traffic < TRAFFICS; traffic++) {
		bool head = false;

		for (size_t i = 0; i < r->result_count; i++) {
			const struct result *x = &r->results[i];

			if (x->stage != STAGE_TUN || x->churned || x->tun.figure != TUN_RATE ||
			    x->tun.traffic != traffic)
				continue;
			if (!head)
				print_tun_head(r, x, out);
			head = true;
			print_tun_row(r, x, out);
		}
		if (head)
			print_tun_notes(r, traffic, out);
	}
}

static void print_verification(const struct report *r, FILE *out)
{
	uint64_t checked = 0, differ = 0;
	char number[32];

	for (size_t i = 0; i < r->result_count; i++) {
		if (r->results[i].stage != STAGE_TUN)
			continue;
		checked += r->results[i].tun.counts.checked;
		differ += r->results[i].tun.counts.disagreements;
	}
	if (checked)
		fprintf(out,
			"  verified: %s packets, %" PRIu64 " verdicts differ from the oracle\n",
			thousands(checked, number), differ);
}

void report_text(const struct report *report, FILE *out)
{
	print_table(report, out);
	if (report->options->mode == MODE_COMPARE) {
		report_compare(report, out);
	} else {
		print_lookups(report, out);
		print_changes(report, out);
	}
	print_tun(report, out);
	report_text_xdp(report, out);
	report_text_counts(report, out);
	print_verification(report, out);
	print_churn(report, out);
	if (!report->complete)
		fprintf(out, "\nINTERRUPTED: the figures are of what was measured until then\n");
	for (size_t i = 0; i < report->warning_count; i++)
		fprintf(out, "%swarning: %s\n", i ? "" : "\n", report->warnings[i]);
}
