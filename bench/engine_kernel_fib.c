/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own routes as an engine: what the operating system's route table does for a client
 * today. They are installed in the sandbox by rtnetlink and asked for by bpf_fib_lookup().
 *
 * A value is the metric of its routes, which the lookup returns: all lead to one device. What drops
 * is a blackhole route.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tun/device.h"
#include "../tun/netlink_route.h"
#include "../tun/sandbox.h"
#include "clock.h"
#include "ebpf.h"

#define DEVICE_NAME "cvpnfib0"
/* Where routes are put that are only timed. */
#define OTHER_TABLE 1000u

/* The sandbox's routing table is one, so the engine is there once. */
static struct tun_device device = { .fd = -1 };
static struct netlink_routes *netlink;

struct fib {
	struct ebpf ebpf;
	bool installed;
};

static int write_setting(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, value, strlen(value)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * The kernel looks routes up for others only where it forwards. Not on all devices: on each it would
 * announce itself as a router, and the TUN path counts every packet.
 */
static int forward(void)
{
	int err = write_setting("/proc/sys/net/ipv4/conf/" DEVICE_NAME "/forwarding", "1");

	if (!err)
		err = write_setting("/proc/sys/net/ipv6/conf/" DEVICE_NAME "/forwarding", "1");
	/* Before Linux 6.3 it is a bound on the routes there may be; later it is not there. */
	if (!err)
		(void)write_setting("/proc/sys/net/ipv6/route/max_size", "2147483647");
	return err;
}

/* The route of multicast that comes with a device: it is none of the table's. */
static int remove_multicast(void)
{
	struct netlink_route route = {
		.family = AF_INET6,
		.len = 8,
		.bytes = { 0xff },
		.table = RT_TABLE_LOCAL,
		.ifindex = device.ifindex,
	};
	int err;

	(void)netlink_routes_remove(netlink, &route);
	err = netlink_routes_flush(netlink);
	return err == -ESRCH ? 0 : err;
}

static void stop(void)
{
	netlink_routes_close(netlink);
	netlink = NULL;
	tun_device_close(&device);
	device.fd = -1;
	ebpf_stop();
}

static int start(struct engine_error *error)
{
	struct tun_error why;
	enum sandbox_kind kind;
	int err = ebpf_start(error);

	if (err || netlink)
		return err;
	err = sandbox_enter(&kind, &why);
	if (!err)
		err = tun_device_open(DEVICE_NAME, &device, &why);
	if (err) {
		engine_error_set(error, "%.300s", why.text);
		return err;
	}
	err = netlink_routes_open(&netlink);
	if (!err)
		err = forward();
	if (!err)
		err = remove_multicast();
	if (err)
		engine_error_set(error, "the sandbox can not be made to forward packets: %s",
				 strerror(-err));
	return err;
}

static struct netlink_route make_route(const struct table *table, uint32_t into,
				       const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	uint64_t halves[2] = { htobe64(prefix->addr.hi), htobe64(prefix->addr.lo) };
	struct netlink_route route = {
		.family = prefix->family == CVPN_LPM_IPV4 ? AF_INET : AF_INET6,
		.len = prefix->len,
		.table = into,
		.metric = value,
		.blackhole = value && table->kinds[value] == VERDICT_DROP,
		.ifindex = value ? device.ifindex : 0,
	};

	memcpy(route.bytes, halves, sizeof(halves));
	return route;
}

typedef int change_route(struct netlink_routes *, const struct netlink_route *);

/* Adds or removes all routes of a family. */
static int change_all(const struct table *table, uint8_t family, uint32_t into,
		      change_route *change)
{
	int err = 0, end;

	for (size_t i = 0; i < table->list.count && !err; i++) {
		const struct linear_route *linear = &table->linear[i];
		struct netlink_route route;

		if (linear->prefix.family != family)
			continue;
		route = make_route(table, into, &linear->prefix, linear->value);
		err = change(netlink, &route);
	}
	end = netlink_routes_flush(netlink);
	return err ? err : end;
}

static void free_state(struct engine_state *state)
{
	struct fib *fib = (struct fib *)state;

	if (fib->installed)
		(void)change_all(state->table, state->family, RT_TABLE_MAIN, netlink_routes_remove);
	ebpf_close(&fib->ebpf);
	free(fib);
}

/* The value of what is dropped; there is one verdict of this kind at most. */
static uint32_t drop_value(const struct table *table)
{
	uint32_t value = table->verdict_count;

	while (value && table->kinds[value] != VERDICT_DROP)
		value--;
	return value;
}

static int build(const struct table *table, uint8_t family, struct engine_state **state,
		 struct engine_error *error)
{
	struct fib *fib = calloc(1, sizeof(*fib));
	int err;

	if (!fib) {
		engine_error_set(error, "not enough memory");
		return -ENOMEM;
	}
	err = ebpf_open(&fib->ebpf, EBPF_FIB, 0, table, family, 1, error);
	if (!err) {
		fib->ebpf.run->fib_ifindex = device.ifindex;
		fib->ebpf.run->fib_flags = BPF_FIB_LOOKUP_SKIP_NEIGH;
		fib->ebpf.run->fib_drop = drop_value(table);
		fib->installed = true;
		err = change_all(table, family, RT_TABLE_MAIN, netlink_routes_add);
		if (err)
			engine_error_set(error, "the kernel did not take the routes: %s",
					 strerror(-err));
	}
	if (err) {
		free_state(&fib->ebpf.head);
		return err;
	}
	*state = &fib->ebpf.head;
	return 0;
}

/* bpf_fib_lookup() does not look for what is never forwarded (net/core/filter.c). */
static bool exempt(uint8_t family, struct cvpn_lpm_addr addr)
{
	bool multicast = addr.hi >> 56 == 0xff, link_local = addr.hi >> 54 == 0xfe80 >> 6;

	return family == CVPN_LPM_IPV6 &&
	       (multicast || link_local || (addr.hi == 0 && addr.lo == 1));
}

static int64_t rebuild(struct engine_state *state, unsigned int way, int64_t *free_ns)
{
	uint64_t start = clock_ns(), built;
	int err = change_all(state->table, state->family, OTHER_TABLE, netlink_routes_add);

	(void)way;
	built = clock_ns();
	if (!err)
		err = change_all(state->table, state->family, OTHER_TABLE, netlink_routes_remove);
	*free_ns = (int64_t)(clock_ns() - built);
	return err ? err : (int64_t)(built - start);
}

/* The kernel says how large the trie of the IPv4 routes is, and nothing of those of IPv6. */
static uint64_t bytes(const struct engine_state *state, unsigned int way)
{
	unsigned long long kib = 0, most = 0;
	char line[128];
	FILE *in;

	(void)way;
	in = state->family == CVPN_LPM_IPV4 ? fopen("/proc/net/fib_triestat", "re") : NULL;
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "Total size: %llu", &kib) == 1 && kib > most)
			most = kib;
	}
	if (in)
		fclose(in);
	return most << 10;
}

static int update(struct engine_state *state, unsigned int way,
		  const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	struct netlink_route old = make_route(state->table, RT_TABLE_MAIN, prefix,
					      CVPN_LPM_NO_ROUTE);
	int err;

	(void)way;
	(void)netlink_routes_remove(netlink, &old);
	err = netlink_routes_flush(netlink);
	/* There was none: it is put back. */
	if (err == -ESRCH && value)
		err = 0;
	if (!err && value) {
		struct netlink_route route = make_route(state->table, RT_TABLE_MAIN, prefix, value);

		(void)netlink_routes_add(netlink, &route);
		err = netlink_routes_flush(netlink);
	}
	return err;
}

const struct engine engine_kernel_fib = {
	.name = "kernel-fib",
	.what = "the kernel's own routes, by bpf_fib_lookup()",
	EBPF_ENGINE,
	.start = start,
	.stop = stop,
	.build = build,
	.free = free_state,
	.exempt = exempt,
	.rebuild = rebuild,
	.bytes = bytes,
	.update = update,
};
