/* SPDX-License-Identifier: BSD-2-Clause */
/* What hardware counters say of lookups and packets, for people; nothing where there are none. */
#include "report_text.h"

static void print_head(FILE *out)
{
	fprintf(out, "\n%-52s", "COUNTS, for each lookup or packet");
	for (unsigned int i = 0; i < hardware_event_count; i++)
		fprintf(out, " %14s", hardware_events[i].name);
	fprintf(out, "\n");
}

static void print_row(const struct result *x, FILE *out)
{
	fprintf(out, "  %-50s", x->name);
	for (unsigned int i = 0; i < hardware_event_count; i++) {
		if (x->counts.known >> i & 1)
			fprintf(out, " %14.3f", x->counts.values[i]);
		else
			fprintf(out, " %14s", "-");
	}
	fprintf(out, "\n");
}

void report_text_counts(const struct report *r, FILE *out)
{
	bool head = false;

	for (size_t i = 0; i < r->result_count; i++) {
		if (!r->results[i].counts.known)
			continue;
		if (!head)
			print_head(out);
		head = true;
		print_row(&r->results[i], out);
	}
}
