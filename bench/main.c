/* SPDX-License-Identifier: BSD-2-Clause */
/* cvpn-bench: reads the command line, runs what it asks for, reports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diff.h"
#include "explain.h"
#include "interrupt.h"
#include "lookup.h"
#include "noise.h"
#include "options.h"
#include "pps.h"
#include "probe.h"
#include "progress.h"
#include "report.h"
#include "route_leaks.h"

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

/* Finds out before the run, not after it, that the report has no place to go. */
static int check_json_file(const char *path)
{
	char *folder = strdup(path), *slash;
	struct stat file;
	int err = 0;

	if (!folder)
		return -ENOMEM;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	if (!path[0] || path[strlen(path) - 1] == '/')
		err = -EISDIR;
	else if (stat(path, &file) == 0 && !S_ISREG(file.st_mode))
		err = S_ISDIR(file.st_mode) ? -EISDIR : access(path, W_OK) < 0 ? -errno : 0;
	else if (access(slash ? folder : ".", W_OK | X_OK) < 0)
		err = -errno;
	free(folder);
	if (err)
		fprintf(stderr, "cvpn-bench: --json: %s can not be written: %s\n", path,
			strerror(-err));
	return err;
}

static int print_report(const struct report *report)
{
	const struct options *options = report->options;
	int err = 0;

	if (options->json)
		err = report_json(report, options->json_file);
	if (!options->quiet && (!options->json || options->json_file))
		report_text(report, stdout);
	else if (isatty(STDERR_FILENO))
		for (size_t i = 0; i < report->warning_count; i++)
			fprintf(stderr, "cvpn-bench: warning: %s\n", report->warnings[i]);
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = -EIO;
	if (err)
		fprintf(stderr, "cvpn-bench: the report could not be written: %s\n",
			strerror(-err));
	return err;
}

static int measure_and_print(struct report *report, struct pps *pps)
{
	int status = measure(report, pps);

	environment_finish(&report->environment);
	noise_warn_of_run(report);
	report->complete = !interrupted();
	if (!report->complete && status == EXIT_DONE)
		status = EXIT_FAILED;
	progress_end(report->options);
	return print_report(report) < 0 ? EXIT_FAILED : status;
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
			   const struct environment *environment)
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
			status = measure_and_print(report, pps);
		if (pps)
			pps_close(pps);
	}
	churn_free(report->churn);
	counters_close(&report->user_counters);
	counters_close(&report->counters);
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

/* Returns an exit status. */
static int run(const struct options *options)
{
	struct environment environment;
	struct table *table;
	int status;

	if (options->mode == MODE_PROBE)
		return probe();
	if (options->json_file && check_json_file(options->json_file) < 0)
		return EXIT_USAGE;
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
		status = run_measurement(options, table, &environment);
	table_free(table);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	int status;

	options_parse(argc, argv, &options);
	status = run(&options);
	options_free(&options);
	return status;
}
