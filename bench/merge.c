/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the reports of --merge, and sorting them by machine, build, options and table. */
#include "merge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report_file.h"
#include "report_json.h"

#define OPTION "--merge"

const char *const merge_machine_keys[] = {
	"cpu",	      "microcode", "kernel", "cores",	    "isa", "governor",
	"hypervisor", "turbo",	   "thp",    "mitigations", NULL,
};

static const char *const build_keys[] = { "compiler", "flags", "commit", NULL };

/* --- is it a report that can be sorted? ------------------------------------------------------ */

static int check(const char *file, const json_t *report)
{
	static const struct {
		const char *object, *key;
		json_type type;
	} wanted[] = {
		{ "environment", "cpu", JSON_STRING },
		{ "environment", "kernel", JSON_STRING },
		{ "environment", "cores", JSON_INTEGER },
		{ "environment", "hypervisor", JSON_STRING },
		{ "routes", "file", JSON_STRING },
		{ "routes", "digest", JSON_STRING },
		{ "routes", "v4", JSON_INTEGER },
		{ "routes", "v6", JSON_INTEGER },
		{ "config", "mode", JSON_STRING },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const json_t *object = json_object_get(report, wanted[i].object);
		const json_t *value = json_object_get(object, wanted[i].key);
		char found[64];

		if (value && json_typeof(value) == wanted[i].type)
			continue;
		snprintf(found, sizeof(found), "%s \"%s.%s\"", value ? "an odd" : "no",
			 wanted[i].object, wanted[i].key);
		return report_file_refuse(OPTION, file, found,
					  "a report by cvpn-bench-1.schema.json");
	}
	return 0;
}

/* The file again, or a copy of it: its samples must not count twice. */
static int check_repeat(const struct merged *m, const char *file, const json_t *report)
{
	for (size_t i = 0; i < m->report_count; i++) {
		char found[512];

		if (!json_equal(m->reports[i].json, report))
			continue;
		snprintf(found, sizeof(found), "the report of %s again", m->reports[i].file);
		return report_file_refuse(OPTION, file, found, "each report once");
	}
	return 0;
}

/* --- sorting --------------------------------------------------------------------------------- */

static bool same(const json_t *a, const json_t *b, const char *object, const char *const *keys)
{
	const json_t *x = json_object_get(a, object), *y = json_object_get(b, object);

	for (; *keys; keys++) {
		const json_t *is = json_object_get(x, *keys), *other = json_object_get(y, *keys);

		if (is != other && !json_equal(is, other))
			return false;
	}
	return true;
}

json_t *merge_options(const json_t *report)
{
	static const char *const ignored[] = { "routes", "format", "tunnel_if", "policy",
					       "rounds" };
	json_t *options = json_copy(json_object_get(report, "config"));

	for (size_t i = 0; options && i < sizeof(ignored) / sizeof(ignored[0]); i++)
		json_object_del(options, ignored[i]);
	return options;
}

static bool same_setup(const json_t *a, const json_t *b)
{
	json_t *options[2] = { merge_options(a), merge_options(b) };
	bool equal = json_equal(options[0], options[1]) &&
		     json_equal(json_object_get(a, "version"), json_object_get(b, "version")) &&
		     same(a, b, "environment", build_keys);

	json_decref(options[0]);
	json_decref(options[1]);
	return equal;
}

static size_t find_machine(struct merged *m, const json_t *report)
{
	size_t i = 0;

	while (i < m->machine_count &&
	       !same(m->machines[i].report, report, "environment", merge_machine_keys))
		i++;
	if (i == m->machine_count)
		m->machines[m->machine_count++].report = report;
	return i;
}

static size_t find_setup(struct merged *m, const json_t *report)
{
	size_t machine = find_machine(m, report), i = 0;

	while (i < m->setup_count &&
	       (m->setups[i].machine != machine || !same_setup(m->setups[i].report, report)))
		i++;
	if (i == m->setup_count) {
		m->setups[m->setup_count++] = (struct merge_setup){
			.machine = machine,
			.report = report,
		};
		m->machines[machine].setups++;
	}
	m->setups[i].reports++;
	return i;
}

static size_t find_table(struct merged *m, const json_t *report)
{
	static const char *const digest[] = { "digest", NULL };
	const json_t *routes = json_object_get(report, "routes");
	size_t i = 0;

	while (i < m->table_count && !same(m->tables[i].report, report, "routes", digest))
		i++;
	if (i == m->table_count)
		m->tables[m->table_count++] = (struct merge_table){
			.report = report,
			.routes = {
				[CVPN_LPM_IPV4] = (uint64_t)json_integer_value(
					json_object_get(routes, "v4")),
				[CVPN_LPM_IPV6] = (uint64_t)json_integer_value(
					json_object_get(routes, "v6")),
			},
		};
	return i;
}

static struct series_set *find_pool(struct merged *m, size_t setup, size_t table)
{
	size_t i = 0;

	while (i < m->pool_count && (m->pools[i].setup != setup || m->pools[i].table != table))
		i++;
	if (i == m->pool_count)
		m->pools[m->pool_count++] = (struct merge_pool){ .setup = setup, .table = table };
	return &m->pools[i].series;
}

/* --- labels ---------------------------------------------------------------------------------- */

/* A processor's name without what all names have: "Intel(R) Xeon(R) Processor" is "Intel Xeon". */
static void shorten_cpu(const char *cpu, char *out, size_t size)
{
	static const char *const noise[] = { "(R)", "(TM)", "(tm)", " CPU", " Processor" };
	size_t n = 0;

	while (*cpu && strncmp(cpu, " @", 2) && n + 1 < size) {
		size_t skip = 0;

		for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
			if (!strncmp(cpu, noise[i], strlen(noise[i])))
				skip = strlen(noise[i]);
		}
		if (!skip)
			out[n++] = *cpu;
		cpu += skip ? skip : 1;
	}
	out[n] = '\0';
}

static void label(struct merged *m)
{
	for (size_t i = 0; i < m->machine_count; i++) {
		const json_t *e = json_object_get(m->machines[i].report, "environment");
		char cpu[40];

		shorten_cpu(json_string_value(json_object_get(e, "cpu")), cpu, sizeof(cpu));
		snprintf(m->machines[i].label, MERGE_LABEL, "M%zu %s", i + 1, cpu);
	}
	for (size_t i = 0; i < m->setup_count; i++) {
		const struct merge_machine *machine = &m->machines[m->setups[i].machine];
		size_t digits = strcspn(machine->label, " "), nth = 1;

		for (size_t j = 0; j < i; j++)
			nth += m->setups[j].machine == m->setups[i].machine;
		if (machine->setups == 1)
			strcpy(m->setups[i].label, machine->label);
		else
			snprintf(m->setups[i].label, MERGE_LABEL, "%.*s.%zu%.40s", (int)digits,
				 machine->label, nth, machine->label + digits);
	}
}

/* --- loading --------------------------------------------------------------------------------- */

static void warn(struct merged *m, const char *of, const char *what)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: %s", of, what);
	json_array_append_new(m->warnings, text_json(text));
}

static const json_t *option_of(const struct merge_setup *setup, const char *key)
{
	return json_object_get(json_object_get(setup->report, "config"), key);
}

/* Whether two setups have this option, which those of lookups alone may not, and it differs. */
static bool differs(const struct merged *m, const char *key)
{
	for (size_t i = 1; i < m->setup_count; i++) {
		for (size_t j = 0; j < i; j++) {
			const json_t *a = option_of(&m->setups[i], key);
			const json_t *b = option_of(&m->setups[j], key);

			if (a && b && !json_equal(a, b))
				return true;
		}
	}
	return false;
}

/* Results of one name mean the same only if these are the same: the name does not say them. */
static void warn_of_options(struct merged *m)
{
	static const char *const keys[] = { "keys", "seed", "size", "rate", "churn" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char what[32];

		snprintf(what, sizeof(what), "--%s", keys[i]);
		if (differs(m, keys[i]))
			warn(m, what,
			     "not the same in all reports, so they do not compare like "
			     "with like");
	}
}

/* Takes over the report. */
static int add(struct merged *m, const char *file, json_t *json)
{
	struct merge_report *report = &m->reports[m->report_count];
	int err = check(file, json);

	if (!err)
		err = check_repeat(m, file, json);
	if (err) {
		json_decref(json);
		return err;
	}
	*report = (struct merge_report){ .file = file, .json = json };
	m->report_count++;
	report->setup = find_setup(m, json);
	report->table = find_table(m, json);
	if (!json_is_true(json_object_get(json, "complete")))
		warn(m, file, "the run was interrupted: what it did not get to is missing");
	return report_file_series(OPTION, file, json, find_pool(m, report->setup, report->table));
}

int merge_load(char *const *files, size_t count, struct merged *merged)
{
	int err = 0;

	*merged = (struct merged){
		.reports = calloc(count, sizeof(*merged->reports)),
		.machines = calloc(count, sizeof(*merged->machines)),
		.setups = calloc(count, sizeof(*merged->setups)),
		.tables = calloc(count, sizeof(*merged->tables)),
		.pools = calloc(count, sizeof(*merged->pools)),
		.warnings = json_array(),
	};
	if (!merged->reports || !merged->machines || !merged->setups || !merged->tables ||
	    !merged->pools || !merged->warnings)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		json_t *json;

		err = report_file_read(OPTION, files[i], &json);
		if (!err)
			err = add(merged, files[i], json);
	}
	label(merged);
	warn_of_options(merged);
	return err;
}

void merge_free(struct merged *merged)
{
	for (size_t i = 0; i < merged->row_count; i++)
		free(merged->rows[i].figures);
	for (size_t i = 0; i < merged->pool_count; i++)
		series_free(&merged->pools[i].series);
	for (size_t i = 0; i < merged->report_count; i++)
		json_decref(merged->reports[i].json);
	free(merged->rows);
	free(merged->pools);
	free(merged->tables);
	free(merged->setups);
	free(merged->machines);
	free(merged->reports);
	json_decref(merged->warnings);
	*merged = (struct merged){ 0 };
}
