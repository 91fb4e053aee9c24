/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Updates of a published image while others look up:
 *
 *	updates [UPDATES]	(default: for some seconds)
 *
 * The writer inserts, removes and changes one prefix at a time, each with a publish of its own, and
 * now and then a batch, for which a new image is made. It keeps a history of the value of each of
 * some keys: the number of the update from which on it had which value. A reader requires of each
 * lookup of a key that its value was the key's between the last update that was complete before the
 * lookup and the last one that was begun after it.
 *
 * AddressSanitizer makes a crash of an image that is freed too early, and ThreadSanitizer a report
 * of a block that is used again too early (see tsan_rcu.c).
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "updates_table.h"

#define READERS		2u
#define SECONDS		3
#define BURST		48u
#define UPDATES_A_BATCH 4096u
#define BATCH		32u
#define TURNS_A_NAP	32u
#define NAP_NSEC	50000
/* The clock is read once in so many updates. */
#define UPDATES_A_LOOK 64u

struct torture {
	struct updates_table table;
	atomic_ulong published; /* the last update whose publish has returned */
	atomic_ulong begun;	/* the last update whose publish has begun */
	atomic_bool done;
	atomic_bool failed;
	unsigned long in_place; /* publishes that left the image where it was */
};

struct reader {
	struct torture *torture;
	bool holds; /* an image for some bursts */
	unsigned long lookups, changes, lost;
	struct rng rng;
	pthread_t thread;
};

static void fail(struct torture *t, const char *what, unsigned long a, unsigned long b)
{
	if (!atomic_exchange(&t->failed, true))
		fprintf(stderr, "updates: %s (%lu, %lu)\n", what, a, b);
}

/* --- the writer ------------------------------------------------------------------------------- */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One update: @changes prefixes and a publish. */
static void update(struct torture *t, struct rng *rng, unsigned long number, unsigned int changes)
{
	const struct cvpn_lpm_image *before = cvpn_lpm_image(t->table.lpm);
	int err = 0;

	for (unsigned int i = 0; i < changes && !err; i++)
		err = updates_change(&t->table, rng, number);
	/* The history knows of the update before a reader can. */
	atomic_store(&t->begun, number);
	if (!err)
		err = cvpn_lpm_publish(t->table.lpm);
	if (err)
		fail(t, "a change failed", number, (unsigned long)-err);
	atomic_store(&t->published, number);
	t->in_place += cvpn_lpm_image(t->table.lpm) == before;
}

/* Makes @most updates, or as many as there is time for if that is 0. Returns how many. */
static unsigned long write_updates(struct torture *t, struct rng *rng, unsigned long most)
{
	double end = seconds() + SECONDS;
	unsigned long number = 0;

	while (!atomic_load(&t->failed) && (!most || number < most)) {
		number++;
		update(t, rng, number, number % UPDATES_A_BATCH ? 1 : BATCH);
		if (!most && number % UPDATES_A_LOOK == 0 && seconds() > end)
			break;
	}
	atomic_store(&t->done, true);
	return number;
}

/* --- the readers ------------------------------------------------------------------------------ */

/* Any that this machine has. The sanitizers see what the scalar ones read, but no gather. */
static const struct cvpn_lpm_kernels *random_kernels(struct rng *rng)
{
	const struct cvpn_lpm_kernels *kernels = cvpn_lpm_kernels(
		(enum cvpn_lpm_isa)rng_below(rng, CVPN_LPM_ISAS));

	return kernels ? kernels : cvpn_lpm_kernels(CVPN_LPM_SCALAR);
}

/* Looks up a burst of keys, in bulk or one by one. */
static void look_up(struct rng *rng, const struct cvpn_lpm_image *image, unsigned int family,
		    const struct cvpn_lpm_addr *addrs6, uint16_t *values)
{
	const struct cvpn_lpm_kernels *kernels = random_kernels(rng);
	uint32_t addrs4[BURST];
	bool single = rng_below(rng, 4) == 0;

	for (unsigned int i = 0; i < BURST; i++) {
		addrs4[i] = (uint32_t)(addrs6[i].hi >> 32);
		if (single && family == CVPN_LPM_IPV4)
			values[i] = cvpn_lpm_lookup4_one(image, addrs4[i]);
		else if (single)
			values[i] = cvpn_lpm_lookup6_one(image, addrs6[i]);
	}
	if (!single && family == CVPN_LPM_IPV4)
		kernels->lookup4(image, addrs4, values, BURST);
	else if (!single)
		kernels->lookup6(image, addrs6, values, BURST);
}

static void burst(struct reader *r, const struct cvpn_lpm_image *image, uint16_t *last)
{
	struct torture *t = r->torture;
	unsigned int family = (unsigned int)rng_below(&r->rng, CVPN_LPM_FAMILIES);
	unsigned long oldest, newest;
	struct cvpn_lpm_addr addrs[BURST];
	unsigned int keys[BURST];
	uint16_t values[BURST];

	for (unsigned int i = 0; i < BURST; i++) {
		keys[i] = (unsigned int)rng_below(&r->rng, KEYS) + family * KEYS;
		addrs[i] = t->table.keys[keys[i]].addr;
	}
	oldest = atomic_load(&t->published);
	look_up(&r->rng, image, family, addrs, values);
	newest = atomic_load(&t->begun);
	for (unsigned int i = 0; i < BURST; i++) {
		const struct history *history = &t->table.keys[keys[i]].history;

		switch (history_judge(history, values[i], oldest, newest)) {
		case HISTORY_NEVER:
			fprintf(stderr, "updates: key %u had the value %u\n", keys[i], values[i]);
			fail(t, "not between these updates", oldest, newest);
			break;
		case HISTORY_LOST:
			r->lost++;
			break;
		case HISTORY_HELD:
			break;
		}
		r->changes += last[keys[i]] != values[i];
		last[keys[i]] = values[i];
	}
	r->lookups += BURST;
}

/*
 * Now and then a reader sleeps: where there are fewer processors than threads, one that never does
 * is interrupted within its bursts, and each grace period waits until it runs again.
 */
static void be_away(struct reader *r)
{
	const struct timespec nap = { .tv_nsec = NAP_NSEC };

	if (rng_below(&r->rng, TURNS_A_NAP))
		return;
	cvpn_lpm_reader_offline();
	nanosleep(&nap, NULL);
	cvpn_lpm_reader_online();
}

static void *read_updates(void *reader)
{
	struct reader *r = reader;
	struct torture *t = r->torture;
	uint16_t last[CVPN_LPM_FAMILIES * KEYS] = { 0 };

	cvpn_lpm_reader_register();
	while (!atomic_load(&t->done) && !atomic_load(&t->failed)) {
		const struct cvpn_lpm_image *image = cvpn_lpm_image(t->table.lpm);
		uint64_t more = r->holds ? rng_below(&r->rng, 16) : 0;

		burst(r, image, last);
		/* Held, an image goes on changing: it is the one that is updated. */
		for (; more; more--) {
			if (more % 4 == 0)
				sched_yield();
			burst(r, image, last);
		}
		cvpn_lpm_reader_quiescent();
		be_away(r);
	}
	cvpn_lpm_reader_unregister();
	return NULL;
}

/* Readers that saw next to nothing have tested nothing. */
static void check_reader(struct reader *r)
{
	printf("reader %s: %lu lookups, %lu changes seen, %lu too late to judge\n",
	       r->holds ? "that holds" : "of bursts", r->lookups, r->changes, r->lost);
	if (r->changes < 2 * CVPN_LPM_FAMILIES * KEYS)
		fail(r->torture, "a reader saw too few changes", r->changes, r->lookups);
	if (r->lost > r->lookups / 2)
		fail(r->torture, "a reader judged too few lookups", r->lost, r->lookups);
}

int main(int argc, char **argv)
{
	unsigned long most = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, updates;
	struct torture *t = calloc(1, sizeof(*t));
	struct reader readers[READERS];
	struct rng rng = { 1 };
	struct cvpn_lpm *lpm;
	double begin;

	if (!t || cvpn_lpm_create(&lpm) < 0 ||
	    updates_table_init(&t->table, &updates_deep, lpm, &rng) < 0)
		return EXIT_FAILURE;
	for (unsigned int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){ .torture = t, .holds = i % 2, .rng = { 100 + i } };
		if (pthread_create(&readers[i].thread, NULL, read_updates, &readers[i]))
			return EXIT_FAILURE;
	}
	begin = seconds();
	updates = write_updates(t, &rng, most);
	printf("writer: %lu updates, %lu in place, %.1f s\n", updates, t->in_place,
	       seconds() - begin);
	for (unsigned int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		check_reader(&readers[i]);
	}
	if (t->in_place < updates / 2)
		fail(t, "too few updates in place", t->in_place, updates);
	updates_table_free(&t->table);
	most = atomic_load(&t->failed);
	free(t);
	return most ? EXIT_FAILURE : EXIT_SUCCESS;
}
