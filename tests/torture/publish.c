/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Publishing while others look up. The writer makes version after version of a table; in version v
 * the keys of block b have the value v + b + 1, whichever prefixes say so. A reader looks up bursts
 * of keys of both families and requires of each burst that
 *
 *	all its values tell of one version: it came from one image, and that one was complete;
 *	this version is no older than the last one whose publish had returned before the burst, and
 *	no newer than the last one whose publish had begun after it;
 *	an image it goes on holding goes on telling of the same version.
 *
 * AddressSanitizer makes a crash of an image that is freed too early, and ThreadSanitizer a report
 * (see tsan_rcu.c). A plain program, because Criterion crashes under the latter.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cvpn/lpm.h>

#include "prefix.h"
#include "rng.h"

#define READERS	 2u
#define VERSIONS 4000u
#define SECONDS	 3
#define BURST	 64u

/* 10.0.0.0/16 and on, and 2001:db8::/48 and on. Keys lie in the lower half of each. */
#define BLOCKS 16u
/* Bit 16 of an IPv4 address, or bit 48 of an IPv6 one: the upper half of a block. */
#define UPPER4 (1ull << 47)
#define UPPER6 (1ull << 15)

/* How many further routes the versions have: few are stored as intervals, the rest are tries. */
static const size_t further_routes[] = { 0, 2, 4, 80, 100, 150 };
/* Now and then so many that the trie gets its largest root. */
#define MOST_FURTHER	5000u
#define VERSIONS_A_MOST 256u

struct torture {
	struct cvpn_lpm *table;
	atomic_uint published; /* the last version whose publish has returned */
	atomic_uint begun;     /* the last version whose publish has begun */
	atomic_bool done;
	atomic_bool failed;
};

struct reader {
	struct torture *torture;
	bool holds; /* an image for some bursts, and goes offline and away now and then */
	uint64_t bursts;
	uint64_t versions; /* seen, one after another */
	struct rng rng;
	pthread_t thread;
};

static void fail(struct torture *t, const char *what, unsigned int a, unsigned int b)
{
	if (!atomic_exchange(&t->failed, true))
		fprintf(stderr, "publish: %s (%u, %u)\n", what, a, b);
}

static struct cvpn_lpm_prefix block_prefix(unsigned int family, unsigned int block)
{
	if (family == CVPN_LPM_IPV4)
		return (struct cvpn_lpm_prefix){ { (0x0a00ull + block) << 48, 0 }, 16, 0 };
	return (struct cvpn_lpm_prefix){ { 0x20010db8ull << 32 | block << 16, 0 }, 48, 1 };
}

/* A random address in the lower half of a block. */
static struct cvpn_lpm_addr key_of(struct rng *rng, unsigned int family, unsigned int block)
{
	struct cvpn_lpm_prefix p = block_prefix(family, block);

	if (family == CVPN_LPM_IPV4)
		return (struct cvpn_lpm_addr){ p.addr.hi | (rng_next(rng) & 0x7fff) << 32, 0 };
	return (struct cvpn_lpm_addr){ p.addr.hi | (rng_next(rng) & 0x7fff), rng_next(rng) };
}

/* --- the writer ------------------------------------------------------------------------------- */

/* A random route within one half of a block. */
static struct cvpn_lpm_prefix further_prefix(struct rng *rng, unsigned int family, bool upper)
{
	unsigned int block = (unsigned int)rng_below(rng, BLOCKS);
	struct cvpn_lpm_addr addr = key_of(rng, family, block);
	unsigned int shortest = family == CVPN_LPM_IPV4 ? 17 : 49;
	unsigned int len = shortest +
			   (unsigned int)rng_below(rng, prefix_max_len(family) - shortest + 1);

	if (upper)
		addr.hi |= family == CVPN_LPM_IPV4 ? UPPER4 : UPPER6;
	return (struct cvpn_lpm_prefix){ prefix_first(addr, len), (uint8_t)len, (uint8_t)family };
}

/* Which block an address lies in. */
static unsigned int block_of(const struct cvpn_lpm_prefix *p)
{
	return p->family == CVPN_LPM_IPV4 ? p->addr.hi >> 48 & 0xff : p->addr.hi >> 16 & 0xff;
}

struct further {
	struct cvpn_lpm_prefix prefixes[2 * MOST_FURTHER];
	size_t count;
};

static void insert(struct torture *t, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	int err = cvpn_lpm_insert(t->table, prefix, value);

	if (err)
		fail(t, "cvpn_lpm_insert() failed", (unsigned int)-err, value);
}

/* Takes the last version's further routes out and puts @n new ones of each family in. */
static void change_further(struct torture *t, struct further *f, struct rng *rng, size_t n,
			   unsigned int version)
{
	while (f->count)
		cvpn_lpm_remove(t->table, &f->prefixes[--f->count]);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (size_t i = 0; i < n; i++) {
			/* In the lower half they say what the block says; above, anything. */
			bool upper = i % 4;
			struct cvpn_lpm_prefix p = further_prefix(rng, family, upper);

			insert(t, &p,
			       (uint16_t)(upper ? 1 + rng_below(rng, 1000)
						: version + block_of(&p) + 1));
			f->prefixes[f->count++] = p;
		}
	}
}

static void make_version(struct torture *t, struct further *f, struct rng *rng,
			 unsigned int version)
{
	size_t kinds = sizeof(further_routes) / sizeof(further_routes[0]);
	size_t n = version % VERSIONS_A_MOST ? further_routes[rng_below(rng, kinds)] : MOST_FURTHER;
	int err;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		for (unsigned int block = 0; block < BLOCKS; block++) {
			struct cvpn_lpm_prefix p = block_prefix(family, block);

			insert(t, &p, (uint16_t)(version + block + 1));
		}
	}
	change_further(t, f, rng, n, version);
	atomic_store(&t->begun, version);
	err = cvpn_lpm_publish(t->table);
	if (err)
		fail(t, "cvpn_lpm_publish() failed", (unsigned int)-err, version);
	atomic_store(&t->published, version);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_versions(struct torture *t, struct further *f, struct rng *rng)
{
	double end = seconds() + SECONDS;
	unsigned int version = 0;

	while (version < VERSIONS && seconds() < end && !atomic_load(&t->failed))
		make_version(t, f, rng, ++version);
	atomic_store(&t->done, true);
}

/* --- the readers ------------------------------------------------------------------------------ */

/* The version that all values tell of, or 0 if they do not agree. */
static unsigned int version_of(const uint16_t *values, const unsigned int *blocks)
{
	unsigned int version = values[0] - blocks[0] - 1u;

	for (unsigned int i = 1; i < 2 * BURST; i++) {
		if (values[i] - blocks[i] - 1u != version)
			return 0;
	}
	return version;
}

/* Any that this machine has. The sanitizers see what the scalar ones read, but no gather. */
static const struct cvpn_lpm_kernels *random_kernels(struct rng *rng)
{
	const struct cvpn_lpm_kernels *kernels = cvpn_lpm_kernels(
		(enum cvpn_lpm_isa)rng_below(rng, CVPN_LPM_ISAS));

	return kernels ? kernels : cvpn_lpm_kernels(CVPN_LPM_SCALAR);
}

/* Looks up a burst of each family. Returns its version, or 0 with the failure told. */
static unsigned int burst(struct reader *r, const struct cvpn_lpm_image *image)
{
	unsigned int blocks[2 * BURST];
	struct cvpn_lpm_addr addrs6[BURST];
	uint32_t addrs4[BURST];
	uint16_t values[2 * BURST];
	const struct cvpn_lpm_kernels *kernels;
	unsigned int version;

	for (unsigned int i = 0; i < 2 * BURST; i++)
		blocks[i] = (unsigned int)rng_below(&r->rng, BLOCKS);
	for (unsigned int i = 0; i < BURST; i++) {
		addrs4[i] = (uint32_t)(key_of(&r->rng, CVPN_LPM_IPV4, blocks[i]).hi >> 32);
		addrs6[i] = key_of(&r->rng, CVPN_LPM_IPV6, blocks[BURST + i]);
	}
	kernels = random_kernels(&r->rng);
	kernels->lookup4(image, addrs4, values, BURST);
	kernels->lookup6(image, addrs6, values + BURST, BURST);
	r->bursts++;
	version = version_of(values, blocks);
	if (!version)
		fail(r->torture, "a burst tells of more than one version", values[0], blocks[0]);
	return version;
}

/* One image, for one burst or for some. */
static unsigned int read_image(struct reader *r)
{
	struct torture *t = r->torture;
	unsigned int oldest = atomic_load(&t->published);
	const struct cvpn_lpm_image *image = cvpn_lpm_image(t->table);
	unsigned int version = burst(r, image);
	unsigned int newest = atomic_load(&t->begun);

	if (version < oldest)
		fail(t, "a version older than one that was published", version, oldest);
	if (version > newest)
		fail(t, "a version newer than any that was begun", version, newest);
	for (uint64_t more = r->holds ? rng_below(&r->rng, 8) : 0; more; more--) {
		sched_yield();
		if (burst(r, image) != version)
			fail(t, "an image changed while it was held", version, newest);
	}
	return version;
}

/* Now and then a reader sleeps, or leaves and comes back. */
static void be_away(struct reader *r)
{
	const struct timespec nap = { .tv_nsec = 500000 };

	switch (rng_below(&r->rng, 64)) {
	case 0:
		cvpn_lpm_reader_offline();
		nanosleep(&nap, NULL);
		cvpn_lpm_reader_online();
		break;
	case 1:
		cvpn_lpm_reader_unregister();
		nanosleep(&nap, NULL);
		cvpn_lpm_reader_register();
		break;
	}
}

static void *read_versions(void *reader)
{
	struct reader *r = reader;
	unsigned int last = 0;

	cvpn_lpm_reader_register();
	while (!atomic_load(&r->torture->done) && !atomic_load(&r->torture->failed)) {
		unsigned int version = read_image(r);

		cvpn_lpm_reader_quiescent();
		r->versions += version != last;
		last = version;
		if (r->holds)
			be_away(r);
	}
	cvpn_lpm_reader_unregister();
	return NULL;
}

/* Readers that saw next to nothing have tested nothing. */
static void check_reader(struct reader *r)
{
	printf("reader %s: %llu bursts, %llu versions\n", r->holds ? "that holds" : "of bursts",
	       (unsigned long long)r->bursts, (unsigned long long)r->versions);
	if (r->versions < 2)
		fail(r->torture, "a reader saw too few versions", (unsigned int)r->versions, 2);
}

int main(void)
{
	struct torture t = { 0 };
	struct reader readers[READERS];
	struct further *further = calloc(1, sizeof(*further));
	struct rng rng = { 1 };

	if (!further || cvpn_lpm_create(&t.table) < 0)
		return EXIT_FAILURE;
	/* The readers start with a version to see. */
	make_version(&t, further, &rng, 1);
	for (unsigned int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){ .torture = &t, .holds = i % 2, .rng = { 100 + i } };
		if (pthread_create(&readers[i].thread, NULL, read_versions, &readers[i]))
			return EXIT_FAILURE;
	}
	write_versions(&t, further, &rng);
	for (unsigned int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		check_reader(&readers[i]);
	}
	printf("writer: %u versions\n", atomic_load(&t.published));
	cvpn_lpm_destroy(t.table);
	free(further);
	return atomic_load(&t.failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}
