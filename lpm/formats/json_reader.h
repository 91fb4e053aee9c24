/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON (RFC 8259) as it streams by: the reader asks for what it expects next. A document of any
 * size takes the same memory, and every error and value has its line, for both of which a parser
 * that builds a tree has no place.
 *
 *	json_reader_enter(j, '{');
 *	while ((more = json_reader_next(j, '}')) > 0 && !err) {
 *		err = json_reader_key(j);	-> j->text
 *		...			one value
 *	}
 */
#ifndef LPM_FORMATS_JSON_READER_H
#define LPM_FORMATS_JSON_READER_H

#include "input.h"

/* Longer than any string that is asked for; what is skipped may be longer. */
#define JSON_READER_TEXT_BYTES 1024u
#define JSON_READER_KEY_BYTES  32u
#define JSON_READER_MAX_DEPTH  32u

struct json_reader {
	struct input *in;
	bool first; /* of the values in the innermost array or object */
	unsigned int depth;
	char text[JSON_READER_TEXT_BYTES]; /* the last string or number */
};

void json_reader_start(struct json_reader *j, struct input *in);

/**
 * json_reader_document() - go to the next value outside of all others
 * @j:		the reader
 * @junk:	set to whether there is a line of something else, which is in @j->text
 *
 * Return: 1; 0 at the end of the file; what reading gave.
 */
int json_reader_document(struct json_reader *j, bool *junk);

/* The first character of the next value, or -1 at the end of the file. Takes only blanks. */
int json_reader_peek(struct json_reader *j);

/* Takes '{' or '['. Returns 0 or -EINVAL, the error set, as all that follow. */
int json_reader_enter(struct json_reader *j, char open);

/* Goes to the next member or element. Returns 1; 0 with @close taken; or -EINVAL. */
int json_reader_next(struct json_reader *j, char close);

/* Takes a member's name into @j->text, and the colon. */
int json_reader_key(struct json_reader *j);

/* The same, and copies the name: longer ones than any that is asked for are cut. */
int json_reader_key_copy(struct json_reader *j, char key[JSON_READER_KEY_BYTES]);

/*
 * Takes a string into @j->text. Escapes other than of printable ASCII stay as they are: such a text
 * is only compared and shown. One of more than JSON_READER_TEXT_BYTES is cut.
 */
int json_reader_string(struct json_reader *j);

/* Takes a string or a number, as text. */
int json_reader_scalar(struct json_reader *j);

/* Takes any value. */
int json_reader_skip(struct json_reader *j);

#endif
