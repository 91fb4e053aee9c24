/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes to text: the encodings, lines, and errors with their place. */
#include "input.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define RAW_BYTES INPUT_WINDOW_BYTES
/* Two bytes of UTF-16 become three of UTF-8 at most. Before these, a line may be waiting. */
#define BUFFER_BYTES (INPUT_LINE_BYTES + 1 + RAW_BYTES / 2 * 3)

#define REPLACEMENT 0xfffdu /* what stands for half a surrogate pair */

_Static_assert(RAW_BYTES % 2 == 0 && RAW_BYTES > 4, "UTF-16 is read in whole units");

int input_open(struct input *in, FILE *file, const char *name, struct route_error *error)
{
	*in = (struct input){
		.file = file,
		.name = name,
		.error = error,
		.line = 0,
		.longest = INPUT_LINE_BYTES,
		/* One more: a line at the end of the file gets its NUL there. */
		.buffer = malloc(BUFFER_BYTES + 1),
		.raw = malloc(RAW_BYTES),
	};
	return in->buffer && in->raw ? 0 : -ENOMEM;
}

void input_close(struct input *in)
{
	free(in->buffer);
	free(in->raw);
	in->buffer = NULL;
	in->raw = NULL;
}

int input_fail(struct input *in, const char *format, ...)
{
	va_list args;
	int n = snprintf(in->error->text, sizeof(in->error->text), "%.200s:%u: ", in->name,
			 in->line);

	va_start(args, format);
	vsnprintf(in->error->text + n, sizeof(in->error->text) - (size_t)n, format, args);
	va_end(args);
	return -EINVAL;
}

const char *shown(const char *word, char out[SHOWN_TEXT])
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

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t unit_at(const struct input *in, size_t at)
{
	unsigned int first = in->raw[at], second = in->raw[at + 1];

	return in->encoding == INPUT_UTF16LE ? first | second << 8 : first << 8 | second;
}

/* Decodes what is complete of @in->raw and keeps the rest there. */
static void decode_utf16(struct input *in)
{
	size_t at = 0;

	while (at + 2 <= in->raw_count) {
		uint32_t c = unit_at(in, at), low;

		if (c >= 0xd800 && c < 0xdc00) {
			if (at + 4 > in->raw_count && !in->ended)
				break;
			low = at + 4 > in->raw_count ? 0 : unit_at(in, at + 2);
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				at += 2;
			} else {
				c = REPLACEMENT;
			}
		} else if (c >= 0xdc00 && c < 0xe000) {
			c = REPLACEMENT;
		}
		at += 2;
		in->end += put_utf8(in->buffer + in->end, c);
	}
	if (in->ended && at < in->raw_count) {
		in->end += put_utf8(in->buffer + in->end, REPLACEMENT);
		at = in->raw_count;
	}
	in->raw_count -= at;
	memmove(in->raw, in->raw + at, in->raw_count);
}

/* Says by the byte order mark what the bytes are, and leaves the mark out. */
static size_t find_encoding(struct input *in)
{
	const unsigned char *raw = in->raw;

	if (in->raw_count >= 3 && raw[0] == 0xef && raw[1] == 0xbb && raw[2] == 0xbf)
		return 3;
	if (in->raw_count >= 2 && raw[0] == 0xff && raw[1] == 0xfe)
		in->encoding = INPUT_UTF16LE;
	else if (in->raw_count >= 2 && raw[0] == 0xfe && raw[1] == 0xff)
		in->encoding = INPUT_UTF16BE;
	else
		return 0;
	return 2;
}

int input_fill(struct input *in)
{
	size_t skip = 0;

	if (in->ended)
		return in->read_error;
	memmove(in->buffer, in->buffer + in->at, in->end - in->at);
	in->end -= in->at;
	in->at = 0;
	errno = 0;
	in->raw_count += fread(in->raw + in->raw_count, 1, RAW_BYTES - in->raw_count, in->file);
	if (in->raw_count < RAW_BYTES) {
		in->ended = true;
		if (ferror(in->file))
			in->read_error = errno ? -errno : -EIO;
	}
	if (!in->started)
		skip = find_encoding(in);
	in->started = true;
	if (in->encoding == INPUT_BYTES) {
		memcpy(in->buffer + in->end, in->raw + skip, in->raw_count - skip);
		in->end += in->raw_count - skip;
		in->raw_count = 0;
	} else {
		in->raw_count -= skip;
		memmove(in->raw, in->raw + skip, in->raw_count);
		decode_utf16(in);
	}
	return in->end ? 1 : in->read_error;
}

const char *input_window(struct input *in, size_t *size)
{
	if (!in->started)
		input_fill(in);
	*size = in->end < INPUT_WINDOW_BYTES ? in->end : INPUT_WINDOW_BYTES;
	return in->buffer;
}

static int fail_to_read(struct input *in)
{
	input_fail(in, "cannot be read: %s; expected a file of routes", strerror(-in->read_error));
	return in->read_error;
}

/* Hands over the @length bytes that come next, and @taken with what ends them. */
static int take_line(struct input *in, size_t length, size_t taken)
{
	in->text = in->buffer + in->at;
	in->length = length;
	in->at += taken;
	if (memchr(in->text, '\0', length))
		return input_fail(in, "found a NUL byte; expected text, one route a line");
	in->text[length] = '\0';
	return 1;
}

int input_line(struct input *in)
{
	in->line++;
	for (;;) {
		size_t waiting = in->end - in->at;
		size_t looked = waiting <= in->longest ? waiting : in->longest + 1;
		const char *newline = memchr(in->buffer + in->at, '\n', looked);

		if (newline) {
			size_t length = (size_t)(newline - (in->buffer + in->at));

			return take_line(in, length, length + 1);
		}
		if (memchr(in->buffer + in->at, '\0', looked))
			return input_fail(in, "found a NUL byte; expected text, one route a line");
		if (waiting > in->longest)
			return input_fail(
				in,
				"found a line of more than %zu bytes; expected one route a line",
				in->longest);
		if (in->ended) {
			if (in->read_error)
				return fail_to_read(in);
			if (!waiting)
				return 0;
			in->unfinished_line = true;
			return take_line(in, waiting, waiting);
		}
		input_fill(in);
	}
}
