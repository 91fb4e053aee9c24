/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting up a TUN device, a reader and a source to test with. */
#include "tun_setup.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "rng.h"

/* What says that this machine or user may not, rather than that the code is wrong. */
static bool is_forbidden(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOENT || err == -ENODEV ||
	       err == -ENXIO || err == -ENOSYS || err == -ENOTSUP;
}

void enter_namespace(void)
{
	/* Not sandbox_enter(): Criterion has a thread here, so no user namespace can be had. */
	if (unshare(CLONE_NEWNET) < 0)
		cr_skip_test("a network namespace was refused (%s): run as root", strerror(errno));
}

struct tun_device open_device(void)
{
	struct tun_device device;
	struct tun_error error = { "" };
	int err = tun_device_open(DEVICE_NAME, &device, &error);

	if (is_forbidden(err))
		cr_skip_test("%s", error.text);
	cr_assert_eq(err, 0, "%s", error.text);
	return device;
}

struct reader *open_reader(const struct reader_ops *ops, const struct tun_device *device)
{
	struct tun_error error = { "" };
	struct reader *reader;
	int err = ops->open(device->fd, &reader, &error);

	if (is_forbidden(err))
		cr_skip_test("%s", error.text);
	cr_assert_eq(err, 0, "%s", error.text);
	return reader;
}

struct source *load_source(const struct source_ops *ops)
{
	struct tun_error error = { "" };
	struct source *source;
	int err = ops->load(&source, &error);

	if (is_forbidden(err))
		cr_skip_test("%s", error.text);
	cr_assert_eq(err, 0, "%s", error.text);
	return source;
}

struct source_head *make_pattern(uint32_t packet_bytes)
{
	struct source_head *pattern = calloc(SOURCE_PATTERN, sizeof(*pattern));
	struct rng rng = { packet_bytes };

	cr_assert_not_null(pattern);
	for (uint32_t i = 0; i < SOURCE_PATTERN; i++) {
		if (i % 2)
			source_head_ipv6(&pattern[i], rng_next(&rng), rng_next(&rng), packet_bytes,
					 i);
		else
			source_head_ipv4(&pattern[i], (uint32_t)rng_next(&rng), packet_bytes, i);
	}
	return pattern;
}

void start_source(const struct source_ops *ops, struct source *source,
		  const struct tun_device *device, const struct source_head *pattern,
		  uint32_t packet_bytes)
{
	struct source_config config = { device->ifindex, packet_bytes };
	struct tun_error error = { "" };

	cr_assert_eq(ops->start(source, &config, &error), 0, "%s", error.text);
	ops->set_pattern(source, pattern);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
