/* SPDX-License-Identifier: BSD-2-Clause */
/* A TUN device: whole IP packets, no packet information header. See the kernel's tuntap.rst. */
#ifndef TUN_DEVICE_H
#define TUN_DEVICE_H

#include <net/if.h>

#include "error.h"

struct tun_device {
	int fd; /* non-blocking */
	unsigned int ifindex;
	unsigned int ring; /* packets that the device holds before it refuses more */
	char name[IFNAMSIZ];
};

/**
 * tun_device_open() - make a TUN device in the caller's network namespace and bring it up
 * @name:	of the interface
 * @device:	filled; the caller ends it with tun_device_close()
 * @error:	filled on error
 *
 * The device has no address, no queueing discipline (a full ring is an error at the sender), and
 * the kernel sends nothing of its own on it. A name whose last owner is still being torn down
 * answers EBUSY for a while; that is waited for, three seconds at most.
 *
 * Return: 0; -ENOENT, -ENODEV or -EACCES when /dev/net/tun is missing, dead or forbidden; -EBUSY;
 * other negative errnos of ioctl() and netlink.
 */
int tun_device_open(const char *name, struct tun_device *device, struct tun_error *error);

void tun_device_close(struct tun_device *device);

#endif
