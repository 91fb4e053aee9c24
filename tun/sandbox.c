/* SPDX-License-Identifier: BSD-2-Clause */
/* Namespaces of our own, and giving up privilege: see namespaces(7), user_namespaces(7). */
#include "sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The value of a kernel setting, or @missing where the kernel has none of that name. */
static long setting(const char *path, long missing)
{
	FILE *in = fopen(path, "re");
	long value = missing;

	if (in) {
		if (fscanf(in, "%ld", &value) != 1)
			value = missing;
		fclose(in);
	}
	return value;
}

static void explain(int err, struct tun_error *error)
{
	const char *what = "a private user and network namespace was refused";

	if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0))
		tun_error_set(
			error,
			"%s (%s): AppArmor restricts user namespaces here; run as "
			"root, or: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
			what, strerror(err));
	else if (!setting("/proc/sys/kernel/unprivileged_userns_clone", 1))
		tun_error_set(error,
			      "%s (%s): user namespaces are disabled here; run as root, or: "
			      "sudo sysctl kernel.unprivileged_userns_clone=1",
			      what, strerror(err));
	else if (err == ENOSPC || !setting("/proc/sys/user/max_user_namespaces", 1))
		tun_error_set(error,
			      "%s (%s): the limit on user namespaces is reached or zero; run "
			      "as root, or: sudo sysctl user.max_user_namespaces=10000",
			      what, strerror(err));
	else
		tun_error_set(error,
			      "%s (%s); run as root, or allow unprivileged user namespaces "
			      "(in a container: its seccomp profile must allow unshare)",
			      what, strerror(err));
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	err = n < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* Maps the user and group to themselves, so that files the process writes keep their owner. */
static int map_ids(uid_t uid, gid_t gid)
{
	char text[64];
	int err;

	err = write_file("/proc/self/setgroups", "deny");
	if (err < 0 && err != -ENOENT) /* before Linux 3.19 there is no such file */
		return err;
	snprintf(text, sizeof(text), "%u %u 1", uid, uid);
	err = write_file("/proc/self/uid_map", text);
	if (err < 0)
		return err;
	snprintf(text, sizeof(text), "%u %u 1", gid, gid);
	return write_file("/proc/self/gid_map", text);
}

static int enter(enum sandbox_kind *kind, struct tun_error *error)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int err;

	*kind = SANDBOX_NET;
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	*kind = SANDBOX_USER_NET;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		err = errno;
		explain(err, error);
		return -err;
	}
	err = map_ids(uid, gid);
	if (err < 0)
		explain(-err, error);
	return err;
}

int sandbox_enter(enum sandbox_kind *kind, struct tun_error *error)
{
	/* A second one would leave the devices of the first without anyone in it. */
	static enum sandbox_kind entered;
	static bool inside;
	int err = inside ? 0 : enter(&entered, error);

	*kind = entered;
	inside |= !err;
	return err;
}

int sandbox_seal(void)
{
	int keep;

	if (capng_get_caps_process() < 0)
		return -EPERM;
	keep = capng_have_capability(CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	capng_clear(CAPNG_SELECT_CAPS);
	if (keep)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}
