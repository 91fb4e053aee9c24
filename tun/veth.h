/* SPDX-License-Identifier: BSD-2-Clause */
/* A pair of virtual Ethernet devices, one to send frames and one where an XDP program gets them. */
#ifndef TUN_VETH_H
#define TUN_VETH_H

#include "error.h"

/* Indexes of the devices. */
struct veth {
	unsigned int sender, receiver;
};

/**
 * veth_open() - make a pair in the caller's network namespace and bring it up
 * @sender:	name of the one
 * @receiver:	name of the other
 * @veth:	filled
 * @error:	filled on error
 *
 * The devices have no addresses, and the kernel sends nothing of its own on them. They go with
 * their namespace, which is the only way to be rid of them here.
 *
 * Return: 0; -EOPNOTSUPP where the driver is missing; -EEXIST; other negative errnos of netlink.
 */
int veth_open(const char *sender, const char *receiver, struct veth *veth, struct tun_error *error);

#endif
