/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the values of options. What makes no sense ends the program, saying what was expected. */
#ifndef BENCH_OPTION_VALUES_H
#define BENCH_OPTION_VALUES_H

#include <argp.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* A number from @min to @max, decimal. @option: without the dashes. */
uint64_t parse_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
		      uint64_t max);

/* The same with a fraction; @unit is for the error. */
double parse_decimal(struct argp_state *state, const char *option, const char *text, double min,
		     double max, const char *unit);

/* Finds a name of @len bytes among @n; @n when there is none. */
unsigned int find_name(const char *text, size_t len, unsigned int n,
		       const char *(*name)(unsigned int));

/* Names separated by commas, or "all". */
name_set parse_list(struct argp_state *state, const char *option, const char *text, unsigned int n,
		    const char *(*name)(unsigned int));

/* Ends the program: @found is not one of the names. @extra is one more that would do. */
void fail_name(struct argp_state *state, const char *option, const char *found, unsigned int n,
	       const char *(*name)(unsigned int), const char *extra);

#endif
