/* SPDX-License-Identifier: BSD-2-Clause */
/* The few rtnetlink requests that the sandbox's devices need. See rtnetlink(7). */
#ifndef TUN_NETLINK_H
#define TUN_NETLINK_H

#include <stdint.h>

/* Each works in the caller's network namespace and returns 0 or a negative errno. */

/* Keeps the kernel from sending IPv6 packets of its own (router solicitations, ...) on a device. */
int netlink_no_ipv6_address(unsigned int ifindex);

/* Replaces the root queueing discipline by noqueue: a full device is an error at the sender. */
int netlink_noqueue(unsigned int ifindex);

int netlink_link_up(unsigned int ifindex);

/* Makes a pair of virtual Ethernet devices: what one sends the other one receives. */
int netlink_veth(const char *name, const char *peer);

/* What a device has counted since it was made. */
struct netlink_counts {
	uint64_t received; /* packets, also those that an XDP program dropped */
	uint64_t unsent;   /* packets that it had no room for */
};

int netlink_link_counts(unsigned int ifindex, struct netlink_counts *counts);

#endif
