/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Churn: a thread that takes routes out of the table and puts them back at a steady rate while
 * others look up in it. It runs between churn_begin() and churn_end(), on a core of its own if there
 * is one; before and after, the table is as it was loaded.
 */
#ifndef BENCH_CHURN_H
#define BENCH_CHURN_H

#include "environment.h"
#include "options.h"
#include "table.h"

struct churn;

/* What the updates of all periods came to. An update is a route taken out, or put back. */
struct churn_summary {
	uint64_t updates;
	double per_second; /* while it ran */
	/* From the call to its return, when lookups see the change. */
	double median_ns, p99_ns, max_ns;
};

/**
 * churn_create() - choose the routes
 * @table:	whose routes come and go; marked as shared while the thread runs
 * @lpm:	what the thread changes: table->lpm, or another one with the same routes
 * @options:	the rate and the seed
 * @environment: says which core the thread gets, once that is chosen
 * @churn:	made; the caller frees it with churn_free()
 *
 * Return: 0; -ENODATA if no route of the table makes a difference; -ENOMEM.
 */
int churn_create(struct table *table, struct cvpn_lpm *lpm, const struct options *options,
		 const struct environment *environment, struct churn **churn);

/*
 * Starts the updates, and waits for the first one. The calling thread is a registered reader until churn_end(): it calls
 * table_quiesce() when it holds no image, and table_offline() and table_online() around what may
 * block.
 * Returns 0 or a negative errno; NULL does nothing.
 */
int churn_begin(struct churn *churn);

/* Ends them and puts the last route back. Returns 0, or the negative errno of an update. */
int churn_end(struct churn *churn);

struct churn_summary churn_summary(struct churn *churn);

void churn_free(struct churn *churn);

#endif
