/* SPDX-License-Identifier: BSD-2-Clause */
/* Where reports go, and what a run is compared with. */
#include "report_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "option_values.h"
#include "options.h"
#include "report_html.h"

#define DEFAULT_MAX_REGRESSION 5.0
#define MAX_MAX_REGRESSION     1000.0
#define MAX_LAUNCHES	       1000u

enum report_key {
	KEY_MAX_REGRESSION = 0x300, /* behind those of policy_options.c */
	KEY_BASELINE,
	KEY_AGAINST,
	KEY_LAUNCHES,
	KEY_QUIET,
	/* And one for each of the outputs. */
	KEY_OUTPUT,
};

static const struct argp_option options_table[] = {
	{ "json", KEY_OUTPUT + OUTPUT_JSON, "FILE", OPTION_ARG_OPTIONAL,
	  "The report as JSON: into FILE, or alone on standard output", 0 },
	{ "csv", KEY_OUTPUT + OUTPUT_CSV, "FILE", OPTION_ARG_OPTIONAL,
	  "The results as CSV: into FILE, or alone on standard output", 0 },
	{ "markdown", KEY_OUTPUT + OUTPUT_MARKDOWN, "FILE", OPTION_ARG_OPTIONAL,
	  "A comment for a pull request on GitHub: into FILE, or alone on standard output", 0 },
	{ "junit", KEY_OUTPUT + OUTPUT_JUNIT, "FILE", 0,
	  "The results as test cases in JUnit's XML; a regression is a failure", 0 },
	{ "openmetrics", KEY_OUTPUT + OUTPUT_OPENMETRICS, "FILE", 0,
	  "The results as metrics for Prometheus, in OpenMetrics text", 0 },
	{ "bmf", KEY_OUTPUT + OUTPUT_BMF, "FILE", 0, "The results in the Bencher Metric Format",
	  0 },
	{ "github-benchmark", KEY_OUTPUT + OUTPUT_GITHUB, "FILE", 0,
	  "The results for github-action-benchmark, tool customSmallerIsBetter", 0 },
	{ "html", KEY_OUTPUT + OUTPUT_HTML, "FILE", 0,
	  "The report as one HTML page that needs nothing else", 0 },
	{ "quiet", KEY_QUIET, NULL, 0, "No progress, and no report but into files", 0 },
	{ NULL, 0, NULL, 0, "To compare with an earlier run, or with another build:", 0 },
	{ "save", KEY_OUTPUT + OUTPUT_SAVE, "FILE", 0,
	  "Keep the run as a baseline for --baseline (it is the JSON report)", 0 },
	{ "baseline", KEY_BASELINE, "FILE", 0,
	  "Compare with a run that --save kept, on the same machine", 0 },
	{ "against", KEY_AGAINST, "BINARY", 0,
	  "Compare with another build of cvpn-bench: both run in turns, round by round, on the "
	  "same cores. The way to compare on machines that others share",
	  0 },
	{ "launches", KEY_LAUNCHES, "N", 0,
	  "With --against: launches of each build, with --rounds in each (default 20 and 2)", 0 },
	{ "max-regression", KEY_MAX_REGRESSION, "PERCENT", 0,
	  "A change for the worse is a regression, exit status 3, if it is larger than this and "
	  "no coincidence (default 5)",
	  0 },
	{ 0 },
};

static void set_once(struct argp_state *state, const char *option, const char **value,
		     const char *arg)
{
	if (*value)
		argp_error(state, "found %s twice; expected it once", option);
	if (!*arg)
		argp_error(state, "%s: found an empty name; expected a file", option);
	*value = arg;
}

static void set_output(struct argp_state *state, enum output output, const char *arg)
{
	struct options *o = state->input;
	struct output_target *target = &o->outputs[output];
	const char *option = output_formats[output].option;

	if (target->wanted)
		argp_error(state, "found %s twice; expected it once", option);
	if (output == OUTPUT_HTML && !report_html_available()) {
		fprintf(stderr, "cvpn-bench: --html: this build has no HTML page: %s\n",
			report_html_how);
		exit(EXIT_IMPOSSIBLE);
	}
	if (!arg && output_takes_stdout(o->outputs))
		argp_error(state,
			   "found %s and another report without a file; expected a file "
			   "for one of them: standard output takes one",
			   option);
	*target = (struct output_target){ true, arg };
}

/* What does not go together, or needs something else. */
static void check(struct argp_state *state)
{
	const struct options *o = state->input;
	const struct gate *gate = &o->gate;

	if (gate->baseline && gate->against)
		argp_error(state, "found --baseline and --against; expected one of them");
	if (gate->max_regression >= 0 && !gate->baseline && !gate->against)
		argp_error(state, "found --max-regression alone; expected it with --baseline or "
				  "--against");
	if (gate->launches && !gate->against)
		argp_error(state, "found --launches alone; expected it with --against");
	if (gate->against && o->routes && !strcmp(o->routes, "-"))
		argp_error(state, "found --routes - and --against; expected a file, which two "
				  "programs can read");
	if (gate->against && o->xdp_dev)
		argp_error(state, "found --xdp-dev and --against; expected one of them: an "
				  "interface takes one program");
}

/* Begins with all of the command line, from which drop_own() takes away. */
static void copy_arguments(struct argp_state *state)
{
	struct options *o = state->input;
	size_t bytes = ((size_t)state->argc + 1) * sizeof(char *);

	o->gate.measuring = malloc(bytes);
	if (!o->gate.measuring)
		argp_failure(state, EXIT_FAILED, ENOMEM, "the command line");
	memcpy(o->gate.measuring, state->argv, bytes);
}

/*
 * Takes the option that was read just now out of the command line of what is measured: another build
 * need not know it.
 */
static void drop_own(struct argp_state *state, const char *arg)
{
	struct options *o = state->input;
	int last = state->next - 1;

	o->gate.measuring[last] = NULL;
	/* A value of its own, behind the option. */
	if (arg && arg == state->argv[last])
		o->gate.measuring[last - 1] = NULL;
}

static void close_gaps(struct argp_state *state)
{
	struct options *o = state->input;
	int n = 0;

	for (int i = 0; i < state->argc; i++) {
		if (o->gate.measuring[i])
			o->gate.measuring[n++] = o->gate.measuring[i];
	}
	o->gate.measuring[n] = NULL;
}

static error_t parse_own(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_BASELINE:
		set_once(state, "--baseline", &o->gate.baseline, arg);
		break;
	case KEY_AGAINST:
		set_once(state, "--against", &o->gate.against, arg);
		break;
	case KEY_LAUNCHES:
		o->gate.launches = (unsigned int)parse_number(state, "launches", arg, 1,
							      MAX_LAUNCHES);
		break;
	case KEY_MAX_REGRESSION:
		o->gate.max_regression = parse_decimal(state, "max-regression", arg, 0,
						       MAX_MAX_REGRESSION, "percent");
		break;
	case KEY_QUIET:
		o->quiet = true;
		break;
	default:
		if (key < KEY_OUTPUT || key >= KEY_OUTPUT + OUTPUTS)
			return ARGP_ERR_UNKNOWN;
		set_output(state, (enum output)(key - KEY_OUTPUT), arg);
	}
	drop_own(state, arg);
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		o->gate.max_regression = -1;
		copy_arguments(state);
		break;
	case ARGP_KEY_END:
		check(state);
		close_gaps(state);
		if (o->gate.max_regression < 0)
			o->gate.max_regression = DEFAULT_MAX_REGRESSION;
		break;
	default:
		return parse_own(key, arg, state);
	}
	return 0;
}

const struct argp report_argp = { .options = options_table, .parser = parse_option };
