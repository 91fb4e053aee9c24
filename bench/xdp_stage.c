/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting the XDP stage up, and running its rounds. */
#include "xdp_stage.h"

#include <errno.h>
#include <string.h>

#include "ebpf_shape.h"
#include "engine.h"
#include "interrupt.h"
#include "progress.h"

#define SENDER	 "cvpn-xdp0"
#define RECEIVER "cvpn-xdp1"

static const char *const search_engines[XDP_SEARCHES] = {
	[XDP_TRIE] = "ebpf-trie",
	[XDP_LPM] = "ebpf-lpm",
};

static bool named(const struct options *options, const char *name)
{
	for (unsigned int i = 0; i < engine_count; i++) {
		if (options->engines >> i & 1 && !strcmp(engines[i]->name, name))
			return true;
	}
	return false;
}

/* All engines are, unless --engine names some of them: then these. */
static bool wanted(const struct options *options, const char *name)
{
	bool some = false;

	for (unsigned int i = 0; i < XDP_SEARCHES && options->engines_given; i++)
		some |= named(options, search_engines[i]);
	return !some || named(options, name);
}

static void add_lane(struct xdp_stage *stage, struct xdp_lane lane)
{
	stage->lanes[stage->lane_count++] = lane;
}

/* Fills the tables of all engines that are wanted. At least one of them must hold the routes. */
static int add_engines(struct xdp_stage *stage, struct tun_error *error)
{
	int err = 0;

	for (unsigned int i = 0; i < XDP_SEARCHES; i++) {
		struct xdp_lane lane = { .engine = search_engines[i], .search = i };

		/* An interface has room for one program. */
		if (!wanted(stage->options, lane.engine) ||
		    (stage->options->xdp_dev && stage->lane_count > 1))
			continue;
		err = xdp_programs_fill(stage->programs, i, stage->table, error);
		if (err)
			report_warn(stage->report, "%s is left out of the XDP stage: %s",
				    lane.engine, error->text);
		else
			add_lane(stage, lane);
	}
	return stage->lane_count > 1 ? 0 : err;
}

int xdp_stage_load(struct xdp_stage *stage, const struct options *options, struct table *table,
		   struct report *report, struct tun_error *error)
{
	unsigned int shape = ebpf_shape_for(table);
	int err;

	*stage = (struct xdp_stage){ .options = options, .table = table, .report = report };
	/* Too large for any mirror: filling the largest one will say so. */
	if (shape == EBPF_SHAPES)
		shape = EBPF_SHAPES - 1;
	err = xdp_programs_load(shape, table->list.of_family, &stage->programs, error);
	if (err < 0) {
		stage->programs = NULL;
		return err;
	}
	add_lane(stage, (struct xdp_lane){ .engine = "drop", .floor = true });
	err = add_engines(stage, error);
	if (err < 0)
		return err;
	if (options->xdp_dev)
		return xdp_dev_attach(stage, error);
	if (pattern_alloc(&stage->pattern) < 0) {
		tun_error_set(error, "not enough memory for the traffic pattern");
		return -ENOMEM;
	}
	return source_live.load(&stage->source, error);
}

int xdp_stage_open(struct xdp_stage *stage, struct tun_error *error)
{
	struct source_config config = { .packet_bytes = SOURCE_MIN_FRAME - SOURCE_FRAME_OVERHEAD };
	int err;

	if (stage->options->xdp_dev)
		return 0;
	err = veth_open(SENDER, RECEIVER, &stage->veth, error);
	if (err < 0)
		return err;
	config.ifindex = stage->veth.sender;
	err = source_live.start(stage->source, &config, error);
	if (err < 0)
		return err;
	err = xdp_programs_attach(stage->programs, stage->veth.receiver, stage->lanes[1].search,
				  XDP_DEED_DROP, false);
	if (err < 0)
		tun_error_set(error, "a veth took no XDP program (%s); it needs Linux 5.9",
			      strerror(-err));
	return err;
}

/* The floor comes first: the others' shares are of its rate in the same round. */
static int measure_lanes(struct xdp_stage *stage, unsigned int round, bool churned, double *floor)
{
	const struct options *options = stage->options;
	double seconds = options->duration / options->rounds, rate;
	int err = 0;

	for (size_t i = 0; i < stage->lane_count && !err && !interrupted(); i++) {
		struct xdp_lane *lane = &stage->lanes[i];

		if (lane->churned != churned)
			continue;
		progress(options, "xdp, %s: round %u of %u, rate of %s",
			 traffic_names[stage->pattern.traffic], round + 1, options->rounds,
			 lane->engine);
		err = xdp_live_round(stage, lane, seconds, &rate);
		if (lane->floor)
			*floor = rate;
		if (!err && rate > 0)
			err = samples_add(&lane->share, rate / *floor);
	}
	return err;
}

static int measure_churned(struct xdp_stage *stage, unsigned int round, double *floor)
{
	int err = churn_begin(stage->churn), end;

	if (err)
		return err;
	/* This thread looks nothing up. */
	table_offline(stage->table);
	err = measure_lanes(stage, round, true, floor);
	table_online(stage->table);
	end = churn_end(stage->churn);
	return err ? err : end;
}

static int verify_lanes(struct xdp_stage *stage)
{
	int err = 0;

	for (size_t i = 0; i < stage->lane_count && !err && !interrupted(); i++) {
		if (!stage->lanes[i].floor && !stage->lanes[i].churned)
			err = xdp_verify(stage, &stage->lanes[i]);
		if (err == -EBADMSG)
			report_warn(stage->report,
				    "the XDP program of %s is void: of %llu verdicts %llu differ "
				    "from the oracle",
				    stage->lanes[i].engine,
				    (unsigned long long)stage->lanes[i].counts.checked,
				    (unsigned long long)stage->lanes[i].counts.disagreements);
	}
	return err;
}

static int run_rounds(struct xdp_stage *stage)
{
	double floor = 0;
	int err = verify_lanes(stage);

	for (unsigned int round = 0; round < stage->options->rounds && !interrupted() && !err;
	     round++) {
		environment_round(&stage->report->environment);
		err = measure_lanes(stage, round, false, &floor);
		if (!err && stage->churn)
			err = measure_churned(stage, round, &floor);
		if (!err && stage->options->verify)
			err = verify_lanes(stage);
	}
	return err;
}

/* Says what of a result makes it worthless. Returns 0 or -EBADMSG. */
static int judge(struct xdp_stage *stage, const struct xdp_lane *lane, const struct result *result)
{
	const struct tun_counts *c = &result->xdp.counts;

	if (!report_xdp_holds(&result->xdp)) {
		report_warn(stage->report,
			    "%s is void: its packets do not add up (offered %llu, refused %llu, "
			    "received %llu, counted %llu)",
			    result->name, (unsigned long long)c->offered,
			    (unsigned long long)c->refused, (unsigned long long)c->received,
			    (unsigned long long)(c->tunnel + c->physical + c->drop + c->unparsed));
		return -EBADMSG;
	}
	if (!lane->floor && !lane->churned && !xdp_counts_right(stage, lane)) {
		report_warn(stage->report,
			    "%s is void: its verdicts are not as many of each kind as the oracle's",
			    result->name);
		return -EBADMSG;
	}
	return 0;
}

static int report_lane(struct xdp_stage *stage, struct xdp_lane *lane, double floor)
{
	uint64_t seed = stage->options->seed;
	struct result *result;

	if (!lane->rate.count)
		return 0;
	result = report_add(stage->report);
	snprintf(result->name, sizeof(result->name), "xdp/%s/rate/%s/%s", lane->engine,
		 stage->pattern.family, traffic_names[stage->pattern.traffic]);
	result->stage = STAGE_XDP;
	result->unit = "packets/s";
	result->higher_is_better = true;
	report_set_figure(stage->report, result, &lane->rate);
	result->xdp = (struct xdp_result){
		.engine = lane->engine,
		.family = stage->pattern.family,
		.traffic = stage->pattern.traffic,
		.size = SOURCE_MIN_FRAME,
		.decides = !lane->floor,
		.counts = lane->counts,
		.floor = floor,
		.of_floor = samples_estimate(&lane->share, seed),
	};
	if (lane->churned) {
		result->xdp.churn = churn_summary(stage->churn);
		report_churned(stage->report, result);
	}
	return judge(stage, lane, result);
}

static void reset_lane(struct xdp_lane *lane)
{
	lane->counts = (struct tun_counts){ 0 };
	samples_free(&lane->rate);
	samples_free(&lane->share);
}

/* The updates of one pattern's measurements, and a lane for them. */
static int make_churn(struct xdp_stage *stage)
{
	struct cvpn_lpm *mirrored = xdp_programs_mirrored(stage->programs);

	if (!stage->report->churn || !mirrored)
		return 0;
	return churn_create(stage->table, mirrored, stage->options, &stage->report->environment,
			    &stage->churn);
}

static int run_traffic(struct xdp_stage *stage, enum traffic traffic)
{
	const struct options *options = stage->options;
	double floor;
	int err = pattern_make(&stage->pattern, stage->table, traffic,
			       SOURCE_MIN_FRAME - SOURCE_FRAME_OVERHEAD, options->seed);

	if (!err)
		err = make_churn(stage);
	if (!err) {
		source_live.set_pattern(stage->source, stage->pattern.heads);
		err = run_rounds(stage);
	}
	floor = samples_median(&stage->lanes[0].rate);
	for (size_t i = 0; i < stage->lane_count; i++) {
		int bad = err ? 0 : report_lane(stage, &stage->lanes[i], floor);

		err = err ? err : bad;
		reset_lane(&stage->lanes[i]);
	}
	churn_free(stage->churn);
	stage->churn = NULL;
	return err;
}

int xdp_stage_run(struct xdp_stage *stage)
{
	const struct options *options = stage->options;
	int err = 0;

	environment_measuring(&stage->report->environment);
	if (options->xdp_dev)
		return xdp_dev_run(stage);
	if (stage->report->churn && xdp_programs_mirrored(stage->programs))
		add_lane(stage, (struct xdp_lane){ .engine = search_engines[XDP_TRIE],
						   .search = XDP_TRIE,
						   .churned = true });
	for (enum traffic traffic = 0; traffic < TRAFFICS && !err && !interrupted(); traffic++) {
		if (options->tun_traffics >> traffic & 1)
			err = run_traffic(stage, traffic);
	}
	return err;
}

void xdp_stage_close(struct xdp_stage *stage)
{
	for (size_t i = 0; i < stage->lane_count; i++)
		reset_lane(&stage->lanes[i]);
	if (stage->source)
		source_live.close(stage->source);
	xdp_programs_free(stage->programs);
	pattern_free(&stage->pattern);
}
