/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many reports, of a fleet or of several tables, as one comparison (--merge).
 *
 * A report does not say its host's name, so a machine is what its environment tells of it: hosts
 * that are alike in that count as one. A setup is a machine with a build and the options that were
 * measured with. Reports of the same setup and table are launches whose samples are put together.
 */
#ifndef BENCH_MERGE_H
#define BENCH_MERGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"
#include "series.h"
#include "stats.h"

#define MERGE_LABEL 64u

struct merge_machine {
	char label[MERGE_LABEL];
	const json_t *report; /* the first of it */
	size_t setups;
};

struct merge_setup {
	char label[MERGE_LABEL];
	size_t machine;
	const json_t *report; /* the first of it */
	size_t reports;
};

struct merge_table {
	const json_t *report; /* the first of it */
	uint64_t routes[CVPN_LPM_FAMILIES];
};

/* A report, and what it is of. */
struct merge_report {
	const char *file;
	json_t *json;
	size_t setup, table;
};

/* The samples of a setup and table. */
struct merge_pool {
	size_t setup, table;
	struct series_set series;
};

/* What a setup says of a result. */
struct merge_figure {
	const struct series *series; /* NULL: nothing */
	const struct series_set *set;
	struct estimate figure;
	/* To the first setup of the row that has it; without samples there is no such ratio. */
	struct estimate ratio;
	bool whole; /* the ratio is with the empty loop, in which one of the two hides */
};

/* A result of a table, by all setups. */
struct merge_row {
	size_t table;
	const char *name, *unit, *family; /* the family is "" where there is none */
	bool higher_is_better;
	struct merge_figure *figures; /* by setup */
};

struct merged {
	struct merge_report *reports;
	struct merge_machine *machines;
	struct merge_setup *setups;
	struct merge_table *tables;
	struct merge_pool *pools;
	struct merge_row *rows; /* table after table, in the order in which they came up */
	json_t *warnings;	/* texts */
	size_t report_count, machine_count, setup_count, table_count, pool_count, row_count;
};

/**
 * merge_load() - read reports and put together what is of the same setup and table
 * @files:	their names, which must stay; each report once
 * @merged:	made from them; merge_free() frees it, also after an error
 *
 * Return: 0; -ENOMEM; another negative errno after printing what was found and expected.
 */
int merge_load(char *const *files, size_t count, struct merged *merged);

/*
 * Fills in the rows. @seed: of the resampling. Returns 0 or -ENOMEM.
 */
int merge_compare(struct merged *merged, uint64_t seed);

/* How many setups have measured a table, or how many tables a setup has measured. */
size_t merge_setups_of(const struct merged *merged, size_t table);
size_t merge_tables_of(const struct merged *merged, size_t setup);

/* The object of the schema cvpn-bench-merge/1; NULL: no memory. */
json_t *merge_json(const struct merged *merged);

/* The tables that people read. @width: columns of the terminal, 0: as many as it takes. */
void merge_text(const struct merged *merged, unsigned int width, FILE *out);

void merge_free(struct merged *merged);

/* The mode --merge. Returns an exit status. */
int merge_run(const struct options *options);

/* --- what a report says of itself ------------------------------------------------------------ */

/* The keys of "environment" that tell machines apart; the last is NULL. */
extern const char *const merge_machine_keys[];

/* The options of a report that make figures comparable: its "config" without what says where the
 * table came from and how many samples were taken. The caller's to json_decref(), NULL without
 * memory. */
json_t *merge_options(const json_t *report);

#endif
