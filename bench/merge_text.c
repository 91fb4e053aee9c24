/* SPDX-License-Identifier: BSD-2-Clause */
/* Merged reports as the tables that people read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "merge.h"
#include "report_text.h"
#include "text_table.h"

/* More do not stand side by side: then each result has a line for each of them. */
#define MAX_ABREAST 6u
/* From here on a figure is written without a fraction. */
#define WHOLE_FROM 1e4

/* --- who has measured ------------------------------------------------------------------------ */

static void print_files(const struct merged *m, size_t setup, FILE *out)
{
	bool first = true;

	for (size_t i = 0; i < m->report_count; i++) {
		if (m->reports[i].setup != setup)
			continue;
		fprintf(out, "%s%s", first ? "" : ", ", m->reports[i].file);
		first = false;
	}
	fputc('\n', out);
}

/* What of the options and the build is not as in the first setup of that machine. */
static void print_differences(const json_t *first, const json_t *report, FILE *out)
{
	static const char *const build[] = { "compiler", "flags", "commit" };
	const json_t *e[2] = { json_object_get(first, "environment"),
			       json_object_get(report, "environment") };
	json_t *before = merge_options(first), *now = merge_options(report), *value;
	const char *key;

	for (size_t i = 0; i < sizeof(build) / sizeof(build[0]); i++) {
		json_object_set(before, build[i], json_object_get(e[0], build[i]));
		json_object_set(now, build[i], json_object_get(e[1], build[i]));
	}
	json_object_set(before, "version", json_object_get(first, "version"));
	json_object_set(now, "version", json_object_get(report, "version"));
	json_object_foreach (now, key, value) {
		char *text;

		if (json_equal(json_object_get(before, key), value))
			continue;
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		fprintf(out, "; %s %s", key, text ? text : "?");
		free(text);
	}
	json_decref(before);
	json_decref(now);
}

static void print_setup(const struct merged *m, size_t i, const json_t **first, FILE *out)
{
	const struct merge_setup *setup = &m->setups[i];
	const json_t *config = json_object_get(setup->report, "config");

	if (m->machines[setup->machine].setups > 1)
		fprintf(out, "    %s", setup->label);
	else
		fprintf(out, "   ");
	fprintf(out, " %zu report%s; cvpn-bench %s (%s); --%s, %lld keys, seed %lld",
		setup->reports, setup->reports == 1 ? "" : "s",
		baseline_text(setup->report, NULL, "version"),
		baseline_text(setup->report, "environment", "commit"),
		baseline_text(setup->report, "config", "mode"),
		json_integer_value(json_object_get(config, "keys")),
		json_integer_value(json_object_get(config, "seed")));
	if (*first)
		print_differences(*first, setup->report, out);
	else
		*first = setup->report;
	fprintf(out, "\n      ");
	print_files(m, i, out);
}

static void print_machine(const struct merged *m, size_t i, FILE *out)
{
	const json_t *report = m->machines[i].report, *first = NULL;
	const json_t *e = json_object_get(report, "environment");
	const char *hypervisor = baseline_text(report, "environment", "hypervisor");

	fprintf(out, "  %s: %s, %lld cores, Linux %s%s%s\n", m->machines[i].label,
		baseline_text(report, "environment", "cpu"),
		json_integer_value(json_object_get(e, "cores")),
		baseline_text(report, "environment", "kernel"),
		strcmp(hypervisor, "none") ? ", on " : "",
		strcmp(hypervisor, "none") ? hypervisor : "");
	for (size_t s = 0; s < m->setup_count; s++) {
		if (m->setups[s].machine == i)
			print_setup(m, s, &first, out);
	}
}

/* --- one table, by machine ------------------------------------------------------------------- */

static void format_value(double value, char out[24])
{
	snprintf(out, 24, fabs(value) < WHOLE_FROM ? "%.4g" : "%.0f", value);
}

/* "12.3 [12.1, 12.6]", and how many times the first one's that is. */
static void format_figure(const struct merge_figure *x, char out[96])
{
	char median[24], low[24], high[24], ratio[24] = "";

	if (!x->series) {
		snprintf(out, 96, "-");
		return;
	}
	format_value(x->figure.median, median);
	format_value(x->figure.low, low);
	format_value(x->figure.high, high);
	if (x->ratio.samples)
		snprintf(ratio, sizeof(ratio), " %.2fx%s", x->ratio.median, x->whole ? "*" : "");
	snprintf(out, 96, "%s [%s, %s]%s", median, low, high, ratio);
}

static bool has_measured(const struct merged *m, size_t setup, size_t table)
{
	for (size_t i = 0; i < m->pool_count; i++) {
		if (m->pools[i].setup == setup && m->pools[i].table == table)
			return true;
	}
	return false;
}

/* A row for each result, a column for each setup. */
static void fill_abreast(const struct merged *m, size_t table, struct text_table *t)
{
	char figure[96];

	t->columns = 2 + merge_setups_of(m, table);
	text_table_add(t, "result");
	text_table_add(t, "unit");
	for (size_t s = 0; s < m->setup_count; s++) {
		if (has_measured(m, s, table))
			text_table_add(t, "%s", m->setups[s].label);
	}
	for (size_t i = 0; i < m->row_count; i++) {
		if (m->rows[i].table != table)
			continue;
		text_table_add(t, "%s", m->rows[i].name);
		text_table_add(t, "%s", m->rows[i].unit);
		for (size_t s = 0; s < m->setup_count; s++) {
			if (!has_measured(m, s, table))
				continue;
			format_figure(&m->rows[i].figures[s], figure);
			text_table_add(t, "%s", figure);
		}
	}
}

/* A row for each result and setup. */
static void fill_in_turn(const struct merged *m, size_t table, struct text_table *t)
{
	char figure[96];

	t->columns = 2;
	for (size_t i = 0; i < m->row_count; i++) {
		if (m->rows[i].table != table)
			continue;
		text_table_add(t, "%s, %s", m->rows[i].name, m->rows[i].unit);
		text_table_add(t, " ");
		for (size_t s = 0; s < m->setup_count; s++) {
			if (!has_measured(m, s, table))
				continue;
			format_figure(&m->rows[i].figures[s], figure);
			text_table_add(t, "  %s", m->setups[s].label);
			text_table_add(t, "%s", figure);
		}
	}
}

static void print_notes(const struct merged *m, size_t table, FILE *out)
{
	bool whole = false, ratio = false;

	for (size_t i = 0; i < m->row_count; i++) {
		for (size_t s = 0; s < m->setup_count && m->rows[i].table == table; s++) {
			const struct merge_figure *x = &m->rows[i].figures[s];

			ratio |= x->ratio.samples > 0;
			whole |= x->ratio.samples > 0 && x->whole;
		}
	}
	if (ratio)
		fprintf(out, "  \"x\" is how many times the figure of the first that has one\n");
	if (whole)
		fprintf(out, "  * with the empty loop, in which one of the two lookups hides: it "
			     "takes less than reading the keys\n");
}

static void print_table(const struct merged *m, size_t table, unsigned int width, FILE *out)
{
	const struct merge_table *x = &m->tables[table];
	struct text_table t = { 0 };
	char v4[32], v6[32];

	fprintf(out, "\nTABLE %s: %s IPv4 and %s IPv6 routes; medians and their 95 %% intervals\n",
		baseline_text(x->report, "routes", "file"), thousands(x->routes[CVPN_LPM_IPV4], v4),
		thousands(x->routes[CVPN_LPM_IPV6], v6));
	fill_abreast(m, table, &t);
	if (merge_setups_of(m, table) > MAX_ABREAST || (width && text_table_width(&t) > width)) {
		text_table_free(&t);
		fill_in_turn(m, table, &t);
	}
	text_table_print(&t, out);
	text_table_free(&t);
	print_notes(m, table, out);
}

/* --- one machine, by size of the table ------------------------------------------------------- */

/* The tables of a setup that have routes of a family, the smallest first. Returns how many. */
static size_t find_sizes(const struct merged *m, size_t setup, uint8_t family, size_t *tables)
{
	size_t n = 0;

	for (size_t i = 0; i < m->table_count; i++) {
		size_t at = n;

		if (!m->tables[i].routes[family] || !has_measured(m, setup, i))
			continue;
		for (; at && m->tables[tables[at - 1]].routes[family] > m->tables[i].routes[family];
		     at--)
			tables[at] = tables[at - 1];
		tables[at] = i;
		n++;
	}
	return n;
}

static const struct merge_row *find_row(const struct merged *m, size_t table, size_t setup,
					const struct merge_row *like)
{
	for (size_t i = 0; i < m->row_count; i++) {
		const struct merge_row *row = &m->rows[i];

		if (row->table == table && row->figures[setup].series &&
		    !strcmp(row->name, like->name) && !strcmp(row->unit, like->unit))
			return row;
	}
	return NULL;
}

/* Adds the row of a result, unless a smaller table has brought it. */
static void add_scaling(const struct merged *m, size_t setup, const size_t *tables, size_t n,
			const struct merge_row *like, struct text_table *t)
{
	char median[24];

	for (size_t i = 0; i < n && tables[i] != like->table; i++) {
		if (find_row(m, tables[i], setup, like))
			return;
	}
	text_table_add(t, "%s", like->name);
	text_table_add(t, "%s", like->unit);
	for (size_t i = 0; i < n; i++) {
		const struct merge_row *row = find_row(m, tables[i], setup, like);

		if (row)
			format_value(row->figures[setup].figure.median, median);
		text_table_add(t, "%s", row ? median : "-");
	}
}

static void fill_scaling(const struct merged *m, size_t setup, uint8_t family, const size_t *tables,
			 size_t n, struct text_table *t)
{
	char routes[32];

	t->columns = 2 + n;
	text_table_add(t, "result");
	text_table_add(t, "unit");
	for (size_t i = 0; i < n; i++)
		text_table_add(t, "%s", thousands(m->tables[tables[i]].routes[family], routes));
	for (size_t i = 0; i < n; i++) {
		for (size_t r = 0; r < m->row_count; r++) {
			const struct merge_row *row = &m->rows[r];

			if (row->table == tables[i] && row->figures[setup].series &&
			    strcmp(row->family, family_names[!family]) != 0)
				add_scaling(m, setup, tables, n, row, t);
		}
	}
}

static void print_scaling(const struct merged *m, size_t setup, FILE *out)
{
	size_t *tables = calloc(m->table_count, sizeof(*tables));

	for (uint8_t family = 0; tables && family < CVPN_LPM_FAMILIES; family++) {
		size_t n = find_sizes(m, setup, family, tables);
		struct text_table t = { 0 };

		if (n < 2)
			continue;
		fprintf(out, "\nBY NUMBER OF ROUTES, %s, %s: medians\n", m->setups[setup].label,
			family_names[family]);
		fill_scaling(m, setup, family, tables, n, &t);
		text_table_print(&t, out);
		text_table_free(&t);
	}
	free(tables);
}

/* Whether all that is known of a table is said by size: one setup, more tables of each family. */
static bool said_by_size(const struct merged *m, size_t table)
{
	size_t *tables = calloc(m->table_count, sizeof(*tables)), setup = 0;
	bool said = tables && merge_setups_of(m, table) == 1;

	while (setup + 1 < m->setup_count && !has_measured(m, setup, table))
		setup++;
	for (uint8_t family = 0; said && family < CVPN_LPM_FAMILIES; family++) {
		if (m->tables[table].routes[family])
			said = find_sizes(m, setup, family, tables) > 1;
	}
	free(tables);
	return said;
}

void merge_text(const struct merged *merged, unsigned int width, FILE *out)
{
	const json_t *warning;
	size_t i;

	fprintf(out, "MERGED: %zu report%s of %zu machine%s and %zu table%s\n",
		merged->report_count, merged->report_count == 1 ? "" : "s", merged->machine_count,
		merged->machine_count == 1 ? "" : "s", merged->table_count,
		merged->table_count == 1 ? "" : "s");
	for (i = 0; i < merged->machine_count; i++)
		print_machine(merged, i, out);
	for (i = 0; i < merged->table_count; i++) {
		if (!said_by_size(merged, i))
			print_table(merged, i, width, out);
	}
	for (i = 0; i < merged->setup_count; i++)
		print_scaling(merged, i, out);
	json_array_foreach (merged->warnings, i, warning)
		fprintf(out, "%swarning: %s\n", i ? "" : "\n", json_string_value(warning));
}
