/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a report of the schema cvpn-bench/1, for the formats that are made of it. A key that is
 * not there reads as "", 0, false or an empty array, so that a report of an older version can be written.
 */
#ifndef BENCH_REPORT_READ_H
#define BENCH_REPORT_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Room for a number as read_text_of() writes it. */
#define NUMBER_TEXT 32

/* What a figure is of, whatever its unit. */
enum quantity {
	QUANTITY_TIME,
	QUANTITY_RATE, /* packets/s */
	QUANTITY_BYTES,
};

struct unit {
	const char *name; /* as the report has it */
	enum quantity quantity;
	double base; /* what one is, in seconds, packets/s or bytes */
};

/* The units that results have. */
extern const struct unit units[];
extern const size_t unit_count;

/* The unit of a result, or NULL if it is none of units[]. */
const struct unit *read_unit(const json_t *result);

const char *read_text(const json_t *object, const char *key);
double read_number(const json_t *object, const char *key);
bool read_flag(const json_t *object, const char *key);

/*
 * A value as text: strings as they are, true and false, numbers with JSON_DIGITS digits or more;
 * "" for all else, NULL among it. The text is @value's, @number or static.
 */
const char *read_text_of(const json_t *value, char number[NUMBER_TEXT]);

/* false: the run was interrupted. */
bool read_complete(const json_t *report);

/* Whether a result must not be used: its packets do not add up, or verdicts are wrong. */
bool read_void(const json_t *result);

/* How many results are. */
size_t read_void_count(const json_t *report);

/* Verdicts that differ from the oracle's, before anything was timed and after updates. */
double read_disagreements(const json_t *report);

/* What became of the result of that name since the run before; NULL: it was not compared. */
const json_t *read_change(const json_t *report, const char *name);

/* Whether a change, or the comparison, has this verdict. */
bool read_verdict_is(const json_t *change, const char *verdict);

/* How many changes have it. */
size_t read_verdict_count(const json_t *report, const char *verdict);

/* Whether the comparison is between runs that can be compared; true without one. */
bool read_comparable(const json_t *report);

#endif
