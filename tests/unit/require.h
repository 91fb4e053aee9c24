/* SPDX-License-Identifier: BSD-2-Clause */
/* An assertion for loops: Criterion's own tells its runner of each one that holds, too. */
#ifndef TESTS_REQUIRE_H
#define TESTS_REQUIRE_H

#include <criterion/criterion.h>

#define REQUIRE(condition, ...)                                                                    \
	do {                                                                                       \
		if (!(condition))                                                                  \
			cr_assert_fail(__VA_ARGS__);                                               \
	} while (0)

#endif
