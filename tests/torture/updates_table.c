/* SPDX-License-Identifier: BSD-2-Clause */
/* A table whose answers for some keys are known at each moment. */
#include "updates_table.h"

#include <errno.h>

const struct updates_kind updates_deep = {
	.chain_lens = {
		{ 18, 20, 22, 24, 26, 28, 31, 32 },
		{ 18, 32, 48, 62, 64, 72, 96, 128 },
	},
	.chain_values = { 255, 1000 },
};

const struct updates_kind updates_near = {
	.chain_lens = {
		{ 18, 19, 20, 21, 22, 23, 24, 24 },
		{ 18, 32, 48, 62, 64, 72, 96, 128 },
	},
	.chain_values = { 3, 3 },
};

/* Of each hundred changes, so many are of the chains. */
#define CHAIN_PERCENT 60u
/* Of the other routes few: then leaves are shared. */
#define OTHER_VALUES 3u

static struct cvpn_lpm_prefix block_prefix(const struct updates_table *t, unsigned int family,
					   unsigned int block)
{
	uint64_t base = family == CVPN_LPM_IPV4 ? 0x0a00ull << 48 : 0x2000ull << 48;
	unsigned int len = t->kind->chain_lens[family][0];

	return (struct cvpn_lpm_prefix){ { base + ((uint64_t)block << (64 - len)), 0 },
					 (uint8_t)len,
					 (uint8_t)family };
}

static struct cvpn_lpm_addr random_in(struct rng *rng, const struct cvpn_lpm_prefix *prefix)
{
	struct cvpn_lpm_addr addr = addr_randomize(prefix->addr, prefix->len, rng);

	if (prefix->family == CVPN_LPM_IPV4)
		addr = prefix_first(addr, 32);
	return addr;
}

static struct key *block_keys(struct updates_table *t, unsigned int family, unsigned int block)
{
	return &t->keys[family * KEYS + block * KEYS_A_BLOCK];
}

/* --- histories -------------------------------------------------------------------------------- */

static void history_add(struct history *h, unsigned long number, uint16_t value)
{
	unsigned long count = atomic_load(&h->count);
	unsigned long last = count ? atomic_load(&h->held[(count - 1) % HISTORY]) : 0;

	/* Of one update's changes the last one counts. */
	if (count && last >> 16 == number)
		count--;
	atomic_store(&h->held[count % HISTORY], number << 16 | value);
	atomic_store(&h->count, count + 1);
}

enum judgement history_judge(const struct history *h, uint16_t value, unsigned long oldest,
			     unsigned long newest)
{
	unsigned long count = atomic_load(&h->count), i = count;
	enum judgement judgement = HISTORY_NEVER;

	while (i && count - i < HISTORY - 1) {
		unsigned long held = atomic_load(&h->held[--i % HISTORY]), from = held >> 16;

		if (from <= newest && (held & 0xffff) == value)
			judgement = HISTORY_HELD;
		if (from <= oldest)
			break;
		if (!i || count - i == HISTORY - 1)
			return HISTORY_LOST;
	}
	/* One more may be in the making: its place is no longer what it was. */
	return atomic_load(&h->count) - i < HISTORY ? judgement : HISTORY_LOST;
}

static uint16_t value_of(const struct updates_table *t, const struct key *key)
{
	unsigned int i = key->chain_count;

	while (i && !t->routes[key->chain[i - 1]].value)
		i--;
	return i ? t->routes[key->chain[i - 1]].value : CVPN_LPM_NO_ROUTE;
}

/* Notes what the keys that a route holds are from update @number on. */
static void note_keys(struct updates_table *t, const struct changing_route *route,
		      unsigned long number)
{
	struct key *keys = block_keys(t, route->prefix.family, route->block);

	for (unsigned int i = 0; i < KEYS_A_BLOCK; i++)
		if (prefix_contains(&route->prefix, keys[i].addr))
			history_add(&keys[i].history, number, value_of(t, &keys[i]));
}

/* --- the table -------------------------------------------------------------------------------- */

/* The number of the route with this prefix, which is made if there is none. */
static unsigned int chain_route(struct updates_table *t, const struct cvpn_lpm_prefix *prefix,
				unsigned int block)
{
	unsigned int i = 0;

	while (i < t->count && prefix_compare(&t->routes[i].prefix, prefix))
		i++;
	if (i == t->count)
		t->routes[t->count++] = (struct changing_route){ *prefix, 0, block };
	return i;
}

static void make_key(struct updates_table *t, struct rng *rng, unsigned int family,
		     unsigned int number)
{
	unsigned int block = number / KEYS_A_BLOCK;
	struct cvpn_lpm_prefix near = block_prefix(t, family, block);
	struct key *key = &t->keys[family * KEYS + number];

	/* Half of the keys are near the one before: they share most of their chains. */
	if (number % KEYS_A_BLOCK % 2) {
		near.len = t->kind->chain_lens[family][rng_below(rng, MAX_CHAIN - 1)];
		near.addr = prefix_first(key[-1].addr, near.len);
	}
	key->addr = random_in(rng, &near);
	for (unsigned int i = 0; i < MAX_CHAIN; i++) {
		unsigned int len = t->kind->chain_lens[family][i];
		struct cvpn_lpm_prefix prefix = { prefix_first(key->addr, len), (uint8_t)len,
						  (uint8_t)family };

		key->chain[key->chain_count++] = chain_route(t, &prefix, block);
	}
}

static bool holds_a_key(struct updates_table *t, const struct cvpn_lpm_prefix *prefix,
			unsigned int block)
{
	struct key *keys = block_keys(t, prefix->family, block);

	for (unsigned int i = 0; i < KEYS_A_BLOCK; i++)
		if (prefix_contains(prefix, keys[i].addr))
			return true;
	return false;
}

/* A route that holds no key but lies near one, so that it shares its blocks of the image. */
static int make_other(struct updates_table *t, struct rng *rng, unsigned int family)
{
	struct changing_route route = { .value = (uint16_t)(1 + rng_below(rng, OTHER_VALUES)) };
	const uint8_t *lens = t->kind->chain_lens[family];
	unsigned int shortest = lens[0], longest = lens[MAX_CHAIN - 1];
	uint16_t there;

	do {
		unsigned int block = (unsigned int)rng_below(rng, BLOCKS);
		struct key *keys = block_keys(t, family, block);
		struct cvpn_lpm_prefix near = { .family = (uint8_t)family };
		unsigned int len;

		near.len = (uint8_t)(shortest + rng_below(rng, longest - shortest));
		near.addr = prefix_first(keys[rng_below(rng, KEYS_A_BLOCK)].addr, near.len);
		len = near.len + 1 + (unsigned int)rng_below(rng, longest - near.len);
		route.prefix = (struct cvpn_lpm_prefix){ prefix_first(random_in(rng, &near), len),
							 (uint8_t)len, (uint8_t)family };
		route.block = block;
	} while (holds_a_key(t, &route.prefix, route.block) ||
		 cvpn_lpm_get(t->lpm, &route.prefix, &there) == 0);
	t->routes[t->count++] = route;
	return cvpn_lpm_insert(t->lpm, &route.prefix, route.value);
}

static bool is_block(const struct updates_table *t, const struct changing_route *route)
{
	return route->prefix.len == t->kind->chain_lens[route->prefix.family][0];
}

/* Publishes the blocks' routes and the others, with the largest values that there will be. */
static int publish_first(struct updates_table *t)
{
	int err = 0;

	for (unsigned int i = 0; i < t->chain_routes && !err; i++) {
		struct changing_route *route = &t->routes[i];

		if (!is_block(t, route))
			continue;
		route->value = t->kind->chain_values[route->prefix.family];
		note_keys(t, route, 0);
		err = cvpn_lpm_insert(t->lpm, &route->prefix, route->value);
	}
	return err ? err : cvpn_lpm_publish(t->lpm);
}

int updates_table_init(struct updates_table *t, const struct updates_kind *kind,
		       struct cvpn_lpm *lpm, struct rng *rng)
{
	int err = 0;

	t->lpm = lpm;
	t->kind = kind;
	for (unsigned int i = 0; i < CVPN_LPM_FAMILIES * KEYS && !err; i++)
		make_key(t, rng, i / KEYS, i % KEYS);
	t->chain_routes = t->count;
	for (unsigned int i = 0; i < CVPN_LPM_FAMILIES * OTHERS && !err; i++)
		err = make_other(t, rng, i % CVPN_LPM_FAMILIES);
	return err ? err : publish_first(t);
}

void updates_table_free(struct updates_table *t)
{
	cvpn_lpm_destroy(t->lpm);
}

int updates_change(struct updates_table *t, struct rng *rng, unsigned long number)
{
	bool chain = rng_below(rng, 100) < CHAIN_PERCENT;
	struct changing_route *route;
	uint16_t values;

	if (chain)
		route = &t->routes[rng_below(rng, t->chain_routes)];
	else
		route = &t->routes[t->chain_routes + rng_below(rng, t->count - t->chain_routes)];
	values = chain ? t->kind->chain_values[route->prefix.family] : OTHER_VALUES;
	/* The blocks' own routes change their value, and are always there. */
	if (route->value && !is_block(t, route) && rng_below(rng, 3)) {
		route->value = 0;
		note_keys(t, route, number);
		return cvpn_lpm_remove(t->lpm, &route->prefix);
	}
	route->value = (uint16_t)(1 + rng_below(rng, values));
	note_keys(t, route, number);
	return cvpn_lpm_insert(t->lpm, &route->prefix, route->value);
}
