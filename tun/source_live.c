/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and runs the source of live frames. The kernel side, with how it works, is
 * source_live.bpf.c. Its program does not learn whether the device had room for a frame: that is
 * what the device itself counts.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlink.h"
#include "source.h"

/* Generated code, not ours to keep free of warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "source_live.bpf.skel.h"
#pragma GCC diagnostic pop

struct source {
	struct source_live_bpf *skeleton;
	unsigned int ifindex;
	int link;	/* -1: none */
	uint8_t *frame; /* what every frame is at first */
	uint32_t frame_bytes;
};

static void close_source(struct source *source)
{
	if (source->link >= 0)
		close(source->link);
	source_live_bpf__destroy(source->skeleton);
	free(source->frame);
	free(source);
}

static int load(struct source **source, struct tun_error *error)
{
	struct source *s = calloc(1, sizeof(*s));
	int err;

	if (!s) {
		tun_error_set(error, "not enough memory for the source of live frames");
		return -ENOMEM;
	}
	s->link = -1;
	/* What libbpf would print is said by tun_error_bpf(). */
	libbpf_set_print(NULL);
	s->skeleton = source_live_bpf__open_and_load();
	if (!s->skeleton) {
		err = -errno;
		tun_error_bpf(error, err, "the source of live frames", "Linux 5.18");
		free(s);
		return err;
	}
	*source = s;
	return 0;
}

static int run(struct source *source, uint32_t n)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = source->frame,
		    .data_size_in = source->frame_bytes, .repeat = (int)n,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	return bpf_prog_test_run_opts(bpf_program__fd(source->skeleton->progs.send_live), &options);
}

/*
 * The kernel keeps a list of the XDP programs that it calls directly. A run enters its program, and
 * takes it out behind, and each time waits for RCU: some 10 ms, which is not the frames' time. A
 * program that is on an interface stays in the list. The device never receives, so there it is idle.
 */
static int keep_listed(struct source *source)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
	int link = bpf_link_create(bpf_program__fd(source->skeleton->progs.send_live),
				   (int)source->ifindex, BPF_XDP, &options);

	if (link < 0)
		return link;
	source->link = link;
	return 0;
}

static int start(struct source *source, const struct source_config *config, struct tun_error *error)
{
	int err;

	source->ifindex = config->ifindex;
	source->frame_bytes = SOURCE_ETHERNET_HEADER + config->packet_bytes;
	source->frame = calloc(1, source->frame_bytes);
	if (!source->frame) {
		tun_error_set(error, "not enough memory for the source of live frames");
		return -ENOMEM;
	}
	err = keep_listed(source);
	if (err < 0) {
		tun_error_set(error, "the sending device took no XDP program (%s)", strerror(-err));
		return err;
	}
	err = run(source, 1);
	if (err < 0)
		tun_error_set(error,
			      "BPF_PROG_TEST_RUN with live frames was refused (%s); it needs "
			      "Linux 5.18",
			      strerror(-err));
	source->skeleton->bss->ifindex = config->ifindex;
	return err;
}

/* Whether a head is what source_head_ipv4() or source_head_ipv6() makes; notes where it goes. */
static bool is_regular(struct source *source, const struct source_head *head, uint32_t index,
		       enum source_live_way way)
{
	struct source_live_bpf__bss *bss = source->skeleton->bss;
	uint32_t packet_bytes = source->frame_bytes - SOURCE_ETHERNET_HEADER;
	struct packet packet = { head->bytes, SOURCE_HEAD_BYTES };
	struct source_head made;
	uint64_t hi, lo;

	if (way == SOURCE_LIVE_IPV4) {
		memcpy(&bss->destinations4[index], head->bytes + IPV4_DESTINATION,
		       sizeof(bss->destinations4[index]));
		source_head_ipv4(&made, packet_destination4(&packet), packet_bytes, index);
	} else {
		memcpy(bss->destinations6[index], head->bytes + IPV6_DESTINATION,
		       sizeof(bss->destinations6[index]));
		packet_destination6(&packet, &hi, &lo);
		source_head_ipv6(&made, hi, lo, packet_bytes, index);
	}
	return !memcmp(&made, head, sizeof(made));
}

/* The sum of the words that all IPv4 headers of a pattern share. */
static uint32_t shared_sum(const struct source_head *head)
{
	uint16_t words[IPV4_MIN_HEADER / sizeof(uint16_t)];
	uint32_t sum = 0;

	memcpy(words, head->bytes, sizeof(words));
	for (unsigned int i = 0; i < IPV4_DESTINATION / sizeof(*words); i++)
		sum += i == IPV4_CHECKSUM / sizeof(*words) ? 0 : words[i];
	return sum;
}

/* What the frames are at first, so that the program writes the rest only. */
static void make_frame(struct source *source, const struct source_head *head,
		       enum source_live_way way)
{
	static const uint8_t ethertypes[][2] = {
		[SOURCE_LIVE_IPV4] = { 0x08, 0x00 },
		[SOURCE_LIVE_IPV6] = { 0x86, 0xdd },
	};

	memcpy(source->frame + SOURCE_ETHERNET_HEADER - 2, ethertypes[way], 2);
	memcpy(source->frame + SOURCE_ETHERNET_HEADER, head, sizeof(*head));
}

static void set_pattern(struct source *source, const struct source_head *pattern)
{
	enum source_live_way way = pattern->bytes[0] >> 4 == PACKET_IPV4 ? SOURCE_LIVE_IPV4
									 : SOURCE_LIVE_IPV6;
	uint32_t i = 0;

	memcpy(source->skeleton->bss->heads, pattern, SOURCE_PATTERN * sizeof(*pattern));
	while (i < SOURCE_PATTERN && is_regular(source, &pattern[i], i, way))
		i++;
	make_frame(source, pattern, way);
	source->skeleton->bss->sum4 = shared_sum(pattern);
	source->skeleton->bss->way = i == SOURCE_PATTERN ? way : SOURCE_LIVE_HEADS;
}

static int send_frames(struct source *source, uint32_t n, struct source_count *count)
{
	uint64_t offered = source->skeleton->bss->offered;
	struct netlink_counts before, after;
	int err = netlink_link_counts(source->ifindex, &before), end;

	if (err < 0 || !n)
		return err;
	err = run(source, n);
	count->offered += source->skeleton->bss->offered - offered;
	end = netlink_link_counts(source->ifindex, &after);
	if (end < 0)
		return end;
	count->refused += after.unsent - before.unsent;
	/* A signal can end the run: what it sent until then is counted. */
	return err == -EINTR ? 0 : err;
}

const struct source_ops source_live = {
	.name = "live",
	.what = "an XDP program that redirects live frames",
	.load = load,
	.start = start,
	.set_pattern = set_pattern,
	.send = send_frames,
	.close = close_source,
};
