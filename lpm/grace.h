/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting until no reader can still be in memory that was taken out of a table. */
#ifndef LPM_GRACE_H
#define LPM_GRACE_H

#include <stdbool.h>

/* Whether this kernel tells when its BPF programs have left what they read. 0 or -EOPNOTSUPP. */
int cvpn_lpm_grace_check(void);

/**
 * cvpn_lpm_grace() - wait for a grace period
 * @kernel:	of the BPF programs, too, not of the registered readers alone
 *
 * BPF programs that do not sleep run within an RCU read-side critical section (XDP and tc with
 * bottom halves disabled, which is one since Linux 5.0), and membarrier(2) with
 * MEMBARRIER_CMD_GLOBAL returns behind a synchronize_rcu() of the kernel's. With a single processor
 * online it returns at once: there no program that keeps the processor can be running while this
 * does, and only such programs may use a mirror there, see cvpn_lpm_create_mirrored().
 *
 * Return: 0; -EOPNOTSUPP if the kernel has refused, which it does not do once it has agreed, unless
 * a filter of system calls was installed since. Then nothing may be used again.
 */
int cvpn_lpm_grace(bool kernel);

#endif
