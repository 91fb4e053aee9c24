/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes of the caller's network namespace, many at a time. See rtnetlink(7). */
#ifndef TUN_NETLINK_ROUTE_H
#define TUN_NETLINK_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netlink_routes;

struct netlink_route {
	uint8_t family;	   /* AF_INET or AF_INET6 */
	uint8_t len;	   /* of the prefix */
	uint8_t bytes[16]; /* its address in network order, an IPv4 one in the first four */
	uint32_t table;	   /* RT_TABLE_MAIN, or another one */
	uint32_t metric;   /* 0: any, of a route that is taken out */
	bool blackhole;
	unsigned int ifindex; /* of the device, unless it is a blackhole; 0: any, likewise */
};

/* Opens a socket. Returns 0 or a negative errno; the caller closes it. */
int netlink_routes_open(struct netlink_routes **routes);
void netlink_routes_close(struct netlink_routes *routes);

/*
 * Adds a route, or takes one out. They are sent when there are many or netlink_routes_flush() is
 * called, which waits until the kernel has done them. Each returns 0, or the negative errno of the
 * first that failed since the last flush.
 */
int netlink_routes_add(struct netlink_routes *routes, const struct netlink_route *route);
int netlink_routes_remove(struct netlink_routes *routes, const struct netlink_route *route);
int netlink_routes_flush(struct netlink_routes *routes);

#endif
