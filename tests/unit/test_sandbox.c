/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox: another network namespace, with and without privilege, and what is left of the
 * privilege once it is sealed. Each test runs in a child of its own, because a user namespace is
 * given to a process of a single thread only and Criterion's has two.
 */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "leaks.h"
#include "sandbox.h"

TestSuite(sandbox, .fini = check_leaks);

#define NOBODY 65534u
/* The exit codes of a child; meson and automake use the same for "skipped". */
#define PASS 0
#define FAIL 1
#define SKIP 77

/* What a child says of itself, read by its parent. */
struct verdict_text {
	char text[600];
};

/* Leaves the child with the reason, "LINE: REASON", and @code. */
#define LEAVE(code, out, ...)                                                                      \
	do {                                                                                       \
		int at_ = snprintf((out)->text, sizeof((out)->text), "line %d: ", __LINE__);       \
		snprintf((out)->text + at_, sizeof((out)->text) - (size_t)at_, __VA_ARGS__);       \
		return code;                                                                       \
	} while (0)

#define EXPECT(condition, out)                                                                     \
	do {                                                                                       \
		if (!(condition))                                                                  \
			LEAVE(FAIL, out, "%s is false (%s)", #condition, strerror(errno));         \
	} while (0)

/* Runs @body in a forked child and takes on its result. */
static void in_child(int (*body)(struct verdict_text *))
{
	struct verdict_text out = { "" };
	int fds[2], status;
	pid_t child;

	cr_assert_eq(pipe(fds), 0);
	child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		int code = body(&out);

		_exit(write(fds[1], &out, sizeof(out)) == sizeof(out) ? code : FAIL);
	}
	close(fds[1]);
	if (read(fds[0], &out, sizeof(out)) != sizeof(out))
		snprintf(out.text, sizeof(out.text), "the child said nothing");
	close(fds[0]);
	cr_assert_eq(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
		cr_skip_test("%s", out.text);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == PASS, "%s", out.text);
}

/* Which network namespace this is. */
static void namespace_of(char name[static 64])
{
	ssize_t n = readlink("/proc/self/ns/net", name, 63);

	name[n < 0 ? 0 : n] = '\0';
}

/* The only interface is "lo". */
static int only_loopback(void)
{
	struct if_nameindex *list = if_nameindex();
	int only = list && list[0].if_index && !list[1].if_index && !strcmp(list[0].if_name, "lo");

	if_freenameindex(list);
	return only;
}

/* A set of capabilities of this process, "CapEff" or "CapPrm", as the kernel reports it. */
static unsigned long long capabilities(const char *set)
{
	FILE *in = fopen("/proc/self/status", "re");
	unsigned long long caps = ~0ull;
	char line[256];

	while (in && fgets(line, sizeof(line), in)) {
		if (!strncmp(line, set, strlen(set)) && line[strlen(set)] == ':')
			caps = strtoull(line + strlen(set) + 1, NULL, 16);
	}
	if (in)
		fclose(in);
	return caps;
}

#define CAP(name) (1ull << CAP_##name)

/* Becomes a user without any privilege, unless the process is one already. */
static int become_nobody(struct verdict_text *out)
{
	if (geteuid() == 0) {
		EXPECT(setresgid(NOBODY, NOBODY, NOBODY) == 0, out);
		EXPECT(setresuid(NOBODY, NOBODY, NOBODY) == 0, out);
		/* Who changes its user can not write to its own /proc files before this. */
		EXPECT(prctl(PR_SET_DUMPABLE, 1) == 0, out);
	}
	EXPECT(!(capabilities("CapEff") & CAP(SYS_ADMIN)), out);
	return PASS;
}

/* Enters the sandbox, which must be of @expected kind, and looks around in it. */
static int enter(enum sandbox_kind expected, struct verdict_text *out)
{
	struct tun_error error = { "" };
	char before[64], after[64];
	enum sandbox_kind kind;
	int err;

	namespace_of(before);
	err = sandbox_enter(&kind, &error);
	if (err == -EPERM || err == -ENOSPC || err == -EACCES)
		LEAVE(SKIP, out, "%s", error.text);
	if (err)
		LEAVE(FAIL, out, "%d: %s", err, error.text);
	namespace_of(after);
	EXPECT(kind == expected, out);
	EXPECT(*before && *after && strcmp(before, after), out);
	EXPECT(only_loopback(), out);
	EXPECT(capabilities("CapEff") & CAP(NET_ADMIN), out);
	return PASS;
}

static int enter_as_root(struct verdict_text *out)
{
	if (!(capabilities("CapEff") & CAP(SYS_ADMIN)))
		LEAVE(SKIP, out, "CAP_SYS_ADMIN is needed: run as root");
	return enter(SANDBOX_NET, out);
}

Test(sandbox, with_privilege_is_a_network_namespace)
{
	in_child(enter_as_root);
}

static int enter_as_nobody(struct verdict_text *out)
{
	uid_t uid;
	gid_t gid;
	int code = become_nobody(out);

	if (code)
		return code;
	uid = geteuid();
	gid = getegid();
	code = enter(SANDBOX_USER_NET, out);
	if (code)
		return code;
	/* Files that are written keep their owner. */
	EXPECT(geteuid() == uid && getegid() == gid, out);
	return PASS;
}

Test(sandbox, without_privilege_is_a_user_and_network_namespace)
{
	in_child(enter_as_nobody);
}

static void *sleep_long(void *unused)
{
	pause();
	return unused;
}

static int enter_with_a_thread(struct verdict_text *out)
{
	struct tun_error error = { "" };
	enum sandbox_kind kind;
	pthread_t thread;
	int code = become_nobody(out);

	if (code)
		return code;
	EXPECT(pthread_create(&thread, NULL, sleep_long, NULL) == 0, out);
	EXPECT(sandbox_enter(&kind, &error) < 0, out);
	EXPECT(strstr(error.text, "namespace was refused"), out);
	EXPECT(strstr(error.text, "run as root"), out);
	return PASS;
}

Test(sandbox, a_refusal_says_what_and_why)
{
	in_child(enter_with_a_thread);
}

/* After sandbox_seal(): neither the sets nor the kernel know of any privilege but one. */
static int check_sealed(struct verdict_text *out)
{
	EXPECT(sandbox_seal() == 0, out);
	EXPECT(!(capabilities("CapEff") & ~CAP(DAC_OVERRIDE)), out);
	EXPECT(!(capabilities("CapPrm") & ~CAP(DAC_OVERRIDE)), out);
	EXPECT(unshare(CLONE_NEWNET) < 0 && errno == EPERM, out);
	EXPECT(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM, out);
	return PASS;
}

static int seal_as_root(struct verdict_text *out)
{
	int code = enter_as_root(out);

	if (code)
		return code;
	EXPECT(capabilities("CapPrm") & CAP(DAC_OVERRIDE), out);
	code = check_sealed(out);
	if (code)
		return code;
	/* Root goes on writing reports into other users' folders. */
	EXPECT(capabilities("CapEff") & CAP(DAC_OVERRIDE), out);
	return PASS;
}

Test(sandbox, sealed_with_privilege)
{
	in_child(seal_as_root);
}

static int seal_as_nobody(struct verdict_text *out)
{
	int code = enter_as_nobody(out);

	return code ? code : check_sealed(out);
}

Test(sandbox, sealed_without_privilege)
{
	in_child(seal_as_nobody);
}

static int seal_nothing(struct verdict_text *out)
{
	int code = become_nobody(out);

	if (code)
		return code;
	EXPECT(sandbox_seal() == 0, out);
	EXPECT(capabilities("CapPrm") == 0, out);
	return PASS;
}

Test(sandbox, sealing_takes_no_privilege)
{
	in_child(seal_nothing);
}
