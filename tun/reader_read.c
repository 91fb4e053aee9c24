/* SPDX-License-Identifier: BSD-2-Clause */
/* The plain reader: one read(2) a packet, poll(2) when the device is empty. */
#include "reader_slots.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct reader {
	int fd;
	uint8_t *slots;
};

static void close_reader(struct reader *reader)
{
	free(reader->slots);
	free(reader);
}

static int open_reader(int fd, struct reader **reader, struct tun_error *error)
{
	struct reader *r = malloc(sizeof(*r));
	uint8_t *slots = reader_slots_alloc();

	if (!r || !slots) {
		free(r);
		free(slots);
		tun_error_set(error, "not enough memory for the packets of reader \"read\"");
		return -ENOMEM;
	}
	*r = (struct reader){ fd, slots };
	*reader = r;
	return 0;
}

static int burst(struct reader *reader, struct packet packets[READER_BURST])
{
	uint32_t n = 0;

	while (n < READER_BURST) {
		uint8_t *slot = reader->slots + n * READER_SLOT_BYTES;
		ssize_t len = read(reader->fd, slot, READER_SLOT_BYTES);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EAGAIN)
			break;
		if (len < 0)
			return -errno;
		packets[n++] = (struct packet){ slot, (uint32_t)len };
	}
	return (int)n;
}

static int wait_readable(struct reader *reader, int timeout_ms)
{
	struct pollfd fd = { .fd = reader->fd, .events = POLLIN };

	return poll(&fd, 1, timeout_ms) < 0 && errno != EINTR ? -errno : 0;
}

const struct reader_ops reader_read = {
	.name = "read",
	.what = "read(2), one packet a call",
	.open = open_reader,
	.burst = burst,
	.wait = wait_readable,
	.close = close_reader,
};
