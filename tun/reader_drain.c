/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The io_uring reader. A burst is one system call: 64 reads into registered buffers from a
 * registered file, each with RWF_NOWAIT, so each ends within the call, with a packet or -EAGAIN,
 * and none is left armed. Only when the device is empty is one poll armed, to sleep on; armed
 * reads would each be woken for every packet. See io_uring_enter(2), io_uring_setup(2).
 */
#include "reader_slots.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#define FILE_INDEX 0		/* of the TUN among the registered files */
#define POLL_TAG   READER_BURST /* user_data of the poll; reads have their slot's number */
/* A burst and the poll fit into the submission queue. */
#define RING_ENTRIES (2 * READER_BURST)
/* Memory of the rings that counts as locked, generously. */
#define RING_KIB 64u

struct reader {
	struct io_uring ring;
	uint8_t *slots;
	bool poll_armed;
};

/* Prefers completion work inside our own system calls (Linux 6.1), but runs without. */
static int init_ring(struct io_uring *ring)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	};
	int err = io_uring_queue_init_params(RING_ENTRIES, ring, &params);

	if (err == -EINVAL)
		err = io_uring_queue_init(RING_ENTRIES, ring, 0);
	return err;
}

static void explain(int err, const char *step, struct tun_error *error)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		tun_error_set(error,
			      "io_uring is disabled (%s: %s); enable it: sudo sysctl "
			      "kernel.io_uring_disabled=0 (in a container, its seccomp profile "
			      "must allow io_uring)",
			      step, strerror(-err));
		break;
	case ENOSYS:
		tun_error_set(error,
			      "io_uring is not in this kernel (%s: %s); it needs Linux 5.11 "
			      "with CONFIG_IO_URING",
			      step, strerror(-err));
		break;
	case ENOMEM:
		tun_error_set(error,
			      "too little locked memory for io_uring (%s: %s); reader "
			      "\"drain\" needs %zu KiB: raise \"ulimit -l\"",
			      step, strerror(-err), READER_SLOTS_ROOM / 1024 + RING_KIB);
		break;
	default:
		tun_error_set(error, "io_uring failed (%s: %s)", step, strerror(-err));
	}
}

static void close_reader(struct reader *reader)
{
	io_uring_queue_exit(&reader->ring);
	free(reader->slots);
	free(reader);
}

static int open_reader(int fd, struct reader **reader, struct tun_error *error)
{
	struct reader *r = calloc(1, sizeof(*r));
	uint8_t *slots = reader_slots_alloc();
	struct iovec buffers = { slots, READER_SLOTS_BYTES };
	const char *step = "io_uring_setup";
	int err = -ENOMEM;

	if (r && slots)
		err = init_ring(&r->ring);
	if (err < 0) {
		free(slots);
		free(r);
		explain(err, step, error);
		return err;
	}
	r->slots = slots;
	step = "registering the buffers";
	err = io_uring_register_buffers(&r->ring, &buffers, 1);
	if (!err) {
		step = "registering the file";
		err = io_uring_register_files(&r->ring, &fd, 1);
	}
	if (err < 0) {
		explain(err, step, error);
		close_reader(r);
		return err;
	}
	/* Saves a file look-up a call (Linux 5.18); without it all works the same. */
	(void)io_uring_register_ring_fd(&r->ring);
	*reader = r;
	return 0;
}

/* Takes the completions that are there; adds packets; counts finished reads in @finished. */
static int reap(struct reader *reader, struct packet *packets, int *n, unsigned int *finished)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;
	int err = 0;

	io_uring_for_each_cqe (&reader->ring, head, cqe) {
		seen++;
		if (cqe->user_data == POLL_TAG) {
			reader->poll_armed = false;
			continue;
		}
		++*finished;
		if (cqe->res >= 0)
			packets[(*n)++] = (struct packet){
				reader->slots + cqe->user_data * READER_SLOT_BYTES,
				(uint32_t)cqe->res,
			};
		else if (cqe->res != -EAGAIN && cqe->res != -EINTR)
			err = cqe->res;
	}
	io_uring_cq_advance(&reader->ring, seen);
	return err;
}

static int burst(struct reader *reader, struct packet packets[READER_BURST])
{
	unsigned int finished = 0;
	int n = 0, err;

	for (unsigned int i = 0; i < READER_BURST; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&reader->ring);

		io_uring_prep_read_fixed(sqe, FILE_INDEX, reader->slots + i * READER_SLOT_BYTES,
					 READER_SLOT_BYTES, 0, 0);
		sqe->flags = IOSQE_FIXED_FILE;
		sqe->rw_flags = RWF_NOWAIT;
		sqe->user_data = i;
	}
	do {
		err = io_uring_submit_and_wait(&reader->ring, READER_BURST - finished);
		if (err < 0 && err != -EINTR)
			return err;
		err = reap(reader, packets, &n, &finished);
		if (err < 0)
			return err;
	} while (finished < READER_BURST);
	return n;
}

static int wait_readable(struct reader *reader, int timeout_ms)
{
	struct __kernel_timespec timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000000ll };
	struct io_uring_cqe *cqe;
	int err;

	if (!reader->poll_armed) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&reader->ring);

		io_uring_prep_poll_add(sqe, FILE_INDEX, POLLIN);
		sqe->flags = IOSQE_FIXED_FILE;
		sqe->user_data = POLL_TAG;
		reader->poll_armed = true;
	}
	err = io_uring_submit_and_wait_timeout(&reader->ring, &cqe, 1, &timeout, NULL);
	if (err == -ETIME || err == -EINTR)
		return 0;
	if (err < 0)
		return err;
	/* Nothing but the poll is in flight between bursts. */
	io_uring_cqe_seen(&reader->ring, cqe);
	reader->poll_armed = false;
	return 0;
}

const struct reader_ops reader_drain = {
	.name = "drain",
	.what = "io_uring, 64 non-blocking reads a submission",
	.open = open_reader,
	.burst = burst,
	.wait = wait_readable,
	.close = close_reader,
};

static_assert((RING_ENTRIES & (RING_ENTRIES - 1)) == 0, "the kernel rounds up otherwise");
