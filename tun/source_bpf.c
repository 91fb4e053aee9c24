/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads and runs the BPF source. The kernel side, with how it works, is source.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

/* Generated code, not ours to keep free of warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "source.bpf.skel.h"
#pragma GCC diagnostic pop

/* Packets a run: bpf_loop() turns at most 2^23 times, and not at all if asked for more. */
#define MAX_RUN (1u << 20)

struct source {
	struct source_bpf *skeleton;
	uint8_t *frame; /* what the program runs on: an Ethernet header and a packet */
	uint32_t frame_bytes;
};

static void close_source(struct source *source)
{
	source_bpf__destroy(source->skeleton);
	free(source->frame);
	free(source);
}

static int load(struct source **source, struct tun_error *error)
{
	struct source *s = calloc(1, sizeof(*s));
	int err;

	if (!s) {
		tun_error_set(error, "not enough memory for the BPF source");
		return -ENOMEM;
	}
	/* What libbpf would print is said by tun_error_bpf(). */
	libbpf_set_print(NULL);
	s->skeleton = source_bpf__open_and_load();
	if (!s->skeleton) {
		err = -errno;
		tun_error_bpf(error, err, "the BPF source", "Linux 5.17");
		free(s);
		return err;
	}
	*source = s;
	return 0;
}

static int run(struct source *source, uint32_t n)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = source->frame,
		    .data_size_in = source->frame_bytes, .repeat = 1);

	source->skeleton->bss->count = n;
	return bpf_prog_test_run_opts(bpf_program__fd(source->skeleton->progs.send_pattern),
				      &options);
}

static int start(struct source *source, const struct source_config *config, struct tun_error *error)
{
	int err;

	source->frame_bytes = SOURCE_ETHERNET_HEADER + config->packet_bytes;
	source->frame = calloc(1, source->frame_bytes);
	if (!source->frame) {
		tun_error_set(error, "not enough memory for the BPF source");
		return -ENOMEM;
	}
	/* The pattern overwrites the packet; IPv4 is what the kernel takes the first one for. */
	source->frame[12] = 0x08;
	source->skeleton->bss->ifindex = config->ifindex;
	err = run(source, 0);
	if (err < 0)
		tun_error_set(error, "BPF_PROG_TEST_RUN was refused (%s); it needs Linux 5.17",
			      strerror(-err));
	return err;
}

static void set_pattern(struct source *source, const struct source_head *pattern)
{
	memcpy(source->skeleton->bss->pattern, pattern, SOURCE_PATTERN * sizeof(*pattern));
}

/* One run of the program: @n packets, at most MAX_RUN. */
static int send_run(struct source *source, uint32_t n, struct source_count *count)
{
	uint64_t offered = source->skeleton->bss->offered;
	uint64_t refused = source->skeleton->bss->refused;
	int err = run(source, n);

	count->offered += source->skeleton->bss->offered - offered;
	count->refused += source->skeleton->bss->refused - refused;
	/* A signal can end the call behind the program's run: what it sent is counted. */
	return err == -EINTR ? 0 : err;
}

static int send_packets(struct source *source, uint32_t n, struct source_count *count)
{
	int err = 0;

	while (n && !err) {
		uint32_t now = n < MAX_RUN ? n : MAX_RUN;

		err = send_run(source, now, count);
		n -= now;
	}
	return err;
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.what = "a BPF classifier that clones to the TUN",
	.load = load,
	.start = start,
	.set_pattern = set_pattern,
	.send = send_packets,
	.close = close_source,
};
