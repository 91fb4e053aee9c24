/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON, as files have it. */
#include <errno.h>

#include "report_formats.h"
#include "report_json.h"

int report_dump(const json_t *json, FILE *out)
{
	if (json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(JSON_DIGITS)) < 0 ||
	    fputc('\n', out) == EOF)
		return errno ? -errno : -EIO;
	return 0;
}
