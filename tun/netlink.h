/* SPDX-License-Identifier: BSD-2-Clause */
/* The few rtnetlink requests that the sandbox's devices need. See rtnetlink(7). */
#ifndef TUN_NETLINK_H
#define TUN_NETLINK_H

/* Each works in the caller's network namespace and returns 0 or a negative errno. */

/* Keeps the kernel from sending IPv6 packets of its own (router solicitations, ...) on a device. */
int netlink_no_ipv6_address(unsigned int ifindex);

/* Replaces the root queueing discipline by noqueue: a full device is an error at the sender. */
int netlink_noqueue(unsigned int ifindex);

int netlink_link_up(unsigned int ifindex);

#endif
