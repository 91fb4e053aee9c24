/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the values of options. */
#include "option_values.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void fail_name(struct argp_state *state, const char *option, const char *found, unsigned int n,
	       const char *(*name)(unsigned int), const char *extra)
{
	char expected[256] = "";

	for (unsigned int i = 0; i < n; i++)
		strcat(strcat(expected, name(i)), ", ");
	argp_error(state, "--%s: found \"%s\"; expected %sor %s", option, found, expected, extra);
}

unsigned int find_name(const char *text, size_t len, unsigned int n,
		       const char *(*name)(unsigned int))
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (strlen(name(i)) == len && !strncmp(text, name(i), len))
			break;
	}
	return i;
}

name_set parse_list(struct argp_state *state, const char *option, const char *text, unsigned int n,
		    const char *(*name)(unsigned int))
{
	name_set set = 0;

	for (const char *at = text;; at++) {
		size_t len = strcspn(at, ",");
		unsigned int i = find_name(at, len, n, name);

		if (len == 3 && !strncmp(at, "all", len))
			set |= (1u << n) - 1;
		else if (i == n)
			fail_name(state, option, text, n, name, "all, separated by commas");
		else
			set |= 1u << i;
		at += len;
		if (!*at)
			return set;
	}
}

uint64_t parse_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
		      uint64_t max)
{
	char *end = NULL;
	uint64_t value = 0;

	errno = 0;
	if (isdigit((unsigned char)text[0]))
		value = strtoull(text, &end, 10);
	if (!end || *end || errno || value < min || value > max)
		argp_error(state, "--%s: found \"%s\"; expected a number from %llu to %llu", option,
			   text, (unsigned long long)min, (unsigned long long)max);
	return value;
}

double parse_decimal(struct argp_state *state, const char *option, const char *text, double min,
		     double max, const char *unit)
{
	char *end = NULL;
	double value = 0;

	/* Plain decimals: strtod() would take hexadecimal, exponents and names, too. */
	if (text[0] && !text[strspn(text, "0123456789.")])
		value = strtod(text, &end);
	if (!end || *end || value < min || value > max)
		argp_error(state, "--%s: found \"%s\"; expected %g to %.0f %s", option, text, min,
			   max, unit);
	return value;
}
