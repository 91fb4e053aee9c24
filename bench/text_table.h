/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of text whose columns are as wide as what is in them. */
#ifndef BENCH_TEXT_TABLE_H
#define BENCH_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text_table {
	size_t columns; /* set before the first cell */
	size_t count;	/* cells, row after row */
	char **cells;
	bool out_of_memory;
};

/* Adds the next cell. Where there is no memory, text_table_print() says so. */
__attribute__((format(printf, 2, 3))) void text_table_add(struct text_table *table,
							  const char *format, ...);

/* Columns of a terminal that it takes. */
size_t text_table_width(const struct text_table *table);

/* Prints it: the first column is to the left, the others are to the right. */
void text_table_print(const struct text_table *table, FILE *out);

void text_table_free(struct text_table *table);

#endif
