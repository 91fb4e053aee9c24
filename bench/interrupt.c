/* SPDX-License-Identifier: BSD-2-Clause */
/* A flag set by a signal. */
#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t asked;

static void ask(int signal)
{
	(void)signal;
	asked = 1;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = ask, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool interrupted(void)
{
	return asked;
}
