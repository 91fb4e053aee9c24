/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox: a network namespace of our own, so that nothing a benchmark makes is ever seen by
 * the host. All devices in it vanish with the last process that is in it, also after SIGKILL.
 *
 * With CAP_SYS_ADMIN the process takes a new network namespace and stays in its user namespace,
 * because the kernel lets only that one load BPF programs. Without, it takes a new user namespace
 * first, in which it has every capability, and no rights outside.
 */
#ifndef TUN_SANDBOX_H
#define TUN_SANDBOX_H

#include "error.h"

enum sandbox_kind {
	SANDBOX_NET,	  /* a network namespace */
	SANDBOX_USER_NET, /* a user and a network namespace */
};

/**
 * sandbox_enter() - move the process into namespaces of its own
 * @kind:	which ones it got
 * @error:	filled on error
 *
 * Only while the process has a single thread. There is no way back; once inside, it does nothing.
 *
 * Return: 0, or a negative errno.
 */
int sandbox_enter(enum sandbox_kind *kind, struct tun_error *error);

/**
 * sandbox_seal() - give up the capabilities that only the set-up needed
 *
 * Called once devices, sockets and programs are open. What stays is CAP_DAC_OVERRIDE, with which
 * root writes the report into other users' folders.
 *
 * Return: 0, or a negative errno.
 */
int sandbox_seal(void);

#endif
