/* SPDX-License-Identifier: BSD-2-Clause */
/* Grace periods: of user-space readers (liburcu, QSBR) and of the kernel's BPF programs. */
#include "grace.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <urcu-qsbr.h>

static long membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

int cvpn_lpm_grace_check(void)
{
	long commands = membarrier(MEMBARRIER_CMD_QUERY);

	return commands > 0 && commands & MEMBARRIER_CMD_GLOBAL ? 0 : -EOPNOTSUPP;
}

int cvpn_lpm_grace(bool kernel)
{
	synchronize_rcu();
	return kernel && membarrier(MEMBARRIER_CMD_GLOBAL) < 0 ? -EOPNOTSUPP : 0;
}
