/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plain format, one route a line: PREFIX [tunnel[:N] | physical[:N] | drop], '#' starts a
 * comment. Without a verdict a route leads into the tunnel, as a pushed route does. Lines may end
 * in LF or CR LF, and the file may start with a UTF-8 byte order mark. The input is read a line at
 * a time into a buffer of fixed size, so what is no route file is refused before it fills memory.
 */
#include "route_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"

/* The longest route has some 70 bytes; the rest is room for a comment. */
#define LINE_BYTES 4096
/* How much of a bad word an error shows. */
#define SHOWN_BYTES 48

#define VERDICTS_EXPECTED "tunnel, tunnel:N, physical, physical:N or drop"

struct plain_reader {
	FILE *in;
	struct route_list *list;
	struct route_error *error;
	uint32_t line;
	char text[LINE_BYTES];
};

/* Formats the error "FILE:LINE: ..." and returns -EINVAL. */
__attribute__((format(printf, 2, 3))) static int fail(struct plain_reader *r, const char *format,
						      ...)
{
	va_list args;
	int n = snprintf(r->error->text, sizeof(r->error->text), "%.200s:%u: ", r->list->name,
			 r->line);

	va_start(args, format);
	vsnprintf(r->error->text + n, sizeof(r->error->text) - (size_t)n, format, args);
	va_end(args);
	return -EINVAL;
}

/* Copies a word for an error message: printable, and not too long. */
static const char *shown(const char *word, char out[SHOWN_BYTES * 4 + 4])
{
	char *to = out;

	for (size_t i = 0; word[i]; i++) {
		if (i == SHOWN_BYTES) {
			strcpy(to, "...");
			return out;
		}
		if (isprint((unsigned char)word[i]))
			*to++ = word[i];
		else
			to += sprintf(to, "\\x%02x", (unsigned char)word[i]);
	}
	*to = '\0';
	return out;
}

/* Reads the next line without its end. Returns 1, 0 at the end of the file, or an error. */
static int next_line(struct plain_reader *r)
{
	size_t n = 0;
	int c;

	r->line++;
	while ((c = getc_unlocked(r->in)) != EOF && c != '\n') {
		if (c == '\0')
			return fail(r, "found a NUL byte; expected text, one route a line");
		if (n == LINE_BYTES - 1)
			return fail(r,
				    "found a line of more than %d bytes; expected one route a line",
				    LINE_BYTES - 1);
		r->text[n++] = (char)c;
	}
	if (ferror(r->in)) {
		int err = errno ? -errno : -EIO;

		fail(r, "cannot be read: %s; expected a file of routes", strerror(-err));
		return err;
	}
	if (c == EOF && n == 0)
		return 0;
	r->list->unfinished_line = c == EOF;
	r->text[n] = '\0';
	return 1;
}

/* Reads a decimal number without sign or leading zeros. Returns 0, or -EINVAL. */
static int parse_number(const char *text, unsigned long max, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) || (text[0] == '0' && text[1]))
		return -EINVAL;
	errno = 0;
	*number = strtoul(text, &end, 10);
	return errno || *end || *number > max ? -EINVAL : 0;
}

static int parse_prefix(struct plain_reader *r, const char *word, struct cvpn_lpm_prefix *prefix)
{
	char buf[SHOWN_BYTES * 4 + 4], address[PREFIX_TEXT], expected[PREFIX_TEXT];
	const char *slash = strchr(word, '/');
	unsigned long len;

	if (!slash || (size_t)(slash - word) >= sizeof(address))
		return fail(r, "found \"%s\"; expected a prefix, ADDRESS/LENGTH", shown(word, buf));
	memcpy(address, word, (size_t)(slash - word));
	address[slash - word] = '\0';
	if (addr_parse(address, &prefix->family, &prefix->addr) < 0)
		return fail(r, "found address \"%s\"; expected an IPv4 or IPv6 address",
			    shown(address, buf));
	if (parse_number(slash + 1, prefix_max_len(prefix->family), &len) < 0)
		return fail(r, "found prefix length \"%s\"; expected 0 to %u",
			    shown(slash + 1, buf), prefix_max_len(prefix->family));
	prefix->len = (uint8_t)len;
	if (!prefix_valid(prefix)) {
		prefix->addr = prefix_first(prefix->addr, prefix->len);
		prefix_format(prefix, expected);
		return fail(r, "found \"%s\" with bits set behind its length; expected %s",
			    shown(word, buf), expected);
	}
	return 0;
}

static int parse_verdict(struct plain_reader *r, char *word, struct verdict *verdict)
{
	char buf[SHOWN_BYTES * 4 + 4];
	char *colon = strchr(word, ':');
	unsigned long next_hop = 0;

	if (colon)
		*colon = '\0';
	if (!strcmp(word, "tunnel"))
		verdict->kind = VERDICT_TUNNEL;
	else if (!strcmp(word, "physical"))
		verdict->kind = VERDICT_PHYSICAL;
	else if (!strcmp(word, "drop") && !colon)
		verdict->kind = VERDICT_DROP;
	else {
		if (colon)
			*colon = ':';
		return fail(r, "found verdict \"%s\"; expected " VERDICTS_EXPECTED,
			    shown(word, buf));
	}
	if (colon && parse_number(colon + 1, VERDICT_MAX_NEXT_HOP, &next_hop) < 0)
		return fail(r, "found next hop \"%s\"; expected 0 to %u", shown(colon + 1, buf),
			    VERDICT_MAX_NEXT_HOP);
	verdict->next_hop = (uint16_t)next_hop;
	return 0;
}

static int parse_line(struct plain_reader *r)
{
	static const char blanks[] = " \t\v\f\r"; /* a line may have a CR anywhere */
	struct route route = { .verdict = { .kind = VERDICT_TUNNEL }, .line = r->line };
	char buf[SHOWN_BYTES * 4 + 4];
	char *save, *word;
	int err;

	r->text[strcspn(r->text, "#")] = '\0';
	word = strtok_r(r->text, blanks, &save);
	if (!word)
		return 0;
	err = parse_prefix(r, word, &route.prefix);
	if (err < 0)
		return err;
	word = strtok_r(NULL, blanks, &save);
	if (word) {
		err = parse_verdict(r, word, &route.verdict);
		if (err < 0)
			return err;
		word = strtok_r(NULL, blanks, &save);
		if (word)
			return fail(r,
				    "found \"%s\" behind the verdict; expected the end of the line",
				    shown(word, buf));
	}
	return route_list_add(r->list, &route);
}

int plain_read(FILE *in, struct route_list *list, struct route_error *error)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct plain_reader *r = malloc(sizeof(*r));
	int more, err = 0;

	if (!r)
		return -ENOMEM;
	*r = (struct plain_reader){ .in = in, .list = list, .error = error };
	errno = 0;
	while (!err && (more = next_line(r)) != 0) {
		if (more < 0) {
			err = more;
			break;
		}
		if (r->line == 1 && !strncmp(r->text, byte_order_mark, 3))
			memmove(r->text, r->text + 3, strlen(r->text + 3) + 1);
		err = parse_line(r);
	}
	free(r);
	return err;
}
