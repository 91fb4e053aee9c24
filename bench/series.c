/* SPDX-License-Identifier: BSD-2-Clause */
/* Collecting the samples of reports. */
#include "series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct series *series_find(const struct series_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (!strcmp(set->list[i].name, name))
			return &set->list[i];
	}
	return NULL;
}

static struct series *add(struct series_set *set, const char *name, const char *unit,
			  const char *better)
{
	struct series *list = realloc(set->list, (set->count + 1) * sizeof(*list)), *series;

	if (!list)
		return NULL;
	set->list = list;
	/* Counted at once: it is freed with the others, whatever becomes of what it holds. */
	series = &list[set->count++];
	*series = (struct series){
		.name = strdup(name),
		.unit = strdup(unit),
		.higher_is_better = !strcmp(better, "higher"),
		.launches = calloc(set->launches, sizeof(*series->launches)),
	};
	return series->name && series->unit && series->launches ? series : NULL;
}

static int add_values(struct samples *samples, const json_t *values)
{
	const json_t *value;
	size_t i;

	json_array_foreach (values, i, value) {
		if (!json_is_number(value))
			return -EBADMSG;
		if (samples_add(samples, json_number_value(value)) < 0)
			return -ENOMEM;
	}
	return samples->count ? 0 : -EBADMSG;
}

static int add_result(struct series_set *set, const json_t *result)
{
	const char *name = json_string_value(json_object_get(result, "name"));
	const char *unit = json_string_value(json_object_get(result, "unit"));
	const char *better = json_string_value(json_object_get(result, "better"));
	struct series_launch *launch;
	struct series *series;

	if (!name || !unit || !better)
		return -EBADMSG;
	series = (struct series *)series_find(set, name);
	if (!series)
		series = add(set, name, unit, better);
	if (!series)
		return -ENOMEM;
	/* Names are unique. */
	launch = &series->launches[set->launches - 1];
	if (launch->samples.count)
		return -EBADMSG;
	launch->empty_ns = json_number_value(json_object_get(result, "baseline_ns"));
	return add_values(&launch->samples, json_object_get(result, "values"));
}

/* Room for one more launch of each series there is. */
static int begin_launch(struct series_set *set)
{
	size_t n = set->launches;

	for (size_t i = 0; i < set->count; i++) {
		struct series_launch *all = realloc(set->list[i].launches, (n + 1) * sizeof(*all));

		if (!all)
			return -ENOMEM;
		all[n] = (struct series_launch){ 0 };
		set->list[i].launches = all;
	}
	set->launches++;
	return 0;
}

int series_add_launch(struct series_set *set, const json_t *report)
{
	const json_t *results = json_object_get(report, "results"), *result;
	int err = begin_launch(set);
	size_t i;

	if (!err && !json_is_array(results))
		err = -EBADMSG;
	json_array_foreach (results, i, result) {
		if (!err)
			err = add_result(set, result);
	}
	return err;
}

int series_pool(const struct series_set *set, const struct series *series, bool whole,
		struct samples *out)
{
	*out = (struct samples){ 0 };
	for (size_t l = 0; l < set->launches; l++) {
		const struct series_launch *launch = &series->launches[l];

		for (size_t i = 0; i < launch->samples.count; i++) {
			double empty = whole ? launch->empty_ns : 0;

			if (samples_add(out, launch->samples.values[i] + empty) < 0) {
				samples_free(out);
				return -ENOMEM;
			}
		}
	}
	return 0;
}

bool series_hides(const struct series_set *set, const struct series *series, double median)
{
	for (size_t l = 0; l < set->launches; l++) {
		if (series->launches[l].empty_ns > median)
			return true;
	}
	return false;
}

void series_free(struct series_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		for (size_t l = 0; set->list[i].launches && l < set->launches; l++)
			samples_free(&set->list[i].launches[l].samples);
		free(set->list[i].launches);
		free(set->list[i].name);
		free(set->list[i].unit);
	}
	free(set->list);
	*set = (struct series_set){ 0 };
}
