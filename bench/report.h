/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run found: results, agreement, warnings, and the ways to print them. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "churn.h"
#include "counters.h"
#include "environment.h"
#include "options.h"
#include "stats.h"
#include "table.h"
#include "traffic.h"

#define REPORT_NAME_BYTES    96
#define REPORT_WARNING_BYTES 640
#define REPORT_MAX_RESULTS   320u
#define REPORT_MAX_WARNINGS  32u

enum stage {
	STAGE_LOOKUP,
	STAGE_CHANGE, /* of the lookup stage, too: building and updating */
	STAGE_TUN,
	STAGE_XDP,
};

enum tun_figure {
	TUN_RATE, /* packets/s while the source runs */
	TUN_COST, /* ns of CPU time for each packet, draining a full ring */
};

/* A way to look up: how one engine was called. */
enum variant {
	VARIANT_BULK,	 /* many keys a call */
	VARIANT_SINGLE,	 /* one key a call */
	VARIANT_LATENCY, /* one key a call, each key needs the last answer */
	VARIANT_PACKET,	 /* one packet a call: parsed, looked up and decided, in the kernel */
	VARIANTS,
};

extern const char *const variant_names[VARIANTS];
extern const char *const family_names[CVPN_LPM_FAMILIES];

struct lookup_result {
	const char *engine;
	enum variant variant;
	const char *kernel; /* which instructions: "scalar" */
	uint8_t family;
	enum traffic traffic;
	size_t keys;
	double baseline_ns;	  /* of the empty loop, already subtracted */
	unsigned int entry_bytes; /* of the structure it reads; 0: not of one size */
	unsigned int output_bits; /* of each answer that a bulk call writes */
};

/* Changing what is looked up in. */
enum change_kind {
	CHANGE_BUILD,  /* from nothing to all routes */
	CHANGE_UPDATE, /* one route taken out, or put back */
	CHANGE_PUSH,   /* 100 routes in one step, two of them halves of the address space */
	/* These come of building: */
	CHANGE_FREE,   /* until the memory of all is given back */
	CHANGE_MEMORY, /* of all */
	CHANGES,
};

extern const char *const change_names[CHANGES];

struct change_result {
	const char *engine;
	enum change_kind kind;
	uint8_t family;
	unsigned int entry_bytes; /* as in struct lookup_result */
	size_t routes;		  /* in the structure */
};

/* What became of the packets: see path.h. */
struct tun_counts {
	uint64_t offered, refused;
	uint64_t received, tunnel, physical, drop, unparsed;
	uint64_t checked, disagreements; /* with --verify */
};

struct tun_result {
	enum tun_figure figure;
	const char *reader;
	const char *source;
	const char *family; /* ipv4, ipv6 or mixed */
	enum traffic traffic;
	uint32_t size;
	struct tun_counts counts;
	double source_ceiling;	   /* packets/s that the source alone puts into an empty ring */
	bool source_limited;	   /* rate: the source, not the reader, was the limit */
	struct estimate undecided; /* cost: the same without parse, lookup and count */
	struct estimate decision;  /* cost: what those add, by paired rounds */
};

struct xdp_result {
	const char *engine;
	const char *device; /* of --xdp-dev, NULL: a veth */
	const char *mode;   /* then: native or generic */
	const char *family; /* else this and what follows: ipv4, ipv6 or mixed */
	enum traffic traffic;
	uint32_t size;
	bool decides; /* counts verdicts; else it is the floor */
	struct tun_counts counts;
	double floor;		    /* packets/s of the program that only drops */
	struct estimate of_floor;   /* share of that, by paired rounds */
	struct churn_summary churn; /* of the updates meanwhile, if result.churned */
};

struct result {
	char name[REPORT_NAME_BYTES];
	enum stage stage;
	const char *unit;
	bool higher_is_better;
	struct estimate figure;
	struct samples samples; /* that the figure is of, in the order of the rounds */
	size_t warm_up;		/* how many more came before those, and were left out */
	bool churned;		/* taken while the table was updated */
	double kept;		/* then: of the rate without updates */
	struct counts counts;	/* of hardware_events[], for each lookup or packet */
	union {
		struct lookup_result lookup;
		struct change_result change;
		struct tun_result tun;
		struct xdp_result xdp;
	};
};

struct report {
	const struct options *options;
	struct table *table; /* which churn changes, and nothing else */
	struct environment environment;
	bool complete;		       /* false: interrupted */
	struct churn *churn;	       /* NULL without --churn */
	struct counters user_counters; /* of the measuring thread, in user space */
	struct counters counters;      /* and in the kernel, too */
	size_t agreement_keys;
	const char *agreement_engines[16];
	size_t agreement_engine_count;
	uint64_t disagreements;
	struct result results[REPORT_MAX_RESULTS];
	size_t result_count;
	char warnings[REPORT_MAX_WARNINGS][REPORT_WARNING_BYTES];
	size_t warning_count;
};

/* Room for one more result. The run plans fewer than REPORT_MAX_RESULTS. */
struct result *report_add(struct report *report);

/*
 * Gives a result of report_add() its samples, one a round and in that order, and the figure they
 * come to, without those of a warm-up. The samples are the result's from then on, and @samples is
 * empty.
 */
void report_set_figure(const struct report *report, struct result *result, struct samples *samples);

/* Frees what the results hold. */
void report_free_results(struct report *report);

/* Notes that a result, whose name and figure are set, was taken while the table was updated. */
void report_churned(struct report *report, struct result *result);

/* Adds a warning; the same text is kept once. */
__attribute__((format(printf, 2, 3))) void report_warn(struct report *report, const char *format,
						       ...);

/* Whether the counts of a TUN result add up: otherwise the run is void. */
bool report_counts_hold(const struct tun_counts *counts);

/* The same for a result of XDP; of --xdp-dev there is nothing to add up. */
bool report_xdp_holds(const struct xdp_result *xdp);

/* The share of the packets/s that 10 Gbit/s Ethernet carries in 64-byte frames. */
double report_of_line_rate(double packets_per_second);

/* Writes the table that people read. */
void report_text(const struct report *report, FILE *out);

/* The report by the schema cvpn-bench/1, the caller's to free; NULL: no memory. */
json_t *report_json(const struct report *report);

#endif
