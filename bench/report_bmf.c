/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports for Bencher: https://bencher.dev/docs/reference/bencher-metric-format */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "report_formats.h"
#include "report_json.h"
#include "report_read.h"

/* latency and throughput are measures that every project has there, of ns and of operations/s. */
static const char *measure_of(const struct unit *unit)
{
	if (unit->quantity == QUANTITY_RATE)
		return "throughput";
	if (unit->quantity == QUANTITY_BYTES)
		return "memory";
	return strcmp(unit->name, "ns-cpu/packet") ? "latency" : "cpu-time";
}

/* @scale: what a one of the result is in the unit of the measure. */
static json_t *metric_json(const json_t *result, double scale)
{
	json_t *metric = json_object();

	set(metric, "value", number(read_number(result, "median") * scale));
	set(metric, "lower_value", number(read_number(result, "low") * scale));
	set(metric, "upper_value", number(read_number(result, "high") * scale));
	return metric;
}

static void add_result(json_t *benchmarks, const json_t *result)
{
	const struct unit *unit = read_unit(result);
	json_t *measures;

	if (!unit || read_void(result))
		return;
	measures = json_object();
	set(measures, measure_of(unit),
	    metric_json(result, unit->quantity == QUANTITY_TIME ? unit->base * 1e9 : 1));
	set(benchmarks, read_text(result, "name"), measures);
}

static void set_value(json_t *measures, const char *measure, double value)
{
	json_t *metric = json_object();

	set(metric, "value", number(value));
	set(measures, measure, metric);
}

int report_bmf(const json_t *report, FILE *out)
{
	json_t *benchmarks = json_object(), *run = json_object(), *result;
	size_t i;
	int err;

	json_array_foreach(json_object_get(report, "results"), i, result)
		add_result(benchmarks, result);
	/* The format has no place for what holds for all: it is a benchmark beside the others. */
	set_value(run, "complete", read_complete(report));
	set_value(run, "void-results", (double)read_void_count(report));
	set_value(run, "disagreements", read_disagreements(report));
	set(benchmarks, "cvpn-bench/run", run);
	err = report_dump(benchmarks, out);
	json_decref(benchmarks);
	return err;
}
