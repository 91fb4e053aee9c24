/* SPDX-License-Identifier: BSD-2-Clause */
/* Making a pair of virtual Ethernet devices. See veth(4). */
#include "veth.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "netlink.h"

static int find(const char *name, unsigned int *ifindex)
{
	*ifindex = if_nametoindex(name);
	return *ifindex ? 0 : -errno;
}

static int bring_up(unsigned int ifindex)
{
	int err = netlink_no_ipv6_address(ifindex);

	return err ? err : netlink_link_up(ifindex);
}

int veth_open(const char *sender, const char *receiver, struct veth *veth, struct tun_error *error)
{
	const char *step = "making it";
	int err = netlink_veth(sender, receiver);

	if (!err) {
		step = "finding it";
		err = find(sender, &veth->sender);
	}
	if (!err)
		err = find(receiver, &veth->receiver);
	if (!err) {
		step = "bringing it up";
		err = bring_up(veth->receiver);
	}
	if (!err)
		err = bring_up(veth->sender);
	if (err)
		tun_error_set(error,
			      "the veth pair \"%s\" and \"%s\" is not to be had: %s failed (%s); "
			      "expected a kernel with CONFIG_VETH (sudo modprobe veth) and "
			      "CAP_NET_ADMIN in this network namespace",
			      sender, receiver, step, strerror(-err));
	return err;
}
