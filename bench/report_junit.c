/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports as JUnit's XML, in the part of it that both XML Schemas in use allow: the one of Ant's
 * JUnit task and the one of Jenkins. So a test case has no properties, and figures are in the
 * suite's output.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report_formats.h"
#include "report_json.h"
#include "report_read.h"

#define SUITE "cvpn-bench"

/* U+FFFD, for what XML 1.0 can not hold, escaped or not. */
#define REPLACEMENT "\xef\xbf\xbd"

/* Of a date and a time without their zone, which is UTC. */
#define TIMESTAMP_CHARS 19

struct suite {
	const json_t *report;
	FILE *cases;
	unsigned int tests, failures, errors, skipped;
	double seconds;
};

/* What stands for a byte of UTF-8, or NULL for itself. */
static const char *escape(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return (unsigned char)c < ' ' ? REPLACEMENT : NULL;
	}
}

/* U+FFFE and U+FFFF are characters of UTF-8, but not of XML. */
static bool is_noncharacter(const char *c)
{
	return !strncmp(c, "\xef\xbf\xbe", 3) || !strncmp(c, "\xef\xbf\xbf", 3);
}

static void print_xml(const char *text, FILE *out)
{
	for (const char *c = text; *c; c++) {
		const char *escaped = escape(*c);

		if (escaped) {
			fputs(escaped, out);
		} else if (is_noncharacter(c)) {
			fputs(REPLACEMENT, out);
			c += 2;
		} else {
			fputc(*c, out);
		}
	}
}

static void print_attribute(const char *name, const char *value, FILE *out)
{
	fprintf(out, " %s=\"", name);
	print_xml(value, out);
	fputc('"', out);
}

/* A test case that passed, unless print_outcome() follows. */
static void begin_case(struct suite *s, const char *group, const char *name, double seconds)
{
	s->tests++;
	s->seconds += seconds;
	fputs("    <testcase", s->cases);
	print_attribute("name", name, s->cases);
	fprintf(s->cases, " classname=\"" SUITE ".%s\" time=\"%.12f\">", group, seconds);
}

static void end_case(struct suite *s)
{
	fputs("</testcase>\n", s->cases);
}

/* @element: "failure", "error" or "skipped"; @type: in a word. */
__attribute__((format(printf, 4, 5))) static void print_outcome(struct suite *s,
								const char *element,
								const char *type,
								const char *format, ...)
{
	va_list args;
	char *message;
	int length;

	va_start(args, format);
	length = vasprintf(&message, format, args);
	va_end(args);
	if (length < 0)
		return;
	s->failures += !strcmp(element, "failure");
	s->errors += !strcmp(element, "error");
	s->skipped += !strcmp(element, "skipped");
	fprintf(s->cases, "<%s", element);
	print_attribute("type", type, s->cases);
	print_attribute("message", message, s->cases);
	fputc('>', s->cases);
	/* Some servers show the attribute, others the text. */
	print_xml(message, s->cases);
	fprintf(s->cases, "</%s>", element);
	free(message);
}

static void print_change(struct suite *s, const json_t *change)
{
	const json_t *comparison = json_object_get(s->report, "comparison");
	const json_t *difference = json_array_get(json_object_get(comparison, "differences"), 0);
	bool worse = read_verdict_is(change, "regression");
	char *text;

	if (asprintf(&text,
		     "%s%s: %+.2f %% [%+.2f, %+.2f], from %.*g to %.*g, where %s is better; "
		     "adjusted "
		     "p %.2g, limit %.4g %%",
		     read_text(change, "unit"),
		     read_flag(change, "with_empty_loop") ? " with the empty loop" : "",
		     read_number(change, "change_percent"), read_number(change, "low_percent"),
		     read_number(change, "high_percent"), JSON_DIGITS,
		     read_number(change, "before"), JSON_DIGITS, read_number(change, "now"),
		     read_text(change, "better"), read_number(change, "p_adjusted"),
		     read_number(comparison, "max_regression_percent")) < 0)
		return;
	if (worse && difference)
		print_outcome(s, "skipped", "not comparable",
			      "not comparable, %s was \"%s\" and is \"%s\"; %s",
			      read_text(difference, "what"), read_text(difference, "before"),
			      read_text(difference, "now"), text);
	else if (worse)
		print_outcome(s, "failure", "regression", "%s", text);
	else if (read_verdict_is(change, "noisy"))
		print_outcome(s, "skipped", "noisy", "too noisy to tell; %s", text);
	free(text);
}

static double seconds_of(const json_t *result)
{
	const struct unit *unit = read_unit(result);

	/* A lookup may take less than the empty loop, but a test not less than no time. */
	return unit && unit->quantity == QUANTITY_TIME
		       ? fmax(0, read_number(result, "median") * unit->base)
		       : 0;
}

static void print_result(struct suite *s, const json_t *result)
{
	const json_t *change = read_change(s->report, read_text(result, "name"));

	begin_case(s, read_text(result, "stage"), read_text(result, "name"), seconds_of(result));
	if (read_void(result))
		print_outcome(s, "error", "void",
			      "void: %.0f packets accepted, %.0f received, %.0f verdicts differ "
			      "from the oracle's",
			      read_number(result, "accepted"), read_number(result, "received"),
			      read_number(result, "disagreements"));
	else if (change)
		print_change(s, change);
	end_case(s);
}

/* What holds for the run and not for one result. */
static void print_run(struct suite *s)
{
	begin_case(s, "run", "complete", 0);
	if (!read_complete(s->report))
		print_outcome(s, "error", "interrupted",
			      "the run was interrupted: the figures are of what was measured until "
			      "then");
	else if (!json_array_size(json_object_get(s->report, "results")))
		print_outcome(s, "error", "nothing measured", "there are no results");
	end_case(s);
	begin_case(s, "run", "agreement", 0);
	if (read_disagreements(s->report) > 0)
		print_outcome(s, "error", "wrong verdicts",
			      "%.0f of %.0f verdicts differ from the oracle's",
			      read_disagreements(s->report),
			      read_number(json_object_get(s->report, "agreement"), "keys"));
	end_case(s);
}

/* What the run before had and this one has not: a test that is gone must not go unseen. */
static void print_gone(struct suite *s)
{
	const json_t *comparison = json_object_get(s->report, "comparison");
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(comparison, "only_before"), i, name)
	{
		const char *text = json_is_string(name) ? json_string_value(name) : "";

		begin_case(s, "gone", text, 0);
		print_outcome(s, "skipped", "gone", "the run before has it, this one has not");
		end_case(s);
	}
}

static void print_property(const char *group, const char *name, const json_t *value, FILE *out)
{
	char number[NUMBER_TEXT];

	fputs("      <property name=\"", out);
	print_xml(group, out);
	print_xml(name, out);
	fputc('"', out);
	print_attribute("value", read_text_of(value, number), out);
	fputs("/>\n", out);
}

/* Those values of an object that are no objects or arrays. @group: of their names. */
static void print_values(const char *group, json_t *object, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (!json_is_object(value) && !json_is_array(value))
			print_property(group, key, value, out);
	}
}

static void print_properties(const json_t *report, FILE *out)
{
	json_t *environment = json_object_get(report, "environment");

	fputs("    <properties>\n", out);
	print_property("", "version", json_object_get(report, "version"), out);
	print_property("", "complete", json_object_get(report, "complete"), out);
	print_values("environment.", environment, out);
	print_values("mitigations.", json_object_get(environment, "mitigations"), out);
	print_values("routes.", json_object_get(report, "routes"), out);
	fputs("    </properties>\n", out);
}

static void print_output(const json_t *report, FILE *out)
{
	json_t *result, *warning;
	size_t i;

	fputs("    <system-out>", out);
	json_array_foreach(json_object_get(report, "results"), i, result)
	{
		print_xml(read_text(result, "name"), out);
		fprintf(out, ": %.*g [%.*g, %.*g] ", JSON_DIGITS, read_number(result, "median"),
			JSON_DIGITS, read_number(result, "low"), JSON_DIGITS,
			read_number(result, "high"));
		print_xml(read_text(result, "unit"), out);
		fputc('\n', out);
	}
	fputs("</system-out>\n    <system-err>", out);
	json_array_foreach(json_object_get(report, "warnings"), i, warning)
	{
		print_xml(json_is_string(warning) ? json_string_value(warning) : "", out);
		fputc('\n', out);
	}
	fputs("</system-err>\n", out);
}

static void print_cases(struct suite *s)
{
	json_t *result;
	size_t i;

	json_array_foreach(json_object_get(s->report, "results"), i, result)
		print_result(s, result);
	print_gone(s);
	print_run(s);
}

int report_junit(const json_t *report, FILE *out)
{
	struct suite s = { .report = report };
	char *cases = NULL;
	size_t bytes;

	/* How many failed is written before them. */
	s.cases = open_memstream(&cases, &bytes);
	if (!s.cases)
		return -ENOMEM;
	print_cases(&s);
	if (fclose(s.cases)) {
		free(cases);
		return -ENOMEM;
	}
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"" SUITE "\" package=\"" SUITE "\" id=\"0\" "
		"hostname=\"localhost\" timestamp=\"%.*s\" tests=\"%u\" failures=\"%u\" "
		"errors=\"%u\" skipped=\"%u\" time=\"%.12f\">\n",
		TIMESTAMP_CHARS, read_text(report, "started"), s.tests, s.failures, s.errors,
		s.skipped, s.seconds);
	print_properties(report, out);
	fputs(cases, out);
	print_output(report, out);
	fputs("  </testsuite>\n</testsuites>\n", out);
	free(cases);
	return 0;
}
