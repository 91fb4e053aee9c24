/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A family's whole address space in pieces: what the compiled table answers in each, and which route
 * decides there. Answers change only where a route begins or ends, so the space is cut there and
 * nothing is enumerated; marks cut it where somebody else wants to tell addresses apart.
 */
#ifndef BENCH_SPACE_H
#define BENCH_SPACE_H

#include <stdbool.h>

#include "table.h"

enum mark_flag {
	MARK_SPECIAL = 1 << 0,	/* loopback, link-local, multicast, broadcast: special.h */
	MARK_ENDPOINT = 1 << 1, /* the VPN's server */
	MARK_LOCAL = 1 << 2,	/* a local network: on the link of a physical interface */
	MARK_MAYBE = 1 << 3,  /* private and physical; the file does not say what is on the link */
	MARK_SELF = 1 << 4,   /* the machine itself */
	MARK_TUNNEL = 1 << 5, /* a route into the tunnel, which another of its prefix beat */
};

/* Something to know of a range of addresses. */
struct mark {
	struct route
		route; /* its prefix, and the line it comes from; the verdict is not looked at */
	unsigned int flags; /* enum mark_flag */
};

/* Addresses that the same marks and routes hold. */
struct piece {
	struct cvpn_lpm_addr first, last;
	uint16_t value;		     /* what the compiled table answers: index of table.verdicts */
	const struct route *route;   /* which decides, or NULL: none holds these addresses */
	unsigned int flags;	     /* of all marks that hold them */
	const struct route *special; /* the MARK_SPECIAL, or NULL */
	const struct route *local;   /* the shortest MARK_LOCAL or MARK_MAYBE, or NULL */
	const struct route *tunnel;  /* the longest route into the tunnel, or NULL */
};

/* The prefixes of different lengths that can hold one address, and the space itself. */
#define SPACE_MAX_NESTED 130

/* Where a walk is. Its own; but @at says where it failed. */
struct space_walk {
	const struct table *table;
	unsigned int family;
	struct cvpn_lpm_addr at; /* the first address of the next piece */
	bool finished;
	const struct route *route, *routes_end; /* the next to begin */
	const struct mark *mark, *marks_end;
	struct piece open[SPACE_MAX_NESTED]; /* the prefixes that hold @at, the longest last */
	unsigned int depth;
};

/**
 * space_walk_start() - begin with the first address
 * @walk:	set
 * @table:	loaded; not updated during the walk
 * @family:	whose space
 * @marks:	@count marks of this family by prefix_compare(), several with one prefix allowed;
 *		they outlive the walk
 * @count:	how many
 */
void space_walk_start(struct space_walk *walk, const struct table *table, unsigned int family,
		      const struct mark *marks, size_t count);

/**
 * space_walk_next() - the next piece
 * @walk:	started
 * @piece:	set; it begins behind the one before, and the last one ends with the space
 *
 * Return: 1; 0 behind the last piece; -EBADMSG when the compiled table does not answer what the
 * longest route says for the first or the last address of the piece at @walk->at.
 */
int space_walk_next(struct space_walk *walk, struct piece *piece);

#endif
