/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AF_PACKET source: sendmmsg(2) past the queueing discipline (PACKET_QDISC_BYPASS), so that a
 * full TUN is ENOBUFS here. See packet(7). sendmmsg() stops at the first packet that is refused
 * and reports the number before it, so that one is counted as refused and skipped.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "source.h"

#define BATCH 64u

struct source {
	int fd;
	uint32_t next; /* in the pattern */
	const struct source_head *pattern;
	uint8_t *tail; /* what follows each head; zeros */
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH][2]; /* head, tail */
};

static void close_source(struct source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	free(source->tail);
	free(source);
}

static int load(struct source **source, struct tun_error *error)
{
	*source = calloc(1, sizeof(**source));
	if (!*source) {
		tun_error_set(error, "not enough memory for the AF_PACKET source");
		return -ENOMEM;
	}
	(*source)->fd = -1;
	return 0;
}

static int open_socket(struct source *source, unsigned int ifindex)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = (int)ifindex };
	int on = 1;

	/* Protocol 0: this socket receives nothing. */
	source->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (source->fd < 0)
		return -errno;
	if (setsockopt(source->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0)
		return -errno;
	return bind(source->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static int start(struct source *source, const struct source_config *config, struct tun_error *error)
{
	uint32_t tail_bytes = config->packet_bytes - SOURCE_HEAD_BYTES;
	int err;

	source->tail = calloc(1, tail_bytes + 1);
	if (!source->tail) {
		tun_error_set(error, "not enough memory for the AF_PACKET source");
		return -ENOMEM;
	}
	err = open_socket(source, config->ifindex);
	if (err < 0) {
		tun_error_set(error,
			      "an AF_PACKET socket was refused (%s); expected CAP_NET_RAW in "
			      "the sandbox and a kernel with CONFIG_PACKET",
			      strerror(-err));
		return err;
	}
	for (unsigned int i = 0; i < BATCH; i++) {
		source->parts[i][1] = (struct iovec){ source->tail, tail_bytes };
		source->messages[i].msg_hdr = (struct msghdr){
			.msg_iov = source->parts[i],
			.msg_iovlen = 2,
		};
	}
	return 0;
}

static void set_pattern(struct source *source, const struct source_head *pattern)
{
	source->pattern = pattern;
}

static void fill_batch(struct source *source, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = (source->next + i) % SOURCE_PATTERN;

		/* The kernel only reads what an iovec points to when it sends. */
		source->parts[i][0] = (struct iovec){ (void *)(uintptr_t)source->pattern[at].bytes,
						      SOURCE_HEAD_BYTES };
	}
}

static int send_packets(struct source *source, uint32_t n, struct source_count *count)
{
	while (n) {
		uint32_t batch = n < BATCH ? n : BATCH, tried;
		int sent;

		fill_batch(source, batch);
		sent = sendmmsg(source->fd, source->messages, batch, 0);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != ENOBUFS)
			return -errno;
		if (sent < 0)
			sent = 0;
		tried = (uint32_t)sent;
		if (tried < batch) {
			tried++;
			count->refused++;
		}
		count->offered += tried;
		source->next += tried;
		n -= tried;
	}
	return 0;
}

const struct source_ops source_packet = {
	.name = "packet",
	.what = "AF_PACKET, sendmmsg(2) past the queueing discipline",
	.load = load,
	.start = start,
	.set_pattern = set_pattern,
	.send = send_packets,
	.close = close_source,
};
