/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet sources: they offer packets to a device as fast as they can. Each packet has its
 * destination from a pattern and carries its number in the pattern, so that a reader can check
 * what it got. One thread uses a source at a time.
 */
#ifndef TUN_SOURCE_H
#define TUN_SOURCE_H

#include <stdint.h>

#include "error.h"
#include "packet.h"
#include "source_shared.h"

/* Bytes of a 64-byte Ethernet frame, the smallest, that are no IP packet: header and checksum. */
#define SOURCE_FRAME_OVERHEAD 18u
#define SOURCE_MIN_FRAME      64u
#define SOURCE_MAX_FRAME      1518u

/* Every packet offered was accepted or refused by the device: accepted = offered - refused. */
struct source_count {
	uint64_t offered;
	uint64_t refused;
};

struct source_config {
	unsigned int ifindex;  /* of the device */
	uint32_t packet_bytes; /* of each IP packet */
};

struct source;

struct source_ops {
	const char *name;
	const char *what; /* a line for people */

	/**
	 * load() - what must be done before the sandbox is entered
	 * Returns 0 with @source made, or a negative errno with @error filled.
	 */
	int (*load)(struct source **source, struct tun_error *error);

	/**
	 * start() - aim a loaded source at a device, within the sandbox
	 * Called once, before set_pattern(). Returns as load().
	 */
	int (*start)(struct source *source, const struct source_config *config,
		     struct tun_error *error);

	/**
	 * set_pattern() - what to send from now on, from the place where the last pattern was left
	 * @pattern has SOURCE_PATTERN heads and must live until the next one is set or the source
	 * is closed.
	 */
	void (*set_pattern)(struct source *source, const struct source_head *pattern);

	/**
	 * send() - offer the next @n packets of the pattern
	 * Adds to @count what was offered and refused. Returns 0 or a negative errno.
	 */
	int (*send)(struct source *source, uint32_t n, struct source_count *count);

	void (*close)(struct source *source);
};

/* A classifier run by BPF_PROG_TEST_RUN; needs the privilege to load BPF programs. */
extern const struct source_ops source_bpf;
/* AF_PACKET with sendmmsg(2); needs CAP_NET_RAW in the sandbox only. */
extern const struct source_ops source_packet;
/*
 * Live frames into a veth, for XDP: an IFF_TUN device takes none. Needs the privilege to load BPF
 * programs. Frames are refused when the peer has no room, which only happens where something else
 * keeps the kernel from receiving.
 */
extern const struct source_ops source_live;

/**
 * source_head_ipv4() - the head of a UDP packet
 * @head:	written
 * @destination: host order
 * @packet_bytes: of the whole IP packet, at least SOURCE_HEAD_BYTES
 * @index:	number of the packet in the pattern
 */
void source_head_ipv4(struct source_head *head, uint32_t destination, uint32_t packet_bytes,
		      uint32_t index);

/* The same for IPv6, with "no next header", as 46 bytes have no room for UDP and the number. */
void source_head_ipv6(struct source_head *head, uint64_t destination_hi, uint64_t destination_lo,
		      uint32_t packet_bytes, uint32_t index);

/* The number that a packet of ours carries; any number if it is not ours, UINT32_MAX if not IP. */
uint32_t source_index(const struct packet *packet);

#endif
