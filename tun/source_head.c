/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets that the sources send: valid headers, addresses reserved for benchmarking. */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "source.h"

#define SOURCE_ADDRESS4	   0xc6120001u	       /* 198.18.0.1: RFC 2544 */
#define SOURCE_ADDRESS6_HI 0x2001000200000000u /* 2001:2::1: RFC 5180 */
#define TTL		   64
#define PROTOCOL_UDP	   17
#define NO_NEXT_HEADER	   59
#define UDP_HEADER	   8u
#define PORT		   9 /* discard: RFC 863 */

static_assert(SOURCE_INDEX4 == IPV4_MIN_HEADER + UDP_HEADER && SOURCE_INDEX6 == IPV6_HEADER,
	      "the number follows the headers");

static void store_be16(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void store_be32(uint8_t *to, uint32_t value)
{
	value = htobe32(value);
	memcpy(to, &value, sizeof(value));
}

static void store_be64(uint8_t *to, uint64_t value)
{
	value = htobe64(value);
	memcpy(to, &value, sizeof(value));
}

/* The checksum of an IPv4 header whose checksum field is zero: RFC 1071. */
static uint32_t checksum4(const uint8_t *header)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < IPV4_MIN_HEADER; i += 2)
		sum += load_be16(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return ~sum & 0xffff;
}

void source_head_ipv4(struct source_head *head, uint32_t destination, uint32_t packet_bytes,
		      uint32_t index)
{
	uint8_t *p = head->bytes;

	memset(p, 0, SOURCE_HEAD_BYTES);
	p[0] = PACKET_IPV4 << 4 | IPV4_MIN_HEADER / 4;
	store_be16(p + IPV4_TOTAL_LENGTH, packet_bytes);
	p[8] = TTL;
	p[9] = PROTOCOL_UDP;
	store_be32(p + 12, SOURCE_ADDRESS4);
	store_be32(p + IPV4_DESTINATION, destination);
	store_be16(p + IPV4_CHECKSUM, checksum4(p));
	store_be16(p + IPV4_MIN_HEADER, PORT);
	store_be16(p + IPV4_MIN_HEADER + 2, PORT);
	store_be16(p + IPV4_MIN_HEADER + 4, packet_bytes - IPV4_MIN_HEADER);
	store_be32(p + SOURCE_INDEX4, index);
}

void source_head_ipv6(struct source_head *head, uint64_t destination_hi, uint64_t destination_lo,
		      uint32_t packet_bytes, uint32_t index)
{
	uint8_t *p = head->bytes;

	memset(p, 0, SOURCE_HEAD_BYTES);
	p[0] = PACKET_IPV6 << 4;
	store_be16(p + IPV6_PAYLOAD_LENGTH, packet_bytes - IPV6_HEADER);
	p[6] = NO_NEXT_HEADER;
	p[7] = TTL;
	store_be64(p + 8, SOURCE_ADDRESS6_HI);
	store_be64(p + 16, 1);
	store_be64(p + IPV6_DESTINATION, destination_hi);
	store_be64(p + IPV6_DESTINATION + 8, destination_lo);
	store_be32(p + SOURCE_INDEX6, index);
}

uint32_t source_index(const struct packet *packet)
{
	const uint8_t *bytes = NULL;

	switch (packet_version(packet)) {
	case PACKET_IPV4:
		bytes = packet_bytes(packet, SOURCE_INDEX4, sizeof(uint32_t));
		break;
	case PACKET_IPV6:
		bytes = packet_bytes(packet, SOURCE_INDEX6, sizeof(uint32_t));
		break;
	case PACKET_UNPARSED:
		break;
	}
	return bytes ? load_be32(bytes) : UINT32_MAX;
}
