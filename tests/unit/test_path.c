/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet path of a burst, with what is no packet among it, and that --verify sees errors. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "path.h"
#include "source.h"
#include "table_text.h"
#include "tun_stage.h"

TestSuite(path, .fini = check_leaks);

#define PACKET_BYTES 46u

static const char routes[] = "0.0.0.0/1 tunnel:3\n"
			     "10.0.0.0/8 physical\n"
			     "192.0.2.0/24 drop\n"
			     "2001:db8::/32 tunnel\n";

static struct table *load(void)
{
	struct table *table = table_of_text("plain", routes);

	table->kernels = cvpn_lpm_kernels(CVPN_LPM_SCALAR);
	return table;
}

/* A burst of packets, each with room of its own. */
struct burst {
	uint8_t bytes[READER_BURST][PACKET_BYTES];
	struct packet packets[READER_BURST];
	uint32_t n;
};

static void add(struct burst *burst, const struct source_head *head, uint32_t len)
{
	uint8_t *bytes = burst->bytes[burst->n];

	memcpy(bytes, head->bytes, len < SOURCE_HEAD_BYTES ? len : SOURCE_HEAD_BYTES);
	burst->packets[burst->n++] = (struct packet){ bytes, len };
}

static void add4(struct burst *burst, uint32_t destination, uint32_t index)
{
	struct source_head head;

	source_head_ipv4(&head, destination, PACKET_BYTES, index);
	add(burst, &head, PACKET_BYTES);
}

static void add6(struct burst *burst, uint64_t hi, uint32_t index)
{
	struct source_head head;

	source_head_ipv6(&head, hi, 1, PACKET_BYTES, index);
	add(burst, &head, PACKET_BYTES);
}

Test(path, counts_each_verdict_and_what_is_no_packet)
{
	struct source_head garbage = { { 0xff } }, truncated;
	struct tun_counts counts = { .received = 100 };
	struct decisions *d = calloc(1, sizeof(*d));
	struct burst *burst = calloc(1, sizeof(*burst));
	struct table *table = load();

	add4(burst, 0x01020304, 0);	    /* tunnel:3 */
	add(burst, &garbage, PACKET_BYTES); /* version 15 */
	add6(burst, 0x20010db800000000, 1); /* tunnel */
	add4(burst, 0x0a000001, 2);	    /* physical */
	add4(burst, 0xc0000201, 3);	    /* drop */
	add(burst, &garbage, 0);	    /* nothing at all */
	add4(burst, 0xdeadbeef, 4);	    /* no route: drop */
	add6(burst, 0x3000000000000000, 5); /* no route: drop */
	source_head_ipv4(&truncated, 0x01020304, PACKET_BYTES, 6);
	add(burst, &truncated, 30); /* less than its header says */
	path_decide(table, burst->packets, burst->n, d, &counts);
	cr_assert_eq(counts.received, 109);
	cr_assert_eq(counts.tunnel, 2);
	cr_assert_eq(counts.physical, 1);
	cr_assert_eq(counts.drop, 3);
	cr_assert_eq(counts.unparsed, 3);
	cr_assert_eq(d->n4, 4);
	cr_assert_eq(d->n6, 2);
	/* Each destination with its place in the burst. */
	cr_assert(d->slots4[0] == 0 && d->slots4[1] == 3 && d->slots4[3] == 6);
	cr_assert(d->slots6[0] == 2 && d->slots6[1] == 7);
	cr_assert(d->addrs4[1] == 0x0a000001 && d->addrs6[1].hi == 0x3000000000000000);
	cr_assert_eq(table->verdicts[d->values4[0]].next_hop, 3);
	free(burst);
	free(d);
	table_free(table);
}

Test(path, an_empty_burst_counts_nothing)
{
	struct tun_counts counts = { 0 }, zero = { 0 };
	struct decisions *d = calloc(1, sizeof(*d));
	struct table *table = load();

	path_decide(table, NULL, 0, d, &counts);
	cr_assert_eq(memcmp(&counts, &zero, sizeof(zero)), 0);
	free(d);
	table_free(table);
}

/* The path's decisions on two packets, and the pattern they are taken from. */
struct verified {
	struct tun_stage stage;
	struct decisions decisions;
	uint32_t indexes[READER_BURST];
};

static struct verified *make_verified(struct table *table)
{
	struct verified *v = calloc(1, sizeof(*v));
	struct burst *burst = calloc(1, sizeof(*burst));
	struct tun_counts counts = { 0 };

	v->stage.table = table;
	v->stage.pattern.expected = calloc(SOURCE_PATTERN, sizeof(*v->stage.pattern.expected));
	add4(burst, 0x0a000001, 7);
	add6(burst, 0x20010db800000000, 9);
	path_decide(table, burst->packets, burst->n, &v->decisions, &counts);
	v->stage.pattern.heads = calloc(SOURCE_PATTERN, sizeof(*v->stage.pattern.heads));
	source_head_ipv4(&v->stage.pattern.heads[7], 0x0a000001, PACKET_BYTES, 7);
	source_head_ipv6(&v->stage.pattern.heads[9], 0x20010db800000000, 1, PACKET_BYTES, 9);
	v->stage.pattern.expected[7] = v->decisions.values4[0];
	v->stage.pattern.expected[9] = v->decisions.values6[0];
	v->indexes[0] = 7;
	v->indexes[1] = 9;
	free(burst);
	return v;
}

static uint64_t disagreements(const struct verified *v)
{
	struct tun_counts counts = { 0 };

	tun_verify(&v->stage, &v->decisions, v->indexes, &counts);
	cr_assert_eq(counts.checked, 2);
	return counts.disagreements;
}

Test(path, verification_sees_each_kind_of_error)
{
	struct table *table = load();
	struct verified *v = make_verified(table);

	cr_assert_eq(disagreements(v), 0);
	v->decisions.values4[0]++; /* a wrong verdict */
	cr_assert_eq(disagreements(v), 1);
	v->decisions.values4[0]--;
	v->decisions.addrs6[0].lo++; /* a wrong destination */
	cr_assert_eq(disagreements(v), 1);
	v->decisions.addrs6[0].lo--;
	v->indexes[0] = 9; /* another packet than it should be */
	cr_assert_eq(disagreements(v), 1);
	v->indexes[0] = SOURCE_PATTERN + 7; /* none of the pattern */
	cr_assert_eq(disagreements(v), 1);
	v->indexes[0] = 7;
	cr_assert_eq(disagreements(v), 0);
	free(v->stage.pattern.expected);
	free(v->stage.pattern.heads);
	free(v);
	table_free(table);
}

Test(path, counts_that_do_not_add_up_are_noticed)
{
	struct tun_counts good = { .offered = 10,
				   .refused = 3,
				   .received = 7,
				   .tunnel = 4,
				   .physical = 1,
				   .drop = 1,
				   .unparsed = 1 };
	struct tun_counts bad;

	cr_assert(report_counts_hold(&good));
	bad = good;
	bad.offered++;
	cr_assert_not(report_counts_hold(&bad));
	bad = good;
	bad.received++;
	cr_assert_not(report_counts_hold(&bad));
	bad = good;
	bad.unparsed = 0;
	cr_assert_not(report_counts_hold(&bad));
	bad = good;
	bad.refused = 11;
	cr_assert_not(report_counts_hold(&bad));
}
