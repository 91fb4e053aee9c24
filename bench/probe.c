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
#include "counters.h"
#include "engine.h"
#include "environment.h"
#include "options.h"
#include "tun_stage.h"
#include "xdp_stage.h"

static void say(const char *what, int err, const char *yes, const struct tun_error *error)
{
	printf("%-16s %s  %s\n", what, err ? "no " : "yes", err ? error->text : yes);
}

static void probe_counters(const char *what, bool kernel, const char *of)
{
	char yes[128];
	size_t used = 0;
	struct counters_error reason = { "" };
	struct tun_error error = { "" };
	struct counters counters;
	int err = counters_open(&counters, hardware_events, hardware_event_count, kernel, &reason);

	for (unsigned int i = 0; i < counters.open; i++)
		used += (size_t)snprintf(yes + used, sizeof(yes) - used, "%s%s", i ? ", " : "",
					 hardware_events[counters.order[i]].name);
	snprintf(yes + used, sizeof(yes) - used, " of %s", of);
	snprintf(error.text, sizeof(error.text), "%s", reason.text);
	say(what, err, yes, &error);
	counters_close(&counters);
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

/* What the XDP stage needs, with empty tables. */
struct xdp_probe {
	struct xdp_programs *programs;
	struct source *source;
	struct tun_error error;
	int err;
};

static void xdp_probe_load(struct xdp_probe *p)
{
	static const size_t no_routes[CVPN_LPM_FAMILIES];

	p->err = xdp_programs_load(0, no_routes, &p->programs, &p->error);
	if (!p->err)
		p->err = source_live.load(&p->source, &p->error);
}

static void xdp_probe_say(struct xdp_probe *p)
{
	struct source_config config = { .packet_bytes = SOURCE_MIN_FRAME - SOURCE_FRAME_OVERHEAD };
	struct veth veth = { 0 };

	if (!p->err)
		p->err = veth_open("cvpn-xdp0", "cvpn-xdp1", &veth, &p->error);
	config.ifindex = veth.sender;
	if (!p->err)
		p->err = source_live.start(p->source, &config, &p->error);
	if (!p->err) {
		p->err = xdp_programs_attach(p->programs, veth.receiver, XDP_TRIE, XDP_DEED_DROP,
					     false);
		if (p->err)
			tun_error_set(&p->error, "a veth took no XDP program (%s)",
				      strerror(-p->err));
	}
	say("xdp", p->err, "live frames into a veth, to an XDP program there", &p->error);
}

static void xdp_probe_close(struct xdp_probe *p)
{
	if (p->source)
		source_live.close(p->source);
	xdp_programs_free(p->programs);
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
	struct xdp_probe xdp = { 0 };
	enum sandbox_kind kind;
	struct environment e;
	bool in_sandbox;
	int err;

	environment_read(&e);
	printf("%-16s yes  %s, %u core%s\n", "lookup", e.cpu, e.cores, e.cores == 1 ? "" : "s");
	/* Counters are opened and BPF programs are loaded before the sandbox, as --pps does it. */
	probe_counters("counters", false, "lookups");
	probe_counters("kernel counters", true, "packets");
	for (unsigned int i = 0; i < source_count; i++)
		loaded[i] = probe_load(i, &errors[i], &err);
	xdp_probe_load(&xdp);
	err = sandbox_enter(&kind, &error);
	say("sandbox", err,
	    kind == SANDBOX_NET ? "a network namespace" : "a user and a network namespace", &error);
	in_sandbox = !err;
	if (!err) {
		err = tun_device_open("cvpn0", &device, &error);
		say("tun", err, "/dev/net/tun", &error);
	}
	for (unsigned int i = 0; i < source_count && !err; i++)
		probe_source(i, loaded[i], device.ifindex, &errors[i]);
	for (unsigned int i = 0; i < reader_count && !err; i++)
		probe_reader(readers[i], device.fd);
	if (in_sandbox)
		xdp_probe_say(&xdp);
	for (unsigned int i = 0; i < source_count; i++) {
		if (loaded[i])
			sources[i]->close(loaded[i]);
	}
	tun_device_close(&device);
	xdp_probe_close(&xdp);
	probe_engines();
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "cvpn-bench: the probe could not be written: %s\n", strerror(errno));
	return EXIT_FAILED;
}
