/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --xdp-dev: a program on an interface of the host, which counts the verdicts of what comes and
 * lets every frame go on. Whoever has a program there keeps it.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "interrupt.h"
#include "progress.h"
#include "xdp_stage.h"

/* How soon a signal ends a round. */
#define NAP_NS 10000000u

static bool is_taken(int err)
{
	return err == -EBUSY || err == -EEXIST;
}

static int explain(const char *name, int err, struct tun_error *error)
{
	uint32_t other = xdp_programs_other(if_nametoindex(name));

	if (!is_taken(err)) {
		tun_error_set(error, "--xdp-dev: %s took no XDP program (%s)", name,
			      strerror(-err));
		return err;
	}
	tun_error_set(error,
		      "--xdp-dev: %s has an XDP program already, number %u (bpftool prog show id "
		      "%u); it is left alone. Expected an interface without",
		      name, other, other);
	return -EBUSY;
}

int xdp_dev_attach(struct xdp_stage *stage, struct tun_error *error)
{
	const char *name = stage->options->xdp_dev;
	enum xdp_search search = stage->lanes[1].search;
	unsigned int ifindex = if_nametoindex(name);
	int err, native;

	stage->mode = "native";
	native = xdp_programs_attach(stage->programs, ifindex, search, XDP_DEED_PASS, false);
	if (!native)
		return 0;
	if (is_taken(native))
		return explain(name, native, error);
	stage->mode = "generic";
	err = xdp_programs_attach(stage->programs, ifindex, search, XDP_DEED_PASS, true);
	if (err)
		return explain(name, err, error);
	report_warn(stage->report,
		    "--xdp-dev: the driver of %s took no XDP program (%s), so it runs in generic "
		    "mode, behind the making of a socket buffer: that is slower",
		    name, strerror(-native));
	return 0;
}

static void sleep_until(uint64_t end_ns)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };

	while (!interrupted() && clock_ns() < end_ns)
		nanosleep(&nap, NULL);
}

/* One sample: what came in so many seconds. */
static int watch(struct xdp_stage *stage, struct xdp_lane *lane, double seconds)
{
	uint64_t start = clock_ns(), came;
	struct xdp_counts before, after;
	int err = xdp_programs_counts(stage->programs, &before);

	if (err < 0)
		return err;
	sleep_until(start + (uint64_t)(seconds * (double)NS_PER_S));
	err = xdp_programs_counts(stage->programs, &after);
	if (err < 0)
		return err;
	came = xdp_add_counts(&lane->counts, &before, &after);
	lane->counts.received += came;
	return samples_add(&lane->rate,
			   (double)came * (double)NS_PER_S / (double)(clock_ns() - start));
}

int xdp_dev_run(struct xdp_stage *stage)
{
	const struct options *options = stage->options;
	struct xdp_lane *lane = &stage->lanes[1];
	struct result *result;
	int err = 0;

	for (unsigned int i = 0; i < options->rounds && !err && !interrupted(); i++) {
		progress(options, "xdp: watching %s, %u of %u", options->xdp_dev, i + 1,
			 options->rounds);
		err = watch(stage, lane, options->duration / options->rounds);
	}
	if (err || !lane->rate.count)
		return err;
	result = report_add(stage->report);
	snprintf(result->name, sizeof(result->name), "xdp/%s/device", lane->engine);
	result->stage = STAGE_XDP;
	result->unit = "packets/s";
	result->higher_is_better = true;
	report_set_figure(stage->report, result, &lane->rate);
	result->xdp = (struct xdp_result){
		.engine = lane->engine,
		.device = options->xdp_dev,
		.mode = stage->mode,
		.decides = true,
		.counts = lane->counts,
	};
	return 0;
}
