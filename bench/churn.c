/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that updates. */
#include "churn.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "../lpm/rng.h"
#include "clock.h"
#include "stats.h"
#include "update_routes.h"

/* How long the thread sleeps when no update is due. */
#define PAUSE_NS 20000
/* Latencies kept; later ones take the place of earlier ones at random. */
#define MAX_SAMPLES ((size_t)1 << 20)

struct churn {
	struct table *table;
	struct cvpn_lpm *lpm; /* what is updated */
	uint64_t rate;	      /* a second */
	const struct environment *environment;
	uint32_t *routes; /* of both families: indexes of table->linear */
	size_t route_count;
	struct rng rng;
	const struct linear_route *out; /* the route that is out now, or NULL */
	struct samples latency;		/* ns */
	uint64_t updates, active_ns;
	double max_ns;
	int err;
	atomic_bool begun; /* the first update of this period is done */
	atomic_bool stop;
	pthread_t thread;
};

int churn_create(struct table *table, struct cvpn_lpm *lpm, const struct options *options,
		 const struct environment *environment, struct churn **churn)
{
	struct churn *c = calloc(1, sizeof(*c));
	int err = c ? 0 : -ENOMEM;

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES && !err; family++) {
		uint32_t *picked, *all;
		size_t n;

		err = update_routes_pick(table, family, &picked, &n);
		if (err || !n) {
			free(picked);
			continue;
		}
		all = realloc(c->routes, (c->route_count + n) * sizeof(*all));
		for (size_t i = 0; all && i < n; i++)
			all[c->route_count + i] = picked[i];
		free(picked);
		err = all ? 0 : -ENOMEM;
		c->routes = all ? all : c->routes;
		c->route_count += all ? n : 0;
	}
	if (!err && !c->route_count)
		err = -ENODATA;
	if (err) {
		churn_free(c);
		return err;
	}
	c->table = table;
	c->lpm = lpm;
	c->rate = options->churn;
	c->environment = environment;
	c->rng = (struct rng){ options->seed };
	*churn = c;
	return 0;
}

static void note_latency(struct churn *c, double ns)
{
	if (ns > c->max_ns)
		c->max_ns = ns;
	/* Without memory for more samples, those there are have to do. */
	if (c->latency.count < MAX_SAMPLES && !samples_add(&c->latency, ns))
		return;
	if (c->latency.count)
		c->latency.values[rng_below(&c->rng, c->latency.count)] = ns;
}

/* Puts the route back that is out, or takes one out. */
static int update(struct churn *c)
{
	const struct linear_route *route = c->out;
	int err;

	if (route) {
		err = cvpn_lpm_insert(c->lpm, &route->prefix, route->value);
		c->out = NULL;
	} else {
		size_t i = c->routes[rng_below(&c->rng, c->route_count)];

		c->out = route = &c->table->linear[i];
		err = cvpn_lpm_remove(c->lpm, &route->prefix);
	}
	return err ? err : cvpn_lpm_publish(c->lpm);
}

static void *run(void *churn)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct churn *c = churn;
	uint64_t start = clock_ns(), now = start, done = 0;

	pin_to_core(c->environment->churn_core);
	while (!c->err && !atomic_load(&c->stop)) {
		double due = (double)c->rate * (double)(now - start) / (double)NS_PER_S;

		if (done && (double)done >= due) {
			nanosleep(&pause, NULL);
			now = clock_ns();
			continue;
		}
		now = clock_ns();
		c->err = update(c);
		note_latency(c, (double)(clock_ns() - now));
		now = clock_ns();
		done++;
		atomic_store(&c->begun, true);
	}
	c->updates += done;
	c->active_ns += now - start;
	if (c->out && !c->err)
		c->err = update(c);
	return NULL;
}

int churn_begin(struct churn *churn)
{
	int err;

	if (!churn)
		return 0;
	atomic_store(&churn->begun, false);
	atomic_store(&churn->stop, false);
	err = -pthread_create(&churn->thread, NULL, run, churn);
	if (err)
		return err;
	/* A first update is due at once, however low the rate. */
	while (!atomic_load(&churn->begun))
		sched_yield();
	churn->table->shared = true;
	cvpn_lpm_reader_register();
	return 0;
}

int churn_end(struct churn *churn)
{
	if (!churn)
		return 0;
	/* Before it waits for the thread, which may be waiting for the readers. */
	cvpn_lpm_reader_unregister();
	churn->table->shared = false;
	atomic_store(&churn->stop, true);
	pthread_join(churn->thread, NULL);
	return churn->err;
}

struct churn_summary churn_summary(struct churn *churn)
{
	struct churn_summary summary = {
		.updates = churn->updates,
		.median_ns = samples_median(&churn->latency), /* which sorts them */
		.max_ns = churn->max_ns,
	};

	if (churn->active_ns)
		summary.per_second = (double)churn->updates * (double)NS_PER_S /
				     (double)churn->active_ns;
	if (churn->latency.count)
		summary.p99_ns = churn->latency.values[(churn->latency.count - 1) * 99 / 100];
	return summary;
}

void churn_free(struct churn *churn)
{
	if (!churn)
		return;
	samples_free(&churn->latency);
	free(churn->routes);
	free(churn);
}
