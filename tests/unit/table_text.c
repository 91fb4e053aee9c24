/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables from text, by way of a file without a name. */
#include "table_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

static struct table *load(const char *format, int fd)
{
	char path[32];
	const struct route_source source = { .spec = path, .format = format };
	struct route_error error;
	struct table *table;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	cr_assert_eq(table_load_from(&source, &table, &error), 0, "%s", error.text);
	return table;
}

struct table *table_of_text(const char *format, const char *text)
{
	int fd = memfd_create("table", MFD_CLOEXEC);
	struct table *table;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	table = load(format, fd);
	close(fd);
	return table;
}

struct table *table_of_routes(const struct linear_route *routes, size_t count)
{
	FILE *file = fdopen(memfd_create("table", MFD_CLOEXEC), "w");
	struct table *table;

	cr_assert_not_null(file);
	for (size_t i = 0; i < count; i++) {
		struct verdict verdict = { .kind = (uint8_t)(routes[i].value % VERDICT_KINDS) };
		char prefix[PREFIX_TEXT], text[VERDICT_TEXT];

		if (verdict.kind != VERDICT_DROP)
			verdict.next_hop = routes[i].value / VERDICT_KINDS;
		prefix_format(&routes[i].prefix, prefix);
		verdict_format(verdict, text);
		fprintf(file, "%s %s\n", prefix, text);
	}
	cr_assert_eq(fflush(file), 0);
	table = load("plain", fileno(file));
	fclose(file);
	return table;
}
