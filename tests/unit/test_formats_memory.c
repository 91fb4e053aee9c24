/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading without memory: each allocation that a format's reader makes fails in turn. The error is
 * -ENOMEM, nothing is leaked, and with memory the same text reads as before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "formats/route_list.h"
#include "leaks.h"

TestSuite(formats_memory, .fini = check_leaks);

/* --- allocations that fail: the linker puts these in the place of the C library's --------------- */

static struct {
	bool on;
	bool failed;
	unsigned long countdown;
} injector;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
char *__wrap_strndup(const char *text, size_t n);

static bool fails(void)
{
	if (!injector.on || injector.countdown--)
		return false;
	injector.on = false;
	injector.failed = true;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return fails() ? NULL : __real_strndup(text, n);
}

/* --- the reading ---------------------------------------------------------------------------------- */

static int read_text(const char *text, struct route_list *list)
{
	const struct route_source source = { 0 };
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct route_error error;
	int err;

	cr_assert_not_null(in);
	*list = (struct route_list){ .name = __real_strdup("client.txt") };
	err = route_list_read(in, &source, list, &error);
	fclose(in);
	return err;
}

static void survives(const char *text)
{
	unsigned long n = 0;
	struct route_list list;
	int err;

	do {
		injector.on = true;
		injector.failed = false;
		injector.countdown = n++;
		err = read_text(text, &list);
		injector.on = false;
		cr_assert_eq(err, injector.failed ? -ENOMEM : 0, "allocation %lu: %s", n,
			     strerror(-err));
		route_list_free(&list);
	} while (injector.failed);
	/* Two buffers and the routes at least, then a run that succeeds. */
	cr_assert_gt(n, 3);
}

Test(formats_memory, every_format)
{
	survives("10.0.0.0/8 drop\n");
	survives("Internet:\ndefault 10.0.0.1 UGS en0\n10.2/16 10.0.0.2 UGS utun0\nodd 1 U\n");
	survives(" 7...00 ......Adapter\n0.0.0.0 0.0.0.0 10.0.0.1 10.0.0.2 5\n 7 1 ::/0 fe80::1\n");
	survives("default via 10.0.0.1 dev eth0\n10.0.0.0/8 dev tun0 metric 1\n10.0.0.0/8 dev "
		 "eth0\n");
	survives("[{\"dst\":\"default\",\"dev\":\"x\"}]\n");
	survives("0.0.0.0 10.0.0.1 0.0.0.0 UG 0 0 0 eth0\n");
	survives("client\nremote a\nredirect-gateway def1\npull-filter ignore x\nifconfig 10.0.0.1 "
		 "10.0.0.2\n");
	survives("link remote: [AF_INET]192.0.2.1:1\nPUSH_REPLY,route 10.0.0.0 255.0.0.0\n");
	survives("{\n\"Routes\":[{\"DestinationCidr\":\"10.0.0.0/"
		 "8\",\"Status\":{\"Code\":\"active\"}}]"
		 ",\"ClientVpnEndpoints\":[{\"DnsName\":\"x\"}]}\n");
	/* An endpoint's settings: the policy's table. */
	survives("{\n\"Routes\":[{\"DestinationCidr\":\"10.0.0.0/"
		 "8\",\"Status\":{\"Code\":\"active\"}}"
		 "]}\n{\"ClientVpnEndpoints\":[{\"DnsName\":\"x\",\"SplitTunnel\":false}]}\n");
}
