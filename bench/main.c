/* SPDX-License-Identifier: BSD-2-Clause */
/* cvpn-bench: reads the command line, runs what it asks for, reports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "against.h"
#include "baseline.h"
#include "comparison.h"
#include "diff.h"
#include "explain.h"
#include "interrupt.h"
#include "lookup.h"
#include "merge.h"
#include "noise.h"
#include "options.h"
#include "pps.h"
#include "print.h"
#include "probe.h"
#include "progress.h"
#include "report.h"
#include "route_leaks.h"
#include "turns.h"

static void warn_of_input(struct report *report)
{
	const struct route_list *list = &report->table->list;

	for (size_t i = 0; i < list->warning_count; i++)
		report_warn(report, "%s", list->warnings[i]);
	if (list->duplicates)
		report_warn(report,
			    "%s: %zu line%s a prefix that is there already with the same "
			    "verdict, the first is line %u",
			    list->name, list->duplicates,
			    list->duplicates == 1 ? " repeats" : "s repeat", list->duplicate_line);
	if (list->unfinished_line)
		report_warn(report,
			    "%s: the last line does not end in a newline; if the file was "
			    "cut short, routes are missing",
			    list->name);
}

static int run_lookup(struct report *report)
{
	int err = lookup_run(report->options, report->table, report);

	if (!err)
		return EXIT_DONE;
	if (err == -ENOTSUP) {
		fprintf(stderr, "cvpn-bench: lookup: nothing that was asked for can run here: %s\n",
			report->warnings[report->warning_count - 1]);
		return EXIT_IMPOSSIBLE;
	}
	fprintf(stderr, "cvpn-bench: lookup: %s\n",
		err != -EBADMSG	       ? strerror(-err)
		: report->result_count ? "verdicts differ after updates"
				       : "verdicts differ, so nothing was timed");
	return EXIT_FAILED;
}

static int make_churn(struct report *report)
{
	int err = report->options->churn
			  ? churn_create(report->table, report->table->lpm, report->options,
					 &report->environment, &report->churn)
			  : 0;

	if (!err)
		return EXIT_DONE;
	progress_end(report->options);
	fprintf(stderr, "cvpn-bench: --churn: %s\n",
		err == -ENODATA
			? "no route of this table makes a difference, so there is nothing to "
			  "update"
			: strerror(-err));
	return err == -ENODATA ? EXIT_USAGE : EXIT_FAILED;
}

/* The stages of the mode; @pps is NULL if that is not --pps. */
static int measure(struct report *report, struct pps *pps)
{
	int status;

	environment_pin(&report->environment);
	if (report->churn && pps &&
	    report->environment.churn_core == report->environment.source_core)
		report_warn(report,
			    "--churn: too few cores, so the updates share the source's: rates "
			    "with churn say less than costs");
	status = run_lookup(report);
	return pps ? pps_run(pps, status) : status;
}

/* Adds the comparison with the baseline to the report. Returns 0 or a negative errno. */
static int compare(const struct options *options, const struct baseline *baseline, json_t *json,
		   struct series_set *now, struct comparison *c)
{
	int err = series_add_launch(now, json);

	*c = (struct comparison){
		.kind = COMPARE_BASELINE,
		.with = options->gate.baseline,
		.with_version = baseline_text(baseline->report, NULL, "version"),
		.with_commit = baseline_text(baseline->report, "environment", "commit"),
		.max_regression = options->gate.max_regression,
		.before = &baseline->series,
		.now = now,
	};
	if (!err)
		err = baseline_differences(baseline->report, json, c);
	if (!err)
		err = comparison_make(c, options->seed);
	return err ? err : json_object_set_new(json, "comparison", comparison_json(c));
}

static int print_text(const struct report *report, const struct comparison *c)
{
	const struct options *options = report->options;

	if (!options->quiet && !output_takes_stdout(options->outputs)) {
		report_text(report, stdout);
		if (c)
			comparison_text(c, stdout);
	} else if (isatty(STDERR_FILENO)) {
		for (size_t i = 0; i < report->warning_count; i++)
			fprintf(stderr, "cvpn-bench: warning: %s\n", report->warnings[i]);
	}
	return finish_output(EXIT_DONE);
}

/* Writes the report in all its forms. @baseline: NULL without. Returns an exit status. */
static int print_report(const struct report *report, const struct baseline *baseline)
{
	struct comparison comparison = { 0 };
	struct series_set now = { 0 };
	json_t *json = report_json(report);
	int status = EXIT_FAILED;
	int err = json ? 0 : -ENOMEM;

	if (!err && baseline)
		err = compare(report->options, baseline, json, &now, &comparison);
	if (err)
		fprintf(stderr, "cvpn-bench: the report could not be made: %s\n", strerror(-err));
	else if (output_write(report->options->outputs, json) == 0)
		status = print_text(report, baseline ? &comparison : NULL);
	if (status == EXIT_DONE && baseline)
		status = comparison_exit_status(&comparison);
	comparison_free(&comparison);
	series_free(&now);
	json_decref(json);
	return status;
}

static int measure_and_print(struct report *report, struct pps *pps,
			     const struct baseline *baseline)
{
	int status = measure(report, pps), printed;

	environment_finish(&report->environment);
	noise_warn_of_run(report);
	report->complete = !interrupted();
	if (!report->complete && status == EXIT_DONE)
		status = EXIT_FAILED;
	progress_end(report->options);
	/* What failed has nothing to be judged by. */
	printed = print_report(report, status == EXIT_DONE ? baseline : NULL);
	return status == EXIT_DONE || printed == EXIT_FAILED ? printed : status;
}

/* Before the sandbox, which takes the privilege; most machines have none, which is no warning. */
static void open_counters(struct report *report)
{
	struct counters_error error;

	counters_open(&report->user_counters, hardware_events, hardware_event_count, false, &error);
	if (report->options->mode == MODE_PPS)
		counters_open(&report->counters, hardware_events, hardware_event_count, true,
			      &error);
}

static int run_measurement(const struct options *options, struct table *table,
			   const struct environment *environment, const struct baseline *baseline)
{
	struct report *report = calloc(1, sizeof(*report));
	struct pps stages, *pps = options->mode == MODE_PPS ? &stages : NULL;
	int status;

	if (!report) {
		fprintf(stderr, "cvpn-bench: not enough memory\n");
		return EXIT_FAILED;
	}
	report->options = options;
	report->table = table;
	report->environment = *environment;
	open_counters(report);
	interrupt_catch();
	warn_of_input(report);
	noise_warn_of_machine(report);
	status = make_churn(report);
	if (status == EXIT_DONE) {
		if (pps)
			status = pps_open(pps, report);
		if (status == EXIT_DONE)
			status = measure_and_print(report, pps, baseline);
		if (pps)
			pps_close(pps);
	}
	churn_free(report->churn);
	counters_close(&report->user_counters);
	counters_close(&report->counters);
	report_free_results(report);
	free(report);
	return status;
}

/* The set has only what this machine can run, and is not empty. */
static const struct cvpn_lpm_kernels *best_kernels(name_set isas)
{
	return cvpn_lpm_kernels((enum cvpn_lpm_isa)(31 - __builtin_clz(isas)));
}

/* Whatever the mode: an answer must not hide that something was left out of it. */
static void show_warnings(const struct route_list *list)
{
	for (size_t i = 0; i < list->warning_count; i++)
		fprintf(stderr, "cvpn-bench: warning: %s\n", list->warnings[i]);
}

static int load(const struct options *options, struct table **table)
{
	const struct route_source source = {
		.spec = options->routes,
		.seed = options->seed,
		.format = options->format,
		.tunnel_if = options->tunnel_if,
		.policy = &options->policy,
	};
	struct route_error error = { 0 };
	int err;

	progress(options, "loading %s", options->routes);
	err = table_load_from(&source, table, &error);
	progress_end(options);
	if (err < 0)
		fprintf(stderr, "cvpn-bench: %s\n", error.text);
	return err;
}

/* Reads the table before, and compares. Returns an exit status. */
static int run_diff(const struct options *options, const struct route_list *after)
{
	const struct route_source source = {
		.spec = options->diff,
		.seed = options->seed,
		.format = options->format,
		.tunnel_if = options->tunnel_if,
		.tunnel_optional = true,
		.known = &after->client,
		.empty_allowed = true,
	};
	struct route_error error = { 0 };
	struct route_list before;
	int status = EXIT_USAGE;

	if (route_list_load_from(&source, &before, &error) < 0) {
		fprintf(stderr, "cvpn-bench: %s\n", error.text);
	} else {
		if (!options->quiet)
			show_warnings(&before);
		status = diff(&before, after);
	}
	route_list_free(&before);
	return status;
}

/* Whether a mode answers with routes, not with figures. */
static bool is_answer(enum mode mode)
{
	return mode == MODE_EXPLAIN || mode == MODE_PRINT_ROUTES || mode == MODE_DIFF ||
	       mode == MODE_LEAKS;
}

static int run_with_table(const struct options *options, const struct baseline *baseline)
{
	struct environment environment;
	struct table *table;
	int status;

	environment_read(&environment);
	if (load(options, &table) < 0)
		return EXIT_USAGE;
	table->kernels = best_kernels(options->isas);
	if (!options->quiet && is_answer(options->mode))
		show_warnings(&table->list);
	if (options->mode == MODE_EXPLAIN)
		status = explain(table, options->explain);
	else if (options->mode == MODE_PRINT_ROUTES)
		status = print_routes(table);
	else if (options->mode == MODE_DIFF)
		status = run_diff(options, &table->list);
	else if (options->mode == MODE_LEAKS)
		status = print_leaks(table);
	else
		status = run_measurement(options, table, &environment, baseline);
	table_free(table);
	return status;
}

/* Returns an exit status. */
static int run(const struct options *options)
{
	struct baseline baseline;
	int status = EXIT_USAGE;

	if (options->mode == MODE_PROBE)
		return probe();
	if (output_check(options->outputs) < 0)
		return EXIT_USAGE;
	if (options->mode == MODE_MERGE)
		return merge_run(options);
	if (options->gate.against)
		return against_run(options);
	if (!options->gate.baseline)
		return run_with_table(options, NULL);
	if (baseline_load(options->gate.baseline, &baseline) == 0)
		status = run_with_table(options, &baseline);
	baseline_free(&baseline);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	int status;

	options_parse(argc, argv, &options);
	turns_init(&options);
	status = run(&options);
	options_free(&options);
	return status;
}
