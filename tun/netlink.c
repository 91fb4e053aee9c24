/* SPDX-License-Identifier: BSD-2-Clause */
/* rtnetlink requests by libmnl, one socket a request: this is set-up, not the packet path. */
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

/* The largest request here is far below the smallest page. */
#define REQUEST_BYTES 512

/* Sends one request and gives @answer what the kernel says to it. */
static int exchange(struct nlmsghdr *header, mnl_cb_t answer, void *data)
{
	char buffer[8192]; /* MNL_SOCKET_BUFFER_SIZE is at most this */
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	ssize_t n;
	int err = 0;

	if (!nl)
		return -errno;
	header->nlmsg_flags |= NLM_F_REQUEST;
	header->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, header, header->nlmsg_len) < 0)
		goto fail;
	n = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
	if (n < 0 || mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(nl), answer, data) < 0)
		goto fail;
	mnl_socket_close(nl);
	return 0;
fail:
	err = -errno;
	mnl_socket_close(nl);
	return err;
}

/* Sends one request and waits for its acknowledgement. */
static int request(struct nlmsghdr *header)
{
	header->nlmsg_flags |= NLM_F_ACK;
	return exchange(header, NULL, NULL);
}

static struct nlmsghdr *link_request(void *buffer, unsigned int ifindex, struct ifinfomsg **link)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

	header->nlmsg_type = RTM_NEWLINK;
	*link = mnl_nlmsg_put_extra_header(header, sizeof(**link));
	(*link)->ifi_family = AF_UNSPEC;
	(*link)->ifi_index = (int)ifindex;
	return header;
}

int netlink_no_ipv6_address(unsigned int ifindex)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_BYTES];
	struct ifinfomsg *link;
	struct nlmsghdr *header = link_request(buffer, ifindex, &link);
	struct nlattr *spec = mnl_attr_nest_start(header, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(header, AF_INET6);
	int err;

	mnl_attr_put_u8(header, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(header, inet6);
	mnl_attr_nest_end(header, spec);
	err = request(header);
	/* A kernel without IPv6 has nothing to turn off. */
	return err == -EAFNOSUPPORT || err == -EOPNOTSUPP ? 0 : err;
}

int netlink_noqueue(unsigned int ifindex)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc;

	header->nlmsg_type = RTM_NEWQDISC;
	header->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	tc = mnl_nlmsg_put_extra_header(header, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = (int)ifindex;
	tc->tcm_parent = TC_H_ROOT;
	mnl_attr_put_strz(header, TCA_KIND, "noqueue");
	return request(header);
}

int netlink_link_up(unsigned int ifindex)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_BYTES];
	struct ifinfomsg *link;
	struct nlmsghdr *header = link_request(buffer, ifindex, &link);

	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;
	return request(header);
}

int netlink_veth(const char *name, const char *peer)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_BYTES];
	struct ifinfomsg *link;
	struct nlmsghdr *header = link_request(buffer, 0, &link);
	struct nlattr *info, *data, *other;

	header->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	/* Within the attribute, the peer is described as a link is in a request of its own. */
	other = mnl_attr_nest_start(header, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(header, sizeof(*link));
	mnl_attr_put_strz(header, IFLA_IFNAME, peer);
	mnl_attr_nest_end(header, other);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	return request(header);
}

static int save_counts(const struct nlattr *attr, void *data)
{
	struct rtnl_link_stats64 stats = { 0 };
	struct netlink_counts *counts = data;
	size_t n = mnl_attr_get_payload_len(attr);

	if (mnl_attr_get_type(attr) != IFLA_STATS_LINK_64)
		return MNL_CB_OK;
	memcpy(&stats, mnl_attr_get_payload(attr), n < sizeof(stats) ? n : sizeof(stats));
	*counts = (struct netlink_counts){
		.received = stats.rx_packets,
		.unsent = stats.tx_dropped,
	};
	return MNL_CB_OK;
}

static int parse_stats(const struct nlmsghdr *header, void *counts)
{
	return mnl_attr_parse(header, sizeof(struct if_stats_msg), save_counts, counts);
}

int netlink_link_counts(unsigned int ifindex, struct netlink_counts *counts)
{
	_Alignas(struct nlmsghdr) char buffer[REQUEST_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct if_stats_msg *stats;

	header->nlmsg_type = RTM_GETSTATS;
	stats = mnl_nlmsg_put_extra_header(header, sizeof(*stats));
	stats->ifindex = ifindex;
	stats->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	return exchange(header, parse_stats, counts);
}
