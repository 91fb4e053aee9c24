/* SPDX-License-Identifier: BSD-2-Clause */
/* Why something on the packet path could not be set up, and what to do about it. */
#ifndef TUN_ERROR_H
#define TUN_ERROR_H

#include <stdarg.h>
#include <stdio.h>

struct tun_error {
	char text[512]; /* one sentence: what was refused, why, how to enable it */
};

__attribute__((format(printf, 2, 3))) static inline void tun_error_set(struct tun_error *error,
								       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
}

#endif
