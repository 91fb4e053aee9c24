/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a source through the device to a reader: each reader receives exactly what each source says
 * was accepted, in order and unchanged; readers wait no longer and no shorter than they should.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "tun_setup.h"

TestSuite(readers, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct reader_ops *const readers[] = { &reader_drain, &reader_read };

#define SMALLEST_PACKET (SOURCE_MIN_FRAME - SOURCE_FRAME_OVERHEAD)

/* A source aimed at a device of its own, and what the next packet read from it is. */
struct path {
	const struct source_ops *ops;
	struct source *source;
	struct source_head *pattern;
	struct tun_device device;
	uint32_t packet_bytes;
	uint32_t next;
};

static void open_path(struct path *path, const struct source_ops *ops, uint32_t packet_bytes)
{
	*path = (struct path){ .ops = ops, .packet_bytes = packet_bytes };
	path->source = load_source(ops);
	enter_namespace();
	path->device = open_device();
	path->pattern = make_pattern(packet_bytes);
	start_source(ops, path->source, &path->device, path->pattern, packet_bytes);
}

static void close_path(struct path *path)
{
	path->ops->close(path->source);
	tun_device_close(&path->device);
	free(path->pattern);
}

/* Sends @n packets that the device has room for. */
static void send_packets(struct path *path, uint32_t n)
{
	struct source_count count = { 0 };

	cr_assert_eq(path->ops->send(path->source, n, &count), 0);
	cr_assert_eq(count.offered, n);
	cr_assert_eq(count.refused, 0);
}

/* The packet is the next of the pattern: its head, then zeros, and nothing else. */
static void check_packet(struct path *path, const struct packet *packet)
{
	uint32_t index = path->next++ % SOURCE_PATTERN;

	cr_assert_eq(packet->len, path->packet_bytes, "packet %u has %u bytes", index, packet->len);
	cr_assert_eq(source_index(packet), index, "packet %u came instead of %u",
		     source_index(packet), index);
	cr_assert_eq(memcmp(packet->data, path->pattern[index].bytes, SOURCE_HEAD_BYTES), 0);
	for (uint32_t i = SOURCE_HEAD_BYTES; i < packet->len; i++)
		cr_assert_eq(packet->data[i], 0, "byte %u of packet %u", i, index);
}

/* One burst, each packet checked. Returns how many. */
static int check_burst(struct path *path, const struct reader_ops *ops, struct reader *reader)
{
	struct packet packets[READER_BURST];
	int n = ops->burst(reader, packets);

	cr_assert(n >= 0 && n <= (int)READER_BURST, "burst gave %d", n);
	for (int i = 0; i < n; i++)
		check_packet(path, &packets[i]);
	return n;
}

/* Bursts until one says that the device is empty. Returns how many packets came. */
static uint32_t drain(struct path *path, const struct reader_ops *ops, struct reader *reader)
{
	uint32_t total = 0;
	int n;

	do {
		n = check_burst(path, ops, reader);
		total += (uint32_t)n;
	} while (n == (int)READER_BURST);
	return total;
}

/*
 * Packets of one size, in portions of every kind of number, with the readers taking turns. None
 * fills the ring: the kernel gives back consumed places 16 at a time (linux/ptr_ring.h), so that a
 * ring which was not drained to its very end takes up to 15 packets less than it has places.
 */
static void sizes_arrive(const struct source_ops *ops, uint32_t frame)
{
	static const uint32_t portions[] = { 1, 2, 63, 64, 65, 127, 128, 129, 400 };
	struct path path;

	open_path(&path, ops, frame - SOURCE_FRAME_OVERHEAD);
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++) {
		struct reader *reader = open_reader(readers[r], &path.device);

		for (size_t i = 0; i < ARRAY_SIZE(portions); i++) {
			send_packets(&path, portions[i]);
			cr_assert_eq(drain(&path, readers[r], reader), portions[i]);
		}
		readers[r]->close(reader);
	}
	close_path(&path);
}

static const uint32_t frames[] = { SOURCE_MIN_FRAME, 65, 128, 594, 1280, 1517, SOURCE_MAX_FRAME };

Test(readers, packets_of_every_size_arrive_from_the_packet_source)
{
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		sizes_arrive(&source_packet, frames[i]);
}

Test(readers, packets_of_every_size_arrive_from_the_bpf_source)
{
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		sizes_arrive(&source_bpf, frames[i]);
}

/* Once through the pattern and into it again, a ring at a time. */
static void pattern_repeats(const struct source_ops *ops)
{
	struct path path;
	uint32_t sent = 0;

	open_path(&path, ops, SMALLEST_PACKET);
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++) {
		struct reader *reader = open_reader(readers[r], &path.device);

		for (; sent < (r + 1) * (SOURCE_PATTERN + 1000); sent += path.device.ring) {
			send_packets(&path, path.device.ring);
			cr_assert_eq(drain(&path, readers[r], reader), path.device.ring);
		}
		readers[r]->close(reader);
	}
	close_path(&path);
}

Test(readers, the_packet_source_repeats_its_pattern)
{
	pattern_repeats(&source_packet);
}

Test(readers, the_bpf_source_repeats_its_pattern)
{
	pattern_repeats(&source_bpf);
}

/* A new pattern goes on at the place where the old one was left. */
static void pattern_changes(const struct source_ops *ops)
{
	struct source_head *other, *first;
	struct reader *reader;
	struct path path;

	open_path(&path, ops, SMALLEST_PACKET);
	reader = open_reader(&reader_read, &path.device);
	send_packets(&path, 100);
	cr_assert_eq(drain(&path, &reader_read, reader), 100);
	first = path.pattern;
	other = make_pattern(SMALLEST_PACKET);
	for (uint32_t i = 0; i < SOURCE_PATTERN; i++)
		source_head_ipv4(&other[i], i, SMALLEST_PACKET, i);
	ops->set_pattern(path.source, other);
	path.pattern = other;
	send_packets(&path, 100);
	cr_assert_eq(drain(&path, &reader_read, reader), 100);
	free(first);
	reader_read.close(reader);
	close_path(&path);
}

Test(readers, the_packet_source_takes_another_pattern)
{
	pattern_changes(&source_packet);
}

Test(readers, the_bpf_source_takes_another_pattern)
{
	pattern_changes(&source_bpf);
}

/* What does not fit is refused and counted; what was accepted is there, and what follows too. */
static void full_ring_refuses(const struct source_ops *ops, const struct reader_ops *reader_ops)
{
	const uint32_t excess = 100;
	struct source_count count = { 0 };
	struct reader *reader;
	struct path path;

	open_path(&path, ops, SMALLEST_PACKET);
	reader = open_reader(reader_ops, &path.device);
	for (unsigned int round = 1; round <= 3; round++) {
		cr_assert_eq(ops->send(path.source, path.device.ring + excess, &count), 0);
		cr_assert_eq(count.offered, round * (path.device.ring + excess));
		cr_assert_eq(count.refused, round * excess);
		cr_assert_eq(drain(&path, reader_ops, reader), path.device.ring);
		cr_assert_eq(check_burst(&path, reader_ops, reader), 0);
		path.next += excess;
	}
	reader_ops->close(reader);
	close_path(&path);
}

Test(readers, a_full_ring_refuses_exactly_what_the_packet_source_sends_too_much)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		full_ring_refuses(&source_packet, readers[r]);
}

Test(readers, a_full_ring_refuses_exactly_what_the_bpf_source_sends_too_much)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		full_ring_refuses(&source_bpf, readers[r]);
}

/* One loop of a BPF program turns at most 2^23 times: linux/bpf_verifier.h, BPF_MAX_LOOPS. */
#define MORE_THAN_A_LOOP ((1u << 23) + 1)

Test(readers, the_bpf_source_sends_more_than_a_bpf_loop_turns)
{
	struct source_count count = { 0 };
	struct path path;

	open_path(&path, &source_bpf, SMALLEST_PACKET);
	cr_assert_eq(source_bpf.send(path.source, MORE_THAN_A_LOOP, &count), 0);
	cr_assert_eq(count.offered, MORE_THAN_A_LOOP);
	cr_assert_eq(count.refused, MORE_THAN_A_LOOP - path.device.ring);
	close_path(&path);
}

static void bursts_are_counted(const struct reader_ops *ops)
{
	struct reader *reader;
	struct path path;

	open_path(&path, &source_packet, SMALLEST_PACKET);
	reader = open_reader(ops, &path.device);
	cr_assert_eq(check_burst(&path, ops, reader), 0, "an empty device");
	send_packets(&path, READER_BURST - 1);
	cr_assert_eq(check_burst(&path, ops, reader), READER_BURST - 1);
	cr_assert_eq(check_burst(&path, ops, reader), 0);
	send_packets(&path, 2 * READER_BURST + 1);
	cr_assert_eq(check_burst(&path, ops, reader), READER_BURST);
	cr_assert_eq(check_burst(&path, ops, reader), READER_BURST);
	cr_assert_eq(check_burst(&path, ops, reader), 1);
	cr_assert_eq(check_burst(&path, ops, reader), 0);
	ops->close(reader);
	close_path(&path);
}

Test(readers, bursts_are_full_until_the_device_is_empty)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		bursts_are_counted(readers[r]);
}

Test(readers, take_turns_on_one_device)
{
	struct reader *drain_reader, *read_reader;
	struct path path;

	open_path(&path, &source_packet, SMALLEST_PACKET);
	drain_reader = open_reader(&reader_drain, &path.device);
	read_reader = open_reader(&reader_read, &path.device);
	for (unsigned int round = 0; round < 20; round++) {
		send_packets(&path, 3 * READER_BURST + 5);
		cr_assert_eq(check_burst(&path, &reader_drain, drain_reader), READER_BURST);
		cr_assert_eq(check_burst(&path, &reader_read, read_reader), READER_BURST);
		cr_assert_eq(drain(&path, &reader_drain, drain_reader), READER_BURST + 5);
		cr_assert_eq(check_burst(&path, &reader_read, read_reader), 0);
		/* Leaves a poll armed, which the other reader's packets set off. */
		cr_assert_eq(reader_drain.wait(drain_reader, 1), 0);
		send_packets(&path, 10);
		cr_assert_eq(drain(&path, &reader_read, read_reader), 10);
	}
	reader_drain.close(drain_reader);
	reader_read.close(read_reader);
	close_path(&path);
}

/* How long wait() took, in milliseconds. */
static int64_t timed_wait(const struct reader_ops *ops, struct reader *reader, int timeout_ms)
{
	int64_t start = now_ms();

	cr_assert_eq(ops->wait(reader, timeout_ms), 0);
	return now_ms() - start;
}

/* Long enough that no slow machine takes it for the timeout. */
#define LONG_MS 20000
#define SOON_MS 50
/* Rounding to whole milliseconds. */
#define SLACK_MS 2

static void wait_times_out(const struct reader_ops *ops)
{
	struct reader *reader;
	struct path path;

	open_path(&path, &source_packet, SMALLEST_PACKET);
	reader = open_reader(ops, &path.device);
	for (int round = 0; round < 3; round++) {
		int64_t took = timed_wait(ops, reader, SOON_MS);

		cr_assert_geq(took, SOON_MS - SLACK_MS, "%s: %d ms", ops->name, (int)took);
		cr_assert_lt(took, LONG_MS / 2, "%s: %d ms", ops->name, (int)took);
		cr_assert_eq(check_burst(&path, ops, reader), 0);
	}
	cr_assert_lt(timed_wait(ops, reader, 0), LONG_MS / 2);
	ops->close(reader);
	close_path(&path);
}

Test(readers, wait_ends_when_nothing_comes)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		wait_times_out(readers[r]);
}

static void wait_sees_what_is_there(const struct reader_ops *ops)
{
	struct reader *reader;
	struct path path;
	int64_t took;

	open_path(&path, &source_packet, SMALLEST_PACKET);
	reader = open_reader(ops, &path.device);
	send_packets(&path, 2);
	cr_assert_lt(timed_wait(ops, reader, LONG_MS), LONG_MS / 2, "%s", ops->name);
	cr_assert_lt(timed_wait(ops, reader, LONG_MS), LONG_MS / 2, "%s", ops->name);
	cr_assert_eq(check_burst(&path, ops, reader), 2);
	/* A poll that a packet set off which is gone by now may end one wait early, not two. */
	(void)timed_wait(ops, reader, SOON_MS);
	send_packets(&path, 1);
	cr_assert_eq(check_burst(&path, ops, reader), 1);
	(void)timed_wait(ops, reader, SOON_MS);
	took = timed_wait(ops, reader, SOON_MS);
	cr_assert_geq(took, SOON_MS - SLACK_MS, "%s: %d ms", ops->name, (int)took);
	ops->close(reader);
	close_path(&path);
}

Test(readers, wait_ends_at_once_when_packets_are_there)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		wait_sees_what_is_there(readers[r]);
}

static void *send_soon(void *path)
{
	struct path *p = path;
	struct source_count count = { 0 };

	usleep(SOON_MS * 1000);
	p->ops->send(p->source, 1, &count);
	return NULL;
}

static void wait_wakes_up(const struct reader_ops *ops, const struct source_ops *source)
{
	struct reader *reader;
	struct path path;

	open_path(&path, source, SMALLEST_PACKET);
	reader = open_reader(ops, &path.device);
	for (int round = 0; round < 5; round++) {
		int64_t start = now_ms(), took;
		pthread_t sender;
		int n = 0;

		cr_assert_eq(pthread_create(&sender, NULL, send_soon, &path), 0);
		/* A wait may end early; it is what comes in the end that counts. */
		while (!n && now_ms() - start < LONG_MS) {
			cr_assert_eq(ops->wait(reader, LONG_MS), 0);
			n = check_burst(&path, ops, reader);
		}
		took = now_ms() - start;
		cr_assert_eq(n, 1);
		cr_assert(took >= SOON_MS - SLACK_MS && took < LONG_MS / 2, "%s: %d ms", ops->name,
			  (int)took);
		cr_assert_eq(pthread_join(sender, NULL), 0);
	}
	ops->close(reader);
	close_path(&path);
}

Test(readers, wait_wakes_up_for_the_packet_source)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		wait_wakes_up(readers[r], &source_packet);
}

Test(readers, wait_wakes_up_for_the_bpf_source)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		wait_wakes_up(readers[r], &source_bpf);
}

static void send_raw(int fd, unsigned int ifindex, const uint8_t *bytes, size_t n)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)ifindex };

	cr_assert_eq(sendto(fd, bytes, n, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)n);
}

/* Bytes that are no IP packet: they come through as they are, and parse as nothing. */
static void garbage_comes_through(const struct reader_ops *ops)
{
	const uint32_t longest = 20;
	struct packet packets[READER_BURST];
	struct tun_device device;
	struct reader *reader;
	uint8_t bytes[20];
	int fd;

	enter_namespace();
	device = open_device();
	reader = open_reader(ops, &device);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	cr_assert_geq(fd, 0);
	for (uint32_t i = 0; i < longest; i++)
		bytes[i] = (uint8_t)(0x40 + i);
	for (uint32_t n = 1; n <= longest; n++)
		send_raw(fd, device.ifindex, bytes, n);
	cr_assert_eq(ops->burst(reader, packets), (int)longest);
	for (uint32_t i = 0; i < longest; i++) {
		cr_assert_eq(packets[i].len, i + 1);
		cr_assert_eq(memcmp(packets[i].data, bytes, i + 1), 0);
		cr_assert_eq(packet_version(&packets[i]), PACKET_UNPARSED);
		cr_assert_geq(source_index(&packets[i]), SOURCE_PATTERN);
	}
	close(fd);
	ops->close(reader);
	tun_device_close(&device);
}

Test(readers, short_and_senseless_packets_come_through)
{
	for (size_t r = 0; r < ARRAY_SIZE(readers); r++)
		garbage_comes_through(readers[r]);
}
