/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the path needs to know of a packet: that it is a whole IPv4 or IPv6 packet, and where it
 * goes. Every access to packet bytes goes through packet_bytes(), which checks the bounds.
 * Formats: RFC 791 section 3.1, RFC 8200 section 3.
 */
#ifndef TUN_PACKET_H
#define TUN_PACKET_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct packet {
	const uint8_t *data;
	uint32_t len; /* bytes read */
};

enum packet_version {
	PACKET_UNPARSED = 0, /* short, inconsistent, or not IP */
	PACKET_IPV4 = 4,
	PACKET_IPV6 = 6,
};

#define IPV4_MIN_HEADER	    20u
#define IPV4_TOTAL_LENGTH   2u
#define IPV4_CHECKSUM	    10u
#define IPV4_DESTINATION    16u
#define IPV6_HEADER	    40u
#define IPV6_PAYLOAD_LENGTH 4u
#define IPV6_DESTINATION    24u

/* The @n bytes at @offset, or NULL if the packet ends before. */
static inline const uint8_t *packet_bytes(const struct packet *p, uint32_t offset, uint32_t n)
{
	return p->len >= offset && p->len - offset >= n ? p->data + offset : NULL;
}

static inline uint32_t load_be16(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline uint32_t load_be32(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return be32toh(word);
}

static inline uint64_t load_be64(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return be64toh(word);
}

static inline int packet_is_ipv4(const struct packet *p)
{
	const uint8_t *header = packet_bytes(p, 0, IPV4_MIN_HEADER);
	uint32_t header_len, total_len;

	if (!header)
		return 0;
	header_len = (header[0] & 0xfu) * 4;
	total_len = load_be16(header + IPV4_TOTAL_LENGTH);
	return header_len >= IPV4_MIN_HEADER && total_len >= header_len && total_len <= p->len;
}

static inline int packet_is_ipv6(const struct packet *p)
{
	const uint8_t *header = packet_bytes(p, 0, IPV6_HEADER);

	return header && IPV6_HEADER + load_be16(header + IPV6_PAYLOAD_LENGTH) <= p->len;
}

/* Which IP version this is a whole packet of. Options and extension headers are not looked at. */
static inline enum packet_version packet_version(const struct packet *p)
{
	const uint8_t *first = packet_bytes(p, 0, 1);
	uint32_t version = first ? *first >> 4 : 0;

	if (version == PACKET_IPV4 && packet_is_ipv4(p))
		return PACKET_IPV4;
	if (version == PACKET_IPV6 && packet_is_ipv6(p))
		return PACKET_IPV6;
	return PACKET_UNPARSED;
}

/* The destination of a packet that packet_version() found to be IPv4, in host order. */
static inline uint32_t packet_destination4(const struct packet *p)
{
	return load_be32(p->data + IPV4_DESTINATION);
}

/* The destination of a packet that packet_version() found to be IPv6, host-order halves. */
static inline void packet_destination6(const struct packet *p, uint64_t *hi, uint64_t *lo)
{
	*hi = load_be64(p->data + IPV6_DESTINATION);
	*lo = load_be64(p->data + IPV6_DESTINATION + 8);
}

#endif
