/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text that the formats read: bytes from a file, decoded, a line at a time or a character at a
 * time, and errors that name the place. The memory is bounded whatever the file holds.
 */
#ifndef LPM_FORMATS_INPUT_H
#define LPM_FORMATS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "route_list.h"

/* The longest line of any format: a message of pushed routes in a log comes in one. */
#define INPUT_LINE_BYTES 65535u
/* What a format is recognised by must lie in the first bytes of the file. */
#define INPUT_WINDOW_BYTES 65536u

/* What blanks a line may have between its words; CR because of lines that end in CR LF. */
#define INPUT_BLANKS " \t\v\f\r"

enum input_encoding {
	INPUT_BYTES, /* UTF-8, or an older set of characters that has ASCII's */
	INPUT_UTF16LE,
	INPUT_UTF16BE,
};

struct input {
	FILE *file;
	const char *name;
	struct route_error *error;
	enum input_encoding encoding;
	bool started;
	bool ended;	      /* the file has no more than what is in @buffer */
	bool unfinished_line; /* the last line has no newline */
	uint32_t line;	      /* of @text, or of the next character; from 1 */
	size_t longest;	      /* bytes of the longest line that input_line() takes */
	char *text;	      /* the line without its end; the caller may write to it */
	size_t length;
	int read_error; /* errno of the file, for when the data before it is used up */
	char *buffer;	/* decoded, [at] to [end] not taken yet */
	size_t at;
	size_t end;
	unsigned char *raw; /* not decoded yet: a part of a character at most, between reads */
	size_t raw_count;
};

/**
 * input_open() - read a file as text
 * @in:		made; the caller frees it with input_close(), after an error too
 * @file:	read to its end, not closed
 * @name:	for messages; borrowed
 * @error:	where input_fail() writes; borrowed
 *
 * Return: 0, -ENOMEM.
 */
int input_open(struct input *in, FILE *file, const char *name, struct route_error *error);

void input_close(struct input *in);

/**
 * input_line() - take the next line
 * @in:	@in->text and @in->length are the line; UTF-16 with a byte order mark comes as UTF-8
 *
 * Return: 1; 0 at the end; -EINVAL for a NUL byte or a line longer than @in->longest; what the
 * file's read gave.
 */
int input_line(struct input *in);

/**
 * input_window() - look at the beginning of the file, before anything is taken
 * @in:		just opened
 * @size:	set to the bytes that are there, at most INPUT_WINDOW_BYTES
 *
 * Return: the bytes, valid until something is taken.
 */
const char *input_window(struct input *in, size_t *size);

/* Makes more of the file available. Returns 1, 0 when there is no more, or a negative errno. */
int input_fill(struct input *in);

/* The next character without taking it: -1 at the end, or when the file can not be read. */
static inline int input_peek(struct input *in)
{
	if (in->at == in->end && input_fill(in) <= 0)
		return -1;
	return (unsigned char)in->buffer[in->at];
}

/* Takes the character that input_peek() gave. */
static inline void input_take(struct input *in)
{
	in->line += in->buffer[in->at] == '\n';
	in->at++;
}

/* Writes "NAME:LINE: " and the sentence as the error. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int input_fail(struct input *in, const char *format, ...);

#define SHOWN_BYTES 48
/* Room for a word as shown() writes it. */
#define SHOWN_TEXT (SHOWN_BYTES * 4 + 4)

/* Copies a word for a message: printable ASCII, and not too long. Returns @out. */
const char *shown(const char *word, char out[SHOWN_TEXT]);

#endif
