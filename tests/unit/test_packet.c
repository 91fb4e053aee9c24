/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parsing of packet headers, and the heads that the sources send. Each packet is parsed from an
 * allocation of exactly its size, so that AddressSanitizer sees a read behind its end.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "packet.h"
#include "rng.h"
#include "source.h"

TestSuite(packet, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* 192.0.2.1 to 198.51.100.7, UDP, 32 bytes. */
static const uint8_t ipv4[32] = {
	0x45, 0,  0,   32, 0,	 0,    0, 0,  64, 17, 0, 0, 192, 0, 2, 1,
	198,  51, 100, 7,  0x12, 0x34, 0, 53, 0,  12, 0, 0, 1,	 2, 3, 4,
};

/* 2001:db8::1 to 2001:db8:a:b:c:d:e:f, no next header, 4 bytes behind it. */
static const uint8_t ipv6[44] = {
	0x60, 0, 0,    0,    0, 4,   59, 64, /* version ... hop limit */
	0x20, 1, 0x0d, 0xb8, 0, 0,   0,	 0,   0, 0,   0, 0,   0, 0,   0, 1, /* source */
	0x20, 1, 0x0d, 0xb8, 0, 0xa, 0,	 0xb, 0, 0xc, 0, 0xd, 0, 0xe, 0, 0xf, 1, 2, 3, 4,
};

/* The version of the first @n of @bytes, in an allocation of their own. */
static enum packet_version version_of(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n);
	struct packet packet = { copy, (uint32_t)n };
	enum packet_version version;

	cr_assert(copy || !n);
	if (n)
		memcpy(copy, bytes, n);
	version = packet_version(&packet);
	/* The source's reader of packets must be as careful. */
	(void)source_index(&packet);
	free(copy);
	return version;
}

/* The same with one byte changed. */
static enum packet_version version_with(const uint8_t *bytes, size_t n, size_t at, uint8_t value)
{
	uint8_t changed[64];

	cr_assert(n <= sizeof(changed) && at < n);
	memcpy(changed, bytes, n);
	changed[at] = value;
	return version_of(changed, n);
}

Test(packet, ipv4_and_its_destination)
{
	struct packet packet = { ipv4, sizeof(ipv4) };

	cr_assert_eq(packet_version(&packet), PACKET_IPV4);
	cr_assert_eq(packet_destination4(&packet), 0xc6336407);
}

Test(packet, ipv6_and_its_destination)
{
	struct packet packet = { ipv6, sizeof(ipv6) };
	uint64_t hi, lo;

	cr_assert_eq(packet_version(&packet), PACKET_IPV6);
	packet_destination6(&packet, &hi, &lo);
	cr_assert_eq(hi, 0x20010db8000a000b);
	cr_assert_eq(lo, 0x000c000d000e000f);
}

Test(packet, every_truncation_is_unparsed)
{
	for (size_t n = 0; n < sizeof(ipv4); n++)
		cr_assert_eq(version_of(ipv4, n), PACKET_UNPARSED, "%zu bytes of IPv4", n);
	cr_assert_eq(version_of(ipv4, sizeof(ipv4)), PACKET_IPV4);
	for (size_t n = 0; n < sizeof(ipv6); n++)
		cr_assert_eq(version_of(ipv6, n), PACKET_UNPARSED, "%zu bytes of IPv6", n);
	cr_assert_eq(version_of(ipv6, sizeof(ipv6)), PACKET_IPV6);
}

Test(packet, an_empty_packet)
{
	struct packet packet = { NULL, 0 };

	cr_assert_eq(packet_version(&packet), PACKET_UNPARSED);
	cr_assert_geq(source_index(&packet), SOURCE_PATTERN);
}

Test(packet, only_versions_4_and_6_are_ip)
{
	for (unsigned int version = 0; version < 16; version++) {
		uint8_t first = (uint8_t)(version << 4 | 5);
		enum packet_version four = version_with(ipv4, sizeof(ipv4), 0, first);
		enum packet_version six = version_with(ipv6, sizeof(ipv6), 0, first);

		cr_assert_eq(four, version == 4 ? PACKET_IPV4 : PACKET_UNPARSED, "version %u",
			     version);
		/* The IPv6 packet read as IPv4 claims a total length of 0. */
		cr_assert_eq(six, version == 6 ? PACKET_IPV6 : PACKET_UNPARSED, "version %u",
			     version);
	}
}

Test(packet, ipv4_header_lengths)
{
	for (unsigned int ihl = 0; ihl < 16; ihl++) {
		/* 8 words are all of the packet: options to its end. */
		bool whole = ihl >= 5 && ihl <= 8;
		enum packet_version found = version_with(ipv4, sizeof(ipv4), 0,
							 (uint8_t)(0x40 | ihl));

		cr_assert_eq(found, whole ? PACKET_IPV4 : PACKET_UNPARSED, "IHL %u", ihl);
	}
}

/* The packet with its total length set to @total. */
static enum packet_version with_total_length(uint32_t total)
{
	uint8_t changed[sizeof(ipv4)];

	memcpy(changed, ipv4, sizeof(ipv4));
	changed[2] = (uint8_t)(total >> 8);
	changed[3] = (uint8_t)total;
	return version_of(changed, sizeof(changed));
}

Test(packet, ipv4_total_lengths)
{
	cr_assert_eq(with_total_length(0), PACKET_UNPARSED);
	cr_assert_eq(with_total_length(19), PACKET_UNPARSED);
	cr_assert_eq(with_total_length(20), PACKET_IPV4, "a header alone, with padding behind");
	cr_assert_eq(with_total_length(31), PACKET_IPV4);
	cr_assert_eq(with_total_length(32), PACKET_IPV4);
	cr_assert_eq(with_total_length(33), PACKET_UNPARSED);
	cr_assert_eq(with_total_length(32 + 256), PACKET_UNPARSED);
	cr_assert_eq(with_total_length(65535), PACKET_UNPARSED);
}

Test(packet, a_total_length_that_ends_within_the_options)
{
	uint8_t changed[sizeof(ipv4)];

	memcpy(changed, ipv4, sizeof(ipv4));
	changed[0] = 0x47; /* 28 bytes of header */
	changed[3] = 27;
	cr_assert_eq(version_of(changed, sizeof(changed)), PACKET_UNPARSED);
	changed[3] = 28;
	cr_assert_eq(version_of(changed, sizeof(changed)), PACKET_IPV4);
}

/* The packet with its payload length set to @payload. */
static enum packet_version with_payload_length(uint32_t payload)
{
	uint8_t changed[sizeof(ipv6)];

	memcpy(changed, ipv6, sizeof(ipv6));
	changed[4] = (uint8_t)(payload >> 8);
	changed[5] = (uint8_t)payload;
	return version_of(changed, sizeof(changed));
}

Test(packet, ipv6_payload_lengths)
{
	cr_assert_eq(with_payload_length(0), PACKET_IPV6);
	cr_assert_eq(with_payload_length(3), PACKET_IPV6);
	cr_assert_eq(with_payload_length(4), PACKET_IPV6);
	cr_assert_eq(with_payload_length(5), PACKET_UNPARSED);
	cr_assert_eq(with_payload_length(4 + 256), PACKET_UNPARSED);
	cr_assert_eq(with_payload_length(65535), PACKET_UNPARSED);
}

Test(packet, bytes_are_given_within_the_packet_alone)
{
	static const uint8_t data[4] = { 1, 2, 3, 4 };
	struct packet packet = { data, sizeof(data) };

	cr_assert_eq(packet_bytes(&packet, 0, 4), data);
	cr_assert_eq(packet_bytes(&packet, 3, 1), data + 3);
	cr_assert_eq(packet_bytes(&packet, 4, 0), data + 4);
	cr_assert_null(packet_bytes(&packet, 0, 5));
	cr_assert_null(packet_bytes(&packet, 4, 1));
	cr_assert_null(packet_bytes(&packet, 5, 0));
	/* Sums that wrap around. */
	cr_assert_null(packet_bytes(&packet, 1, UINT32_MAX));
	cr_assert_null(packet_bytes(&packet, UINT32_MAX, 1));
	cr_assert_null(packet_bytes(&packet, UINT32_MAX, UINT32_MAX));
}

/* Whole packets of the sizes that a 64-byte, a middling and a 1518-byte frame hold. */
static const uint32_t packet_sizes[] = {
	SOURCE_MIN_FRAME - SOURCE_FRAME_OVERHEAD,
	512,
	SOURCE_MAX_FRAME - SOURCE_FRAME_OVERHEAD,
};

/* A packet of @bytes that starts with @head and is zero from there on; free() its data. */
static struct packet whole_packet(const struct source_head *head, uint32_t bytes)
{
	uint8_t *data = calloc(1, bytes);

	cr_assert_not_null(data);
	memcpy(data, head->bytes, SOURCE_HEAD_BYTES);
	return (struct packet){ data, bytes };
}

/* The one's complement sum of a header, checksum included, is 0xffff: RFC 1071, by bytes. */
static bool checksum_right(const uint8_t *header)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < IPV4_MIN_HEADER; i++)
		sum += i % 2 ? header[i] : header[i] * 256u;
	while (sum > 0xffff)
		sum = sum % 0x10000 + sum / 0x10000;
	return sum == 0xffff;
}

static void check_head4(uint32_t destination, uint32_t bytes, uint32_t index)
{
	struct source_head head;
	struct packet packet;
	const uint8_t *p;

	source_head_ipv4(&head, destination, bytes, index);
	packet = whole_packet(&head, bytes);
	p = packet.data;
	cr_assert_eq(packet_version(&packet), PACKET_IPV4);
	cr_assert_eq(packet_destination4(&packet), destination);
	cr_assert_eq(source_index(&packet), index);
	cr_assert(checksum_right(p), "checksum of the packet to %08x", destination);
	cr_assert_eq(load_be16(p + 2), bytes, "the total length");
	cr_assert_eq(load_be16(p + 24), bytes - 20, "the length in UDP");
	cr_assert_eq(p[9], 17, "UDP");
	cr_assert_gt(p[8], 0, "time to live");
	packet.len--;
	cr_assert_eq(packet_version(&packet), PACKET_UNPARSED, "the length is of all the packet");
	free((void *)(uintptr_t)packet.data);
}

static void check_head6(uint64_t hi, uint64_t lo, uint32_t bytes, uint32_t index)
{
	struct source_head head;
	struct packet packet;
	uint64_t found_hi, found_lo;

	source_head_ipv6(&head, hi, lo, bytes, index);
	packet = whole_packet(&head, bytes);
	cr_assert_eq(packet_version(&packet), PACKET_IPV6);
	packet_destination6(&packet, &found_hi, &found_lo);
	cr_assert_eq(found_hi, hi);
	cr_assert_eq(found_lo, lo);
	cr_assert_eq(source_index(&packet), index);
	cr_assert_eq(load_be16(packet.data + 4), bytes - 40, "the payload length");
	cr_assert_gt(packet.data[7], 0, "hop limit");
	packet.len--;
	cr_assert_eq(packet_version(&packet), PACKET_UNPARSED, "the length is of all the packet");
	free((void *)(uintptr_t)packet.data);
}

Test(packet, source_heads_parse_and_keep_their_number)
{
	static const uint32_t indices[] = { 0, 1, 255, 256, SOURCE_PATTERN - 1 };
	struct rng rng = { 2 };

	for (size_t s = 0; s < ARRAY_SIZE(packet_sizes); s++) {
		for (size_t i = 0; i < ARRAY_SIZE(indices); i++) {
			check_head4((uint32_t)rng_next(&rng), packet_sizes[s], indices[i]);
			check_head6(rng_next(&rng), rng_next(&rng), packet_sizes[s], indices[i]);
		}
		check_head4(0, packet_sizes[s], 0);
		check_head4(UINT32_MAX, packet_sizes[s], 0);
		check_head6(0, 0, packet_sizes[s], 0);
		check_head6(UINT64_MAX, UINT64_MAX, packet_sizes[s], 0);
	}
}

/* All values of one of the words that are summed, so that each carry comes up, the second too. */
Test(packet, checksums_with_every_carry)
{
	for (uint32_t low = 0; low <= UINT16_MAX; low++)
		check_head4(0x0a000000 | low, packet_sizes[0], low);
}

Test(packet, what_is_none_of_ours_has_no_number)
{
	uint8_t no_number[IPV6_HEADER];
	struct packet packet = { no_number, sizeof(no_number) };

	memcpy(no_number, ipv6, sizeof(no_number));
	no_number[5] = 0;
	cr_assert_eq(packet_version(&packet), PACKET_IPV6);
	cr_assert_geq(source_index(&packet), SOURCE_PATTERN, "no room for one");
	packet = (struct packet){ ipv4, sizeof(ipv4) };
	cr_assert_geq(source_index(&packet), SOURCE_PATTERN, "0x01020304 stands in its place");
	packet = (struct packet){ ipv6, sizeof(ipv6) };
	cr_assert_geq(source_index(&packet), SOURCE_PATTERN, "0x01020304 stands in its place");
	packet.len--;
	cr_assert_geq(source_index(&packet), SOURCE_PATTERN, "not whole");
}

/* Random bytes, most of which claim to be IP: whatever parses has its lengths within the packet. */
Test(packet, garbage)
{
	struct rng rng = { 4 };
	unsigned int parsed = 0;

	for (unsigned int i = 0; i < 200000; i++) {
		size_t n = rng_below(&rng, 65);
		uint8_t bytes[64];
		enum packet_version version;

		for (size_t at = 0; at < n; at++)
			bytes[at] = (uint8_t)rng_next(&rng);
		if (n > 5 && rng_next(&rng) & 3) {
			bytes[0] = (uint8_t)((rng_next(&rng) & 1 ? 0x40 : 0x60) | (bytes[0] & 7));
			bytes[2] = bytes[4] = 0;
			bytes[3] &= 63;
			bytes[5] &= 31;
		}
		version = version_of(bytes, n);
		parsed += version != PACKET_UNPARSED;
		if (version == PACKET_IPV4)
			cr_assert((bytes[0] & 15) * 4u <= load_be16(bytes + 2) &&
				  load_be16(bytes + 2) <= n);
		if (version == PACKET_IPV6)
			cr_assert_leq(40 + load_be16(bytes + 4), n);
	}
	cr_assert_gt(parsed, 10000, "the garbage is too bad to test much: %u", parsed);
}
