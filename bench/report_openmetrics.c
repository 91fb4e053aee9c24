/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports as OpenMetrics 1.0 text. Prometheus' own format, which node_exporter reads, is met by the
 * same text: only types that both have are used, and what is not in it is a comment there.
 */
#include <string.h>
#include <time.h>

#include "report_formats.h"
#include "report_read.h"

/* A metric, whose samples must stand together. */
struct metric {
	const char *name, *unit, *help;
	void (*print)(const struct metric *metric, const json_t *report, FILE *out);
	const char *units[3]; /* figures: of the results that are such */
	const char *key;      /* or: of what has it */
	double scale;	      /* then: to the metric's unit */
};

/* What tells results apart. */
static const char *const labels[] = {
	"engine", "reader", "source", "variant", "kernel", "family", "traffic", "device",
};
#define LABELS (sizeof(labels) / sizeof(labels[0]))

static void print_label(const char *before, const char *name, const char *value, FILE *out)
{
	fprintf(out, "%s%s=\"", before, name);
	for (const char *c = value; *c; c++) {
		if (*c == '\n')
			fputs("\\n", out);
		else if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

/* Prints a metric's name and the labels of a result, without the closing brace. */
static void begin_sample(const struct metric *metric, const json_t *result, FILE *out)
{
	fprintf(out, "cvpn_bench_%s", metric->name);
	print_label("{", "name", read_text(result, "name"), out);
	for (size_t i = 0; i < LABELS; i++) {
		if (json_object_get(result, labels[i]))
			print_label(",", labels[i], read_text(result, labels[i]), out);
	}
}

static void end_sample(double value, FILE *out)
{
	fprintf(out, "} %.9g\n", value);
}

/* The median of an estimate and its interval. @suffix: of the keys. */
static void print_estimate(const struct metric *metric, const json_t *result,
			   const json_t *estimate, const char *const keys[3], double scale,
			   FILE *out)
{
	static const char *const stats[] = { "median", "low", "high" };

	for (size_t i = 0; i < 3; i++) {
		begin_sample(metric, result, out);
		print_label(",", "stat", stats[i], out);
		end_sample(read_number(estimate, keys[i]) * scale, out);
	}
}

static const char *const estimate_keys[] = { "median", "low", "high" };
static const char *const change_keys[] = { "change_percent", "low_percent", "high_percent" };

static bool is_of(const struct metric *metric, const struct unit *unit)
{
	for (size_t i = 0; i < 3; i++) {
		if (metric->units[i] && !strcmp(metric->units[i], unit->name))
			return true;
	}
	return false;
}

static void print_figures(const struct metric *metric, const json_t *report, FILE *out)
{
	json_t *result;
	size_t i;

	json_array_foreach(json_object_get(report, "results"), i, result)
	{
		const struct unit *unit = read_unit(result);

		if (unit && is_of(metric, unit))
			print_estimate(metric, result, result, estimate_keys, unit->base, out);
	}
}

/* What some results have beside their figure: an estimate, a number or a truth. */
static void print_parts(const struct metric *metric, const json_t *report, FILE *out)
{
	json_t *result;
	size_t i;

	json_array_foreach(json_object_get(report, "results"), i, result)
	{
		const json_t *part = json_object_get(result, metric->key);

		if (json_is_object(part)) {
			print_estimate(metric, result, part, estimate_keys, metric->scale, out);
		} else if (part) {
			begin_sample(metric, result, out);
			end_sample(json_is_true(part) ? 1 : json_number_value(part), out);
		}
	}
}

static void print_packets(const struct metric *metric, const json_t *report, FILE *out)
{
	static const char *const counts[] = {
		"offered",  "refused", "accepted", "received", "tunnel",
		"physical", "drop",    "unparsed", "checked",  "disagreements",
	};
	json_t *result;
	size_t i;

	json_array_foreach(json_object_get(report, "results"), i, result)
	{
		for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
			if (!json_object_get(result, counts[c]))
				continue;
			begin_sample(metric, result, out);
			print_label(",", "what", counts[c], out);
			end_sample(read_number(result, counts[c]), out);
		}
	}
}

static const json_t *changes(const json_t *report)
{
	return json_object_get(json_object_get(report, "comparison"), "results");
}

static void print_changes(const struct metric *metric, const json_t *report, FILE *out)
{
	const json_t *array = changes(report);
	json_t *change;
	size_t i;

	json_array_foreach(array, i, change)
		print_estimate(metric, change, change, change_keys, 0.01, out);
}

/* One of the verdicts is 1, the others are 0: a rule can name the one it waits for. */
static void print_states(const struct metric *metric, const json_t *judged,
			 const char *const verdicts[4], FILE *out)
{
	for (size_t i = 0; i < 4; i++) {
		if (json_object_get(judged, "name")) {
			begin_sample(metric, judged, out);
			print_label(",", "verdict", verdicts[i], out);
		} else {
			fprintf(out, "cvpn_bench_%s", metric->name);
			print_label("{", "verdict", verdicts[i], out);
		}
		end_sample(read_verdict_is(judged, verdicts[i]), out);
	}
}

static void print_verdicts(const struct metric *metric, const json_t *report, FILE *out)
{
	static const char *const verdicts[] = { "regression", "improvement", "unchanged", "noisy" };
	const json_t *array = changes(report);
	json_t *change;
	size_t i;

	json_array_foreach(array, i, change) print_states(metric, change, verdicts, out);
}

static void print_verdict(const struct metric *metric, const json_t *report, FILE *out)
{
	static const char *const verdicts[] = { "regression", "improvement", "unchanged",
						"inconclusive" };
	const json_t *comparison = json_object_get(report, "comparison");

	if (comparison)
		print_states(metric, comparison, verdicts, out);
}

static void print_info(const struct metric *metric, const json_t *report, FILE *out)
{
	const json_t *environment = json_object_get(report, "environment"),
		     *routes = json_object_get(report, "routes");

	fprintf(out, "cvpn_bench_%s", metric->name);
	print_label("{", "version", read_text(report, "version"), out);
	print_label(",", "commit", read_text(environment, "commit"), out);
	print_label(",", "cpu", read_text(environment, "cpu"), out);
	print_label(",", "kernel", read_text(environment, "kernel"), out);
	print_label(",", "mode", read_text(json_object_get(report, "config"), "mode"), out);
	print_label(",", "routes", read_text(routes, "file"), out);
	print_label(",", "digest", read_text(routes, "digest"), out);
	end_sample(1, out);
}

static void print_one(const struct metric *metric, double value, FILE *out)
{
	fprintf(out, "cvpn_bench_%s %.10g\n", metric->name, value);
}

static void print_started(const struct metric *metric, const json_t *report, FILE *out)
{
	struct tm tm = { 0 };

	if (strptime(read_text(report, "started"), "%Y-%m-%dT%H:%M:%SZ", &tm))
		print_one(metric, (double)timegm(&tm), out);
}

static void print_complete(const struct metric *metric, const json_t *report, FILE *out)
{
	print_one(metric, read_complete(report), out);
}

static void print_agreement(const struct metric *metric, const json_t *report, FILE *out)
{
	print_one(metric, read_number(json_object_get(report, "agreement"), metric->key), out);
}

static void print_steal(const struct metric *metric, const json_t *report, FILE *out)
{
	print_one(metric,
		  read_number(json_object_get(report, "environment"), "steal_percent") / 100, out);
}

static const struct metric metrics[] = {
	{ "info", NULL, "The build, the machine and the routes.", print_info },
	{ "started_timestamp_seconds", "seconds", "When the run was started.", print_started },
	{ "complete", NULL, "1, or 0 if the run was interrupted.", print_complete },
	{ "compared_verdicts", NULL, "Verdicts compared with the oracle's.", print_agreement,
	  .key = "keys" },
	{ "differing_verdicts", NULL, "Verdicts that differ from the oracle's.", print_agreement,
	  .key = "disagreements" },
	{ "steal_ratio", "ratio", "CPU time that the hypervisor gave to others.", print_steal },
	{ "lookup_seconds",
	  "seconds",
	  "Time that a lookup takes, without the empty loop.",
	  print_figures,
	  { "ns/lookup" } },
	{ "table_seconds",
	  "seconds",
	  "Time to build, change or free what is looked up in.",
	  print_figures,
	  { "ns/update", "ms" } },
	{ "table_bytes", "bytes", "Memory of what is looked up in.", print_figures, { "bytes" } },
	{ "packets_per_second",
	  NULL,
	  "Packets received, or decided by XDP, in a second.",
	  print_figures,
	  { "packets/s" } },
	{ "packet_cpu_seconds",
	  "seconds",
	  "CPU time of the reader for a packet.",
	  print_figures,
	  { "ns-cpu/packet" } },
	{ "decision_seconds", "seconds", "What the decision adds to the CPU time for a packet.",
	  print_parts, .key = "decision", .scale = 1e-9 },
	{ "of_floor_ratio", "ratio", "Share of the rate of a program that only drops.", print_parts,
	  .key = "of_floor", .scale = 1 },
	{ "kept_ratio", "ratio", "Share of the rate that is kept while the table is updated.",
	  print_parts, .key = "kept" },
	{ "packets", NULL, "What became of the packets of a result.", print_packets },
	{ "valid", NULL, "1, or 0 if the packets of a result do not add up or verdicts differ.",
	  print_parts, .key = "valid" },
	{ "change_ratio", "ratio", "Change of a figure since the run before.", print_changes },
	{ "change_verdict", NULL, "What that change is.", print_verdicts },
	{ "verdict", NULL, "What the changes of all figures come to.", print_verdict },
};

int report_openmetrics(const json_t *report, FILE *out)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const struct metric *metric = &metrics[i];

		fprintf(out, "# HELP cvpn_bench_%s %s\n# TYPE cvpn_bench_%s gauge\n", metric->name,
			metric->help, metric->name);
		if (metric->unit)
			fprintf(out, "# UNIT cvpn_bench_%s %s\n", metric->name, metric->unit);
		metric->print(metric, report, out);
	}
	fputs("# EOF\n", out);
	return 0;
}
