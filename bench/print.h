/* SPDX-License-Identifier: BSD-2-Clause */
/* What the modes that print lines have in common. */
#ifndef BENCH_PRINT_H
#define BENCH_PRINT_H

#include "table.h"

/* Prints where a route stands, FILE:LINE, or "-" for NULL and for one that is in no file. */
void print_place(const struct table *table, const struct route *route);

/*
 * What was printed must have arrived: a full disk is an error. Returns the exit status of the
 * program: @status, or EXIT_FAILED and a message.
 */
int finish_output(int status);

#endif
