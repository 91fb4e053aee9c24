/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A route table as a client has it: prefixes with their verdicts, each with the line it stood in.
 * Every input format fills one of these.
 */
#ifndef LPM_FORMATS_ROUTE_LIST_H
#define LPM_FORMATS_ROUTE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cvpn/lpm.h>

#include "client.h"
#include "policy.h"

enum verdict_kind {
	VERDICT_DROP, /* also: no route matches */
	VERDICT_TUNNEL,
	VERDICT_PHYSICAL,
	VERDICT_KINDS,
};

/* Where a packet goes. Only tunnel and physical have a next hop. */
struct verdict {
	uint8_t kind;	   /* enum verdict_kind */
	uint16_t next_hop; /* 0 to VERDICT_MAX_NEXT_HOP */
};

#define VERDICT_MAX_NEXT_HOP 65533u

/* The longest text of a verdict, "physical:65533", and its end. */
#define VERDICT_TEXT 16
/* The longest text of a prefix, an IPv6 address with "/128", and its end. */
#define PREFIX_TEXT 52

struct route {
	struct cvpn_lpm_prefix prefix;
	struct verdict verdict;
	uint32_t line; /* 0 for a generated route */
};

struct route_list {
	char *name;	      /* the file, for messages */
	struct route *routes; /* sorted by prefix_compare(), each prefix once */
	size_t count;
	size_t capacity;
	size_t of_family[CVPN_LPM_FAMILIES];
	/* What was odd, but no error. */
	size_t duplicates;	 /* lines that repeat a prefix with the same verdict */
	uint32_t duplicate_line; /* the first of them */
	bool unfinished_line;	 /* the last line does not end in a newline */
	/* What the user must know of how the file was read: always shown. */
	char **warnings;
	size_t warning_count;
	struct client_table client; /* what the routes were made of; empty for plain ones */
};

/* Why a table could not be read: one sentence, with file and line where there are any. */
struct route_error {
	char text[512];
};

/* Where routes come from, and how they are to be understood. */
struct route_source {
	/* A file, "-" for standard input, "synth:KIND:COUNT", or POLICY_SPEC. */
	const char *spec;
	uint64_t seed;	    /* of generated tables: the same seed, the same table */
	const char *format; /* a name of formats.h; NULL or "auto": recognised by content */
	/* The tunnel's interfaces, separated by commas; "none"; or NULL: they are found. */
	const char *tunnel_if;
	bool tunnel_optional; /* a name that the table does not have is no error */
	/* Another table of the same machine, or NULL: an interface of both is the same. Borrowed. */
	const struct client_table *known;
	/* What is known of the endpoint, or NULL: then the routes are pushed ones. Borrowed. */
	const struct policy *policy;
	bool empty_allowed; /* a client's file without routes may still have facts */
};

/**
 * route_list_load_from() - read or generate a route table
 * @source:	where from and how
 * @list:	filled and sorted; the caller frees it with route_list_free(), after an error too
 * @error:	filled on error
 *
 * Return: 0; -EINVAL for what can not be understood; -ENOMEM; else what open() or read() gave.
 */
int route_list_load_from(const struct route_source *source, struct route_list *list,
			 struct route_error *error);

/* The same in whatever format the file has, and the tunnel's interface found. */
int route_list_load(const char *spec, uint64_t seed, struct route_list *list,
		    struct route_error *error);

/**
 * route_list_read() - read an open file
 * @file:	read to its end, not closed
 * @source:	how; its @spec is not looked at
 * @list:	with its @name set; filled and sorted
 * @error:	filled on error
 *
 * Return: as route_list_load_from().
 */
int route_list_read(FILE *file, const struct route_source *source, struct route_list *list,
		    struct route_error *error);

void route_list_free(struct route_list *list);

/* Appends a route. Returns 0 or -ENOMEM. For the formats. */
int route_list_add(struct route_list *list, const struct route *route);

/* Adds a warning. Returns 0 or -ENOMEM. */
__attribute__((format(printf, 2, 3))) int route_list_warn(struct route_list *list,
							  const char *format, ...);

/**
 * route_list_sort() - bring a list into its final form: sorted, no prefix twice
 * @list:	as the format filled it
 * @error:	filled on error
 *
 * Return: 0; -EINVAL when a prefix stands there with two verdicts.
 */
int route_list_sort(struct route_list *list, struct route_error *error);

/**
 * route_list_digest() - a fingerprint of the table: prefixes and verdicts, not lines or name
 * @list:	a sorted list
 *
 * Return: 64-bit FNV-1a over the routes in order, the same on every machine.
 */
uint64_t route_list_digest(const struct route_list *list);

/* Writes "ADDRESS/LEN" and its end; at most PREFIX_TEXT bytes. */
void prefix_format(const struct cvpn_lpm_prefix *prefix, char *text);

/* Writes "tunnel", "tunnel:N", "physical", "physical:N" or "drop" and its end. */
void verdict_format(struct verdict verdict, char *text);

/* Reads "IPv4" or "IPv6" text into an address. Returns 0 or -EINVAL. */
int addr_parse(const char *text, uint8_t *family, struct cvpn_lpm_addr *addr);

/* Writes an address as text and its end; at most PREFIX_TEXT bytes. */
void addr_format(uint8_t family, struct cvpn_lpm_addr addr, char *text);

/* Fills the list unsorted. Same returns as route_list_load(). */
int synth_generate(const char *kind, uint64_t seed, struct route_list *list,
		   struct route_error *error);

#endif
