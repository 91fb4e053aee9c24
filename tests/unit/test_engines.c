/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every engine against the linear oracle, in all of its ways: on tables made to be awkward, while
 * they change, and that a timed pass looks up what was compared. Engines that this build does not
 * have are left out.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "engine.h"
#include "formats/route_list.h"
#include "leaks.h"
#include "linear.h"
#include "prefix.h"
#include "table_text.h"
#include "tables.h"

TestSuite(engines, .fini = check_leaks);

#define RANDOM_ADDRS 2000u

/* --- tables and keys ---------------------------------------------------------------------- */

/* A random table of one family, whose values are tunnels to as many next hops. */
static struct table *load_random(struct rng *rng, unsigned int family, size_t count,
				 uint16_t max_value)
{
	struct linear_route *routes = random_table(rng, family, count, max_value);
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	struct table *table;

	cr_assert_not_null(out);
	for (size_t i = 0; i < count; i++) {
		char prefix[PREFIX_TEXT];

		prefix_format(&routes[i].prefix, prefix);
		fprintf(out, "%s tunnel:%u\n", prefix, routes[i].value - 1u);
	}
	fclose(out);
	table = table_of_text("plain", text);
	free(text);
	free(routes);
	return table;
}

struct key_forms {
	struct keys keys;
	struct addr_list list;
	uint32_t *v4;
	uint8_t (*bytes)[16];
	uint16_t *expected;
};

static void make_keys(struct key_forms *f, const struct table *table, uint8_t family)
{
	struct rng rng = { 7 };
	size_t n;

	*f = (struct key_forms){ 0 };
	add_boundaries(&f->list, table->linear, table->list.count, family);
	add_random(&f->list, &rng, table->linear, table->list.count, family, RANDOM_ADDRS);
	n = f->list.count;
	f->v4 = calloc(n, sizeof(*f->v4));
	f->bytes = calloc(n, sizeof(*f->bytes));
	f->expected = calloc(n, sizeof(*f->expected));
	cr_assert(f->v4 && f->bytes && f->expected);
	for (size_t i = 0; i < n; i++) {
		f->v4[i] = (uint32_t)(f->list.addrs[i].hi >> 32);
		for (unsigned int bit = 0; bit < 128; bit++)
			f->bytes[i][bit / 8] |= (uint8_t)(addr_bit(f->list.addrs[i], bit)
							  << (7 - bit % 8));
	}
	f->keys = (struct keys){
		.family = family,
		.count = n,
		.addrs = f->list.addrs,
		.v4 = family == CVPN_LPM_IPV4 ? f->v4 : NULL,
		.bytes = family == CVPN_LPM_IPV6 ? (const uint8_t(*)[16])f->bytes : NULL,
	};
	cr_assert_eq(linear_lookup_many(table->linear, table->list.count, family, f->list.addrs,
					f->expected, n),
		     0);
}

static void free_keys(struct key_forms *f)
{
	addr_list_free(&f->list);
	free(f->v4);
	free(f->bytes);
	free(f->expected);
}

/* --- checks ------------------------------------------------------------------------------- */

static uint16_t expected_of(const struct engine *engine, const struct key_forms *f, size_t i)
{
	if (engine->exempt && engine->exempt(f->keys.family, f->keys.addrs[i]))
		return CVPN_LPM_NO_ROUTE;
	return f->expected[i];
}

static void check_values(const struct engine *engine, const struct engine_state *state,
			 unsigned int way, enum variant variant, const struct key_forms *f)
{
	static uint16_t values[ENGINE_MAX_PIECE];
	size_t piece = engine->piece ? engine->piece : ENGINE_BULK;

	for (size_t from = 0; from < f->keys.count; from += piece) {
		size_t left = f->keys.count - from, count = left < piece ? left : piece;

		engine->values(state, way, variant, &f->keys, from, count, values);
		for (size_t i = 0; i < count; i++)
			cr_assert_eq(values[i], expected_of(engine, f, from + i),
				     "%s %s %u B %s: %016llx:%016llx gave %u, not %u", engine->name,
				     state->ways[way].kernel, state->ways[way].entry_bytes,
				     variant_names[variant],
				     (unsigned long long)f->list.addrs[from + i].hi,
				     (unsigned long long)f->list.addrs[from + i].lo, values[i],
				     expected_of(engine, f, from + i));
	}
}

static void check_pass(const struct engine *engine, const struct engine_state *state,
		       unsigned int way, enum variant variant, const struct key_forms *f)
{
	uint64_t expected = 0;

	for (size_t i = 0; i < f->keys.count; i++)
		expected += expected_of(engine, f, i);
	cr_assert_eq(engine->pass[variant](state, way, &f->keys, f->keys.count), expected,
		     "%s %s %s: the timed pass looked something else up", engine->name,
		     state->ways[way].kernel, variant_names[variant]);
}

static void check_state(const struct engine *engine, const struct engine_state *state,
			const struct key_forms *f)
{
	cr_assert_gt(state->way_count, 0);
	for (unsigned int way = 0; way < state->way_count; way++) {
		for (enum variant variant = 0; variant < VARIANTS; variant++) {
			if (!engine->pass[variant])
				continue;
			if (variant != VARIANT_BULK && state->ways[way].bulk_only)
				continue;
			if (variant != VARIANT_LATENCY)
				check_values(engine, state, way, variant, f);
			check_pass(engine, state, way, variant, f);
		}
	}
}

static bool usable(const struct engine *engine)
{
	struct engine_error error;

	if (!engine->start || engine->start(&error) == 0)
		return true;
	cr_assert(error.text[0]);
	return false;
}

static void stop_all(void)
{
	for (unsigned int e = 0; e < engine_count; e++) {
		if (engines[e]->stop)
			engines[e]->stop();
	}
}

static struct engine_state *build(const struct engine *engine, const struct table *table,
				  uint8_t family)
{
	struct engine_error error = { "" };
	struct engine_state *state;

	cr_assert_eq(engine->build(table, family, &state, &error), 0, "%s: %s", engine->name,
		     error.text);
	return state;
}

static void check_table(const struct table *table)
{
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct key_forms keys;

		if (!table->list.of_family[family])
			continue;
		make_keys(&keys, table, family);
		for (unsigned int e = 0; e < engine_count; e++) {
			struct engine_state *state;

			if (engines[e]->no_verdicts || !usable(engines[e]))
				continue;
			state = build(engines[e], table, family);
			check_state(engines[e], state, &keys);
			engines[e]->free(state);
		}
		free_keys(&keys);
	}
}

static void check_text(const char *text)
{
	struct table *table = table_of_text("plain", text);

	check_table(table);
	table_free(table);
	stop_all();
}

/* --- tests -------------------------------------------------------------------------------- */

Test(engines, default_routes)
{
	check_text("0.0.0.0/0 tunnel:4\n::/0 physical\n");
}

Test(engines, default_routes_with_more)
{
	check_text("0.0.0.0/0\n10.0.0.0/8 physical\n10.1.2.3/32 drop\n255.255.255.255/32 physical\n"
		   "::/0\n2001:db8::/32 physical\n2001:db8::1/128 drop\n"
		   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128 physical\n");
}

Test(engines, two_halves)
{
	check_text("0.0.0.0/1\n128.0.0.0/1 physical\n198.51.100.7/32 drop\n"
		   "::/1\n8000::/1 physical\n2001:db8:0:1::/64 drop\n");
}

Test(engines, host_routes_at_both_ends)
{
	check_text("0.0.0.0/32\n255.255.255.255/32 physical\n0.0.0.255/32 drop\n0.0.1.0/32\n"
		   "::/128\nffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128 physical\n::ff/128 drop\n");
}

Test(engines, every_length)
{
	char text[16384];
	size_t n = 0;

	for (unsigned int len = 0; len <= 32; len++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "0.0.0.0/%u tunnel:%u\n", len,
				      len);
	for (unsigned int len = 0; len <= 128; len++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "::/%u tunnel:%u\n", len, len);
	check_text(text);
}

Test(engines, many_host_routes_close_together)
{
	char text[32768];
	size_t n = 0;

	/* More blocks of 256 addresses than 127, the most that one-byte entries can tell apart. */
	for (unsigned int i = 0; i < 600; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "10.0.%u.%u/32 tunnel:%u\n",
				      i / 4, i % 4 * 50, i % 3);
	check_text(text);
}

static void check_random(unsigned int family, uint16_t max_value)
{
	static const size_t sizes[] = { 1, 2, 17, 300, 2000 };
	struct rng rng = { 5 + family + max_value };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct table *table = load_random(&rng, family, sizes[s], max_value);

		check_table(table);
		table_free(table);
	}
	stop_all();
}

Test(engines, random_ipv4_few_values)
{
	check_random(CVPN_LPM_IPV4, 2);
}

Test(engines, random_ipv4_many_values)
{
	check_random(CVPN_LPM_IPV4, 60000);
}

Test(engines, random_ipv6_few_values)
{
	check_random(CVPN_LPM_IPV6, 2);
}

Test(engines, random_ipv6_many_values)
{
	check_random(CVPN_LPM_IPV6, 60000);
}

/*
 * Takes out every third route, compares, and puts them back. Routes that end with the address space
 * stay: DPDK's FIB (22.11) overwrites others when one of them changes that holds another.
 */
static bool changes(const struct linear_route *routes, size_t i)
{
	struct cvpn_lpm_prefix all = { .family = routes[i].prefix.family };

	return i % 3 == 0 && !addr_equal(prefix_last(&routes[i].prefix), prefix_last(&all));
}

static void check_updates(const struct engine *engine, struct table *table, uint8_t family)
{
	struct engine_state *state = build(engine, table, family);
	struct linear_route *all = table->linear;
	enum variant variant = engine->pass[VARIANT_BULK] ? VARIANT_BULK : VARIANT_SINGLE;
	size_t count = table->list.count, kept = 0;
	struct linear_route *some = calloc(count, sizeof(*some));
	struct key_forms keys;

	cr_assert_not_null(some);
	for (unsigned int way = 0; way < state->way_count; way++) {
		kept = 0;
		for (size_t i = 0; i < count; i++) {
			if (!changes(all, i))
				some[kept++] = all[i];
			else
				cr_assert_eq(engine->update(state, way, &all[i].prefix,
							    CVPN_LPM_NO_ROUTE),
					     0);
		}
		table->linear = some;
		table->list.count = kept;
		make_keys(&keys, table, family);
		check_values(engine, state, way, variant, &keys);
		free_keys(&keys);
		table->linear = all;
		table->list.count = count;
		for (size_t i = 0; i < count; i++) {
			if (changes(all, i))
				cr_assert_eq(
					engine->update(state, way, &all[i].prefix, all[i].value),
					0);
		}
		make_keys(&keys, table, family);
		check_values(engine, state, way, variant, &keys);
		free_keys(&keys);
		if (engine->renew)
			cr_assert_eq(engine->renew(state, way), 0);
	}
	engine->free(state);
	free(some);
}

static void updates(unsigned int family)
{
	struct rng rng = { 11 };
	struct table *table = load_random(&rng, family, 200, 60000);

	for (unsigned int e = 0; e < engine_count; e++) {
		if (usable(engines[e]) && engines[e]->update)
			check_updates(engines[e], table, (uint8_t)family);
	}
	table_free(table);
	stop_all();
}

Test(engines, updates_ipv4)
{
	updates(CVPN_LPM_IPV4);
}

Test(engines, updates_ipv6)
{
	updates(CVPN_LPM_IPV6);
}

Test(engines, building_again_leaves_the_first)
{
	struct rng rng = { 13 };

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct table *table = load_random(&rng, family, 100, 3);
		struct key_forms keys;

		make_keys(&keys, table, family);
		for (unsigned int e = 0; e < engine_count; e++) {
			struct engine_state *state;

			if (!usable(engines[e]) || !engines[e]->rebuild)
				continue;
			state = build(engines[e], table, family);
			for (unsigned int way = 0; way < state->way_count; way++) {
				int64_t free_ns;

				cr_assert_gt(engines[e]->rebuild(state, way, &free_ns), 0);
			}
			check_state(engines[e], state, &keys);
			engines[e]->free(state);
		}
		free_keys(&keys);
		table_free(table);
	}
	stop_all();
}

/* More values than entries of one, or of two, bytes can tell apart. */
Test(engines, entries_that_are_too_small_are_not_used)
{
	static const struct {
		uint32_t verdicts;
		unsigned int smallest;
	} cases[] = { { 127, 1 }, { 128, 2 }, { 32767, 2 }, { 32768, 4 } };

	if (!usable(&engine_dpdk_fib))
		cr_skip_test("this build has no DPDK");
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		char *text = NULL;
		size_t bytes = 0;
		FILE *out = open_memstream(&text, &bytes);
		struct engine_state *state;
		struct table *table;

		for (uint32_t i = 0; i < cases[c].verdicts; i++)
			fprintf(out, "10.%u.%u.0/24 tunnel:%u\n", i / 256, i % 256, i);
		fclose(out);
		table = table_of_text("plain", text);
		state = build(&engine_dpdk_fib, table, CVPN_LPM_IPV4);
		cr_assert_eq(state->ways[0].entry_bytes, cases[c].smallest);
		engine_dpdk_fib.free(state);
		table_free(table);
		free(text);
	}
	stop_all();
}

Test(engines, the_floor_reads_all_of_its_array)
{
	struct table *table = table_of_text("plain", "0.0.0.0/0\n::/0\n");

	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct engine_state *state = build(&engine_floor, table, family);
		struct key_forms keys;

		make_keys(&keys, table, family);
		/* Its bytes are all 1: under the sanitizers a read beyond it ends the test. */
		for (unsigned int way = 0; way < state->way_count; way++)
			cr_assert_eq(engine_floor.pass[VARIANT_BULK](state, way, &keys.keys,
								     keys.keys.count),
				     keys.keys.count * 0x0101);
		for (enum variant variant = VARIANT_SINGLE; variant < VARIANT_PACKET; variant++)
			cr_assert_eq(
				engine_floor.pass[variant](state, 0, &keys.keys, keys.keys.count),
				keys.keys.count * 0x01010101ull);
		free_keys(&keys);
		engine_floor.free(state);
	}
	table_free(table);
}

Test(engines, starting_dpdk_moves_nobody)
{
	cpu_set_t before, after;

	sched_getaffinity(0, sizeof(before), &before);
	if (!usable(&engine_dpdk_fib))
		cr_skip_test("this build has no DPDK");
	sched_getaffinity(0, sizeof(after), &after);
	cr_assert(CPU_EQUAL(&before, &after));
	cr_assert(usable(&engine_dpdk_lpm), "the second start is no other");
	stop_all();
}

Test(engines, dpdk_says_why_it_can_not_start_again)
{
	struct engine_error error = { "" };

	if (!usable(&engine_dpdk_fib))
		cr_skip_test("this build has no DPDK");
	stop_all();
	cr_assert_eq(engine_dpdk_fib.start(&error), -EALREADY);
	cr_assert(error.text[0]);
}
