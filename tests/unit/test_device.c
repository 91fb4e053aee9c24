/* SPDX-License-Identifier: BSD-2-Clause */
/* The TUN device: how it comes up, that the kernel keeps quiet on it, and names that are taken. */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "tun_setup.h"

TestSuite(device, .fini = check_leaks);

/* How long the kernel takes at most to solicit routers or to report multicast groups, and more. */
#define KERNEL_TRAFFIC_MS 1500
/* tun_device_open() waits three seconds for a busy name. */
#define BUSY_MS 3000

static short flags_of(const char *name)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	cr_assert_geq(fd, 0);
	strcpy(request.ifr_name, name);
	cr_assert_eq(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	close(fd);
	return request.ifr_flags;
}

static int save_qdisc(const struct nlattr *attr, void *name)
{
	if (mnl_attr_get_type(attr) == IFLA_QDISC)
		snprintf(name, IFNAMSIZ, "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int parse_link(const struct nlmsghdr *header, void *name)
{
	return mnl_attr_parse(header, sizeof(struct ifinfomsg), save_qdisc, name);
}

/* The name of the device's queueing discipline. */
static void qdisc_of(unsigned int ifindex, char name[static IFNAMSIZ])
{
	_Alignas(struct nlmsghdr) char buffer[8192] = { 0 };
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link;
	ssize_t n;

	cr_assert_not_null(nl);
	cr_assert_eq(mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID), 0);
	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST;
	link = mnl_nlmsg_put_extra_header(header, sizeof(*link));
	link->ifi_index = (int)ifindex;
	cr_assert_gt(mnl_socket_sendto(nl, header, header->nlmsg_len), 0);
	n = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
	cr_assert_gt(n, 0);
	*name = '\0';
	cr_assert_geq(mnl_cb_run(buffer, (size_t)n, 0, 0, parse_link, name), 0);
	mnl_socket_close(nl);
}

Test(device, is_up_with_no_queue_and_a_ring)
{
	struct tun_device device;
	char qdisc[IFNAMSIZ];

	enter_namespace();
	device = open_device();
	cr_assert_str_eq(device.name, DEVICE_NAME);
	cr_assert_eq(device.ifindex, if_nametoindex(DEVICE_NAME));
	cr_assert_gt(device.ring, 0);
	cr_assert(flags_of(DEVICE_NAME) & IFF_UP);
	qdisc_of(device.ifindex, qdisc);
	cr_assert_str_eq(qdisc, "noqueue");
	cr_assert(fcntl(device.fd, F_GETFL) & O_NONBLOCK);
	cr_assert(fcntl(device.fd, F_GETFD) & FD_CLOEXEC);
	tun_device_close(&device);
	cr_assert_eq(if_nametoindex(DEVICE_NAME), 0, "it is gone once closed");
	tun_device_close(&device);
}

Test(device, the_kernel_sends_nothing_of_its_own)
{
	struct tun_device device;
	struct pollfd fd;

	enter_namespace();
	device = open_device();
	fd = (struct pollfd){ .fd = device.fd, .events = POLLIN };
	cr_assert_eq(poll(&fd, 1, KERNEL_TRAFFIC_MS), 0, "a packet came");
	tun_device_close(&device);
}

Test(device, a_name_that_stays_taken_is_busy)
{
	struct tun_device first, second;
	struct tun_error error = { "" };
	int64_t start;

	enter_namespace();
	first = open_device();
	start = now_ms();
	cr_assert_eq(tun_device_open(DEVICE_NAME, &second, &error), -EBUSY);
	cr_assert_geq(now_ms() - start, BUSY_MS * 9 / 10, "gave up early");
	cr_assert_lt(now_ms() - start, BUSY_MS * 5, "gave up late");
	cr_assert_not_null(strstr(error.text, "\"" DEVICE_NAME "\""), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "busy"), "%s", error.text);
	cr_assert_lt(second.fd, 0, "what was opened on the way is closed");
	cr_assert_eq(if_nametoindex(DEVICE_NAME), first.ifindex, "the first is still there");
	tun_device_close(&first);
}

static void *close_soon(void *device)
{
	usleep(50000);
	tun_device_close(device);
	return NULL;
}

Test(device, a_name_that_becomes_free_is_taken)
{
	struct tun_device first, second;
	struct tun_error error = { "" };
	pthread_t closer;
	int64_t start;

	enter_namespace();
	first = open_device();
	start = now_ms();
	cr_assert_eq(pthread_create(&closer, NULL, close_soon, &first), 0);
	cr_assert_eq(tun_device_open(DEVICE_NAME, &second, &error), 0, "%s", error.text);
	cr_assert_geq(now_ms() - start, 49);
	cr_assert_eq(pthread_join(closer, NULL), 0);
	cr_assert(flags_of(DEVICE_NAME) & IFF_UP);
	tun_device_close(&second);
}

/* io_uring lets go of the device some time after the reader is closed; nobody should notice. */
Test(device, opens_again_after_io_uring_has_used_it)
{
	enter_namespace();
	for (int i = 0; i < 10; i++) {
		struct tun_device device = open_device();
		struct reader *reader = open_reader(&reader_drain, &device);
		struct packet packets[READER_BURST];

		cr_assert_eq(reader_drain.burst(reader, packets), 0);
		cr_assert_eq(reader_drain.wait(reader, 1), 0);
		reader_drain.close(reader);
		tun_device_close(&device);
	}
}

Test(device, a_name_that_can_not_be)
{
	struct tun_error error = { "" };
	struct tun_device device;

	enter_namespace();
	device = open_device();
	tun_device_close(&device);
	cr_assert_eq(tun_device_open("a/b", &device, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "\"a/b\""), "%s", error.text);
	cr_assert_lt(device.fd, 0);
}

Test(device, without_privilege_the_error_says_how_to_get_it)
{
	struct tun_error error = { "" };
	struct tun_device device;
	int err;

	if (access("/dev/net/tun", F_OK) < 0)
		cr_skip_test("there is no /dev/net/tun");
	if (geteuid() == 0)
		cr_assert_eq(setresuid(65534, 65534, 65534), 0);
	err = tun_device_open(DEVICE_NAME, &device, &error);
	cr_assert(err == -EACCES || err == -EPERM, "got %d", err);
	if (err == -EACCES)
		cr_assert_not_null(strstr(error.text, "run as root"), "%s", error.text);
	else
		cr_assert_not_null(strstr(error.text, "CAP_NET_ADMIN"), "%s", error.text);
	cr_assert_lt(device.fd, 0);
}
