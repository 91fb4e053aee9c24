/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports as CSV, by RFC 4180: lines end in CR LF. */
#include <string.h>

#include "report_formats.h"
#include "report_read.h"

#define SPECIAL ",\"\r\n"

/* What of the report has the key of a column. */
enum place {
	RESULT,
	COUNTS, /* of the result, by hardware counters */
	CHANGE, /* of the result, since the run before */
	REPORT,
	ENVIRONMENT,
	ROUTES,
	PLACES,
};

/* Columns are only ever added, and at the end: programs may find them by number. */
static const struct column {
	const char *name;
	enum place place;
	const char *key;
} columns[] = {
	{ "name", RESULT, "name" },
	{ "stage", RESULT, "stage" },
	{ "unit", RESULT, "unit" },
	{ "better", RESULT, "better" },
	{ "median", RESULT, "median" },
	{ "low", RESULT, "low" },
	{ "high", RESULT, "high" },
	{ "samples", RESULT, "samples" },
	{ "engine", RESULT, "engine" },
	{ "reader", RESULT, "reader" },
	{ "source", RESULT, "source" },
	{ "variant", RESULT, "variant" },
	{ "kernel", RESULT, "kernel" },
	{ "family", RESULT, "family" },
	{ "traffic", RESULT, "traffic" },
	{ "keys", RESULT, "keys" },
	{ "routes", RESULT, "routes" },
	{ "size", RESULT, "size" },
	{ "device", RESULT, "device" },
	{ "valid", RESULT, "valid" },
	{ "before", CHANGE, "before" },
	{ "change_percent", CHANGE, "change_percent" },
	{ "low_percent", CHANGE, "low_percent" },
	{ "high_percent", CHANGE, "high_percent" },
	{ "p_adjusted", CHANGE, "p_adjusted" },
	{ "verdict", CHANGE, "verdict" },
	{ "with_empty_loop", CHANGE, "with_empty_loop" },
	{ "instructions", COUNTS, "instructions" },
	{ "cycles", COUNTS, "cycles" },
	{ "branch_misses", COUNTS, "branch_misses" },
	{ "cache_misses", COUNTS, "cache_misses" },
	{ "started", REPORT, "started" },
	{ "complete", REPORT, "complete" },
	{ "version", REPORT, "version" },
	{ "commit", ENVIRONMENT, "commit" },
	{ "cpu", ENVIRONMENT, "cpu" },
	{ "routes_file", ROUTES, "file" },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void print_field(const char *text, FILE *out)
{
	size_t n = strlen(text);

	/* Some readers drop space around a field that is not quoted. */
	if (!strpbrk(text, SPECIAL) && (!n || (text[0] != ' ' && text[n - 1] != ' '))) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void print_row(const json_t *report, const json_t *result, FILE *out)
{
	const json_t *const places[PLACES] = {
		[RESULT] = result,
		[COUNTS] = json_object_get(result, "counts"),
		[CHANGE] = read_change(report, read_text(result, "name")),
		[REPORT] = report,
		[ENVIRONMENT] = json_object_get(report, "environment"),
		[ROUTES] = json_object_get(report, "routes"),
	};

	for (size_t i = 0; i < COLUMNS; i++) {
		const json_t *value = json_object_get(places[columns[i].place], columns[i].key);
		char number[NUMBER_TEXT];

		print_field(read_text_of(value, number), out);
		fputs(i + 1 < COLUMNS ? "," : "\r\n", out);
	}
}

int report_csv(const json_t *report, FILE *out)
{
	json_t *result;
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		fprintf(out, "%s%s", columns[i].name, i + 1 < COLUMNS ? "," : "\r\n");
	json_array_foreach(json_object_get(report, "results"), i, result)
		print_row(report, result, out);
	return 0;
}
