/* SPDX-License-Identifier: BSD-2-Clause */
/* rtnetlink requests by libmnl, one socket a request: this is set-up, not the packet path. */
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

/* The largest request here is far below the smallest page. */
#define REQUEST_BYTES 512

/* Sends one request and waits for its acknowledgement. */
static int request(struct nlmsghdr *header)
{
	char answer[8192]; /* MNL_SOCKET_BUFFER_SIZE is at most this */
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	ssize_t n;
	int err = 0;

	if (!nl)
		return -errno;
	header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, header, header->nlmsg_len) < 0)
		goto fail;
	n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (n < 0 || mnl_cb_run(answer, (size_t)n, 1, mnl_socket_get_portid(nl), NULL, NULL) < 0)
		goto fail;
	mnl_socket_close(nl);
	return 0;
fail:
	err = -errno;
	mnl_socket_close(nl);
	return err;
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
