/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a report that is JSON. */
#include "report_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_json.h"

/* Numbers from here to there are written without an exponent, which people misread. */
#define PLAIN_FROM 1e6
#define PLAIN_TO   1e15

const struct unit units[] = {
	{ "ns/lookup", QUANTITY_TIME, 1e-9 },	  { "ns/update", QUANTITY_TIME, 1e-9 },
	{ "ns-cpu/packet", QUANTITY_TIME, 1e-9 }, { "ms", QUANTITY_TIME, 1e-3 },
	{ "packets/s", QUANTITY_RATE, 1 },	  { "bytes", QUANTITY_BYTES, 1 },
};
const size_t unit_count = sizeof(units) / sizeof(units[0]);

const struct unit *read_unit(const json_t *result)
{
	for (size_t i = 0; i < unit_count; i++) {
		if (!strcmp(units[i].name, read_text(result, "unit")))
			return &units[i];
	}
	return NULL;
}

const char *read_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

double read_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

bool read_flag(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const char *read_text_of(const json_t *value, char number[NUMBER_TEXT])
{
	double real = json_number_value(value);

	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (json_is_integer(value))
		snprintf(number, NUMBER_TEXT, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (!json_is_real(value))
		return "";
	else if (fabs(real) >= PLAIN_FROM && fabs(real) < PLAIN_TO)
		snprintf(number, NUMBER_TEXT, "%.0f", real);
	else
		snprintf(number, NUMBER_TEXT, "%.*g", JSON_DIGITS, real);
	return number;
}

bool read_complete(const json_t *report)
{
	return !json_is_false(json_object_get(report, "complete"));
}

bool read_void(const json_t *result)
{
	return json_is_false(json_object_get(result, "valid"));
}

size_t read_void_count(const json_t *report)
{
	size_t i, n = 0;
	json_t *result;

	json_array_foreach(json_object_get(report, "results"), i, result) n += read_void(result);
	return n;
}

double read_disagreements(const json_t *report)
{
	return read_number(json_object_get(report, "agreement"), "disagreements");
}

static const json_t *changes(const json_t *report)
{
	return json_object_get(json_object_get(report, "comparison"), "results");
}

const json_t *read_change(const json_t *report, const char *name)
{
	const json_t *array = changes(report);
	json_t *change;
	size_t i;

	json_array_foreach(array, i, change)
	{
		if (!strcmp(read_text(change, "name"), name))
			return change;
	}
	return NULL;
}

bool read_verdict_is(const json_t *change, const char *verdict)
{
	return !strcmp(read_text(change, "verdict"), verdict);
}

size_t read_verdict_count(const json_t *report, const char *verdict)
{
	const json_t *array = changes(report);
	json_t *change;
	size_t i, n = 0;

	json_array_foreach(array, i, change) n += read_verdict_is(change, verdict);
	return n;
}

bool read_comparable(const json_t *report)
{
	const json_t *comparison = json_object_get(report, "comparison");

	return !json_array_size(json_object_get(comparison, "differences"));
}
