/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The XDP programs see what the packet path sees: live frames go through a veth, and what the
 * programs counted and recorded is compared with tun/packet.h and the linear oracle. Also what is no
 * whole packet, and updates of the mirrored table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "ebpf_shape.h"
#include "leaks.h"
#include "netlink.h"
#include "rng.h"
#include "table_text.h"
#include "tun_setup.h"
#include "veth.h"
#include "xdp_programs.h"

TestSuite(xdp, .fini = check_leaks);

#define PACKET_BYTES 46u
#define SETTLE_MS    5000

static const char routes[] = "0.0.0.0/1 tunnel:3\n"
			     "10.0.0.0/8 physical\n"
			     "10.1.0.0/16 drop\n"
			     "10.1.2.3/32 tunnel\n"
			     "192.0.2.0/24 physical\n"
			     "2000::/3 tunnel\n"
			     "2001:db8::/32 physical\n"
			     "2001:db8::1/128 tunnel:9\n";

struct setup {
	struct table *table;
	struct xdp_programs *programs;
	struct source *source;
	struct veth veth;
	struct source_head *pattern;
};

/* Skips where BPF or a network namespace is not to be had. */
static struct setup set_up(void)
{
	struct source_config config = { .packet_bytes = PACKET_BYTES };
	struct setup s = { .table = table_of_text("plain", routes) };
	struct tun_error error = { "" };
	int err = xdp_programs_load(ebpf_shape_for(s.table), s.table->list.of_family, &s.programs,
				    &error);

	/* -EACCES is what the verifier says of a wrong program. */
	if (err == -EPERM || err == -ENOTSUP) {
		table_free(s.table);
		cr_skip_test("%s", error.text);
	}
	cr_assert_eq(err, 0, "%s", error.text);
	for (unsigned int i = 0; i < XDP_SEARCHES; i++)
		cr_assert_eq(xdp_programs_fill(s.programs, i, s.table, &error), 0, "%s",
			     error.text);
	s.source = load_source(&source_live);
	enter_namespace();
	cr_assert_eq(veth_open("cvpnxdp0", "cvpnxdp1", &s.veth, &error), 0, "%s", error.text);
	config.ifindex = s.veth.sender;
	cr_assert_eq(source_live.start(s.source, &config, &error), 0, "%s", error.text);
	cr_assert_eq(
		xdp_programs_attach(s.programs, s.veth.receiver, XDP_TRIE, XDP_DEED_DROP, false),
		0);
	s.pattern = calloc(SOURCE_PATTERN, sizeof(*s.pattern));
	cr_assert_not_null(s.pattern);
	return s;
}

static void tear_down(struct setup *s)
{
	source_live.close(s->source);
	xdp_programs_free(s->programs);
	table_free(s->table);
	free(s->pattern);
}

static uint64_t received(const struct setup *s)
{
	struct netlink_counts counts;

	cr_assert_eq(netlink_link_counts(s->veth.receiver, &counts), 0);
	return counts.received;
}

/* Sends the pattern once and waits for it. Returns what the program counted of it. */
static struct xdp_counts send_pattern(struct setup *s)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct source_count count = { 0 };
	struct xdp_counts before, after;
	uint64_t first = received(s);
	int64_t start = now_ms();

	source_live.set_pattern(s->source, s->pattern);
	cr_assert_eq(xdp_programs_counts(s->programs, &before), 0);
	cr_assert_eq(source_live.send(s->source, SOURCE_PATTERN, &count), 0);
	cr_assert_eq(count.offered, SOURCE_PATTERN);
	while (received(s) - first < count.offered - count.refused) {
		cr_assert_lt(now_ms() - start, SETTLE_MS);
		nanosleep(&pause, NULL);
	}
	cr_assert_eq(received(s) - first + count.refused, SOURCE_PATTERN);
	cr_assert_eq(count.refused, 0, "the veth refused frames: nothing to compare");
	cr_assert_eq(xdp_programs_counts(s->programs, &after), 0);
	for (unsigned int i = 0; i < XDP_KINDS; i++)
		after.packets[i] -= before.packets[i];
	return after;
}

/* The value that the path has for a packet, by its own parser and the oracle; -1: no packet. */
static int expected(const struct setup *s, const struct source_head *head)
{
	uint8_t bytes[PACKET_BYTES] = { 0 };
	struct packet packet = { bytes, PACKET_BYTES };
	struct cvpn_lpm_addr addr = { 0 };
	uint8_t family = CVPN_LPM_IPV4;

	memcpy(bytes, head->bytes, sizeof(head->bytes));
	switch (packet_version(&packet)) {
	case PACKET_IPV4:
		addr.hi = (uint64_t)packet_destination4(&packet) << 32;
		break;
	case PACKET_IPV6:
		family = CVPN_LPM_IPV6;
		packet_destination6(&packet, &addr.hi, &addr.lo);
		break;
	case PACKET_UNPARSED:
		return -1;
	}
	return linear_lookup(s->table->linear, s->table->list.count, family, addr);
}

/* Destinations within the routes and around them. */
static uint32_t some4(struct rng *rng)
{
	static const uint32_t at[] = { 0, 0x0a000000, 0x0a010000, 0x0a010203, 0xc0000200 };

	return at[rng_below(rng, 5)] ^ (uint32_t)(rng_next(rng) >> (32 + rng_below(rng, 32)));
}

static void make_whole(struct setup *s, struct rng *rng)
{
	for (uint32_t i = 0; i < SOURCE_PATTERN; i++) {
		if (rng_below(rng, 2))
			source_head_ipv4(&s->pattern[i], some4(rng), PACKET_BYTES, i);
		else
			source_head_ipv6(&s->pattern[i],
					 0x20010db800000000 ^ (rng_next(rng) >> rng_below(rng, 64)),
					 rng_below(rng, 3), PACKET_BYTES, i);
	}
}

/* Versions, header lengths and total lengths that are wrong, or nearly. */
static void spoil(struct source_head *head, struct rng *rng)
{
	uint8_t *bytes = head->bytes;

	switch (rng_below(rng, 6)) {
	case 0:
		bytes[0] = (uint8_t)rng_next(rng);
		break;
	case 1:
		bytes[0] = (uint8_t)(0x40 | rng_below(rng, 16));
		break;
	case 2:
		bytes[IPV4_TOTAL_LENGTH] = 0;
		bytes[IPV4_TOTAL_LENGTH + 1] = (uint8_t)(rng_below(rng, 64));
		break;
	case 3:
		bytes[IPV4_TOTAL_LENGTH] = (uint8_t)rng_next(rng);
		break;
	case 4:
		bytes[IPV6_PAYLOAD_LENGTH] = 0;
		bytes[IPV6_PAYLOAD_LENGTH + 1] = (uint8_t)(rng_below(rng, 12));
		break;
	case 5:
		bytes[IPV6_PAYLOAD_LENGTH] = (uint8_t)rng_next(rng);
		break;
	}
}

static void check_counts(struct setup *s, enum xdp_search search)
{
	struct xdp_counts want = { 0 }, got;

	for (uint32_t i = 0; i < SOURCE_PATTERN; i++) {
		int value = expected(s, &s->pattern[i]);

		want.packets[value < 0 ? XDP_UNPARSED : s->table->kinds[value]]++;
	}
	for (unsigned int deed = 0; deed < XDP_DEEDS; deed++) {
		cr_assert_eq(xdp_programs_use(s->programs, search, deed), 0);
		got = send_pattern(s);
		for (unsigned int i = 0; i < XDP_KINDS; i++)
			cr_expect_eq(got.packets[i], want.packets[i],
				     "search %d, deed %u, kind %u: %llu packets, expected %llu",
				     search, deed, i, (unsigned long long)got.packets[i],
				     (unsigned long long)want.packets[i]);
	}
}

/* What the recording program says of each packet, one by one. */
static void check_recorded(struct setup *s, enum xdp_search search)
{
	uint32_t *recorded = xdp_programs_recorded(s->programs);

	memset(recorded, 0, SOURCE_PATTERN * sizeof(*recorded));
	cr_assert_eq(xdp_programs_use(s->programs, search, XDP_DEED_RECORD), 0);
	send_pattern(s);
	for (uint32_t i = 0; i < SOURCE_PATTERN; i++)
		cr_assert_eq(recorded[i], (uint32_t)expected(s, &s->pattern[i]) | XDP_RECORDED,
			     "search %d, packet %u", search, i);
}

Test(xdp, whole_packets)
{
	struct setup s = set_up();
	struct rng rng = { 1 };

	make_whole(&s, &rng);
	for (unsigned int i = 0; i < XDP_SEARCHES; i++) {
		check_counts(&s, i);
		check_recorded(&s, i);
	}
	tear_down(&s);
}

Test(xdp, what_is_no_whole_packet)
{
	struct setup s = set_up();
	struct rng rng = { 2 };
	uint32_t unparsed = 0;

	make_whole(&s, &rng);
	for (uint32_t i = 0; i < SOURCE_PATTERN; i++) {
		spoil(&s.pattern[i], &rng);
		unparsed += expected(&s, &s.pattern[i]) < 0;
	}
	cr_assert_gt(unparsed, SOURCE_PATTERN / 8);
	cr_assert_lt(unparsed, SOURCE_PATTERN / 8 * 7);
	for (unsigned int i = 0; i < XDP_SEARCHES; i++)
		check_counts(&s, i);
	tear_down(&s);
}

Test(xdp, updates_of_the_mirrored_table)
{
	const struct cvpn_lpm_prefix ten = { { 0x0a00000000000000, 0 }, 8, CVPN_LPM_IPV4 };
	struct setup s = set_up();
	struct cvpn_lpm *mirrored = xdp_programs_mirrored(s.programs);
	struct xdp_counts counts;
	uint16_t value;

	for (uint32_t i = 0; i < SOURCE_PATTERN; i++)
		source_head_ipv4(&s.pattern[i], 0x0a020000 | i, PACKET_BYTES, i);
	counts = send_pattern(&s);
	cr_expect_eq(counts.packets[VERDICT_PHYSICAL], SOURCE_PATTERN);
	cr_assert_eq(cvpn_lpm_get(mirrored, &ten, &value), 0);
	cr_assert_eq(cvpn_lpm_remove(mirrored, &ten), 0);
	cr_assert_eq(cvpn_lpm_publish(mirrored), 0);
	counts = send_pattern(&s);
	cr_expect_eq(counts.packets[VERDICT_TUNNEL], SOURCE_PATTERN);
	cr_assert_eq(cvpn_lpm_insert(mirrored, &ten, value), 0);
	cr_assert_eq(cvpn_lpm_publish(mirrored), 0);
	counts = send_pattern(&s);
	cr_expect_eq(counts.packets[VERDICT_PHYSICAL], SOURCE_PATTERN);
	tear_down(&s);
}

Test(xdp, the_floor_counts_nothing)
{
	static const struct xdp_counts none;
	struct setup s = set_up();
	struct rng rng = { 3 };
	struct xdp_counts counts;

	make_whole(&s, &rng);
	cr_assert_eq(xdp_programs_use_floor(s.programs), 0);
	counts = send_pattern(&s);
	cr_expect_eq(memcmp(&counts, &none, sizeof(none)), 0);
	tear_down(&s);
}

Test(xdp, an_interface_has_room_for_one)
{
	struct setup s = set_up(), other = { 0 };
	struct tun_error error = { "" };

	cr_assert_eq(xdp_programs_load(0, s.table->list.of_family, &other.programs, &error), 0);
	cr_expect_neq(xdp_programs_other(s.veth.receiver), 0);
	cr_expect_eq(xdp_programs_attach(other.programs, s.veth.receiver, XDP_TRIE, XDP_DEED_PASS,
					 false),
		     -EBUSY);
	cr_expect_eq(
		xdp_programs_attach(other.programs, s.veth.receiver, XDP_TRIE, XDP_DEED_PASS, true),
		-EEXIST);
	xdp_programs_free(other.programs);
	tear_down(&s);
}
