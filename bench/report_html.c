/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as an HTML page: a frame, the parts of html/, and the JSON that they draw. */
#include <errno.h>

#include "report_html.h"
#include "report_json.h"

/* A file that html_parts.S has put into the program; no zero follows it. */
#define PART(name) extern const char name[], name##_end[]
PART(html_style);
PART(html_library);
PART(html_script);

/*
 * No request leaves the page, whatever is in it: the policy refuses them all. The icon is there
 * so that browsers do not ask a server for one.
 */
static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
	"form-action 'none'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<meta name=\"generator\" content=\"cvpn-bench\">\n"
	"<title>cvpn-bench</title>\n"
	"<link rel=\"icon\" href=\"data:,\">\n"
	"<style>\n";
static const char body[] =
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<main id=\"page\">\n"
	"<noscript><p>This page is drawn by JavaScript, which is switched off here. Its figures "
	"are in "
	"the page's source, as JSON, in the element with the id \"reports\".</p></noscript>\n"
	"</main>\n"
	"<script type=\"application/json\" id=\"reports\">\n[";
static const char library[] = "]\n</script>\n<script>\n";
static const char script[] = "\n</script>\n<script>\n";
static const char tail[] = "</script>\n</body>\n</html>\n";

const char report_html_how[] = "";

bool report_html_available(void)
{
	return true;
}

static int put(const char *text, size_t bytes, FILE *out)
{
	return fwrite(text, 1, bytes, out) == bytes ? 0 : -1;
}

/*
 * "<" is in JSON's strings only, and there \u003c is the same. Without it nothing in a string, a
 * file's name for one, can end the script element or open a comment in it.
 */
static int put_json(const char *text, size_t bytes, void *out)
{
	size_t done = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] != '<')
			continue;
		if (put(text + done, i - done, out) || fputs("\\u003c", out) == EOF)
			return -1;
		done = i + 1;
	}
	return put(text + done, bytes - done, out);
}

static int put_reports(json_t *const *reports, size_t count, FILE *out)
{
	size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(JSON_DIGITS);

	for (size_t i = 0; i < count; i++) {
		if (fputs(i ? ",\n" : "\n", out) == EOF)
			return -1;
		if (json_dump_callback(reports[i], put_json, out, flags))
			return -1;
	}
	return 0;
}

int report_html(json_t *const *reports, size_t count, FILE *out)
{
	int failed;

	errno = 0;
	failed = put(head, sizeof(head) - 1, out) ||
		 put(html_style, (size_t)(html_style_end - html_style), out) ||
		 put(body, sizeof(body) - 1, out) || put_reports(reports, count, out) ||
		 put(library, sizeof(library) - 1, out) ||
		 put(html_library, (size_t)(html_library_end - html_library), out) ||
		 put(script, sizeof(script) - 1, out) ||
		 put(html_script, (size_t)(html_script_end - html_script), out) ||
		 put(tail, sizeof(tail) - 1, out) || fflush(out);
	if (failed)
		return errno ? -errno : -ENOMEM;
	return 0;
}
