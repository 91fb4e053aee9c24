/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting two builds, giving them turns, and comparing what they report. */
#include "against.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "baseline.h"
#include "comparison.h"
#include "interrupt.h"
#include "print.h"
#include "progress.h"
#include "report_json.h"
#include "series.h"
#include "turns.h"

#define SELF "/proc/self/exe"

/* One of the two builds, and the launch of it that is running. */
struct side {
	const char *program;
	const char *name; /* for errors */
	struct series_set series;
	json_t *report; /* of the last launch */
	pid_t pid;
	int turns; /* our end of the socket */
	int report_fd;
	bool wants; /* a turn */
};

struct against {
	const struct options *options;
	char **argv; /* of both */
	char rounds[32];
	struct side sides[2]; /* before, now */
};

/* --- a launch -------------------------------------------------------------------------------- */

/* In the child: becomes the program. */
__attribute__((noreturn)) static void become(const struct against *a, const struct side *side,
					     int turns, pid_t parent)
{
	char number[16];

	/* The end of this process is the end of its child's, even where it could not say so. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILED);
	snprintf(number, sizeof(number), "%d", turns);
	if (dup2(side->report_fd, STDOUT_FILENO) < 0 || fcntl(turns, F_SETFD, 0) < 0 ||
	    setenv(TURNS_ENVIRONMENT, number, 1) < 0)
		_exit(EXIT_FAILED);
	execv(side->program, a->argv);
	fprintf(stderr, "cvpn-bench: --against: %s could not be run: %s\n", side->name,
		strerror(errno));
	_exit(EXIT_USAGE);
}

/* Waits until a side wants a turn or is gone. */
static void hear(struct side *side)
{
	char byte;
	ssize_t n;

	do
		n = read(side->turns, &byte, 1);
	while (n < 0 && errno == EINTR && !interrupted());
	side->wants = n == 1;
}

/* Gives a side its turn, and waits for the end of that. */
static void give_turn(struct side *side)
{
	char byte = 0;

	if (side->wants && send(side->turns, &byte, 1, MSG_NOSIGNAL) == 1)
		hear(side);
	else
		side->wants = false;
}

/* Starts a side, and waits until it has set up and wants its first turn. */
static int start(const struct against *a, struct side *side)
{
	pid_t parent = getpid();
	int sockets[2];

	side->report_fd = memfd_create("report", MFD_CLOEXEC);
	if (side->report_fd < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	side->turns = sockets[0];
	side->pid = fork();
	if (side->pid == 0)
		become(a, side, sockets[1], parent);
	close(sockets[1]);
	if (side->pid < 0)
		return -errno;
	hear(side);
	return 0;
}

static int read_report(struct side *side)
{
	json_error_t error;
	json_t *report;
	int err;

	if (lseek(side->report_fd, 0, SEEK_SET) < 0)
		return -errno;
	report = json_loadfd(side->report_fd, 0, &error);
	err = report ? series_add_launch(&side->series, report) : -EBADMSG;
	if (err == -EBADMSG)
		fprintf(stderr,
			"cvpn-bench: --against: %s wrote no report that this build can compare "
			"with; expected one of the schema cvpn-bench/1 with the values of each "
			"result\n",
			side->name);
	json_decref(side->report);
	side->report = report;
	return err;
}

/* Waits for the end of a side. Returns its exit status, or the program's in its place. */
static int end(struct side *side)
{
	int status = 0;

	if (side->turns >= 0)
		close(side->turns);
	while (side->pid > 0 && waitpid(side->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (side->pid <= 0)
		status = EXIT_FAILED;
	else if (WIFSIGNALED(status)) {
		if (!interrupted())
			fprintf(stderr, "cvpn-bench: --against: %s ended by signal %d (%s)\n",
				side->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
		status = EXIT_FAILED;
	} else {
		status = WEXITSTATUS(status);
		if (status && !interrupted())
			fprintf(stderr, "cvpn-bench: --against: %s ended with exit status %d\n",
				side->name, status);
	}
	if (status == EXIT_DONE && read_report(side) < 0)
		status = EXIT_FAILED;
	if (side->report_fd >= 0)
		close(side->report_fd);
	side->turns = side->report_fd = -1;
	side->pid = 0;
	return status;
}

/* Both sides' turns, the one that is first in this launch first in every second of them. */
static void take_turns(struct against *a, unsigned int launch)
{
	const struct options *o = a->options;

	for (unsigned int turn = 0; a->sides[0].wants || a->sides[1].wants; turn++) {
		unsigned int first = (launch + turn) & 1;

		if (interrupted())
			break;
		progress(o, "launch %u of %u, turn %u", launch + 1, o->gate.launches, turn + 1);
		give_turn(&a->sides[first]);
		give_turn(&a->sides[!first]);
	}
}

static int launch(struct against *a, unsigned int number)
{
	unsigned int first = number & 1;
	int statuses[2], err;

	progress(a->options, "launch %u of %u: setting up", number + 1, a->options->gate.launches);
	err = start(a, &a->sides[first]);
	/* One that ended without asking for a turn has said why. */
	if (!err && a->sides[first].wants)
		err = start(a, &a->sides[!first]);
	if (err < 0)
		fprintf(stderr, "cvpn-bench: --against: %s\n", strerror(-err));
	if (!err && !interrupted())
		take_turns(a, number);
	for (unsigned int i = 0; i < 2; i++) {
		if (interrupted() && a->sides[i].pid > 0)
			kill(a->sides[i].pid, SIGKILL);
	}
	progress_end(a->options);
	statuses[0] = a->sides[first].report_fd >= 0 ? end(&a->sides[first]) : EXIT_FAILED;
	if (a->sides[!first].report_fd < 0) {
		if (statuses[0] == EXIT_DONE)
			fprintf(stderr,
				"cvpn-bench: --against: %s took no turns; expected a build that "
				"knows --against, too\n",
				a->sides[first].name);
		return statuses[0] ? statuses[0] : EXIT_FAILED;
	}
	statuses[1] = end(&a->sides[!first]);
	return statuses[0] ? statuses[0] : statuses[1];
}

/* --- the report ------------------------------------------------------------------------------ */

/* Gives each result of the last launch's report the samples of all launches. */
static int pool_results(const struct options *options, struct side *side)
{
	json_t *results = json_object_get(side->report, "results"), *result;
	size_t i;

	json_array_foreach (results, i, result) {
		const char *name = json_string_value(json_object_get(result, "name"));
		const struct series *series = series_find(&side->series, name);
		struct samples all;
		struct estimate estimate;

		if (!series || series_pool(&side->series, series, false, &all) < 0)
			return -ENOMEM;
		estimate = samples_estimate(&all, options->seed);
		set_estimate(result, &estimate);
		set(result, "samples", count(all.count));
		set(result, "values", values_json(&all));
		samples_free(&all);
	}
	return 0;
}

static int report(struct against *a)
{
	struct side *before = &a->sides[0], *now = &a->sides[1];
	struct comparison c = {
		.kind = COMPARE_AGAINST,
		.with = a->options->gate.against,
		.with_version = baseline_text(before->report, NULL, "version"),
		.with_commit = baseline_text(before->report, "environment", "commit"),
		.max_regression = a->options->gate.max_regression,
		.before = &before->series,
		.now = &now->series,
	};
	int err = comparison_make(&c, a->options->seed);
	int status = comparison_exit_status(&c);

	if (!err)
		err = pool_results(a->options, now);
	if (!err) {
		set(now->report, "comparison", comparison_json(&c));
		if (output_write(a->options->outputs, now->report) < 0)
			status = EXIT_FAILED;
		if (!a->options->quiet && !output_takes_stdout(a->options->outputs))
			comparison_text(&c, stdout);
	}
	comparison_free(&c);
	if (!err)
		return finish_output(status);
	fprintf(stderr, "cvpn-bench: --against: %s\n", strerror(-err));
	return EXIT_FAILED;
}

/* The command line of both: what is measured, and how often, which without --against is more. */
static char **make_arguments(struct against *a)
{
	char *const *from = a->options->gate.measuring;
	char **arguments;
	size_t n = 0;

	while (from[n])
		n++;
	arguments = calloc(n + 2, sizeof(*arguments));
	if (!arguments)
		return NULL;
	memcpy(arguments, from, n * sizeof(*arguments));
	snprintf(a->rounds, sizeof(a->rounds), "--rounds=%u", a->options->rounds);
	arguments[n] = a->rounds;
	return arguments;
}

int against_run(const struct options *options)
{
	struct against a = {
		.options = options,
		.sides = { { .program = options->gate.against, .name = options->gate.against },
			   { .program = SELF, .name = "this build" } },
	};
	int status = EXIT_DONE;

	a.argv = make_arguments(&a);
	if (!a.argv) {
		fprintf(stderr, "cvpn-bench: --against: not enough memory\n");
		return EXIT_FAILED;
	}
	interrupt_catch();
	for (unsigned int i = 0; i < 2; i++)
		a.sides[i].turns = a.sides[i].report_fd = -1;
	for (unsigned int i = 0; i < options->gate.launches && status == EXIT_DONE; i++) {
		status = launch(&a, i);
		if (interrupted())
			status = EXIT_FAILED;
	}
	if (interrupted())
		fprintf(stderr, "cvpn-bench: --against: interrupted\n");
	if (status == EXIT_DONE)
		status = report(&a);
	for (unsigned int i = 0; i < 2; i++) {
		series_free(&a.sides[i].series);
		json_decref(a.sides[i].report);
	}
	free(a.argv);
	return status;
}
