/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports for github-action-benchmark, tool customSmallerIsBetter. That takes one direction a file,
 * so rates become the time a packet takes. It compares by the ratio of two values, so lookups are
 * with the empty loop: without it a bulk lookup can come to nothing, or less.
 */
#include <stdlib.h>

#include "report_formats.h"
#include "report_json.h"
#include "report_read.h"

#define NS_PER_S 1e9

/* What the file has of a result. */
struct entry {
	double value, low, high;
	const char *unit;
	char *extra; /* to free */
};

/* Whether the result can be written so. */
static bool make_entry(const json_t *result, struct entry *e)
{
	const struct unit *unit = read_unit(result);
	double loop = read_number(result, "baseline_ns"), median = read_number(result, "median"),
	       low = read_number(result, "low"), high = read_number(result, "high");
	int length;

	if (!unit || read_void(result))
		return false;
	if (unit->quantity == QUANTITY_RATE) {
		/* No packet came: there is no time that one took. */
		if (low <= 0)
			return false;
		*e = (struct entry){ NS_PER_S / median, NS_PER_S / high, NS_PER_S / low,
				     "ns/packet", NULL };
		length = asprintf(&e->extra, "%.0f packets/s", median);
	} else {
		*e = (struct entry){ median + loop, low + loop, high + loop, unit->name, NULL };
		length = loop > 0 ? asprintf(&e->extra, "%.3g %s and %.3g of the empty loop",
					     median, unit->name, loop)
				  : asprintf(&e->extra, "%s", "");
	}
	return length >= 0;
}

static void add_result(json_t *entries, const json_t *report, const json_t *result)
{
	const char *ended = read_complete(report) ? "" : "interrupted; ";
	json_t *object;
	struct entry e;
	char *text;

	if (!make_entry(result, &e))
		return;
	object = json_object();
	set_text(object, "name", read_text(result, "name"));
	set_text(object, "unit", e.unit);
	set(object, "value", number(e.value));
	if (asprintf(&text, "%.*g to %.*g", JSON_DIGITS, e.low, JSON_DIGITS, e.high) >= 0) {
		set_text(object, "range", text);
		free(text);
	}
	if (asprintf(&text, "%s%s%scvpn-bench %s, %s", ended, e.extra, e.extra[0] ? "; " : "",
		     read_text(report, "version"),
		     read_text(json_object_get(report, "routes"), "file")) >= 0) {
		set_text(object, "extra", text);
		free(text);
	}
	json_array_append_new(entries, object);
	free(e.extra);
}

int report_github(const json_t *report, FILE *out)
{
	json_t *entries = json_array(), *result;
	size_t i;
	int err;

	json_array_foreach(json_object_get(report, "results"), i, result)
		add_result(entries, report, result);
	err = report_dump(entries, out);
	json_decref(entries);
	return err;
}
