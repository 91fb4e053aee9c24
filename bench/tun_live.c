/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets a second: the source sends from its own core while the reader reads. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "clock.h"
#include "interrupt.h"
#include "tun_stage.h"

/* Packets a send() offers: enough to hide the call, few enough to end in time. */
#define SEND_BATCH 256u
/* How long a paced source sleeps when no packet is due. */
#define PACE_NS 20000
/* How long a reader sleeps at most before it looks whether the source has ended. */
#define WAIT_MS 10

struct sender {
	const struct tun_stage *stage;
	uint64_t duration_ns;
	struct source_count count;
	uint64_t start_ns, end_ns;
	int err;
	atomic_bool done; /* all above is final, all packets are in the ring */
};

/* How many packets are due by now at the rate asked for. */
static uint32_t due(const struct sender *sender, uint64_t now)
{
	uint64_t rate = sender->stage->options->rate;
	uint64_t target, ahead;

	if (!rate)
		return SEND_BATCH;
	target = (uint64_t)((double)rate * (double)(now - sender->start_ns) / (double)NS_PER_S);
	ahead = target > sender->count.offered ? target - sender->count.offered : 0;
	return ahead < SEND_BATCH ? (uint32_t)ahead : SEND_BATCH;
}

static void *send_all(void *arg)
{
	const struct timespec pause = { .tv_nsec = PACE_NS };
	struct sender *sender = arg;
	const struct tun_stage *stage = sender->stage;
	uint64_t now;

	pin_to_core(stage->report->environment.source_core);
	sender->start_ns = now = clock_ns();
	while (!sender->err && !interrupted() && now - sender->start_ns < sender->duration_ns) {
		uint32_t n = due(sender, now);

		if (n)
			sender->err = stage->source_ops->send(stage->source, n, &sender->count);
		else
			nanosleep(&pause, NULL);
		now = clock_ns();
	}
	sender->end_ns = now;
	atomic_store(&sender->done, true);
	return NULL;
}

static void verify_live(const struct tun_stage *stage, const struct packet *packets, uint32_t n,
			const struct decisions *decisions, struct tun_counts *counts)
{
	uint32_t indexes[READER_BURST];

	for (uint32_t i = 0; i < n; i++)
		indexes[i] = source_index(&packets[i]);
	tun_verify(stage, decisions, indexes, counts);
}

/* Reads until the source has ended and the ring is empty; notes when that was. */
static int receive_all(struct tun_stage *stage, struct tun_lane *lane, struct sender *sender,
		       uint64_t *end_ns)
{
	struct packet packets[READER_BURST];

	*end_ns = 0;
	for (;;) {
		bool done = atomic_load(&sender->done);
		int n = lane->ops->burst(lane->reader, packets);
		int err = 0;

		if (n < 0)
			return n;
		if (n > 0) {
			path_decide(stage->table, packets, (uint32_t)n, stage->log, &lane->live);
			if (stage->options->verify)
				verify_live(stage, packets, (uint32_t)n, stage->log, &lane->live);
			if (done)
				*end_ns = clock_ns();
		} else if (done) {
			return 0;
		} else {
			table_offline(stage->table);
			err = lane->ops->wait(lane->reader, WAIT_MS);
			table_online(stage->table);
		}
		if (err < 0)
			return err;
	}
}

int tun_live_round(struct tun_stage *stage, struct tun_lane *lane, double seconds)
{
	struct sender sender = {
		.stage = stage,
		.duration_ns = (uint64_t)(seconds * (double)NS_PER_S),
	};
	uint64_t received = lane->live.received, end_ns;
	pthread_t thread;
	int err = -pthread_create(&thread, NULL, send_all, &sender);

	if (err < 0)
		return err;
	err = receive_all(stage, lane, &sender, &end_ns);
	pthread_join(thread, NULL);
	lane->live.offered += sender.count.offered;
	lane->live.refused += sender.count.refused;
	stage->position += (uint32_t)sender.count.offered;
	received = lane->live.received - received;
	if (err < 0 || sender.err < 0)
		return err < 0 ? err : sender.err;
	/* Whatever was still in the ring when the source ended took until end_ns. */
	if (end_ns < sender.end_ns)
		end_ns = sender.end_ns;
	if (end_ns == sender.start_ns || interrupted())
		return 0;
	return samples_add(&lane->rate, (double)received * (double)NS_PER_S /
						(double)(end_ns - sender.start_ns));
}
