/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports as GitHub-flavoured Markdown, for a comment on a pull request. A comment has 65,536
 * characters at most, so each part has room for so many bytes and says what it leaves out; all
 * together, with the headings and the first lines, are less than that.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_formats.h"
#include "report_read.h"
#include "report_text.h"

#define ROOM_FOR_NOTES	     6000u
#define ROOM_FOR_CHANGES     24000u
#define ROOM_FOR_REST	     16000u /* what is unchanged, or only in one run */
#define ROOM_FOR_ENVIRONMENT 6000u
#define ROOM_FOR_WARNINGS    8000u

/* Longer texts are cut: what comes from elsewhere has any length. */
#define NAME_CHARS     200u
#define SENTENCE_CHARS 640u

/* What Markdown, GitHub or HTML may read as more than text. */
#define SPECIAL "&<>|`*_[]~\\@#:!$"

/* A part of the comment that has only so much room. */
struct part {
	FILE *out;
	size_t room;	       /* bytes */
	unsigned int left_out; /* lines, or rows */
};

typedef void (*print_line)(const json_t *item, FILE *out);

/* Adds a line if there is room, and no other one was left out before it. */
static void add_line(struct part *part, print_line print, const json_t *item)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *line = open_memstream(&text, &bytes);

	if (line) {
		print(item, line);
		if (!fclose(line) && bytes <= part->room && !part->left_out) {
			fputs(text, part->out);
			part->room -= bytes;
			free(text);
			return;
		}
	}
	free(text);
	part->left_out++;
}

/* Says what is missing; the empty line ends the list or the table. */
static void end_part(const struct part *part)
{
	if (part->left_out)
		fprintf(part->out, "\n%u more are left out here.\n", part->left_out);
}

static bool continues_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Prints text that is nothing but text, on one line: within <code>, nobody is mentioned by it. */
static void print_cut(const char *text, unsigned int limit, FILE *out)
{
	unsigned int chars = 0;

	fputs("<code>", out);
	for (const char *c = text; *c; c++) {
		chars += !continues_character(*c);
		if (chars > limit) {
			fputs("…", out);
			break;
		}
		if (strchr(SPECIAL, *c))
			fprintf(out, "&#%d;", *c);
		else
			fputc((unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c, out);
	}
	fputs("</code>", out);
}

static void print_text(const char *text, FILE *out)
{
	print_cut(text, NAME_CHARS, out);
}

static void print_figure(double value, FILE *out)
{
	char number[32];

	if (fabs(value) < 1000)
		fprintf(out, fabs(value) < 100 ? "%.2f" : "%.1f", value);
	else if (fabs(value) < 1e15)
		fprintf(out, "%s%s", value < 0 ? "-" : "",
			thousands((uint64_t)llround(fabs(value)), number));
	else
		fprintf(out, "%.3g", value);
}

static void print_name(const json_t *result, FILE *out)
{
	fputs("| ", out);
	print_text(read_text(result, "name"), out);
	fputs(read_void(result) ? " ❌ void" : "", out);
	fputs(read_flag(result, "with_empty_loop") ? ", with the empty loop | " : " | ", out);
	print_text(read_text(result, "unit"), out);
	fputs(" | ", out);
}

static void print_result(const json_t *result, FILE *out)
{
	print_name(result, out);
	print_figure(read_number(result, "median"), out);
	fputs(" | ", out);
	print_figure(read_number(result, "low"), out);
	fputs(" to ", out);
	print_figure(read_number(result, "high"), out);
	fprintf(out, " | %.0f |\n", read_number(result, "samples"));
}

static const char *symbol(const json_t *change)
{
	if (read_verdict_is(change, "regression"))
		return "❌ regression";
	if (read_verdict_is(change, "improvement"))
		return "✅ improvement";
	return read_verdict_is(change, "noisy") ? "⚠️ noisy" : "unchanged";
}

static void print_change(const json_t *change, FILE *out)
{
	double p = read_number(change, "p_adjusted");

	print_name(change, out);
	print_figure(read_number(change, "before"), out);
	fputs(" | ", out);
	print_figure(read_number(change, "now"), out);
	fprintf(out, " | %+.1f %% | %+.1f to %+.1f %% | %s%.3f | %s |\n",
		read_number(change, "change_percent"), read_number(change, "low_percent"),
		read_number(change, "high_percent"), p < 0.001 ? "&lt; " : "", fmax(p, 0.001),
		symbol(change));
}

static void print_item(const json_t *text, FILE *out)
{
	fputs("- ", out);
	print_cut(json_is_string(text) ? json_string_value(text) : "", SENTENCE_CHARS, out);
	fputc('\n', out);
}

static void print_difference(const json_t *difference, FILE *out)
{
	fputs("- ⚠️ Not comparable: ", out);
	print_text(read_text(difference, "what"), out);
	fputs(" was ", out);
	print_text(read_text(difference, "before"), out);
	fputs(", is ", out);
	print_text(read_text(difference, "now"), out);
	fputc('\n', out);
}

static void print_void(const json_t *result, FILE *out)
{
	fputs("- ❌ Void, packets do not add up or verdicts are wrong: ", out);
	print_text(read_text(result, "name"), out);
	fputc('\n', out);
}

static void add_lines(struct part *part, print_line print, const json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item) add_line(part, print, item);
}

static void begin_details(const char *summary, size_t n, FILE *out)
{
	fputs("\n<details><summary>", out);
	if (n)
		fprintf(out, "%zu ", n);
	fprintf(out, "%s</summary>\n\n", summary);
}

static void end_details(const struct part *part)
{
	end_part(part);
	fputs("\n</details>\n", part->out);
}

static void print_compared(const json_t *report, FILE *out)
{
	const json_t *comparison = json_object_get(report, "comparison");
	size_t all = json_array_size(json_object_get(comparison, "results")),
	       worse = read_verdict_count(report, "regression"),
	       better = read_verdict_count(report, "improvement"),
	       noisy = read_verdict_count(report, "noisy");

	if (read_verdict_is(comparison, "regression"))
		fputs("❌ **Regression:** ", out);
	else if (!read_complete(report))
		fputs("⚠️ **Interrupted:** ", out);
	else if (read_verdict_is(comparison, "improvement"))
		fputs("✅ **Improvement:** ", out);
	else if (read_verdict_is(comparison, "unchanged"))
		fputs("✅ **No regression:** ", out);
	else
		fputs("⚠️ **Inconclusive:** ", out);
	fprintf(out, "of %zu figures, %zu worse by more than %.4g %%, %zu better, %zu noisy", all,
		worse, read_number(comparison, "max_regression_percent"), better, noisy);
	fputs("; compared with ", out);
	print_text(read_text(comparison, "before"), out);
	fputc(' ', out);
	print_text(read_text(comparison, "before_commit"), out);
	fputc('\n', out);
}

static void print_headline(const json_t *report, FILE *out)
{
	size_t results = json_array_size(json_object_get(report, "results")),
	       voids = read_void_count(report);

	if (read_disagreements(report) > 0 || voids)
		fprintf(out,
			"❌ **Void:** %.0f verdicts differ from the oracle's, %zu of %zu results "
			"can not be used\n",
			read_disagreements(report), voids, results);
	else if (!results)
		fprintf(out, "⚠️ **Nothing was measured**%s\n",
			read_complete(report) ? "" : ": the run was interrupted");
	else if (json_object_get(report, "comparison"))
		print_compared(report, out);
	else
		fprintf(out, "%s %zu figures\n",
			read_complete(report) ? "📊 **Measured:**" : "⚠️ **Interrupted:**",
			results);
}

static void print_notes(const json_t *report, FILE *out)
{
	const json_t *comparison = json_object_get(report, "comparison");
	struct part part = { out, ROOM_FOR_NOTES, 0 };
	json_t *result;
	size_t i;

	fputc('\n', out);
	if (!read_complete(report))
		fputs("- ⚠️ The run was interrupted: the figures are of what was measured "
		      "until "
		      "then\n",
		      out);
	json_array_foreach(json_object_get(report, "results"), i, result)
	{
		if (read_void(result))
			add_line(&part, print_void, result);
	}
	add_lines(&part, print_difference, json_object_get(comparison, "differences"));
	add_lines(&part, print_item, json_object_get(comparison, "advice"));
	end_part(&part);
}

static void print_change_head(FILE *out)
{
	fputs("| figure | unit | before | now | change | 95 % interval | p | verdict |\n"
	      "|---|---|--:|--:|--:|--:|--:|---|\n",
	      out);
}

static void add_changes(struct part *part, const json_t *report, const char *verdict)
{
	const json_t *comparison = json_object_get(report, "comparison");
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(comparison, "results"), i, change)
	{
		if (read_verdict_is(change, verdict))
			add_line(part, print_change, change);
	}
}

static void print_names(const char *summary, const json_t *names, FILE *out)
{
	struct part part = { out, ROOM_FOR_REST / 4, 0 };

	if (!json_array_size(names))
		return;
	begin_details(summary, json_array_size(names), out);
	add_lines(&part, print_item, names);
	end_details(&part);
}

static void print_comparison(const json_t *report, FILE *out)
{
	const json_t *comparison = json_object_get(report, "comparison");
	struct part changed = { out, ROOM_FOR_CHANGES, 0 },
		    unchanged = { out, ROOM_FOR_REST / 2, 0 };
	size_t same = read_verdict_count(report, "unchanged");

	if (same < json_array_size(json_object_get(comparison, "results"))) {
		fputc('\n', out);
		print_change_head(out);
		add_changes(&changed, report, "regression");
		add_changes(&changed, report, "noisy");
		add_changes(&changed, report, "improvement");
		end_part(&changed);
	}
	if (same) {
		begin_details("unchanged", same, out);
		print_change_head(out);
		add_changes(&unchanged, report, "unchanged");
		end_details(&unchanged);
	}
	print_names("only in the run before", json_object_get(comparison, "only_before"), out);
	print_names("only in this run", json_object_get(comparison, "only_now"), out);
}

static void print_results(const json_t *report, FILE *out)
{
	const json_t *results = json_object_get(report, "results");
	struct part part = { out, ROOM_FOR_CHANGES, 0 };

	if (!json_array_size(results))
		return;
	fputs("\n| figure | unit | median | 95 % interval | samples |\n|---|---|--:|--:|--:|\n",
	      out);
	add_lines(&part, print_result, results);
	end_part(&part);
}

static void print_pair(const json_t *pair, FILE *out)
{
	char number[NUMBER_TEXT];

	fputs("| ", out);
	print_text(read_text(pair, "key"), out);
	fputs(" | ", out);
	print_text(read_text_of(json_object_get(pair, "value"), number), out);
	fputs(" |\n", out);
}

static void add_pair(struct part *part, const json_t *object, const char *key)
{
	json_t *pair = json_pack("{s:s, s:O?}", "key", key, "value", json_object_get(object, key));

	add_line(part, print_pair, pair);
	json_decref(pair);
}

static void print_environment(const json_t *report, FILE *out)
{
	static const char *const keys[] = {
		"commit", "cpu",	"kernel",	 "cores",    "governor",
		"turbo",  "hypervisor", "steal_percent", "compiler", "flags",
	};
	const json_t *environment = json_object_get(report, "environment"),
		     *routes = json_object_get(report, "routes");
	struct part part = { out, ROOM_FOR_ENVIRONMENT, 0 };

	begin_details("Environment", 0, out);
	fputs("| | |\n|---|---|\n", out);
	add_pair(&part, report, "version");
	add_pair(&part, report, "started");
	add_pair(&part, json_object_get(report, "config"), "mode");
	add_pair(&part, routes, "file");
	add_pair(&part, routes, "digest");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		add_pair(&part, environment, keys[i]);
	end_details(&part);
}

static void print_warnings(const json_t *report, FILE *out)
{
	const json_t *warnings = json_object_get(report, "warnings");
	struct part part = { out, ROOM_FOR_WARNINGS, 0 };
	size_t n = json_array_size(warnings);

	if (!n)
		return;
	begin_details(n == 1 ? "warning" : "warnings", n, out);
	add_lines(&part, print_item, warnings);
	end_details(&part);
}

int report_markdown(const json_t *report, FILE *out)
{
	print_headline(report, out);
	print_notes(report, out);
	if (json_object_get(report, "comparison"))
		print_comparison(report, out);
	else
		print_results(report, out);
	print_environment(report, out);
	print_warnings(report, out);
	return 0;
}
