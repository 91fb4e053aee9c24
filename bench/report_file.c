/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading reports, and saying what is wrong with a file that is none. */
#include "report_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SCHEMA "cvpn-bench/1"

int report_file_refuse(const char *option, const char *path, const char *found,
		       const char *expected)
{
	fprintf(stderr, "cvpn-bench: %s: %s: found %s; expected %s\n", option, path, found,
		expected);
	return -EINVAL;
}

static int check_schema(const char *option, const char *path, const json_t *report)
{
	const char *schema = json_string_value(json_object_get(report, "schema"));
	char found[128];

	if (!schema)
		return report_file_refuse(option, path, "JSON without a schema's name",
					  "a report of cvpn-bench (--save, --json)");
	snprintf(found, sizeof(found), "schema \"%s\"", schema);
	return strcmp(schema, SCHEMA) ? report_file_refuse(option, path, found, "\"" SCHEMA "\"")
				      : 0;
}

int report_file_read(const char *option, const char *path, json_t **report)
{
	FILE *in = fopen(path, "re");
	json_error_t error;
	int err;

	*report = NULL;
	if (!in) {
		err = -errno;
		fprintf(stderr, "cvpn-bench: %s: %s can not be read: %s\n", option, path,
			strerror(-err));
		return err;
	}
	*report = json_loadf(in, 0, &error);
	fclose(in);
	if (!*report) {
		fprintf(stderr,
			"cvpn-bench: %s: %s:%d: found no JSON (%s); expected a report of "
			"cvpn-bench (--save, --json)\n",
			option, path, error.line, error.text);
		return -EINVAL;
	}
	err = check_schema(option, path, *report);
	if (err) {
		json_decref(*report);
		*report = NULL;
	}
	return err;
}

int report_file_series(const char *option, const char *path, const json_t *report,
		       struct series_set *set)
{
	int err = series_add_launch(set, report);

	if (err == -EBADMSG)
		return report_file_refuse(option, path,
					  "a result without name, unit, better or values",
					  "all of them, as this version writes them");
	return err;
}
