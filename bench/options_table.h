/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's own options: the table that argp parses by and makes the help of. */
#ifndef BENCH_OPTIONS_TABLE_H
#define BENCH_OPTIONS_TABLE_H

#include <argp.h>

enum option_key {
	KEY_LOOKUP = 0x100,
	KEY_PPS,
	KEY_COMPARE,
	KEY_EXPLAIN,
	KEY_PRINT_ROUTES,
	KEY_DIFF,
	KEY_LEAKS,
	KEY_PROBE,
	KEY_MERGE,
	KEY_ROUTES,
	KEY_FORMAT,
	KEY_TUNNEL_IF,
	KEY_ENGINE,
	KEY_ISA,
	KEY_READER,
	KEY_SOURCE,
	KEY_TRAFFIC,
	KEY_KEYS,
	KEY_SIZE,
	KEY_RATE,
	KEY_DURATION,
	KEY_ROUNDS,
	KEY_SEED,
	KEY_XDP_DEV,
	KEY_CHURN,
	KEY_VERIFY,
	KEY_QUICK,
};

extern const struct argp_option options_table[];

/* What the help says above and below the options. */
extern const char options_doc[];

#endif
