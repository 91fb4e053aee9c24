/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing tables, prefix by prefix in their common order. */
#include "route_diff.h"

#include <errno.h>
#include <stdlib.h>

#include "../prefix.h"

#define FIRST_CAPACITY 64u

/* A table as it is walked: what it has of one prefix. */
struct cursor {
	const struct route_list *list;
	bool rows; /* what a client's system has, not only what counts */
	size_t at; /* behind this prefix */
	bool ended;
	struct cvpn_lpm_prefix prefix;
	struct verdict first; /* the one that counts */
	unsigned int kinds;   /* a bit for each enum verdict_kind; 0: neighbours alone */
};

static void take_row(struct cursor *c, const struct client_route *row)
{
	if (row->flags & CLIENT_CLONED)
		return;
	if (!c->kinds)
		c->first = (struct verdict){ .kind = row->verdict };
	c->kinds |= 1u << row->verdict;
}

static void next_rows(struct cursor *c)
{
	const struct client_table *table = &c->list->client;

	while (c->at < table->count && table->routes[c->at].flags & CLIENT_UNUSED)
		c->at++;
	c->ended = c->at == table->count;
	c->kinds = 0;
	if (c->ended)
		return;
	c->prefix = table->routes[c->at].prefix;
	for (; c->at < table->count && !prefix_compare(&table->routes[c->at].prefix, &c->prefix);
	     c->at++) {
		if (!(table->routes[c->at].flags & CLIENT_UNUSED))
			take_row(c, &table->routes[c->at]);
	}
}

static void next(struct cursor *c)
{
	if (c->rows) {
		next_rows(c);
		return;
	}
	c->ended = c->at == c->list->count;
	if (c->ended)
		return;
	c->prefix = c->list->routes[c->at].prefix;
	c->first = c->list->routes[c->at].verdict;
	c->kinds = 1u << c->first.kind;
	c->at++;
}

static int add(struct route_diff *diff, const struct cursor *c, struct verdict verdict, bool added)
{
	if (diff->count == diff->capacity) {
		size_t capacity = diff->capacity ? diff->capacity * 2 : FIRST_CAPACITY;
		struct route_change *changes = realloc(diff->changes, capacity * sizeof(*changes));

		if (!changes)
			return -ENOMEM;
		diff->changes = changes;
		diff->capacity = capacity;
	}
	diff->changes[diff->count++] = (struct route_change){ c->prefix, verdict, added };
	return 0;
}

/* Adds each verdict of @kinds. Only what counts has a next hop. */
static int add_kinds(struct route_diff *diff, const struct cursor *c, unsigned int kinds,
		     bool added)
{
	int err = 0;

	for (uint8_t kind = 0; kind < VERDICT_KINDS && !err; kind++) {
		struct verdict verdict = { .kind = kind };

		if (kind == c->first.kind)
			verdict = c->first;
		if (kinds >> kind & 1)
			err = add(diff, c, verdict, added);
	}
	return err;
}

/* A prefix that one table has. */
static int add_side(struct route_diff *diff, const struct cursor *c, bool added)
{
	if (!c->kinds && !diff->neighbours++)
		diff->neighbour = c->prefix;
	return add_kinds(diff, c, c->kinds, added);
}

/* A prefix that both have. */
static int add_both(struct route_diff *diff, const struct cursor *before,
		    const struct cursor *after)
{
	unsigned int gone = before->kinds & ~after->kinds, more = after->kinds & ~before->kinds;
	bool turned = before->first.kind != after->first.kind ||
		      before->first.next_hop != after->first.next_hop;
	int err;

	if (!gone && !more && turned && before->kinds) {
		gone = 1u << before->first.kind;
		more = 1u << after->first.kind;
	}
	err = add_kinds(diff, before, gone, false);
	return err ? err : add_kinds(diff, after, more, true);
}

int route_diff(const struct route_list *before, const struct route_list *after,
	       struct route_diff *diff)
{
	bool rows = before->client.format && after->client.format;
	struct cursor b = { .list = before, .rows = rows }, a = { .list = after, .rows = rows };
	int err = 0;

	*diff = (struct route_diff){ 0 };
	next(&b);
	next(&a);
	while (!err && !(b.ended && a.ended)) {
		int order = b.ended ? 1 : a.ended ? -1 : prefix_compare(&b.prefix, &a.prefix);

		if (!order)
			err = add_both(diff, &b, &a);
		else
			err = order < 0 ? add_side(diff, &b, false) : add_side(diff, &a, true);
		if (order <= 0)
			next(&b);
		if (order >= 0)
			next(&a);
	}
	return err;
}

void route_diff_free(struct route_diff *diff)
{
	free(diff->changes);
	*diff = (struct route_diff){ 0 };
}
