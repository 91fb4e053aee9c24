/* SPDX-License-Identifier: BSD-2-Clause */
/* The one table of --compare: a line for each engine and form of lookup, and what the engine costs. */
#include <string.h>

#include "report.h"
#include "report_text.h"

#define BYTES_PER_KIB 1024.0
#define NS_PER_US     1e3

/* The engine that the others are compared with. */
static const char reference[] = "trie";

static const struct result *find_lookup(const struct report *r, const char *engine,
					enum variant variant, uint8_t family, enum traffic traffic)
{
	for (size_t i = 0; i < r->result_count; i++) {
		const struct result *x = &r->results[i];

		if (x->stage == STAGE_LOOKUP && !x->churned && x->lookup.variant == variant &&
		    x->lookup.family == family && x->lookup.traffic == traffic &&
		    !strcmp(x->lookup.engine, engine))
			return x;
	}
	return NULL;
}

static const struct result *find_change(const struct report *r, const char *engine, uint8_t family,
					enum change_kind kind)
{
	for (size_t i = 0; i < r->result_count; i++) {
		const struct result *x = &r->results[i];

		if (x->stage == STAGE_CHANGE && x->change.kind == kind &&
		    x->change.family == family && !strcmp(x->change.engine, engine))
			return x;
	}
	return NULL;
}

static void print_change(const struct result *x, double scale, const char *unit, FILE *out)
{
	if (x)
		fprintf(out, " %10.5g %-3s", x->figure.median * scale, unit);
	else
		fprintf(out, " %10s    ", "-");
}

static void print_changes(const struct report *r, const char *engine, uint8_t family, FILE *out)
{
	print_change(find_change(r, engine, family, CHANGE_MEMORY), 1 / BYTES_PER_KIB, "KiB", out);
	print_change(find_change(r, engine, family, CHANGE_BUILD), 1, "ms", out);
	print_change(find_change(r, engine, family, CHANGE_UPDATE), 1 / NS_PER_US, "us", out);
	print_change(find_change(r, engine, family, CHANGE_FREE), 1, "ms", out);
}

/* What it takes and how many times what the trie takes, called in the same way. */
static void print_cell(const struct report *r, const char *engine, enum variant variant,
		       uint8_t family, enum traffic traffic, FILE *out)
{
	enum variant as = variant == VARIANT_PACKET ? VARIANT_SINGLE : variant;
	const struct result *x = find_lookup(r, engine, variant, family, traffic);
	const struct result *trie = find_lookup(r, reference, as, family, traffic);

	if (!x)
		fprintf(out, " %9s %7s", "-", "");
	else if (!trie || trie->figure.median <= 0)
		fprintf(out, " %9.2f %7s", x->figure.median, "-");
	else
		fprintf(out, " %9.2f %6.2fx", x->figure.median,
			x->figure.median / trie->figure.median);
}

/* Returns whether there was anything to print. */
static bool print_row(const struct report *r, const char *engine, enum variant variant,
		      uint8_t family, bool first, FILE *out)
{
	const struct result *any = NULL;
	char what[64];

	for (enum traffic traffic = 0; traffic < TRAFFICS && !any; traffic++)
		any = find_lookup(r, engine, variant, family, traffic);
	if (!any)
		return false;
	snprintf(what, sizeof(what), "%s %s%s%s", engine, variant_names[variant],
		 variant == VARIANT_BULK ? " " : "",
		 variant == VARIANT_BULK ? any->lookup.kernel : "");
	fprintf(out, "  %-26s", what);
	for (enum traffic traffic = 0; traffic < TRAFFICS; traffic++) {
		if (r->options->traffics >> traffic & 1)
			print_cell(r, engine, variant, family, traffic, out);
	}
	if (first)
		print_changes(r, engine, family, out);
	fprintf(out, "\n");
	return true;
}

static void print_head(const struct report *r, uint8_t family, FILE *out)
{
	fprintf(out,
		"\nCOMPARISON, %s: ns a lookup without the empty loop, and how many times the "
		"trie's\n  %-26s",
		family_names[family], "engine");
	for (enum traffic traffic = 0; traffic < TRAFFICS; traffic++) {
		if (r->options->traffics >> traffic & 1)
			fprintf(out, " %9.9s %7s", traffic_names[traffic], "");
	}
	fprintf(out, " %10s     %10s     %10s     %10s\n", "memory", "build", "update", "free");
}

void report_compare(const struct report *report, FILE *out)
{
	static const enum variant forms[] = { VARIANT_BULK, VARIANT_SINGLE, VARIANT_PACKET };

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		if (!report->table->list.of_family[family])
			continue;
		print_head(report, family, out);
		for (size_t e = 0; e < report->agreement_engine_count; e++) {
			bool first = true;

			for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
				first &= !print_row(report, report->agreement_engines[e], forms[i],
						    family, first, out);
		}
	}
	fprintf(out,
		"  \"packet\" is a whole XDP program: parse, look up, decide; compared with the "
		"trie's single lookup\n");
}
