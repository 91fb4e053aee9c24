/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lpm/formats/policy.h"
#include "output.h"

enum mode {
	MODE_NONE,
	MODE_LOOKUP,
	MODE_PPS,
	MODE_COMPARE,
	MODE_EXPLAIN,
	MODE_PRINT_ROUTES,
	MODE_DIFF,
	MODE_LEAKS,
	MODE_PROBE,
	MODE_MERGE,
};

/* Names chosen from a fixed set, as a bit for each; in the order of the set. */
typedef uint32_t name_set;

/* What a run is compared with, and what makes it fail. */
struct gate {
	const char *baseline;  /* the report of an earlier run, or NULL */
	const char *against;   /* another build of this program, or NULL */
	unsigned int launches; /* of each build */
	double max_regression; /* percent */
	/* The command line, from the program's name to a NULL, without the options of reports. */
	char **measuring;
};

struct options {
	enum mode mode;
	const char *routes;
	const char *format;    /* of @routes; NULL: recognised by content */
	const char *tunnel_if; /* see client_find_tunnel(); NULL: found */
	struct policy policy;  /* what is known of the endpoint */
	const char *explain;   /* an address, or "-" */
	const char *diff;      /* the table before */
	char *const *reports;  /* files to merge */
	size_t report_count;
	name_set engines;      /* indexes of engines[] */
	bool engines_given;    /* named on the command line, not the default */
	name_set isas;	       /* enum cvpn_lpm_isa, all of which this machine has */
	name_set readers;      /* indexes of readers[] */
	bool readers_given;    /* named on the command line, not the default */
	int source;	       /* index of sources[], or -1 for the best that works */
	name_set traffics;     /* enum traffic: of the lookups */
	name_set tun_traffics; /* enum traffic: of the TUN path */
	size_t keys;	       /* distinct lookups in a pass */
	uint32_t size;	       /* bytes of an Ethernet frame */
	uint64_t rate;	       /* packets/s offered, 0: as many as the source can */
	const char *xdp_dev;   /* an interface of the host, NULL: XDP runs on a veth */
	uint64_t churn;	       /* updates/s while measuring, 0: none */
	double duration;       /* seconds of live traffic for each reader */
	unsigned int rounds;
	uint64_t seed;
	bool verify;
	bool quick;
	bool quiet;
	struct output_target outputs[OUTPUTS];
	struct gate gate;
};

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* a run failed, was void or was interrupted */
	EXIT_USAGE = 2,	 /* wrong usage or unreadable input */
	EXIT_REGRESSION = 3,
	EXIT_INCONCLUSIVE = 4, /* too noisy, or compared with what is not comparable */
	EXIT_IMPOSSIBLE = 77,  /* this machine can not run what was asked */
};

/*
 * Reads the command line; prints an error and exits with EXIT_USAGE on one that makes no sense.
 * The caller frees what it holds with options_free().
 */
void options_parse(int argc, char **argv, struct options *options);

void options_free(struct options *options);

/* The mode's name, as in the command line. */
const char *mode_name(enum mode mode);

#endif
