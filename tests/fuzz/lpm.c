/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table under any sequence of changes: the input is a program of inserts, removes and
 * publishes, and after each publish every lookup must equal the linear oracle's. A change that is
 * published alone is looked at alone, with its neighbours: most of those are made in place.
 */
#include <errno.h>
#include <string.h>

#include <cvpn/lpm.h>

#include "fuzz.h"
#include "linear.h"
#include "prefix.h"

/* Above the number of routes from which on the trie has its largest root. */
#define MAX_ROUTES 4200u
/* A publish costs far more than a change: some are enough to find what there is. */
#define MAX_PUBLISHES 3u
/* Those of single changes, which are in place, cost less: so many that blocks are used again. */
#define MAX_SINGLE_PUBLISHES 100u
/* Routes on each side of a single change that are looked at; in smaller tables all are. */
#define NEIGHBOURS 16u
/* Addresses around both ends of each route, and the ends of the space. */
#define ADDRS_A_ROUTE 4u

/* In the first byte of a step bit 0 is the family, bits 1 to 3 say what to do, and these how. */
#define STEP_PUBLISHES 0x80u /* behind this change, and looks near it alone */
#define STEP_RELATIVE  0x40u /* the prefix is made from that of a route that is there */
#define STEP_EXACT     0x20u /* it is that route's own */

struct input {
	const uint8_t *data;
	size_t size;
};

struct state {
	struct cvpn_lpm *table;
	struct linear_route routes[MAX_ROUTES]; /* sorted, each prefix once */
	size_t count;
	unsigned int publishes;
	unsigned int single_publishes;
};

/* The next byte of the input; behind its end, 0. */
static uint8_t next_byte(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

/* A prefix of any length: 4 bytes of address, put anywhere within it. */
static struct cvpn_lpm_prefix next_prefix(struct input *in, unsigned int family)
{
	struct cvpn_lpm_prefix prefix = { .family = (uint8_t)family };
	unsigned __int128 bits = 0;
	unsigned int at;

	prefix.len = (uint8_t)(next_byte(in) % (prefix_max_len(family) + 1));
	at = family == CVPN_LPM_IPV4 ? 0 : next_byte(in) % 97;
	for (unsigned int i = 0; i < 4; i++)
		bits = bits << 8 | next_byte(in);
	bits <<= 96 - at;
	prefix.addr = (struct cvpn_lpm_addr){ (uint64_t)(bits >> 64), (uint64_t)bits };
	prefix.addr = prefix_first(prefix.addr, prefix.len);
	return prefix;
}

/* The prefix of a route that is there, or one from it: of another length, with a bit changed. */
static struct cvpn_lpm_prefix next_relative(const struct state *s, struct input *in, bool exact)
{
	unsigned int at = next_byte(in), flip;
	struct cvpn_lpm_prefix prefix;

	at = at << 8 | next_byte(in);
	prefix = s->routes[at % s->count].prefix;
	if (exact)
		return prefix;
	prefix.len = (uint8_t)(next_byte(in) % (prefix_max_len(prefix.family) + 1));
	flip = next_byte(in) % prefix_max_len(prefix.family);
	if (flip < 64)
		prefix.addr.hi ^= 1ull << (63 - flip);
	else
		prefix.addr.lo ^= 1ull << (127 - flip);
	prefix.addr = prefix_first(prefix.addr, prefix.len);
	return prefix;
}

/* Where a prefix is among the routes, or belongs. */
static size_t find(const struct state *s, const struct cvpn_lpm_prefix *prefix)
{
	size_t from = 0, to = s->count;

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (prefix_compare(&s->routes[middle].prefix, prefix) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool is_at(const struct state *s, size_t at, const struct cvpn_lpm_prefix *prefix)
{
	return at < s->count && !prefix_compare(&s->routes[at].prefix, prefix);
}

/* Moves the routes from @from on to @to. */
static void move(struct state *s, size_t to, size_t from)
{
	memmove(&s->routes[to], &s->routes[from], (s->count - from) * sizeof(s->routes[0]));
}

static void insert(struct state *s, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	size_t at = find(s, prefix);
	uint16_t stored;

	if (s->count == MAX_ROUTES && !is_at(s, at, prefix))
		return;
	CHECK(cvpn_lpm_insert(s->table, prefix, value) == (value ? 0 : -EINVAL));
	if (!value)
		return;
	if (!is_at(s, at, prefix)) {
		move(s, at + 1, at);
		s->count++;
	}
	s->routes[at] = (struct linear_route){ *prefix, value };
	CHECK(cvpn_lpm_get(s->table, prefix, &stored) == 0 && stored == value);
}

static void remove_prefix(struct state *s, const struct cvpn_lpm_prefix *prefix)
{
	size_t at = find(s, prefix);
	bool there = is_at(s, at, prefix);
	uint16_t stored;

	CHECK(cvpn_lpm_remove(s->table, prefix) == (there ? 0 : -ENOENT));
	CHECK(cvpn_lpm_get(s->table, prefix, &stored) == -ENOENT);
	if (there) {
		move(s, at, at + 1);
		s->count--;
	}
}

/* Many neighbours of one length, with values in turn: that is how tables become large. */
static void insert_row(struct state *s, struct input *in, struct cvpn_lpm_prefix prefix)
{
	unsigned int n = next_byte(in), values = next_byte(in) + 1u;
	struct cvpn_lpm_addr last;

	for (unsigned int i = 0; i < n && s->count < MAX_ROUTES; i++) {
		insert(s, &prefix, (uint16_t)(1 + i % values));
		last = prefix_last(&prefix);
		if (prefix.family == CVPN_LPM_IPV4)
			last.hi += 1ull << 32;
		else if (!++last.lo)
			last.hi++;
		prefix.addr = last;
	}
}

/* Writes the addresses around both ends of a prefix. */
static void around_prefix(const struct cvpn_lpm_prefix *p, struct cvpn_lpm_addr *addrs)
{
	uint64_t hi_unit = p->family == CVPN_LPM_IPV4 ? 1ull << 32 : 0, lo_unit = !hi_unit;
	struct cvpn_lpm_addr first = p->addr, last = prefix_last(p);

	addrs[0] = first;
	addrs[1] = last;
	addrs[2] = (struct cvpn_lpm_addr){ first.hi - hi_unit - (first.lo < lo_unit),
					   first.lo - lo_unit };
	addrs[3] = (struct cvpn_lpm_addr){ last.hi + hi_unit + (lo_unit && last.lo == UINT64_MAX),
					   last.lo + lo_unit };
}

/* Which of the routes are to be looked at, and a prefix that need not be one of them. */
struct scope {
	size_t from, to;
	const struct cvpn_lpm_prefix *changed; /* or NULL */
};

static size_t boundary_addrs(const struct state *s, unsigned int family, const struct scope *scope,
			     struct cvpn_lpm_addr *addrs)
{
	size_t n = 0;

	for (size_t i = scope->from; i < scope->to; i++) {
		if (s->routes[i].prefix.family != family)
			continue;
		around_prefix(&s->routes[i].prefix, addrs + n);
		n += ADDRS_A_ROUTE;
	}
	if (scope->changed && scope->changed->family == family) {
		around_prefix(scope->changed, addrs + n);
		n += ADDRS_A_ROUTE;
	}
	addrs[n++] = (struct cvpn_lpm_addr){ 0 };
	addrs[n++] = prefix_last(&(struct cvpn_lpm_prefix){ .family = (uint8_t)family });
	return n;
}

/* What the lookups are asked for one family, and what the oracle says. */
struct probes {
	size_t count;
	struct cvpn_lpm_addr *addrs;
	uint32_t *addrs4; /* the same for IPv4 */
	uint16_t *expected;
	uint16_t *found;
};

static void *array(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	CHECK(memory);
	return memory;
}

static struct probes make_probes(const struct state *s, unsigned int family,
				 const struct scope *scope)
{
	size_t room = ADDRS_A_ROUTE * (scope->to - scope->from + 1) + 2;
	struct probes p = {
		.addrs = array(room, sizeof(*p.addrs)),
		.addrs4 = array(room, sizeof(*p.addrs4)),
		.expected = array(room, sizeof(*p.expected)),
		.found = array(room, sizeof(*p.found)),
	};

	p.count = boundary_addrs(s, family, scope, p.addrs);
	for (size_t i = 0; i < p.count; i++)
		p.addrs4[i] = (uint32_t)(p.addrs[i].hi >> 32);
	CHECK(!linear_lookup_many(s->routes, s->count, family, p.addrs, p.expected, p.count));
	return p;
}

static void free_probes(struct probes *p)
{
	free(p->addrs);
	free(p->addrs4);
	free(p->expected);
	free(p->found);
}

static void check_kernels(const struct cvpn_lpm_image *image, unsigned int family,
			  enum cvpn_lpm_isa isa, struct probes *p)
{
	const struct cvpn_lpm_kernels *kernels = cvpn_lpm_kernels(isa);

	if (!kernels)
		return;
	if (family == CVPN_LPM_IPV4)
		kernels->lookup4(image, p->addrs4, p->found, p->count);
	else
		kernels->lookup6(image, p->addrs, p->found, p->count);
	CHECK(!memcmp(p->found, p->expected, p->count * sizeof(*p->found)));
}

static void check_family(const struct state *s, unsigned int family, const struct scope *scope)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(s->table);
	struct probes p = make_probes(s, family, scope);

	for (enum cvpn_lpm_isa isa = 0; isa < CVPN_LPM_ISAS; isa++)
		check_kernels(image, family, isa, &p);
	for (size_t i = 0; i < p.count; i++) {
		if (family == CVPN_LPM_IPV4)
			CHECK(cvpn_lpm_lookup4_one(image, p.addrs4[i]) == p.expected[i]);
		else
			CHECK(cvpn_lpm_lookup6_one(image, p.addrs[i]) == p.expected[i]);
	}
	free_probes(&p);
}

static void publish(struct state *s)
{
	const struct scope all = { 0, s->count, NULL };

	CHECK(cvpn_lpm_publish(s->table) == 0);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		check_family(s, family, &all);
	CHECK(cvpn_lpm_count(s->table, CVPN_LPM_IPV4) + cvpn_lpm_count(s->table, CVPN_LPM_IPV6) ==
	      s->count);
}

/* Publishes a change of one prefix, and looks there. */
static void publish_single(struct state *s, const struct cvpn_lpm_prefix *prefix)
{
	size_t at = find(s, prefix);
	struct scope scope = { at > NEIGHBOURS ? at - NEIGHBOURS : 0, at + NEIGHBOURS, prefix };

	if (s->single_publishes++ >= MAX_SINGLE_PUBLISHES)
		return;
	if (scope.to > s->count)
		scope.to = s->count;
	CHECK(cvpn_lpm_publish(s->table) == 0);
	check_family(s, prefix->family, &scope);
}

static void change(struct state *s, struct input *in, uint8_t code,
		   const struct cvpn_lpm_prefix *prefix)
{
	uint16_t value;

	switch (code >> 1 & 7) {
	case 1:
		remove_prefix(s, prefix);
		break;
	case 2:
		insert_row(s, in, *prefix);
		break;
	case 3:
		value = next_byte(in);
		insert(s, prefix, (uint16_t)(value << 8 | next_byte(in)));
		break;
	default: /* small values, which are stored in few bits */
		insert(s, prefix, 1 + next_byte(in) % 4);
	}
}

static void step(struct state *s, struct input *in)
{
	uint8_t code = next_byte(in);
	struct cvpn_lpm_prefix prefix;

	if ((code >> 1 & 7) == 0) {
		publish(s);
		s->publishes++;
		return;
	}
	if (code & STEP_RELATIVE && s->count)
		prefix = next_relative(s, in, code & STEP_EXACT);
	else
		prefix = next_prefix(in, code & 1);
	change(s, in, code, &prefix);
	if (code & STEP_PUBLISHES)
		publish_single(s, &prefix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct state *s = calloc(1, sizeof(*s));

	CHECK(s && cvpn_lpm_create(&s->table) == 0);
	while (in.size && s->publishes < MAX_PUBLISHES)
		step(s, &in);
	publish(s);
	cvpn_lpm_destroy(s->table);
	free(s);
	return 0;
}
