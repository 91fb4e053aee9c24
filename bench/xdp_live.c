/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets a second through one XDP program, and where each of them went. */
#include <errno.h>
#include <time.h>

#include "../tun/netlink.h"
#include "clock.h"
#include "interrupt.h"
#include "xdp_stage.h"

/* Frames a call: enough to hide what a call costs, some 40 ms. */
#define CALL_FRAMES (1u << 19)
/* How long frames may be on their way when the source has ended, and how often to look. */
#define SETTLE_NS	NS_PER_S
#define SETTLE_PAUSE_NS 20000

/* What the device and the programs had counted. */
struct marks {
	uint64_t received;
	struct xdp_counts verdicts;
};

static int read_marks(const struct xdp_stage *stage, struct marks *marks)
{
	struct netlink_counts device;
	int err = netlink_link_counts(stage->veth.receiver, &device);

	marks->received = device.received;
	return err ? err : xdp_programs_counts(stage->programs, &marks->verdicts);
}

/*
 * Waits until the device has counted all frames that it accepted, which it does behind the program.
 * If it never does, what is missing makes the run void.
 */
static int settle(const struct xdp_stage *stage, uint64_t expected)
{
	const struct timespec pause = { .tv_nsec = SETTLE_PAUSE_NS };
	uint64_t start = clock_ns();
	struct netlink_counts device;

	for (;;) {
		int err = netlink_link_counts(stage->veth.receiver, &device);

		if (err < 0)
			return err;
		if (device.received >= expected || clock_ns() - start > SETTLE_NS)
			return 0;
		nanosleep(&pause, NULL);
	}
}

uint64_t xdp_add_counts(struct tun_counts *counts, const struct xdp_counts *before,
			const struct xdp_counts *after)
{
	uint64_t packets[XDP_KINDS], sum = 0;

	for (unsigned int i = 0; i < XDP_KINDS; i++) {
		packets[i] = after->packets[i] - before->packets[i];
		sum += packets[i];
	}
	counts->tunnel += packets[VERDICT_TUNNEL];
	counts->physical += packets[VERDICT_PHYSICAL];
	counts->drop += packets[VERDICT_DROP];
	counts->unparsed += packets[XDP_UNPARSED];
	return sum;
}

/* Adds what came since @before, by the device and by the program. */
static int add_received(const struct xdp_stage *stage, struct xdp_lane *lane,
			const struct marks *before)
{
	struct tun_counts *c = &lane->counts;
	struct marks after;
	int err = read_marks(stage, &after);

	if (err < 0)
		return err;
	c->received += after.received - before->received;
	xdp_add_counts(c, &before->verdicts, &after.verdicts);
	return 0;
}

/* Sends @n frames, and on until @seconds have passed. @took_ns: until the last one was counted. */
static int send_for(struct xdp_stage *stage, struct xdp_lane *lane, uint32_t n, double seconds,
		    uint64_t *took_ns)
{
	uint64_t duration_ns = (uint64_t)(seconds * (double)NS_PER_S), start;
	struct source_count count = { 0 };
	struct marks before;
	int err = read_marks(stage, &before);

	start = clock_ns();
	while (!err) {
		err = source_live.send(stage->source, n, &count);
		if (interrupted() || clock_ns() - start >= duration_ns)
			break;
	}
	if (!err)
		err = settle(stage, before.received + count.offered - count.refused);
	*took_ns = clock_ns() - start;
	lane->counts.offered += count.offered;
	lane->counts.refused += count.refused;
	return err ? err : add_received(stage, lane, &before);
}

int xdp_live_send(struct xdp_stage *stage, struct xdp_lane *lane, uint32_t n)
{
	uint64_t took_ns;

	return send_for(stage, lane, n, 0, &took_ns);
}

int xdp_live_round(struct xdp_stage *stage, struct xdp_lane *lane, double seconds, double *rate)
{
	uint64_t received, took_ns;
	int err = lane->floor ? xdp_programs_use_floor(stage->programs)
			      : xdp_programs_use(stage->programs, lane->search, XDP_DEED_DROP);

	*rate = 0;
	/* The program before has left its own tables in the caches. */
	if (!err)
		err = xdp_live_send(stage, lane, SOURCE_PATTERN);
	received = lane->counts.received;
	if (!err)
		err = send_for(stage, lane, CALL_FRAMES, seconds, &took_ns);
	if (err || interrupted())
		return err;
	received = lane->counts.received - received;
	*rate = (double)received * (double)NS_PER_S / (double)took_ns;
	return samples_add(&lane->rate, *rate);
}
