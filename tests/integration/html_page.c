/* SPDX-License-Identifier: BSD-2-Clause */
/* html_page REPORT.json...: writes the page of these reports to standard output, for test_html.py. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report_html.h"

#define CANNOT_RUN 77

static json_t *load(const char *path)
{
	json_error_t error;
	json_t *report = json_load_file(path, 0, &error);

	if (!report) {
		fprintf(stderr, "html_page: %s:%d: %s\n", path, error.line, error.text);
		exit(2);
	}
	return report;
}

int main(int argc, char **argv)
{
	size_t count = (size_t)argc - 1;
	json_t **reports = calloc(count + 1, sizeof(*reports));
	int err;

	if (!reports)
		return 1;
	for (size_t i = 0; i < count; i++)
		reports[i] = load(argv[i + 1]);
	err = report_html(reports, count, stdout);
	if (err == -ENOTSUP && !report_html_available())
		fprintf(stderr, "html_page: %s\n", report_html_how);
	else if (err)
		fprintf(stderr, "html_page: %s\n", strerror(-err));
	for (size_t i = 0; i < count; i++)
		json_decref(reports[i]);
	free(reports);
	return err == -ENOTSUP ? CANNOT_RUN : err ? 1 : 0;
}
