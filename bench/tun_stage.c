/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting the TUN stage up, and running its rounds. */
#include "tun_stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "interrupt.h"
#include "progress.h"

#define TUN_NAME "cvpn0"
/* Fills of the ring by each reader in a round, with the decision and without. */
#define COST_FILLS	 32u
#define COST_FILLS_QUICK 8u
/* A source that is refused less than this share of its packets is what limits the rate. */
#define LIMITED_SHARE 0.001

const struct reader_ops *const readers[] = { &reader_drain, &reader_read };
const unsigned int reader_count = sizeof(readers) / sizeof(readers[0]);
/* The best first. */
const struct source_ops *const sources[] = { &source_bpf, &source_packet };
const unsigned int source_count = sizeof(sources) / sizeof(sources[0]);

static int load_source(struct tun_stage *stage, unsigned int index, struct tun_error *error)
{
	stage->source_ops = sources[index];
	return sources[index]->load(&stage->source, error);
}

/* Loads the next source after the one that failed, saying why; @error is that one's. */
static int load_next_source(struct tun_stage *stage, unsigned int index, struct tun_error *error)
{
	int err;

	for (unsigned int i = index; i < source_count; i++) {
		report_warn(stage->report, "source \"%s\" is used instead of \"%s\": %s",
			    sources[i]->name, sources[i - 1]->name, error->text);
		err = load_source(stage, i, error);
		if (!err)
			return 0;
	}
	return err;
}

int tun_stage_load(struct tun_stage *stage, const struct options *options,
		   const struct table *table, struct report *report, struct tun_error *error)
{
	int err;

	*stage = (struct tun_stage){
		.options = options,
		.table = table,
		.report = report,
		.device.fd = -1,
	};
	if (pattern_alloc(&stage->pattern) < 0) {
		tun_error_set(error, "not enough memory for the traffic pattern");
		return -ENOMEM;
	}
	if (options->source >= 0)
		return load_source(stage, (unsigned int)options->source, error);
	err = load_source(stage, 0, error);
	return err < 0 ? load_next_source(stage, 1, error) : 0;
}

static int start_source(struct tun_stage *stage, struct tun_error *error)
{
	struct source_config config = {
		.ifindex = stage->device.ifindex,
		.packet_bytes = stage->options->size - SOURCE_FRAME_OVERHEAD,
	};
	int err = stage->source_ops->start(stage->source, &config, error);

	if (err < 0 && stage->options->source < 0 && stage->source_ops == sources[0]) {
		stage->source_ops->close(stage->source);
		stage->source = NULL;
		err = load_next_source(stage, 1, error);
		if (!err)
			err = stage->source_ops->start(stage->source, &config, error);
	}
	return err;
}

static int open_readers(struct tun_stage *stage, struct tun_error *error)
{
	int err = 0;

	for (unsigned int i = 0; i < reader_count; i++) {
		struct tun_lane *lane = &stage->lanes[stage->lane_count];

		if (!(stage->options->readers >> i & 1))
			continue;
		lane->ops = readers[i];
		err = lane->ops->open(stage->device.fd, &lane->reader, error);
		if (!err) {
			stage->lane_count++;
			continue;
		}
		if (stage->options->readers_given)
			return err;
		report_warn(stage->report, "reader \"%s\" is left out: %s", lane->ops->name,
			    error->text);
	}
	return stage->lane_count ? 0 : err;
}

int tun_stage_open(struct tun_stage *stage, struct tun_error *error)
{
	int err = tun_device_open(TUN_NAME, &stage->device, error);

	if (!err)
		err = start_source(stage, error);
	if (!err)
		err = open_readers(stage, error);
	if (err < 0)
		return err;
	/* A burst for each READER_BURST packets of the ring, and the one that finds it empty. */
	stage->log_capacity = stage->device.ring / READER_BURST + 2;
	stage->log = calloc(stage->log_capacity, sizeof(*stage->log));
	if (!stage->log) {
		tun_error_set(error, "not enough memory for the log of decisions");
		return -ENOMEM;
	}
	return 0;
}

static int make_pattern(struct tun_stage *stage, enum traffic traffic)
{
	const struct options *options = stage->options;
	int err = pattern_make(&stage->pattern, stage->table, traffic,
			       options->size - SOURCE_FRAME_OVERHEAD, options->seed);

	if (!err)
		stage->source_ops->set_pattern(stage->source, stage->pattern.heads);
	return err;
}

/* Each lane's rate, and the costs of all in turns; those with churn, or those without. */
static int measure_lanes(struct tun_stage *stage, unsigned int round, bool churned)
{
	const struct options *options = stage->options;
	double seconds = options->duration / options->rounds;
	int err = 0;

	for (size_t i = 0; i < stage->lane_count && !err; i++) {
		if (stage->lanes[i].churned != churned)
			continue;
		progress(options, "tun, %s: round %u of %u, rate of reader %s",
			 traffic_names[stage->pattern.traffic], round + 1, options->rounds,
			 stage->lanes[i].ops->name);
		err = tun_live_round(stage, &stage->lanes[i], seconds);
	}
	progress(options, "tun, %s: round %u of %u, cost", traffic_names[stage->pattern.traffic],
		 round + 1, options->rounds);
	if (err)
		return err;
	return tun_cost_round(stage, options->quick ? COST_FILLS_QUICK : COST_FILLS, churned);
}

static int measure_churned(struct tun_stage *stage, unsigned int round)
{
	int err = churn_begin(stage->report->churn), end;

	if (err)
		return err;
	err = measure_lanes(stage, round, true);
	end = churn_end(stage->report->churn);
	return err ? err : end;
}

static int run_rounds(struct tun_stage *stage)
{
	int err = 0;

	for (unsigned int round = 0; round < stage->options->rounds && !interrupted() && !err;
	     round++) {
		environment_round(&stage->report->environment);
		err = measure_lanes(stage, round, false);
		if (!err && stage->report->churn)
			err = measure_churned(stage, round);
	}
	return err;
}

static struct result *add_result(struct tun_stage *stage, const struct tun_lane *lane,
				 enum tun_figure figure, struct samples *samples)
{
	const char *name = figure == TUN_RATE ? "rate" : "cost";
	uint64_t seed = stage->options->seed;
	struct result *result = report_add(stage->report);

	snprintf(result->name, sizeof(result->name), "tun/%s/%s/%s/%s/%u", lane->ops->name, name,
		 stage->pattern.family, traffic_names[stage->pattern.traffic],
		 stage->options->size);
	result->stage = STAGE_TUN;
	result->unit = figure == TUN_RATE ? "packets/s" : "ns-cpu/packet";
	result->higher_is_better = figure == TUN_RATE;
	report_set_figure(stage->report, result, samples);
	result->tun = (struct tun_result){
		.figure = figure,
		.reader = lane->ops->name,
		.source = stage->source_ops->name,
		.family = stage->pattern.family,
		.traffic = stage->pattern.traffic,
		.size = stage->options->size,
		.counts = figure == TUN_RATE ? lane->live : lane->cost,
		.source_ceiling = samples_estimate(&stage->ceiling, seed).median,
	};
	if (lane->churned)
		report_churned(stage->report, result);
	return result;
}

/* Says what of a result makes it worthless. Returns 0 or -EBADMSG. */
static int judge(struct tun_stage *stage, const struct result *result)
{
	const struct tun_counts *c = &result->tun.counts;
	int err = 0;

	if (!report_counts_hold(c)) {
		report_warn(stage->report,
			    "%s is void: its packets do not add up (offered %llu, refused %llu, "
			    "received %llu)",
			    result->name, (unsigned long long)c->offered,
			    (unsigned long long)c->refused, (unsigned long long)c->received);
		err = -EBADMSG;
	}
	if (c->disagreements || (stage->options->verify && c->checked != c->received)) {
		report_warn(stage->report,
			    "%s is void: of %llu packets received %llu were checked, and %llu "
			    "verdicts differ from the oracle",
			    result->name, (unsigned long long)c->received,
			    (unsigned long long)c->checked, (unsigned long long)c->disagreements);
		err = -EBADMSG;
	}
	return err;
}

static int report_lane(struct tun_stage *stage, struct tun_lane *lane)
{
	uint64_t seed = stage->options->seed;
	struct result *rate, *cost;
	int err = 0;

	if (lane->rate.count) {
		rate = add_result(stage, lane, TUN_RATE, &lane->rate);
		rate->tun.source_limited = (double)lane->live.refused <
					   LIMITED_SHARE * (double)lane->live.offered;
		err = judge(stage, rate);
	}
	if (lane->decided.count) {
		cost = add_result(stage, lane, TUN_COST, &lane->decided);
		cost->counts = count_samples_median(&lane->counts);
		cost->tun.undecided = samples_estimate(&lane->undecided, seed);
		cost->tun.decision = samples_estimate(&lane->delta, seed);
		err = judge(stage, cost) ? -EBADMSG : err;
	}
	return err;
}

static void reset_lane(struct tun_lane *lane)
{
	lane->live = lane->cost = (struct tun_counts){ 0 };
	samples_free(&lane->rate);
	samples_free(&lane->decided);
	samples_free(&lane->undecided);
	samples_free(&lane->delta);
	samples_free(&lane->with);
	samples_free(&lane->without);
	count_samples_free(&lane->counts);
}

static int run_traffic(struct tun_stage *stage, enum traffic traffic)
{
	int err = make_pattern(stage, traffic);

	if (!err)
		err = run_rounds(stage);
	for (size_t i = 0; i < stage->lane_count; i++) {
		int bad = err ? 0 : report_lane(stage, &stage->lanes[i]);

		err = err ? err : bad;
		reset_lane(&stage->lanes[i]);
	}
	samples_free(&stage->ceiling);
	return err;
}

/* Each reader is measured once more. */
static void add_churned_lanes(struct tun_stage *stage)
{
	size_t n = stage->lane_count;

	for (size_t i = 0; i < n; i++)
		stage->lanes[stage->lane_count++] = (struct tun_lane){
			.ops = stage->lanes[i].ops,
			.reader = stage->lanes[i].reader,
			.churned = true,
		};
}

int tun_stage_run(struct tun_stage *stage)
{
	name_set traffics = stage->options->tun_traffics;
	int err = 0;

	if (stage->report->churn)
		add_churned_lanes(stage);
	environment_measuring(&stage->report->environment);
	if (stage->options->verify)
		report_warn(stage->report, "with --verify the reader checks each packet while the "
					   "rate is measured: rates are lower than without");
	for (enum traffic traffic = 0; traffic < TRAFFICS && !err && !interrupted(); traffic++) {
		if (traffics >> traffic & 1)
			err = run_traffic(stage, traffic);
	}
	return err;
}

void tun_stage_close(struct tun_stage *stage)
{
	for (size_t i = 0; i < stage->lane_count; i++) {
		if (!stage->lanes[i].churned)
			stage->lanes[i].ops->close(stage->lanes[i].reader);
		reset_lane(&stage->lanes[i]);
	}
	if (stage->source)
		stage->source_ops->close(stage->source);
	tun_device_close(&stage->device);
	samples_free(&stage->ceiling);
	pattern_free(&stage->pattern);
	free(stage->log);
}
