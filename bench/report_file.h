/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading reports that were written before. */
#ifndef BENCH_REPORT_FILE_H
#define BENCH_REPORT_FILE_H

#include <jansson.h>

#include "series.h"

/**
 * report_file_read() - read a report of the schema cvpn-bench/1
 * @option:	that names the file, for errors
 * @path:	the file
 * @report:	set; the caller's to json_decref(), NULL after an error
 *
 * Of what is in it only the schema's name is looked at.
 *
 * Return: 0, or a negative errno after printing what was found and what was expected.
 */
int report_file_read(const char *option, const char *path, json_t **report);

/**
 * report_file_series() - take the samples of a report as one more launch
 * @option:	as above
 * @path:	as above
 * @report:	what was read
 * @set:	series_free() frees it, also after an error
 *
 * Return: 0; -ENOMEM; -EINVAL after printing what was found and what was expected.
 */
int report_file_series(const char *option, const char *path, const json_t *report,
		       struct series_set *set);

/* Prints what was found and what was expected. Returns -EINVAL. */
int report_file_refuse(const char *option, const char *path, const char *found,
		       const char *expected);

#endif
