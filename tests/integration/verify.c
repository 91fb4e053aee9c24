/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has the kernel verify the programs of BPF objects, and prints what that took:
 *
 *	verify OBJECT...
 *
 * A line for each program: object, program, its instructions, those the verifier looked at. Ends
 * with 77 where loading a program is refused to anyone.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANNOT_RUN 77
#define LOG_BYTES  (64u << 10)
#define LOG_STATS  4u /* of the verifier's log levels: a summary at the end, and errors */

static void print_program(const char *object, const struct bpf_program *program)
{
	size_t size;
	const char *log = bpf_program__log_buf(program, &size);
	const char *summary = log ? strstr(log, "processed ") : NULL;

	printf("%s %s %zu %lu\n", object, bpf_program__name(program),
	       bpf_program__insn_cnt(program), summary ? strtoul(summary + 10, NULL, 10) : 0);
}

/* Gives a program memory for its log. Returns 0 or a negative errno. */
static int set_log(struct bpf_program *program)
{
	char *log = calloc(1, LOG_BYTES);
	int err = log ? bpf_program__set_log_buf(program, log, LOG_BYTES) : -ENOMEM;

	return err ? err : bpf_program__set_log_level(program, LOG_STATS);
}

static int verify(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int err = object ? 0 : -errno;

	bpf_object__for_each_program(program, object)
	{
		if (!err)
			err = set_log(program);
	}
	if (!err)
		err = bpf_object__load(object);
	bpf_object__for_each_program(program, object)
	{
		size_t size;

		if (!err)
			print_program(path, program);
		else if (bpf_program__log_buf(program, &size))
			fprintf(stderr, "%s", bpf_program__log_buf(program, &size));
		free((void *)bpf_program__log_buf(program, &size));
	}
	if (err)
		fprintf(stderr, "%s: %s\n", path, strerror(-err));
	bpf_object__close(object);
	return err;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int err = verify(argv[i]);

		if (err == -EPERM || err == -EACCES || err == -ENOSYS)
			return CANNOT_RUN;
		if (err)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
