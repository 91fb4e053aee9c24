/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of formats, and the choice of one by the lines that a file begins with. */
#include "formats.h"

#include <stdlib.h>
#include <string.h>

/* A line is looked at no further than this: what a format is known by comes first. */
#define LOOK_BYTES 1024u

const struct format formats_all[] = {
	{ "plain", plain_look, plain_read, false },
	{ "windows", windows_look, windows_read, true },
	{ "route-n", route_n_look, route_n_read, true },
	{ "bsd", bsd_look, bsd_read, true },
	{ "ip-route", ip_route_look, ip_route_read, true },
	{ "ip-json", ip_json_look, ip_json_read, true },
	{ "openvpn", openvpn_look, openvpn_read, true },
	{ "openvpn-log", openvpn_log_look, openvpn_log_read, true },
	{ "aws", aws_look, aws_read, true },
};

const unsigned int formats_count = sizeof(formats_all) / sizeof(formats_all[0]);

const char *format_name(unsigned int index)
{
	return formats_all[index].name;
}

const struct format *format_find(const char *name)
{
	for (unsigned int i = 0; i < formats_count; i++) {
		if (!strcmp(formats_all[i].name, name))
			return &formats_all[i];
	}
	return NULL;
}

/* What the line of @length bytes says: a conclusive answer, or one that is only possible. */
static const struct format *look_at(const char *text, size_t length, bool *conclusive)
{
	const struct format *possible = NULL;
	char line[LOOK_BYTES], cut[LOOK_BYTES];
	struct words words;

	if (length >= sizeof(line))
		length = sizeof(line) - 1;
	memcpy(line, text, length);
	line[length] = '\0';
	strcpy(cut, line);
	words_split(cut, &words);
	for (unsigned int i = 0; i < formats_count && words.count; i++) {
		enum evidence_of_format evidence = formats_all[i].look(line, &words);

		if (evidence == LINE_CONCLUSIVE) {
			*conclusive = true;
			return &formats_all[i];
		}
		if (evidence == LINE_POSSIBLE && !possible)
			possible = &formats_all[i];
	}
	return possible;
}

const struct format *format_recognise(struct input *in)
{
	const struct format *first = NULL;
	bool conclusive = false;
	size_t size;
	const char *at = input_window(in, &size), *end = at + size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline : end) - at);
		const struct format *found;

		/* What is no text is refused by whichever format reads it. */
		found = memchr(at, '\0', length) ? NULL : look_at(at, length, &conclusive);
		if (conclusive)
			return found;
		if (!first)
			first = found;
		at += length + 1;
	}
	return first ? first : &formats_all[0];
}
