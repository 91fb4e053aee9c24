/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The comparison with the oracle finds an engine that is wrong: for one address among all, at
 * either end of a route, in bulk or singly, in any of its ways.
 */
#include <errno.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "lookup_stage.h"
#include "prefix.h"
#include "tables.h"

TestSuite(agreement, .fini = check_leaks);

/* What a lying engine gets wrong. */
static struct {
	struct cvpn_lpm_addr addr;
	enum variant variant;
	unsigned int way;
	size_t asked; /* keys so far */
} lie;

static void values(const struct engine_state *state, unsigned int way, enum variant variant,
		   const struct keys *keys, size_t from, size_t n, uint16_t *out)
{
	engine_linear.values(state, way, variant, keys, from, n, out);
	lie.asked += n;
	for (size_t i = 0; i < n; i++) {
		if (way == lie.way && variant == lie.variant &&
		    addr_equal(keys->addrs[from + i], lie.addr))
			out[i] ^= 1;
	}
}

static uint64_t pass(const struct engine_state *state, unsigned int way, const struct keys *keys,
		     size_t n)
{
	(void)state;
	(void)way;
	(void)keys;
	return n;
}

static const struct engine liar = {
	.name = "liar",
	.best_way = true,
	.values = values,
	.pass = { [VARIANT_BULK] = pass, [VARIANT_SINGLE] = pass },
};

/* Compares the liar, with two ways, on a table of one family. Returns what lookup_agree() does. */
static int agree(const char *spec, uint8_t family, size_t keys)
{
	struct options options = { .keys = keys, .traffics = 1u << TRAFFIC_UNIFORM, .seed = 1 };
	struct lookup_stage *s = calloc(1, sizeof(*s));
	struct report *report = calloc(1, sizeof(*report));
	struct engine_state state = {
		.family = family,
		.ways = { { .kernel = "one" }, { .kernel = "other", .bulk_only = true } },
		.way_count = 2,
	};
	struct route_error error;
	struct table *table;
	int err;

	cr_assert(s && report);
	cr_assert_eq(table_load(spec, 1, &table, &error), 0, "%s", error.text);
	state.table = table;
	*s = (struct lookup_stage){ .options = &options, .table = table, .report = report };
	s->runners[0].engine = &liar;
	s->runners[0].states[family] = &state;
	s->runner_count = 1;
	cr_assert_eq(lookup_sets_make(s), 0);
	err = lookup_agree(s);
	cr_assert_eq(err == -EBADMSG, report->disagreements > 0);
	cr_assert_eq(report->agreement_keys, lie.asked);
	for (size_t i = 0; i < s->set_count; i++)
		lookup_set_free(&s->sets[i]);
	table_free(table);
	free(report);
	free(s);
	return err;
}

/* The address is that of an end of a route of the table, or its neighbour. */
static void expect_found(const char *spec, uint8_t family, struct cvpn_lpm_addr addr)
{
	for (unsigned int way = 0; way < 2; way++) {
		for (enum variant variant = VARIANT_BULK; variant <= VARIANT_SINGLE; variant++) {
			/* Singly only the first way is ever timed. */
			bool timed = variant == VARIANT_BULK || way == 0;

			lie.addr = addr;
			lie.variant = variant;
			lie.way = way;
			lie.asked = 0;
			cr_assert_eq(agree(spec, family, 8), timed ? -EBADMSG : 0);
		}
	}
}

Test(agreement, an_honest_engine_agrees)
{
	lie.variant = VARIANTS;
	cr_assert_eq(agree("synth:bgp4:3000", CVPN_LPM_IPV4, 1000), 0);
	/* Of 3,000 routes four addresses each, and the keys; twice in bulk, once singly. */
	cr_assert_eq(lie.asked, 3 * (3000 * LOOKUP_EDGES + 1000));
}

static void every_end_is_compared(const char *spec, uint8_t family)
{
	struct cvpn_lpm_addr edges[LOOKUP_EDGES];
	struct route_error error;
	struct table *table;

	cr_assert_eq(table_load(spec, 1, &table, &error), 0, "%s", error.text);
	for (size_t i = 0; i < table->list.count; i += table->list.count / 3) {
		const struct cvpn_lpm_prefix *prefix = &table->list.routes[i].prefix;

		if (prefix->family != family)
			continue;
		lookup_edges(prefix, edges);
		cr_assert(addr_equal(edges[0], addr_before(family, prefix->addr)));
		cr_assert(addr_equal(edges[1], prefix->addr));
		cr_assert(addr_equal(edges[2], prefix_last(prefix)));
		cr_assert(addr_equal(edges[3], addr_after(family, prefix_last(prefix))));
		for (unsigned int e = 0; e < LOOKUP_EDGES; e++)
			expect_found(spec, family, edges[e]);
	}
	table_free(table);
}

Test(agreement, every_end_is_compared_ipv4)
{
	every_end_is_compared("synth:bgp4:50", CVPN_LPM_IPV4);
}

Test(agreement, every_end_is_compared_ipv6)
{
	every_end_is_compared("synth:bgp6:50", CVPN_LPM_IPV6);
}
