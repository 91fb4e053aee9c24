/* SPDX-License-Identifier: BSD-2-Clause */
/* The names in the sets that options choose from and reports list, by their index in the set. */
#ifndef BENCH_NAMES_H
#define BENCH_NAMES_H

const char *engine_name(unsigned int i);
const char *isa_name(unsigned int i);
const char *reader_name(unsigned int i);
const char *source_name(unsigned int i);
const char *traffic_name(unsigned int i);

#endif
