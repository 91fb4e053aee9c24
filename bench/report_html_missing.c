/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as an HTML page, in a build without the library that draws its charts. */
#include <errno.h>

#include "report_html.h"

const char report_html_how[] =
	"this build has no HTML page: install libjs-chart.js (Chart.js 3 or 4) and build again";

bool report_html_available(void)
{
	return false;
}

int report_html(json_t *const *reports, size_t count, FILE *out)
{
	(void)reports;
	(void)count;
	(void)out;
	return -ENOTSUP;
}
