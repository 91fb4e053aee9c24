/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading reports of before, and whether they are of the same machine, build and table. */
#include "baseline.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_file.h"

#define OPTION "--baseline"

const char *baseline_text(const json_t *report, const char *object, const char *key)
{
	const json_t *holder = object ? json_object_get(report, object) : report;
	const char *text = json_string_value(json_object_get(holder, key));

	return text ? text : "unknown";
}

/* --- reading --------------------------------------------------------------------------------- */

int baseline_load(const char *path, struct baseline *baseline)
{
	int err;

	*baseline = (struct baseline){ 0 };
	err = report_file_read(OPTION, path, &baseline->report);
	if (!err && !json_is_true(json_object_get(baseline->report, "complete")))
		err = report_file_refuse(OPTION, path, "a run that was interrupted",
					 "a complete one");
	if (!err)
		err = report_file_series(OPTION, path, baseline->report, &baseline->series);
	return err;
}

void baseline_free(struct baseline *baseline)
{
	series_free(&baseline->series);
	json_decref(baseline->report);
	*baseline = (struct baseline){ 0 };
}

/* --- comparing ------------------------------------------------------------------------------- */

/* A value as text, which the caller frees: a string as it is, all else as JSON. */
static char *as_text(const json_t *value)
{
	if (json_is_string(value))
		return strdup(json_string_value(value));
	return value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("nothing");
}

static int compare_value(struct comparison *c, const char *what, const json_t *before,
			 const json_t *now)
{
	char *texts[2];
	int err = 0;

	if (json_equal(before, now) || (!before && !now))
		return 0;
	texts[0] = as_text(before);
	texts[1] = as_text(now);
	err = texts[0] && texts[1] ? comparison_differs(c, what, texts[0], texts[1]) : -ENOMEM;
	free(texts[0]);
	free(texts[1]);
	return err;
}

/* Each that either of them has, so that the one that differs is named. */
static int compare_mitigations(struct comparison *c, const json_t *before, const json_t *now)
{
	json_t *all = json_object();
	const char *name;
	json_t *value;
	char what[64];
	int err = all ? 0 : -ENOMEM;

	/* Neither need have any: a report is somebody's file. */
	json_object_update(all, (json_t *)before);
	json_object_update(all, (json_t *)now);
	json_object_foreach (all, name, value) {
		snprintf(what, sizeof(what), "mitigation of %s", name);
		if (!err)
			err = compare_value(c, what, json_object_get(before, name),
					    json_object_get(now, name));
	}
	json_decref(all);
	return err;
}

/*
 * The same core at another clock, or beside a busy hardware thread, is another machine: all figures
 * change with it. Nothing is said of reports that do not know.
 */
static int compare_speed(struct comparison *c, const char *what, const char *key,
			 const json_t *const environments[2])
{
	double before = json_number_value(json_object_get(environments[0], key));
	double now = json_number_value(json_object_get(environments[1], key));
	char texts[2][48];

	if (before <= 0 || now <= 0 ||
	    100.0 * (fmax(before, now) / fmin(before, now) - 1.0) <= c->max_regression)
		return 0;
	snprintf(texts[0], sizeof(texts[0]), "%.0f ns for the same work", before);
	snprintf(texts[1], sizeof(texts[1]), "%.0f ns", now);
	return comparison_differs(c, what, texts[0], texts[1]);
}

int baseline_differences(const json_t *before, const json_t *now, struct comparison *c)
{
	static const struct {
		const char *object, *key, *what;
	} values[] = {
		{ "environment", "cpu", "cpu" },       { "environment", "microcode", "microcode" },
		{ "environment", "kernel", "kernel" }, { "environment", "compiler", "compiler" },
		{ "environment", "flags", "flags" },   { "routes", "digest", "routes" },
		{ "config", "keys", "keys" },	       { "config", "size", "size" },
		{ "config", "seed", "seed" },
	};
	const json_t *e[2] = { json_object_get(before, "environment"),
			       json_object_get(now, "environment") };
	int err = 0;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) && !err; i++) {
		const json_t *was = json_object_get(before, values[i].object);
		const json_t *is = json_object_get(now, values[i].object);

		err = compare_value(c, values[i].what, json_object_get(was, values[i].key),
				    json_object_get(is, values[i].key));
	}
	if (!err)
		err = compare_mitigations(c, json_object_get(e[0], "mitigations"),
					  json_object_get(e[1], "mitigations"));
	if (!err)
		err = compare_speed(c, "speed of the core's clock", "clock_loop_ns", e);
	if (err)
		return err;
	return compare_speed(c, "speed of the core beside its neighbours", "throughput_loop_ns", e);
}
