/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe tries things instead of guessing from versions: it does what --pps would do, one part
 * after the other, and prints how each went.
 */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../tun/sandbox.h"
#include "engine.h"
#include "environment.h"
#include "options.h"
#include "tun_stage.h"

static void say(const char *what, int err, const char *yes, const struct tun_error *error)
{
	printf("%-16s %s  %s\n", what, err ? "no " : "yes", err ? error->text : yes);
}

static struct source *probe_load(unsigned int i, struct tun_error *error, int *err)
{
	struct source *source = NULL;

	*err = sources[i]->load(&source, error);
	return *err ? NULL : source;
}

static void probe_source(unsigned int i, struct source *source, unsigned int ifindex,
			 const struct tun_error *load_error)
{
	struct source_config config = { ifindex, SOURCE_MIN_FRAME - SOURCE_FRAME_OVERHEAD };
	struct tun_error error = *load_error;
	int err = source ? sources[i]->start(source, &config, &error) : -1;
	char what[32];

	snprintf(what, sizeof(what), "source %s", sources[i]->name);
	say(what, err, sources[i]->what, &error);
}

static void probe_reader(const struct reader_ops *ops, int fd)
{
	struct tun_error error;
	struct reader *reader;
	int err = ops->open(fd, &reader, &error);
	char what[32];

	snprintf(what, sizeof(what), "reader %s", ops->name);
	say(what, err, ops->what, &error);
	if (!err)
		ops->close(reader);
}

/* Engines that have to be started; after all else, because they leave threads behind. */
static void probe_engines(void)
{
	for (unsigned int i = 0; i < engine_count; i++) {
		struct engine_error reason = { "" };
		struct tun_error error = { "" };
		char what[32];
		int err;

		if (!engines[i]->start)
			continue;
		err = engines[i]->start(&reason);
		snprintf(error.text, sizeof(error.text), "%s", reason.text);
		snprintf(what, sizeof(what), "engine %s", engines[i]->name);
		say(what, err, engines[i]->what, &error);
	}
	for (unsigned int i = 0; i < engine_count; i++) {
		if (engines[i]->stop)
			engines[i]->stop();
	}
}

int probe(void)
{
	struct source *loaded[2] = { NULL };
	struct tun_error errors[2] = { 0 }, error;
	struct tun_device device = { .fd = -1 };
	enum sandbox_kind kind;
	struct environment e;
	int err;

	environment_read(&e);
	printf("%-16s yes  %s, %u core%s\n", "lookup", e.cpu, e.cores, e.cores == 1 ? "" : "s");
	/* BPF programs are loaded before the sandbox, as --pps does it. */
	for (unsigned int i = 0; i < source_count; i++)
		loaded[i] = probe_load(i, &errors[i], &err);
	err = sandbox_enter(&kind, &error);
	say("sandbox", err,
	    kind == SANDBOX_NET ? "a network namespace" : "a user and a network namespace", &error);
	if (!err) {
		err = tun_device_open("cvpn0", &device, &error);
		say("tun", err, "/dev/net/tun", &error);
	}
	for (unsigned int i = 0; i < source_count && !err; i++)
		probe_source(i, loaded[i], device.ifindex, &errors[i]);
	for (unsigned int i = 0; i < reader_count && !err; i++)
		probe_reader(readers[i], device.fd);
	for (unsigned int i = 0; i < source_count; i++) {
		if (loaded[i])
			sources[i]->close(loaded[i]);
	}
	tun_device_close(&device);
	probe_engines();
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "cvpn-bench: the probe could not be written: %s\n", strerror(errno));
	return EXIT_FAILED;
}
