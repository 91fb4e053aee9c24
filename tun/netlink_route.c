/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes by rtnetlink, in batches; of each batch only its end is acknowledged, and every error. */
#include "netlink_route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH_BYTES   65536u
#define REQUEST_BYTES 256u /* more than any route takes */
#define ANSWER_BYTES  32768u

struct netlink_routes {
	struct mnl_socket *socket;
	uint32_t sequence; /* of the last request */
	int error;	   /* the first since the last flush */
	size_t used;	   /* bytes of the batch */
	size_t last;	   /* where its last request begins */
	_Alignas(struct nlmsghdr) char batch[BATCH_BYTES];
	_Alignas(struct nlmsghdr) char answer[ANSWER_BYTES];
};

int netlink_routes_open(struct netlink_routes **routes)
{
	struct netlink_routes *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (r->socket && !mnl_socket_bind(r->socket, 0, MNL_SOCKET_AUTOPID)) {
		*routes = r;
		return 0;
	}
	err = -errno;
	netlink_routes_close(r);
	return err;
}

void netlink_routes_close(struct netlink_routes *routes)
{
	if (!routes)
		return;
	if (routes->socket)
		mnl_socket_close(routes->socket);
	free(routes);
}

static void note_error(struct netlink_routes *r, int error)
{
	if (error && !r->error)
		r->error = error;
}

/* Reads answers until the request @last is acknowledged. */
static void read_answers(struct netlink_routes *r, uint32_t last)
{
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(r->socket, r->answer, sizeof(r->answer));
		int left = (int)n;

		if (n < 0) {
			note_error(r, -errno);
			return;
		}
		for (struct nlmsghdr *header = (void *)r->answer; mnl_nlmsg_ok(header, left);
		     header = mnl_nlmsg_next(header, &left)) {
			const struct nlmsgerr *answer = mnl_nlmsg_get_payload(header);

			if (header->nlmsg_type != NLMSG_ERROR)
				continue;
			note_error(r, answer->error);
			if (header->nlmsg_seq == last)
				return;
		}
	}
}

/* Sends the batch; the last request of it asks to be acknowledged. */
static void send_batch(struct netlink_routes *r)
{
	struct nlmsghdr *last = (void *)(r->batch + r->last);

	last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(r->socket, r->batch, r->used) < 0)
		note_error(r, -errno);
	else
		read_answers(r, last->nlmsg_seq);
	r->used = 0;
}

static struct nlmsghdr *put_route(struct netlink_routes *r, const struct netlink_route *route)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(r->batch + r->used);
	struct rtmsg *message = mnl_nlmsg_put_extra_header(header, sizeof(*message));

	header->nlmsg_seq = ++r->sequence;
	message->rtm_family = route->family;
	message->rtm_dst_len = route->len;
	message->rtm_protocol = RTPROT_STATIC;
	message->rtm_type = route->blackhole ? RTN_BLACKHOLE : RTN_UNICAST;
	message->rtm_scope = route->family == AF_INET && !route->blackhole ? RT_SCOPE_LINK
									   : RT_SCOPE_UNIVERSE;
	mnl_attr_put(header, RTA_DST, route->family == AF_INET ? 4 : 16, route->bytes);
	mnl_attr_put_u32(header, RTA_TABLE, route->table);
	if (route->metric)
		mnl_attr_put_u32(header, RTA_PRIORITY, route->metric);
	if (!route->blackhole && route->ifindex)
		mnl_attr_put_u32(header, RTA_OIF, route->ifindex);
	return header;
}

/* Puts the message behind the others, and sends them when they are many. */
static int finish_message(struct netlink_routes *r, struct nlmsghdr *header)
{
	r->last = r->used;
	r->used += NLMSG_ALIGN((size_t)header->nlmsg_len);
	if (r->used + REQUEST_BYTES > BATCH_BYTES)
		send_batch(r);
	return r->error;
}

int netlink_routes_add(struct netlink_routes *routes, const struct netlink_route *route)
{
	struct nlmsghdr *header = put_route(routes, route);

	header->nlmsg_type = RTM_NEWROUTE;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE;
	return finish_message(routes, header);
}

int netlink_routes_remove(struct netlink_routes *routes, const struct netlink_route *route)
{
	struct nlmsghdr *header = put_route(routes, route);
	struct rtmsg *message = mnl_nlmsg_get_payload(header);

	header->nlmsg_type = RTM_DELROUTE;
	header->nlmsg_flags = NLM_F_REQUEST;
	/* Any type and scope. */
	message->rtm_type = RTN_UNSPEC;
	message->rtm_scope = RT_SCOPE_NOWHERE;
	message->rtm_protocol = RTPROT_UNSPEC;
	return finish_message(routes, header);
}

int netlink_routes_flush(struct netlink_routes *routes)
{
	int err;

	if (routes->used)
		send_batch(routes);
	err = routes->error;
	routes->error = 0;
	return err;
}
