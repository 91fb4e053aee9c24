/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cost of a packet: fill the ring while nobody reads, then time draining it by the CPU time of
 * this thread. Every fill is drained by another reader in turn, with the decision and without, so
 * that whatever slows the machine down slows all of them.
 */
#include <errno.h>

#include "clock.h"
#include "interrupt.h"
#include "tun_stage.h"

/* One drain, from the full ring to the empty one. */
struct drain {
	uint64_t ns;
	uint64_t packets;
};

static int add_drain(struct samples *samples, const struct drain *drain)
{
	return drain->packets ? samples_add(samples, (double)drain->ns / (double)drain->packets)
			      : 0;
}

static int fill(struct tun_stage *stage, struct source_count *count)
{
	uint64_t start = clock_ns(), took;
	int err = stage->source_ops->send(stage->source, stage->device.ring, count);

	took = clock_ns() - start;
	stage->position += (uint32_t)count->offered;
	if (err < 0)
		return err;
	return samples_add(&stage->ceiling, (double)(count->offered - count->refused) *
						    (double)NS_PER_S / (double)took);
}

/* Takes everything out of the ring without looking at it. */
static int drain_undecided(struct tun_lane *lane, struct drain *drain)
{
	struct packet packets[READER_BURST];
	uint64_t start = clock_cpu_ns();
	int n;

	do {
		n = lane->ops->burst(lane->reader, packets);
		if (n < 0)
			return n;
		drain->packets += (uint32_t)n;
	} while (n == READER_BURST);
	drain->ns = clock_cpu_ns() - start;
	return 0;
}

/* The same with the decision for each packet; returns the number of bursts logged. */
static int drain_decided(struct tun_stage *stage, struct tun_lane *lane, struct drain *drain)
{
	struct packet packets[READER_BURST];
	uint64_t before = lane->cost.received;
	uint64_t start = clock_cpu_ns();
	size_t bursts = 0;
	int n;

	do {
		n = lane->ops->burst(lane->reader, packets);
		if (n < 0)
			return n;
		if (bursts == stage->log_capacity)
			return -EOVERFLOW;
		path_decide(stage->table, packets, (uint32_t)n, &stage->log[bursts++], &lane->cost);
	} while (n == READER_BURST);
	drain->ns = clock_cpu_ns() - start;
	drain->packets = lane->cost.received - before;
	return (int)bursts;
}

/*
 * The ring was empty, so what it accepted are the packets of the pattern from @first on, in their
 * order, and every burst but the last is full.
 */
static void verify_drain(const struct tun_stage *stage, struct tun_lane *lane, uint32_t first,
			 int bursts)
{
	uint32_t indexes[READER_BURST];

	for (int b = 0; b < bursts; b++) {
		for (uint32_t i = 0; i < READER_BURST; i++)
			indexes[i] = first++ % SOURCE_PATTERN;
		tun_verify(stage, &stage->log[b], indexes, &lane->cost);
	}
}

static int decided_once(struct tun_stage *stage, struct tun_lane *lane)
{
	struct source_count count = { 0 };
	struct counters *counters = &stage->report->counters;
	struct drain drain = { 0 };
	struct counts counts;
	uint32_t first = stage->position;
	int n = fill(stage, &count);

	if (n < 0)
		return n;
	counters_begin(counters);
	n = drain_decided(stage, lane, &drain);
	counters_end(counters, &counts);
	if (n < 0)
		return n;
	if (drain.packets && count_samples_add(&lane->counts, &counts, 1.0 / (double)drain.packets))
		return -ENOMEM;
	lane->cost.offered += count.offered;
	lane->cost.refused += count.refused;
	if (stage->options->verify)
		verify_drain(stage, lane, first, n);
	return add_drain(&lane->with, &drain);
}

static int undecided_once(struct tun_stage *stage, struct tun_lane *lane)
{
	struct source_count count = { 0 };
	struct drain drain = { 0 };
	int err = fill(stage, &count);

	if (!err)
		err = drain_undecided(lane, &drain);
	if (!err && drain.packets != count.offered - count.refused) {
		report_warn(stage->report,
			    "reader %s is void: the ring accepted other packets than it drained",
			    lane->ops->name);
		err = -EBADMSG;
	}
	return err ? err : add_drain(&lane->without, &drain);
}

/*
 * The round's sample is the median of its drains: an interrupt of 10 us within a drain would add
 * 20 ns to each of its packets.
 */
static int add_round(struct tun_lane *lane)
{
	double with = samples_median(&lane->with), without = samples_median(&lane->without);
	int err = 0;

	if (lane->with.count && lane->without.count &&
	    (samples_add(&lane->decided, with) || samples_add(&lane->undecided, without) ||
	     samples_add(&lane->delta, with - without)))
		err = -ENOMEM;
	lane->with.count = lane->without.count = 0;
	return err;
}

int tun_cost_round(struct tun_stage *stage, unsigned int fills, bool churned)
{
	int err = 0;

	for (unsigned int f = 0; f < fills && !interrupted(); f++) {
		for (size_t i = 0; i < stage->lane_count && !err; i++) {
			if (stage->lanes[i].churned != churned)
				continue;
			err = decided_once(stage, &stage->lanes[i]);
			if (!err)
				err = undecided_once(stage, &stage->lanes[i]);
		}
	}
	for (size_t i = 0; i < stage->lane_count && !err; i++)
		err = add_round(&stage->lanes[i]);
	return err;
}
