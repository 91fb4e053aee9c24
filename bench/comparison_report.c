/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison as JSON, and as the table that people read. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "comparison.h"
#include "report_json.h"

/* --- what is said in both -------------------------------------------------------------------- */

static const char *const result_words[JUDGEMENTS] = {
	[JUDGED_UNCHANGED] = "unchanged",
	[JUDGED_IMPROVEMENT] = "improvement",
	[JUDGED_REGRESSION] = "regression",
	[JUDGED_UNSURE] = "noisy",
};

static const char *run_word(enum judgement judgement)
{
	return judgement == JUDGED_UNSURE ? "inconclusive" : result_words[judgement];
}

#define ADVICE_MAX   3u
#define ADVICE_BYTES 320u

/* What to do when there is no answer. Returns how many sentences there are. */
static size_t advise(const struct comparison *c, char advice[ADVICE_MAX][ADVICE_BYTES])
{
	bool noisy = false;
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		noisy |= c->results[i].verdict == JUDGED_UNSURE;
	if (c->difference_count)
		snprintf(advice[n++], ADVICE_BYTES,
			 "the two runs are not comparable, see the differences: take the baseline "
			 "anew here (--save), or compare the two builds with --against, which runs "
			 "both");
	if (!c->count)
		snprintf(advice[n++], ADVICE_BYTES,
			 "the two runs have no result in common: measure with the same options");
	if (noisy)
		snprintf(advice[n++], ADVICE_BYTES,
			 "the noise is larger than the %g %% that were asked for: %s, give the "
			 "process cores of its own (taskset, cpuset, isolcpus), stop what else "
			 "runs, leave noisy results out (--engine, --traffic), or ask for less "
			 "(--max-regression)",
			 c->max_regression,
			 c->kind == COMPARE_AGAINST ? "take more --launches"
						    : "use --against, take more --rounds");
	return n;
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *compared_json(const struct compared *x)
{
	json_t *object = json_object();

	set_text(object, "name", x->now->name);
	set_text(object, "unit", x->now->unit);
	set_text(object, "better", x->now->higher_is_better ? "higher" : "lower");
	set(object, "with_empty_loop", json_boolean(x->whole));
	set(object, "before", number(x->before_median));
	set(object, "now", number(x->now_median));
	set(object, "change_percent", number(comparison_percent(x->ratio.median)));
	set(object, "low_percent", number(comparison_percent(x->ratio.low)));
	set(object, "high_percent", number(comparison_percent(x->ratio.high)));
	set(object, "p", number(x->p));
	set(object, "p_adjusted", number(x->p_adjusted));
	set(object, "effect", number(x->effect));
	set_text(object, "verdict", result_words[x->verdict]);
	return object;
}

/* The names in one set that are not in the other. */
static json_t *only_in(const struct series_set *one, const struct series_set *other)
{
	json_t *array = json_array();

	for (size_t i = 0; i < one->count; i++) {
		if (!series_find(other, one->list[i].name))
			json_array_append_new(array, text_json(one->list[i].name));
	}
	return array;
}

static json_t *differences_json(const struct comparison *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->difference_count; i++) {
		json_t *object = json_object();

		set_text(object, "what", c->differences[i].what);
		set_text(object, "before", c->differences[i].before);
		set_text(object, "now", c->differences[i].now);
		json_array_append_new(array, object);
	}
	return array;
}

json_t *comparison_json(const struct comparison *c)
{
	json_t *object = json_object(), *results = json_array(), *advices = json_array();
	char advice[ADVICE_MAX][ADVICE_BYTES];
	size_t n = advise(c, advice);

	set_text(object, "kind", c->kind == COMPARE_AGAINST ? "against" : "baseline");
	set_text(object, "before", c->with);
	set_text(object, "before_version", c->with_version);
	set_text(object, "before_commit", c->with_commit);
	set(object, "launches", count(c->now->launches));
	set(object, "max_regression_percent", number(c->max_regression));
	set_text(object, "test", c->kind == COMPARE_AGAINST ? "wilcoxon" : "mann-whitney");
	set_text(object, "verdict", run_word(c->verdict));
	set(object, "differences", differences_json(c));
	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(results, compared_json(&c->results[i]));
	set(object, "results", results);
	set(object, "only_before", only_in(c->before, c->now));
	set(object, "only_now", only_in(c->now, c->before));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(advices, text_json(advice[i]));
	set(object, "advice", advices);
	return object;
}

/* --- text ------------------------------------------------------------------------------------ */

/* ECMA-48: worse is red, better is green, what can not be told is grey. */
static const char *const colours[JUDGEMENTS] = {
	[JUDGED_UNCHANGED] = "",
	[JUDGED_IMPROVEMENT] = "\033[32m",
	[JUDGED_REGRESSION] = "\033[1;31m",
	[JUDGED_UNSURE] = "\033[90m",
};

/* Whether colours are wanted: https://no-color.org/ */
static bool coloured(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(out)) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

static void print_compared(const struct compared *x, bool colour, FILE *out)
{
	const char *start = colour ? colours[x->verdict] : "";
	char interval[40], p[24], unit[24];

	snprintf(interval, sizeof(interval), "[%+.1f, %+.1f]", comparison_percent(x->ratio.low),
		 comparison_percent(x->ratio.high));
	snprintf(p, sizeof(p), x->p_adjusted < 0.001 ? "%.0e" : "%.3f", x->p_adjusted);
	snprintf(unit, sizeof(unit), "%s%s", x->now->unit, x->whole ? " *" : "");
	fprintf(out, "  %-46s %12.6g %12.6g %-14s %s%+7.1f %%  %-18s %-9s %s%s\n", x->now->name,
		x->before_median, x->now_median, unit, start, comparison_percent(x->ratio.median),
		interval, p, result_words[x->verdict], *start ? "\033[0m" : "");
}

static void print_missing(const struct series_set *one, const struct series_set *other,
			  const char *where, FILE *out)
{
	for (size_t i = 0; i < one->count; i++) {
		if (!series_find(other, one->list[i].name))
			fprintf(out, "  %-46s only %s\n", one->list[i].name, where);
	}
}

static void print_verdict(const struct comparison *c, bool colour, FILE *out)
{
	const char *start = colour ? colours[c->verdict] : "";
	size_t of[JUDGEMENTS] = { 0 };

	for (size_t i = 0; i < c->count; i++)
		of[c->results[i].verdict]++;
	fprintf(out,
		"%sverdict: %s%s: of %zu results %zu worse, %zu better by more than %g %%, %zu too "
		"noisy to say\n",
		start, run_word(c->verdict), *start ? "\033[0m" : "", c->count,
		of[JUDGED_REGRESSION], of[JUDGED_IMPROVEMENT], c->max_regression,
		of[JUDGED_UNSURE]);
}

void comparison_text(const struct comparison *c, FILE *out)
{
	char advice[ADVICE_MAX][ADVICE_BYTES];
	size_t n = advise(c, advice);
	bool colour = coloured(out), whole = false;

	fprintf(out, "\nCOMPARED with %s (%s, %s)\n", c->with, c->with_version, c->with_commit);
	for (size_t i = 0; i < c->difference_count; i++)
		fprintf(out, "  differs: %s: before \"%s\", now \"%s\"\n", c->differences[i].what,
			c->differences[i].before, c->differences[i].now);
	if (c->count)
		fprintf(out, "  %-46s %12s %12s %-14s %9s  %-18s %-9s\n", "result", "before", "now",
			"", "change", "[95 % interval]", "p (Holm)");
	for (size_t i = 0; i < c->count; i++)
		print_compared(&c->results[i], colour, out);
	print_missing(c->before, c->now, "before", out);
	print_missing(c->now, c->before, "now", out);
	for (size_t i = 0; i < c->count && !whole; i++)
		whole = c->results[i].whole;
	if (whole)
		fprintf(out, "  * with the empty loop, in which such a lookup hides: it takes less "
			     "than reading the keys\n");
	print_verdict(c, colour, out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "advice: %s\n", advice[i]);
}
