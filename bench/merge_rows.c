/* SPDX-License-Identifier: BSD-2-Clause */
/* The figures of --merge: what each setup says of a result, beside the first that has it. */
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t merge_setups_of(const struct merged *merged, size_t table)
{
	size_t n = 0;

	for (size_t i = 0; i < merged->pool_count; i++)
		n += merged->pools[i].table == table;
	return n;
}

size_t merge_tables_of(const struct merged *merged, size_t setup)
{
	size_t n = 0;

	for (size_t i = 0; i < merged->pool_count; i++)
		n += merged->pools[i].setup == setup;
	return n;
}

/* Of which family a result is, by the first report of the table that has it. */
static const char *family_of(const struct merged *m, size_t table, const char *name)
{
	for (size_t r = 0; r < m->report_count; r++) {
		const json_t *result;
		size_t i;

		if (m->reports[r].table != table)
			continue;
		json_array_foreach (json_object_get(m->reports[r].json, "results"), i, result) {
			const char *family = json_string_value(json_object_get(result, "family"));

			if (!strcmp(json_string_value(json_object_get(result, "name")), name))
				return family ? family : "";
		}
	}
	return "";
}

/* The row of a result, which is made if there is none. Returns NULL without memory. */
static struct merge_row *find_row(struct merged *m, size_t table, const struct series *series)
{
	struct merge_row *rows, *row;

	for (size_t i = 0; i < m->row_count; i++) {
		row = &m->rows[i];
		if (row->table == table && !strcmp(row->name, series->name) &&
		    !strcmp(row->unit, series->unit))
			return row;
	}
	rows = realloc(m->rows, (m->row_count + 1) * sizeof(*rows));
	if (!rows)
		return NULL;
	m->rows = rows;
	row = &rows[m->row_count];
	*row = (struct merge_row){
		.table = table,
		.name = series->name,
		.unit = series->unit,
		.family = family_of(m, table, series->name),
		.higher_is_better = series->higher_is_better,
		.figures = calloc(m->setup_count, sizeof(*row->figures)),
	};
	if (!row->figures)
		return NULL;
	m->row_count++;
	return row;
}

static int add_pool(struct merged *m, const struct merge_pool *pool, uint64_t seed)
{
	for (size_t i = 0; i < pool->series.count; i++) {
		const struct series *series = &pool->series.list[i];
		struct merge_row *row = find_row(m, pool->table, series);
		struct samples all;

		if (!row || series_pool(&pool->series, series, false, &all) < 0)
			return -ENOMEM;
		row->figures[pool->setup] = (struct merge_figure){
			.series = series,
			.set = &pool->series,
			.figure = samples_estimate(&all, seed),
		};
		samples_free(&all);
	}
	return 0;
}

static int set_ratio(const struct merge_figure *first, struct merge_figure *x, uint64_t seed)
{
	struct samples from = { 0 }, to = { 0 };
	int err;

	x->whole = series_hides(first->set, first->series, first->figure.median) ||
		   series_hides(x->set, x->series, x->figure.median);
	err = series_pool(first->set, first->series, x->whole, &from);
	if (!err)
		err = series_pool(x->set, x->series, x->whole, &to);
	if (!err)
		x->ratio = samples_ratio(&from, &to, seed);
	/* That there is no ratio is said by a median of 0: here by there being no samples. */
	if (x->ratio.median <= 0)
		x->ratio = (struct estimate){ 0 };
	samples_free(&from);
	samples_free(&to);
	return err;
}

static int set_ratios(const struct merged *m, struct merge_row *row, uint64_t seed)
{
	const struct merge_figure *first = NULL;
	int err = 0;

	for (size_t i = 0; i < m->setup_count && !err; i++) {
		struct merge_figure *x = &row->figures[i];

		if (x->series && first)
			err = set_ratio(first, x, seed);
		else if (x->series)
			first = x;
	}
	return err;
}

static int add_table(struct merged *m, size_t table, uint64_t seed)
{
	size_t from = m->row_count;
	int err = 0;

	for (size_t i = 0; i < m->pool_count && !err; i++) {
		if (m->pools[i].table == table)
			err = add_pool(m, &m->pools[i], seed);
	}
	for (size_t i = from; i < m->row_count && !err; i++)
		err = set_ratios(m, &m->rows[i], seed);
	return err;
}

int merge_compare(struct merged *merged, uint64_t seed)
{
	int err = 0;

	for (size_t table = 0; table < merged->table_count && !err; table++)
		err = add_table(merged, table, seed);
	return err;
}
