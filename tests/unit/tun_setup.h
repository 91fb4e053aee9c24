/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Setting up a TUN device, a reader and a source to test with. What this machine or user may not
 * do skips the test with the reason; anything else that goes wrong fails it.
 */
#ifndef TESTS_TUN_SETUP_H
#define TESTS_TUN_SETUP_H

#include <stdint.h>

#include "device.h"
#include "reader.h"
#include "source.h"

#define DEVICE_NAME "cvpntest0"

/* Gives the calling thread, and those it starts from now on, a network namespace of their own. */
void enter_namespace(void);

/* Opens DEVICE_NAME. */
struct tun_device open_device(void);

/* Opens a reader of @device, for the calling thread alone. */
struct reader *open_reader(const struct reader_ops *ops, const struct tun_device *device);

/* Loads a source: the one thing to do before enter_namespace(). */
struct source *load_source(const struct source_ops *ops);

/* SOURCE_PATTERN heads for packets of @packet_bytes, IPv4 and IPv6 in turn; free() them. */
struct source_head *make_pattern(uint32_t packet_bytes);

/* Aims a loaded source at @device. */
void start_source(const struct source_ops *ops, struct source *source,
		  const struct tun_device *device, const struct source_head *pattern,
		  uint32_t packet_bytes);

/* Milliseconds on a clock that only goes forward. */
int64_t now_ms(void);

#endif
