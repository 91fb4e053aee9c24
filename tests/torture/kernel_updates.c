/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Updates of a mirrored table while a program in the kernel and a thread here look up in it:
 *
 *	kernel_updates [UPDATES]	(default: for some seconds)
 *
 * As updates.c: the writer changes one prefix at a time, and now and then a batch, for which new
 * roots are made; and the value of each lookup must be one that the key had between the last update
 * that was complete before it and the last one that was begun after it. The program notes both, and
 * what it found, in memory that it shares with the thread that runs it, which judges.
 *
 * Compiled with KERNEL_NEAR for a mirror that has near entries, and else for one without.
 *
 * The mirror is so small that it is full every few hundred updates. Then memory is used again, and
 * a lookup that is still there, as the slow ones are that the program makes between others, finds
 * another key's value if nobody waited for it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel_updates.h"
#include "updates_table.h"

/* Generated code, not ours to keep free of warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#ifdef KERNEL_NEAR
#include "kernel_updates_near.bpf.skel.h"
#define kernel_updates_bpf		    kernel_updates_near_bpf
#define kernel_updates_bpf__open_and_load() kernel_updates_near_bpf__open_and_load()
#define kernel_updates_bpf__destroy	    kernel_updates_near_bpf__destroy
#else
#include "kernel_updates.bpf.skel.h"
#endif
#pragma GCC diagnostic pop

#define CANNOT_RUN	77
#define SECONDS		4
#define UPDATES_A_BATCH 1024u
#define BATCH		32u
#define BURST		48u
#define NAP_NSEC	50000
/* The clock is read once in so many updates. */
#define UPDATES_A_LOOK 64u

_Static_assert(KERNEL_KEYS == CVPN_LPM_FAMILIES * KEYS, "the program knows all keys");

struct torture {
	struct updates_table table;
	struct kernel_updates_bpf *skeleton;
	struct kernel_shared *shared;
	atomic_bool done;
	atomic_bool failed;
	unsigned long in_place; /* publishes that left both roots where they were */
};

struct reader {
	struct torture *torture;
	const char *name;
	unsigned long lookups, changes, lost;
	struct rng rng;
	pthread_t thread;
	uint16_t last[KERNEL_KEYS];
};

static void fail(struct torture *t, const char *what, unsigned long a, unsigned long b)
{
	if (!atomic_exchange(&t->failed, true))
		fprintf(stderr, "kernel_updates: %s (%lu, %lu)\n", what, a, b);
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
	const struct cvpn_lpm_image *image = cvpn_lpm_image(t->table.lpm);
	uint32_t roots[CVPN_LPM_FAMILIES] = { image->tree[0].root, image->tree[1].root };
	int err = 0;

	for (unsigned int i = 0; i < changes && !err; i++)
		err = updates_change(&t->table, rng, number);
	/* The history knows of the update before a reader can. */
	__atomic_store_n(&t->shared->begun, number, __ATOMIC_SEQ_CST);
	if (!err)
		err = cvpn_lpm_publish(t->table.lpm);
	if (err)
		fail(t, "a change failed", number, (unsigned long)-err);
	__atomic_store_n(&t->shared->published, number, __ATOMIC_SEQ_CST);
	t->in_place += roots[0] == image->tree[0].root && roots[1] == image->tree[1].root;
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

static bool goes_on(struct torture *t)
{
	return !atomic_load(&t->done) && !atomic_load(&t->failed);
}

static void judge(struct reader *r, unsigned int key, unsigned int value, unsigned long oldest,
		  unsigned long newest)
{
	const struct history *history = &r->torture->table.keys[key].history;

	r->lookups++;
	r->changes += r->last[key] != value;
	r->last[key] = (uint16_t)value;
	switch (history_judge(history, (uint16_t)value, oldest, newest)) {
	case HISTORY_NEVER:
		fprintf(stderr, "kernel_updates: %s: key %u had the value %u\n", r->name, key,
			value);
		fail(r->torture, "not between these updates", oldest, newest);
		break;
	case HISTORY_LOST:
		r->lost++;
		break;
	case HISTORY_HELD:
		break;
	}
}

/* Has the kernel look up, run for run. */
static void *read_in_kernel(void *reader)
{
	struct reader *r = reader;
	struct torture *t = r->torture;
	int program = bpf_program__fd(t->skeleton->progs.look_up_keys), err;
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));

	while (goes_on(t)) {
		err = bpf_prog_test_run_opts(program, &run);
		if (err && err != -EINTR)
			fail(t, "a run failed", (unsigned long)-err, 0);
		for (unsigned int i = 0; i < KERNEL_LOOKUPS && !err; i++) {
			const struct kernel_lookup *l = &t->shared->lookups[i];

			judge(r, l->key, l->value, l->oldest, l->newest);
		}
	}
	return NULL;
}

/* A burst of one family's keys, here. */
static void burst(struct reader *r)
{
	struct torture *t = r->torture;
	unsigned int family = (unsigned int)rng_below(&r->rng, CVPN_LPM_FAMILIES), keys[BURST];
	const struct cvpn_lpm_image *image = cvpn_lpm_image(t->table.lpm);
	struct cvpn_lpm_addr addrs6[BURST];
	unsigned long oldest, newest;
	uint32_t addrs4[BURST];
	uint16_t values[BURST];

	for (unsigned int i = 0; i < BURST; i++) {
		keys[i] = (unsigned int)rng_below(&r->rng, KEYS) + family * KEYS;
		addrs6[i] = t->table.keys[keys[i]].addr;
		addrs4[i] = (uint32_t)(addrs6[i].hi >> 32);
	}
	oldest = __atomic_load_n(&t->shared->published, __ATOMIC_SEQ_CST);
	if (family == CVPN_LPM_IPV4)
		cvpn_lpm_lookup4(image, addrs4, values, BURST);
	else
		cvpn_lpm_lookup6(image, addrs6, values, BURST);
	/* What follows is not read before the lookups' loads. */
	atomic_thread_fence(memory_order_seq_cst);
	newest = __atomic_load_n(&t->shared->begun, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < BURST; i++)
		judge(r, keys[i], values[i], oldest, newest);
}

/* Naps after each burst: the machine may have two processors, and this is not the one to torture. */
static void *read_here(void *reader)
{
	const struct timespec nap = { .tv_nsec = NAP_NSEC };
	struct reader *r = reader;

	cvpn_lpm_reader_register();
	while (goes_on(r->torture)) {
		burst(r);
		cvpn_lpm_reader_offline();
		nanosleep(&nap, NULL);
		cvpn_lpm_reader_online();
	}
	cvpn_lpm_reader_unregister();
	return NULL;
}

/* Readers that saw next to nothing have tested nothing. */
static void check_reader(struct reader *r)
{
	printf("reader %s: %lu lookups, %lu changes seen, %lu too late to judge\n", r->name,
	       r->lookups, r->changes, r->lost);
	if (r->changes < KERNEL_KEYS + KERNEL_KEYS / 4)
		fail(r->torture, "a reader saw too few changes", r->changes, r->lookups);
	if (r->lost > r->lookups / 2)
		fail(r->torture, "a reader judged too few lookups", r->lost, r->lookups);
}

/* --- the run ---------------------------------------------------------------------------------- */

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int cannot_run(const char *why)
{
	printf("kernel_updates: %s\n", why);
	return CANNOT_RUN;
}

/* Loads the program, and makes the table that it reads. Returns an exit status. */
static int prepare(struct torture *t, struct rng *rng)
{
	static const struct cvpn_lpm_shape shape = KERNEL_SHAPE;
	struct cvpn_lpm *lpm;
	int err;

	libbpf_set_print(silent);
	t->skeleton = kernel_updates_bpf__open_and_load();
	if (!t->skeleton && (errno == EPERM || errno == EACCES || errno == ENOSYS))
		return cannot_run("loading a BPF program was refused");
	if (!t->skeleton)
		return EXIT_FAILURE;
	t->shared = &t->skeleton->bss->shared;
	err = cvpn_lpm_create_mirrored(&lpm, t->skeleton->bss->mirror, &shape);
	if (err == -EOPNOTSUPP)
		return cannot_run("the kernel does not tell when its programs have left memory");
	if (err || updates_table_init(&t->table, &KERNEL_KIND, lpm, rng) < 0)
		return EXIT_FAILURE;
	for (unsigned int i = 0; i < KERNEL_KEYS; i++) {
		struct cvpn_lpm_addr addr = t->table.keys[i].addr;

		t->shared->keys[i] = (struct kernel_key){ addr.hi, addr.lo, i / KEYS };
	}
	return EXIT_SUCCESS;
}

static int torture(struct torture *t, struct rng *rng, unsigned long most)
{
	struct reader readers[] = {
		{ .torture = t, .name = "in the kernel" },
		{ .torture = t, .name = "here", .rng = { 100 } },
	};
	double begin = seconds();
	unsigned long updates;

	if (pthread_create(&readers[0].thread, NULL, read_in_kernel, &readers[0]) ||
	    pthread_create(&readers[1].thread, NULL, read_here, &readers[1]))
		return EXIT_FAILURE;
	updates = write_updates(t, rng, most);
	printf("writer: %lu updates, %lu in place, %.1f s\n", updates, t->in_place,
	       seconds() - begin);
	for (unsigned int i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		pthread_join(readers[i].thread, NULL);
		check_reader(&readers[i]);
	}
	if (t->in_place < updates / 2)
		fail(t, "too few updates in place", t->in_place, updates);
	return atomic_load(&t->failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	unsigned long most = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	struct torture *t = calloc(1, sizeof(*t));
	struct rng rng = { 1 };
	int status;

	if (!t)
		return EXIT_FAILURE;
	status = prepare(t, &rng);
	if (status == EXIT_SUCCESS)
		status = torture(t, &rng, most);
	updates_table_free(&t->table);
	kernel_updates_bpf__destroy(t->skeleton);
	free(t);
	return status;
}
