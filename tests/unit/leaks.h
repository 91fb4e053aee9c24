/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A leak fails the test that made it. Criterion runs each test in a process of its own and does not
 * look at how that process ends, so what LeakSanitizer reports there on exit would go unnoticed:
 * the check is made at the end of each test instead, while its result can still change. It reports
 * no memory of Criterion's own, since that is still reachable then.
 *
 *	TestSuite(NAME, .fini = check_leaks);
 */
#ifndef TESTS_LEAKS_H
#define TESTS_LEAKS_H

#include <criterion/criterion.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAVE_LEAK_CHECK
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HAVE_LEAK_CHECK
#endif

#ifdef HAVE_LEAK_CHECK
#include <sanitizer/lsan_interface.h>

static void check_leaks(void)
{
	cr_assert_not(__lsan_do_recoverable_leak_check(), "memory leaked, see above");
}
#else
static void check_leaks(void)
{
}
#endif

#endif
