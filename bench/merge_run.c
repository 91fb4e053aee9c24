/* SPDX-License-Identifier: BSD-2-Clause */
/* The mode --merge: reads, compares, and writes what was asked for. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "merge.h"
#include "print.h"

/* Columns of the terminal that standard output is, or 0. */
static unsigned int terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Also where people read the JSON: what is missing from it must not be overlooked. */
static void show_warnings(const struct merged *merged)
{
	const json_t *warning;
	size_t i;

	json_array_foreach (merged->warnings, i, warning)
		fprintf(stderr, "cvpn-bench: warning: %s\n", json_string_value(warning));
}

static int write_outputs(const struct options *options, const struct merged *merged)
{
	json_t *json = merge_json(merged);
	int err = json ? output_write(options->outputs, json) : -ENOMEM;

	if (!json)
		fprintf(stderr, "cvpn-bench: --merge: %s\n", strerror(-err));
	json_decref(json);
	if (err)
		return EXIT_FAILED;
	if (options->quiet)
		return EXIT_DONE;
	if (output_takes_stdout(options->outputs))
		show_warnings(merged);
	else
		merge_text(merged, terminal_width(), stdout);
	return finish_output(EXIT_DONE);
}

int merge_run(const struct options *options)
{
	struct merged merged;
	int err = merge_load(options->reports, options->report_count, &merged);
	int status = EXIT_USAGE;

	if (!err)
		err = merge_compare(&merged, options->seed);
	if (err == -ENOMEM) {
		fprintf(stderr, "cvpn-bench: --merge: %s\n", strerror(-err));
		status = EXIT_FAILED;
	}
	if (!err)
		status = write_outputs(options, &merged);
	merge_free(&merged);
	return status;
}
