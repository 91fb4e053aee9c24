/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of all formats need: text in, routes or an error out. */
#ifndef TESTS_FORMAT_CHECK_H
#define TESTS_FORMAT_CHECK_H

#include "formats/route_list.h"

/* The name under which texts are read: errors begin with it. */
#define FORMAT_NAME "client.txt"

/* Reads bytes as a format ("auto": recognised). Returns what reading gave; the caller frees @list. */
int format_read(const char *format, const void *bytes, size_t n, const char *tunnel_if,
		struct route_list *list, struct route_error *error);

/*
 * The text is of this format, is recognised as such, and has these routes: each in the plain format
 * and then "|". They read back as the same table.
 */
void format_accepts(const char *format, const char *text, const char *expected);

/* The same of bytes that may have a NUL, with the tunnel's interface named or NULL. */
void format_accepts_bytes(const char *format, const void *bytes, size_t n, const char *tunnel_if,
			  const char *expected);

/* The text is refused in this line, and the error has both fragments. */
void format_refuses(const char *format, const char *text, unsigned int line, const char *found,
		    const char *expected);

/* The text is accepted, but @count lines were not understood, the first with this fragment. */
void format_wonders(const char *format, const char *text, size_t count, unsigned int line,
		    const char *fragment);

/* The text reads without an error. The caller frees the list. */
struct route_list format_list(const char *format, const char *text);

/* The route that counts of this prefix; it must be there. */
const struct client_route *format_route(const struct route_list *list, const char *prefix);

#endif
