/* SPDX-License-Identifier: BSD-2-Clause */
/* Laying out a table of text. */
#include "text_table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define INDENT "  "
#define GAP    "  "

void text_table_add(struct text_table *table, const char *format, ...)
{
	char **cells = realloc(table->cells, (table->count + 1) * sizeof(*cells));
	va_list args;
	int length;

	if (cells)
		table->cells = cells;
	va_start(args, format);
	length = cells ? vasprintf(&cells[table->count], format, args) : -1;
	va_end(args);
	if (length < 0)
		table->out_of_memory = true;
	else
		table->count++;
}

static size_t column_width(const struct text_table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->count; i += table->columns) {
		size_t length = strlen(table->cells[i]);

		width = length > width ? length : width;
	}
	return width;
}

size_t text_table_width(const struct text_table *table)
{
	size_t width = strlen(INDENT);

	for (size_t i = 0; i < table->columns; i++)
		width += column_width(table, i) + (i ? strlen(GAP) : 0);
	return width;
}

void text_table_print(const struct text_table *table, FILE *out)
{
	if (table->out_of_memory) {
		fprintf(out, INDENT "(not enough memory for this table)\n");
		return;
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;
		int width = (int)column_width(table, column);

		fprintf(out, column ? GAP "%*s" : INDENT "%-*s", width, table->cells[i]);
		if (column + 1 == table->columns)
			fputc('\n', out);
	}
}

void text_table_free(struct text_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct text_table){ 0 };
}
