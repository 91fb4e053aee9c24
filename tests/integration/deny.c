/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deny SYSCALL[:ARG=VALUE|:ARG&MASK]=ERRNO... -- COMMAND [ARGUMENT...]
 *
 * Runs a command for which the named system calls fail with the given errors, as on a machine that
 * refuses them: a container's seccomp profile, a sysctl, a limit. A call can be denied only where
 * its argument ARG (0 to 5) is VALUE, or has any bit of MASK; the low 32 bits are compared, which
 * holds every flag word and ioctl request. See seccomp(2) and the kernel's seccomp_filter.rst.
 *
 * The exit status is the command's; 2: wrong usage; 125: no filter could be installed; 127: the
 * command can not be run.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "this helper knows the system calls of x86_64 and aarch64 only"
#endif

#define EXIT_USAGE     2
#define EXIT_NO_FILTER 125
#define EXIT_NO_EXEC   127

#define MAX_RULES	  16
#define MAX_INSTRUCTIONS  (MAX_RULES * 5 + 4)
#define SECCOMP_ARGUMENTS 6

struct name {
	const char *text;
	unsigned int value;
};

static const struct name calls[] = {
	{ "bpf", __NR_bpf },
	{ "capset", __NR_capset },
	{ "io_uring_enter", __NR_io_uring_enter },
	{ "io_uring_register", __NR_io_uring_register },
	{ "io_uring_setup", __NR_io_uring_setup },
	{ "ioctl", __NR_ioctl },
	{ "membarrier", __NR_membarrier },
	{ "openat", __NR_openat },
	{ "perf_event_open", __NR_perf_event_open },
	{ "sched_setaffinity", __NR_sched_setaffinity },
	{ "sendmmsg", __NR_sendmmsg },
	{ "setsockopt", __NR_setsockopt },
	{ "socket", __NR_socket },
	{ "unshare", __NR_unshare },
};

static const struct name errors[] = {
	{ "EACCES", EACCES }, { "EAFNOSUPPORT", EAFNOSUPPORT },
	{ "EBUSY", EBUSY },   { "EINVAL", EINVAL },
	{ "ENODEV", ENODEV }, { "ENOENT", ENOENT },
	{ "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC },
	{ "ENOSYS", ENOSYS }, { "EPERM", EPERM },
};

struct rule {
	unsigned int call;
	unsigned int error;
	int arg; /* -1: whatever the arguments are */
	uint32_t value;
	uint16_t jump; /* BPF_JEQ or BPF_JSET */
};

struct program {
	struct sock_filter code[MAX_INSTRUCTIONS];
	unsigned short len;
};

static void fail(const char *what, const char *found)
{
	fprintf(stderr,
		"deny: found %s \"%s\"; usage: deny SYSCALL[:ARG=VALUE|:ARG&MASK]=ERRNO... -- "
		"COMMAND [ARGUMENT...]\n",
		what, found);
	exit(EXIT_USAGE);
}

static unsigned int find(const struct name *names, size_t n, const char *text, const char *what)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(names[i].text, text))
			return names[i].value;
	}
	fail(what, text);
	return 0;
}

/* Reads ":ARG=VALUE" or ":ARG&MASK" behind its colon. */
static void parse_condition(const char *text, struct rule *rule)
{
	char *end;
	unsigned long value;

	if (text[0] < '0' || text[0] >= '0' + SECCOMP_ARGUMENTS ||
	    (text[1] != '=' && text[1] != '&'))
		fail("condition", text);
	rule->arg = text[0] - '0';
	rule->jump = text[1] == '=' ? BPF_JEQ : BPF_JSET;
	errno = 0;
	value = strtoul(text + 2, &end, 0);
	if (errno || !text[2] || *end || value > UINT32_MAX)
		fail("condition", text);
	rule->value = (uint32_t)value;
}

static struct rule parse_rule(char *text)
{
	struct rule rule = { .arg = -1 };
	char *equals = strrchr(text, '='), *colon;

	if (!equals)
		fail("rule", text);
	*equals = '\0';
	rule.error = find(errors, sizeof(errors) / sizeof(errors[0]), equals + 1, "error");
	colon = strchr(text, ':');
	if (colon) {
		*colon = '\0';
		parse_condition(colon + 1, &rule);
	}
	rule.call = find(calls, sizeof(calls) / sizeof(calls[0]), text, "system call");
	return rule;
}

static void add(struct program *program, struct sock_filter instruction)
{
	program->code[program->len++] = instruction;
}

static void load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void add_rule(struct program *program, const struct rule *rule)
{
	/* Little-endian on both architectures: the low half of an argument comes first. */
	size_t arg = offsetof(struct seccomp_data, args) + (size_t)rule->arg * sizeof(uint64_t);
	uint8_t skip = rule->arg < 0 ? 1 : 3;

	load(program, offsetof(struct seccomp_data, nr));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->call, 0, skip));
	if (rule->arg >= 0) {
		load(program, arg);
		add(program, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | rule->jump | BPF_K),
							  rule->value, 0, 1));
	}
	add(program,
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | rule->error));
}

static int install(struct program *program)
{
	struct sock_fprog filter = { program->len, program->code };

	/* Without it only CAP_SYS_ADMIN may install a filter. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	struct program program = { .len = 0 };
	int i, err;

	load(&program, offsetof(struct seccomp_data, arch));
	add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	/* Calls of another architecture have other numbers; the program under test makes none. */
	add(&program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		struct rule rule;

		if (i > MAX_RULES)
			fail("one rule too many,", argv[i]);
		rule = parse_rule(argv[i]);
		add_rule(&program, &rule);
	}
	add(&program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	if (i + 1 >= argc)
		fail("no command behind", "--");
	err = install(&program);
	if (err < 0) {
		fprintf(stderr, "deny: the filter was refused: %s\n", strerror(-err));
		return EXIT_NO_FILTER;
	}
	execvp(argv[i + 1], argv + i + 1);
	fprintf(stderr, "deny: %s: %s\n", argv[i + 1], strerror(errno));
	return EXIT_NO_EXEC;
}
