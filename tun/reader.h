/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers: ways to take packets off a TUN device, a burst at a time. One thread opens, uses and
 * closes a reader. Several readers may be open on one device as long as one at a time is used.
 */
#ifndef TUN_READER_H
#define TUN_READER_H

#include "error.h"
#include "packet.h"

#define READER_BURST 64u /* packets a burst holds at most */

struct reader;

struct reader_ops {
	const char *name;
	const char *what; /* a line for people */

	/**
	 * open() - prepare to read from @fd, a non-blocking TUN device that stays the caller's
	 * Returns 0 or a negative errno with @error filled.
	 */
	int (*open)(int fd, struct reader **reader, struct tun_error *error);

	/**
	 * burst() - take what is there, without waiting
	 * Fills @packets, valid until the next call on this reader. Returns how many; fewer than
	 * READER_BURST say that the device was empty; or a negative errno.
	 */
	int (*burst)(struct reader *reader, struct packet packets[READER_BURST]);

	/**
	 * wait() - sleep until there may be a packet, or @timeout_ms have passed
	 * Returns 0 or a negative errno; a signal ends it with 0.
	 */
	int (*wait)(struct reader *reader, int timeout_ms);

	void (*close)(struct reader *reader);
};

/* io_uring: 64 non-blocking reads a submission, registered file and buffers. */
extern const struct reader_ops reader_drain;
/* read(2), a packet a call: the control. */
extern const struct reader_ops reader_read;

#endif
