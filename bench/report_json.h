/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the JSON report are made with. */
#ifndef BENCH_REPORT_JSON_H
#define BENCH_REPORT_JSON_H

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* Digits that a figure is worth, in all that is written as JSON. */
#define JSON_DIGITS 6

/* A number JSON can hold: there is no NaN and no infinity in it. */
static inline json_t *number(double value)
{
	return json_real(isfinite(value) ? value : 0);
}

static inline json_t *count(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static inline void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

/* Text of any origin: JSON is UTF-8, but file names and what the kernel says need not be. */
static inline json_t *text_json(const char *text)
{
	json_t *value = json_string(text);
	char *ascii;

	if (value)
		return value;
	ascii = strdup(text);
	for (char *c = ascii; ascii && *c; c++)
		*c = *c & 0x80 ? '?' : *c;
	value = json_string(ascii ? ascii : "?");
	free(ascii);
	return value;
}

static inline void set_text(json_t *object, const char *key, const char *text)
{
	set(object, key, text_json(text));
}

static inline void set_estimate(json_t *object, const struct estimate *e)
{
	set(object, "median", number(e->median));
	set(object, "low", number(e->low));
	set(object, "high", number(e->high));
}

static inline json_t *estimate_json(const struct estimate *e)
{
	json_t *object = json_object();

	set_estimate(object, e);
	return object;
}

static inline json_t *values_json(const struct samples *samples)
{
	json_t *array = json_array();

	for (size_t i = 0; i < samples->count; i++)
		json_array_append_new(array, number(samples->values[i]));
	return array;
}

/* @requested: updates/s. */
static inline json_t *churn_json(uint64_t requested, const struct churn_summary *s)
{
	json_t *object = json_object();

	set(object, "requested", count(requested));
	set(object, "updates", count(s->updates));
	set(object, "updates_per_second", number(s->per_second));
	set(object, "median_ns", number(s->median_ns));
	set(object, "p99_ns", number(s->p99_ns));
	set(object, "max_ns", number(s->max_ns));
	return object;
}

/* The keys that a result of XDP has. @churn: updates/s asked for. */
void report_json_xdp(json_t *object, const struct result *result, uint64_t churn);

#endif
