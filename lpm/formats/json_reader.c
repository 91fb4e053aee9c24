/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON reader. */
#include "json_reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void json_reader_start(struct json_reader *j, struct input *in)
{
	*j = (struct json_reader){ .in = in };
	in->line = 1;
}

/* Refuses what comes next. */
static int fail_at(struct json_reader *j, const char *expected)
{
	int c = input_peek(j->in);
	char found[2] = { (char)c, '\0' }, buf[SHOWN_TEXT];

	if (j->in->read_error && c < 0) {
		input_fail(j->in, "cannot be read: %s; expected a file of routes",
			   strerror(-j->in->read_error));
		return j->in->read_error;
	}
	if (c < 0)
		return input_fail(j->in, "found the end of the file; expected %s", expected);
	if (!c)
		return input_fail(j->in, "found a NUL byte; expected %s", expected);
	return input_fail(j->in, "found '%s'; expected %s", shown(found, buf), expected);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int json_reader_peek(struct json_reader *j)
{
	struct input *in = j->in;

	/* Much of a document is blanks, so they are passed without a call for each. */
	do {
		while (in->at < in->end && is_blank(in->buffer[in->at]))
			input_take(in);
	} while (in->at == in->end && input_fill(in) > 0);
	return input_peek(in);
}

int json_reader_document(struct json_reader *j, bool *junk)
{
	int c = json_reader_peek(j);
	size_t n = 0;

	*junk = c >= 0 && c != '{' && c != '[';
	if (c < 0)
		return j->in->read_error ? fail_at(j, "") : 0;
	if (!*junk)
		return 1;
	while ((c = input_peek(j->in)) > 0 && c != '\n') {
		if (n + 1 < sizeof(j->text))
			j->text[n++] = (char)c;
		input_take(j->in);
	}
	j->text[n] = '\0';
	return c ? 1 : fail_at(j, "JSON");
}

int json_reader_enter(struct json_reader *j, char open)
{
	if (json_reader_peek(j) != open)
		return fail_at(j, open == '{' ? "'{', an object" : "'[', an array");
	if (++j->depth > JSON_READER_MAX_DEPTH)
		return input_fail(j->in, "found values nested more than %u deep; expected routes",
				  JSON_READER_MAX_DEPTH);
	input_take(j->in);
	j->first = true;
	return 0;
}

int json_reader_next(struct json_reader *j, char close)
{
	int c = json_reader_peek(j);

	if (c == close) {
		input_take(j->in);
		j->depth--;
		j->first = false; /* whatever was around is one value further */
		return 0;
	}
	if (!j->first) {
		if (c != ',')
			return fail_at(j, close == '}' ? "',' or '}'" : "',' or ']'");
		input_take(j->in);
	}
	j->first = false;
	return 1;
}

/* Takes an escape, behind its backslash; writes at most 6 bytes. Returns how many, or -EINVAL. */
static int take_escape(struct json_reader *j, char *to)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	int c = input_peek(j->in);
	const char *at = c > 0 ? strchr(names, c) : NULL;
	unsigned long code;

	if (at) {
		input_take(j->in);
		*to = values[at - names];
		return 1;
	}
	if (c != 'u')
		return fail_at(j, "a letter of an escape, as \\n");
	strcpy(to, "\\u");
	input_take(j->in);
	for (int i = 2; i < 6; i++) {
		c = input_peek(j->in);
		if (c < 0 || !isxdigit(c))
			return fail_at(j, "four hexadecimal digits behind \\u");
		to[i] = (char)c;
		input_take(j->in);
	}
	to[6] = '\0';
	code = strtoul(to + 2, NULL, 16);
	if (code >= ' ' && code <= '~') {
		*to = (char)code;
		return 1;
	}
	return 6;
}

/* Takes what is here of a string's characters that stand for themselves; keeps what has room. */
static void take_run(struct json_reader *j, size_t *length)
{
	struct input *in = j->in;
	const char *start = in->buffer + in->at, *end = in->buffer + in->end, *at = start;
	size_t room = sizeof(j->text) - 1 - *length, size;

	while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
		at++;
	size = (size_t)(at - start);
	in->at += size;
	if (size > room)
		size = room;
	memcpy(j->text + *length, start, size);
	*length += size;
}

int json_reader_string(struct json_reader *j)
{
	char escape[8];
	size_t n = 0;
	int c, taken;

	if (json_reader_peek(j) != '"')
		return fail_at(j, "a string");
	input_take(j->in);
	while ((c = input_peek(j->in)) != '"') {
		if (c < ' ')
			return fail_at(j, "the end of a string");
		if (c != '\\') {
			take_run(j, &n);
			continue;
		}
		input_take(j->in);
		taken = take_escape(j, escape);
		if (taken < 0)
			return taken;
		if (n + (size_t)taken < sizeof(j->text)) {
			memcpy(j->text + n, escape, (size_t)taken);
			n += (size_t)taken;
		}
	}
	input_take(j->in);
	j->text[n] = '\0';
	return 0;
}

int json_reader_key(struct json_reader *j)
{
	int err = json_reader_string(j);

	if (err < 0)
		return err;
	if (json_reader_peek(j) != ':')
		return fail_at(j, "':'");
	input_take(j->in);
	return 0;
}

int json_reader_key_copy(struct json_reader *j, char key[JSON_READER_KEY_BYTES])
{
	int err = json_reader_key(j);
	size_t n = strnlen(j->text, JSON_READER_KEY_BYTES - 1);

	memcpy(key, j->text, n);
	key[n] = '\0';
	return err;
}

static bool is_plain(int c)
{
	return isalnum(c) || c == '-' || c == '+' || c == '.';
}

/* Takes a number, true, false or null. */
static int take_plain(struct json_reader *j)
{
	char buf[SHOWN_TEXT];
	size_t n = 0;
	int c;

	while ((c = input_peek(j->in)) >= 0 && is_plain(c) && n + 1 < sizeof(j->text)) {
		j->text[n++] = (char)c;
		input_take(j->in);
	}
	j->text[n] = '\0';
	if (!n)
		return fail_at(j, "a value");
	if (strcmp(j->text, "true") && strcmp(j->text, "false") && strcmp(j->text, "null") &&
	    j->text[0] != '-' && !isdigit((unsigned char)j->text[0]))
		return input_fail(j->in, "found \"%s\"; expected a value", shown(j->text, buf));
	return 0;
}

int json_reader_scalar(struct json_reader *j)
{
	int c = json_reader_peek(j);

	if (c == '"')
		return json_reader_string(j);
	return c == '{' || c == '[' ? fail_at(j, "a string or a number") : take_plain(j);
}

int json_reader_skip(struct json_reader *j)
{
	int c = json_reader_peek(j), more, err;
	char close = c == '{' ? '}' : ']';

	if (c != '{' && c != '[')
		return json_reader_scalar(j);
	err = json_reader_enter(j, (char)c);
	while (!err && (more = json_reader_next(j, close)) != 0) {
		err = more < 0 ? more : close == '}' ? json_reader_key(j) : 0;
		if (!err)
			err = json_reader_skip(j);
	}
	return err;
}
