/* SPDX-License-Identifier: BSD-2-Clause */
/* Merged reports as JSON, by cvpn-bench-merge-1.schema.json. */
#include "merge.h"
#include "report_json.h"
#include "version.h"

static json_t *machine_json(const struct merge_machine *machine)
{
	const json_t *e = json_object_get(machine->report, "environment");
	json_t *object = json_object();

	set_text(object, "label", machine->label);
	for (const char *const *key = merge_machine_keys; *key; key++)
		json_object_set(object, *key, json_object_get(e, *key));
	return object;
}

static json_t *setup_json(const struct merged *m, size_t i)
{
	const struct merge_setup *setup = &m->setups[i];
	const json_t *e = json_object_get(setup->report, "environment");
	json_t *object = json_object();

	set_text(object, "label", setup->label);
	set(object, "machine", count(setup->machine));
	json_object_set(object, "version", json_object_get(setup->report, "version"));
	json_object_set(object, "commit", json_object_get(e, "commit"));
	json_object_set(object, "compiler", json_object_get(e, "compiler"));
	json_object_set(object, "flags", json_object_get(e, "flags"));
	set(object, "options", merge_options(setup->report));
	return object;
}

static json_t *table_json(const struct merge_table *table)
{
	json_t *object = json_object();
	const json_t *routes = json_object_get(table->report, "routes");

	json_object_set(object, "file", json_object_get(routes, "file"));
	json_object_set(object, "digest", json_object_get(routes, "digest"));
	json_object_set(object, "v4", json_object_get(routes, "v4"));
	json_object_set(object, "v6", json_object_get(routes, "v6"));
	return object;
}

static json_t *source_json(const struct merge_report *report)
{
	json_t *object = json_object();

	set_text(object, "file", report->file);
	set(object, "setup", count(report->setup));
	set(object, "table", count(report->table));
	return object;
}

static json_t *figure_json(const struct merge_figure *x, size_t setup)
{
	json_t *object = json_object(), *ratio;

	set(object, "setup", count(setup));
	set_estimate(object, &x->figure);
	set(object, "samples", count(x->figure.samples));
	if (x->ratio.samples) {
		ratio = estimate_json(&x->ratio);
		set(ratio, "with_empty_loop", json_boolean(x->whole));
		set(object, "ratio", ratio);
	}
	return object;
}

static json_t *row_json(const struct merged *m, const struct merge_row *row)
{
	json_t *object = json_object(), *figures = json_array();

	set(object, "table", count(row->table));
	set_text(object, "name", row->name);
	set_text(object, "unit", row->unit);
	set_text(object, "better", row->higher_is_better ? "higher" : "lower");
	for (size_t s = 0; s < m->setup_count; s++) {
		if (row->figures[s].series)
			json_array_append_new(figures, figure_json(&row->figures[s], s));
	}
	set(object, "figures", figures);
	return object;
}

json_t *merge_json(const struct merged *m)
{
	json_t *object = json_object(), *reports = json_array(), *sources = json_array();
	json_t *machines = json_array(), *setups = json_array(), *tables = json_array();
	json_t *rows = json_array();

	for (size_t i = 0; i < m->report_count; i++) {
		json_array_append(reports, m->reports[i].json);
		json_array_append_new(sources, source_json(&m->reports[i]));
	}
	for (size_t i = 0; i < m->machine_count; i++)
		json_array_append_new(machines, machine_json(&m->machines[i]));
	for (size_t i = 0; i < m->setup_count; i++)
		json_array_append_new(setups, setup_json(m, i));
	for (size_t i = 0; i < m->table_count; i++)
		json_array_append_new(tables, table_json(&m->tables[i]));
	for (size_t i = 0; i < m->row_count; i++)
		json_array_append_new(rows, row_json(m, &m->rows[i]));
	set_text(object, "schema", "cvpn-bench-merge/1");
	set_text(object, "version", PROJECT_VERSION);
	set(object, "machines", machines);
	set(object, "setups", setups);
	set(object, "tables", tables);
	set(object, "sources", sources);
	set(object, "comparison", rows);
	json_object_set(object, "warnings", m->warnings);
	set(object, "reports", reports);
	return object;
}
