/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of the policy: what is known of an endpoint, see docs/policy.md. */
#ifndef BENCH_POLICY_OPTIONS_H
#define BENCH_POLICY_OPTIONS_H

#include <argp.h>

/* A child of the program's parser. Its input is a struct policy, made by policy_init(). */
extern const struct argp policy_argp;

#endif
