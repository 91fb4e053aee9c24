/* SPDX-License-Identifier: BSD-2-Clause */
/* The progress line. */
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* Erases to the end of the line: ECMA-48, understood by every terminal of the last decades. */
#define ERASE_LINE "\r\033[K"

static bool wanted(const struct options *options)
{
	return !options->quiet && isatty(STDERR_FILENO);
}

void progress(const struct options *options, const char *format, ...)
{
	va_list args;

	if (!wanted(options))
		return;
	fputs(ERASE_LINE, stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fflush(stderr);
}

void progress_end(const struct options *options)
{
	if (wanted(options))
		fputs(ERASE_LINE, stderr);
}
