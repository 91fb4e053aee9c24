/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for one's turn. */
#include "turns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int turns = -1;

void turns_init(struct options *options)
{
	const char *text = getenv(TURNS_ENVIRONMENT);

	if (!text)
		return;
	turns = atoi(text);
	if (fcntl(turns, F_SETFD, FD_CLOEXEC) < 0) {
		fprintf(stderr,
			"cvpn-bench: " TURNS_ENVIRONMENT
			": found \"%s\"; expected the number of a socket. It is set by "
			"--against, and by nobody else\n",
			text);
		exit(EXIT_USAGE);
	}
	unsetenv(TURNS_ENVIRONMENT);
	memset(options->outputs, 0, sizeof(options->outputs));
	options->outputs[OUTPUT_JSON].wanted = true;
	options->quiet = true;
}

void turn_take(void)
{
	char byte = 0;
	ssize_t n;

	if (turns < 0)
		return;
	do
		n = write(turns, &byte, 1);
	while (n < 0 && errno == EINTR);
	while (n == 1) {
		n = read(turns, &byte, 1);
		if (n == 1)
			return;
		if (n < 0 && errno == EINTR)
			n = 1;
	}
	/* Who gives turns is gone, and with it who reads the report. */
	_exit(EXIT_FAILED);
}
