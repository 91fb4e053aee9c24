/* SPDX-License-Identifier: BSD-2-Clause */
/* Making a TUN device ready for a measurement. */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netlink.h"

#define TUN_PATH "/dev/net/tun"
/* How long a name may be busy: io_uring lets go of a device some milliseconds after its ring,
 * on a machine with much else to do a second or two. */
#define BUSY_TRIES    300
#define BUSY_PAUSE_NS 10000000 /* 10 ms */

static int open_clone_device(struct tun_error *error)
{
	int fd = open(TUN_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err = errno;

	if (fd >= 0)
		return fd;
	if (err == ENOENT || err == ENODEV || err == ENXIO)
		tun_error_set(error,
			      TUN_PATH " is missing (%s); load the driver: sudo modprobe tun "
				       "(in a container, pass the device: --device " TUN_PATH ")",
			      strerror(err));
	else
		tun_error_set(error,
			      TUN_PATH " can not be opened (%s); run as root, or: sudo chmod "
				       "0666 " TUN_PATH,
			      strerror(err));
	return -err;
}

static int attach(int fd, const char *name, struct tun_error *error)
{
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE_NS };
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int err;

	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	for (int i = 0; i < BUSY_TRIES; i++) {
		if (ioctl(fd, TUNSETIFF, &request) == 0)
			return 0;
		err = errno;
		if (err != EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	if (err == EBUSY)
		tun_error_set(error,
			      "the TUN device \"%s\" stayed busy for %d ms; another program "
			      "holds it, stop that one",
			      name, BUSY_TRIES * (BUSY_PAUSE_NS / 1000000));
	else
		tun_error_set(error,
			      "the TUN device \"%s\" was refused (%s); expected "
			      "CAP_NET_ADMIN in this network namespace",
			      name, strerror(err));
	return -err;
}

/* Reads the ring's length, which is the device's transmit queue length. */
static int read_ring(struct tun_device *device)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", device->name);
	if (ioctl(fd, SIOCGIFTXQLEN, &request) < 0)
		err = -errno;
	else
		device->ring = (unsigned int)request.ifr_qlen;
	close(fd);
	return err;
}

static int configure(struct tun_device *device, struct tun_error *error)
{
	const char *step = "finding it";
	int err;

	device->ifindex = if_nametoindex(device->name);
	err = device->ifindex ? read_ring(device) : -errno;
	if (!err) {
		step = "keeping IPv6 quiet";
		err = netlink_no_ipv6_address(device->ifindex);
	}
	if (!err) {
		step = "setting the noqueue discipline";
		err = netlink_noqueue(device->ifindex);
	}
	if (!err) {
		step = "bringing it up";
		err = netlink_link_up(device->ifindex);
	}
	if (err)
		tun_error_set(error,
			      "the TUN device \"%s\" could not be configured: %s failed (%s)",
			      device->name, step, strerror(-err));
	return err;
}

int tun_device_open(const char *name, struct tun_device *device, struct tun_error *error)
{
	int err;

	*device = (struct tun_device){ .fd = open_clone_device(error) };
	if (device->fd < 0)
		return device->fd;
	snprintf(device->name, IFNAMSIZ, "%s", name);
	err = attach(device->fd, name, error);
	if (!err)
		err = configure(device, error);
	if (err)
		tun_device_close(device);
	return err;
}

void tun_device_close(struct tun_device *device)
{
	if (device->fd >= 0)
		close(device->fd);
	device->fd = -1;
}
