/* SPDX-License-Identifier: BSD-2-Clause */
/* outputs OPTION REPORT.json: writes a report, a made-up one too, in the format of an option. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *report;
	int err = -EINVAL;

	if (argc != 3) {
		fprintf(stderr, "usage: outputs OPTION REPORT.json\n");
		return 2;
	}
	report = json_load_file(argv[2], 0, &error);
	if (!report) {
		fprintf(stderr, "outputs: %s:%d: %s\n", argv[2], error.line, error.text);
		return 2;
	}
	for (enum output o = 0; o < OUTPUTS; o++) {
		if (!strcmp(output_formats[o].option, argv[1]))
			err = output_formats[o].write(report, stdout);
	}
	json_decref(report);
	if (err)
		fprintf(stderr, "outputs: %s: %s\n", argv[1], strerror(-err));
	return err || fclose(stdout) ? 1 : 0;
}
