/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting until no reader can still be in memory that was taken out of a table. */
#ifndef LPM_GRACE_H
#define LPM_GRACE_H

#include <stdbool.h>

/* Whether this kernel tells when its BPF programs have left what they read. 0 or -EOPNOTSUPP. */
int cvpn_lpm_grace_check(void);

/*
 * Waits for a grace period of the registered readers and, if @kernel, of the BPF programs, too.
 *
 * Those run within an RCU read-side critical section (XDP and tc with bottom halves disabled, which
 * is one since Linux 5.0), and membarrier(2) with MEMBARRIER_CMD_GLOBAL returns behind a
 * synchronize_rcu() of the kernel's.
 */
void cvpn_lpm_grace(bool kernel);

#endif
