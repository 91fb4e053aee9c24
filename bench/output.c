/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing reports to where they go. */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report_formats.h"
#include "report_html.h"

/* The page is of reports, one or those that were merged. */
static int write_html(const json_t *report, FILE *out)
{
	const json_t *merged = json_object_get(report, "reports");
	size_t count = merged ? json_array_size(merged) : 1;
	json_t **reports = calloc(count, sizeof(*reports));
	int err;

	if (!reports)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		reports[i] = merged ? json_array_get(merged, i) : (json_t *)report;
	err = report_html(reports, count, out);
	free(reports);
	return err;
}

const struct output_format output_formats[OUTPUTS] = {
	[OUTPUT_SAVE] = { "--save", report_dump },
	[OUTPUT_JSON] = { "--json", report_dump, .merges = true },
	[OUTPUT_CSV] = { "--csv", report_csv },
	[OUTPUT_MARKDOWN] = { "--markdown", report_markdown },
	[OUTPUT_JUNIT] = { "--junit", report_junit },
	[OUTPUT_OPENMETRICS] = { "--openmetrics", report_openmetrics },
	[OUTPUT_BMF] = { "--bmf", report_bmf },
	[OUTPUT_GITHUB] = { "--github-benchmark", report_github },
	[OUTPUT_HTML] = { "--html", write_html, .merges = true },
};

bool output_takes_stdout(const struct output_target targets[OUTPUTS])
{
	for (enum output o = 0; o < OUTPUTS; o++) {
		if (targets[o].wanted && !targets[o].file)
			return true;
	}
	return false;
}

static int check_file(const char *path)
{
	char *folder = strdup(path), *slash;
	struct stat file;
	int err = 0;

	if (!folder)
		return -ENOMEM;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	if (!path[0] || path[strlen(path) - 1] == '/')
		err = -EISDIR;
	else if (stat(path, &file) == 0 && !S_ISREG(file.st_mode))
		err = S_ISDIR(file.st_mode) ? -EISDIR : access(path, W_OK) < 0 ? -errno : 0;
	else if (access(slash ? folder : ".", W_OK | X_OK) < 0)
		err = -errno;
	free(folder);
	return err;
}

int output_check(const struct output_target targets[OUTPUTS])
{
	for (enum output o = 0; o < OUTPUTS; o++) {
		int err = targets[o].file ? check_file(targets[o].file) : 0;

		if (!err)
			continue;
		fprintf(stderr, "cvpn-bench: %s: %s can not be written: %s\n",
			output_formats[o].option, targets[o].file, strerror(-err));
		return err;
	}
	return 0;
}

/* A format need not look at what became of each write; here all are. Returns as it does. */
static int write_report(const struct output_format *format, const json_t *report, FILE *out)
{
	int err;

	errno = 0;
	err = format->write(report, out);
	if (!err && (fflush(out) || ferror(out)))
		err = errno ? -errno : -EIO;
	return err;
}

/* Writes to what is open, and closes it. */
static int write_and_close(const struct output_format *format, const json_t *report, FILE *out)
{
	int err = write_report(format, report, out);

	if (fclose(out) && !err)
		err = -errno;
	return err;
}

/* Writes into what is no regular file, a pipe or a device: that must stay what it is. */
static int write_to(const struct output_format *format, const json_t *report, const char *path)
{
	FILE *out = fopen(path, "we");

	return out ? write_and_close(format, report, out) : -errno;
}

/* Writes beside @path and renames. */
static int replace_file(const struct output_format *format, const json_t *report, const char *path)
{
	mode_t mask = umask(0);
	char *temporary;
	FILE *out;
	int fd, err;

	umask(mask);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkstemp(temporary);
	if (fd < 0) {
		err = -errno;
		goto out_free;
	}
	out = fchmod(fd, 0666 & ~mask) < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		err = -errno;
		close(fd);
	} else {
		err = write_and_close(format, report, out);
	}
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err)
		unlink(temporary);
out_free:
	free(temporary);
	return err;
}

static int write_file(const struct output_format *format, const json_t *report, const char *path)
{
	struct stat file;
	char *target;
	int err;

	if (stat(path, &file) == 0 && !S_ISREG(file.st_mode))
		return write_to(format, report, path);
	/* A link is followed, else it would be replaced by the report. */
	target = realpath(path, NULL);
	err = replace_file(format, report, target ? target : path);
	free(target);
	return err;
}

int output_write(const struct output_target targets[OUTPUTS], const json_t *report)
{
	int first = 0;

	for (enum output o = 0; o < OUTPUTS; o++) {
		const struct output_format *format = &output_formats[o];
		const char *file = targets[o].file;
		int err;

		if (!targets[o].wanted)
			continue;
		err = file ? write_file(format, report, file)
			   : write_report(format, report, stdout);
		if (err < 0)
			fprintf(stderr, "cvpn-bench: %s: %s could not be written: %s\n",
				format->option, file ? file : "the report", strerror(-err));
		first = first ? first : err;
	}
	return first;
}
