/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packet parser on any bytes, each packet in an allocation of exactly its size. What it takes
 * for a whole packet has its lengths within the bytes, and any shorter piece of it does not.
 */
#include <string.h>

#include "fuzz.h"
#include "packet.h"
#include "source.h"

/* A copy that ends where its allocation ends. */
static struct packet exact_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	CHECK(copy || !size);
	if (size)
		memcpy(copy, data, size);
	return (struct packet){ copy, (uint32_t)size };
}

static void release(const struct packet *packet)
{
	free((void *)(uintptr_t)packet->data);
}

/* How long a packet says it is. */
static uint32_t claimed_length(const struct packet *p, enum packet_version version)
{
	return version == PACKET_IPV4 ? p->data[2] * 256u + p->data[3]
				      : 40 + p->data[4] * 256u + p->data[5];
}

static void check_destination(const struct packet *p, enum packet_version version)
{
	uint64_t hi = 0, lo = 0, expected = 0;

	if (version == PACKET_IPV4) {
		for (unsigned int i = 16; i < 20; i++)
			expected = expected << 8 | p->data[i];
		CHECK(packet_destination4(p) == expected);
		return;
	}
	packet_destination6(p, &hi, &lo);
	for (unsigned int i = 24; i < 32; i++)
		expected = expected << 8 | p->data[i];
	CHECK(hi == expected);
	for (unsigned int i = 32; i < 40; i++)
		expected = expected << 8 | p->data[i];
	CHECK(lo == expected);
}

static void check_cut(const uint8_t *data, size_t size)
{
	struct packet packet = exact_copy(data, size);

	CHECK(packet_version(&packet) == PACKET_UNPARSED);
	CHECK(source_index(&packet) == UINT32_MAX);
	release(&packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet = exact_copy(data, size);
	enum packet_version version = packet_version(&packet);
	uint32_t index = source_index(&packet);

	if (version == PACKET_UNPARSED) {
		CHECK(index == UINT32_MAX);
	} else {
		CHECK(packet.data[0] >> 4 == (uint32_t)version);
		CHECK(claimed_length(&packet, version) <= size);
		check_destination(&packet, version);
		check_cut(data, claimed_length(&packet, version) - 1);
	}
	release(&packet);
	return 0;
}
