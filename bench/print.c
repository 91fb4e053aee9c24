/* SPDX-License-Identifier: BSD-2-Clause */
/* Printing lines. */
#include "print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

void print_place(const struct table *table, const struct route *route)
{
	if (route && route->line)
		printf("%s:%u", table->list.name, route->line);
	else
		putchar('-');
}

int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "cvpn-bench: standard output: %s\n", strerror(errno));
	return EXIT_FAILED;
}
