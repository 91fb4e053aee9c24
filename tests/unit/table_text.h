/* SPDX-License-Identifier: BSD-2-Clause */
/* A loaded table from text, for tests of what works on one. */
#ifndef TESTS_TABLE_TEXT_H
#define TESTS_TABLE_TEXT_H

#include "linear.h"
#include "table.h"

/* Loads text in a format ("auto": recognised); an error ends the test. table_free() frees it. */
struct table *table_of_text(const char *format, const char *text);

/* Loads plain routes whose verdicts differ as the values of @routes do: a third each of a kind. */
struct table *table_of_routes(const struct linear_route *routes, size_t count);

#endif
