/* SPDX-License-Identifier: BSD-2-Clause */
/* Why something on the packet path could not be set up, and what to do about it. */
#ifndef TUN_ERROR_H
#define TUN_ERROR_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* Why @what, which is made of BPF programs and needs @kernel at least, could not be loaded. */
static inline void tun_error_bpf(struct tun_error *error, int err, const char *what,
				 const char *kernel)
{
	if (err == -EPERM || err == -EACCES)
		tun_error_set(error,
			      "loading a BPF program was refused (%s); run as root, or give "
			      "the program CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN",
			      strerror(-err));
	else
		tun_error_set(error, "loading %s failed (%s); it needs %s with BPF enabled", what,
			      strerror(-err), kernel);
}

#endif
