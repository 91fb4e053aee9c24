/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plain format, one route a line: PREFIX [tunnel[:N] | physical[:N] | drop], '#' starts a
 * comment. Without a verdict a route leads into the tunnel, as a pushed route does. Lines may end
 * in LF or CR LF, and the file may start with a byte order mark.
 */
#include "formats.h"

#include <string.h>

#include "../prefix.h"
#include "words.h"

/* The longest route has some 70 bytes; the rest is room for a comment. */
#define LINE_BYTES 4095u

#define VERDICTS_EXPECTED "tunnel, tunnel:N, physical, physical:N or drop"

static int parse_verdict(struct input *in, char *word, struct verdict *verdict)
{
	char buf[SHOWN_TEXT];
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
		return input_fail(in, "found verdict \"%s\"; expected " VERDICTS_EXPECTED,
				  shown(word, buf));
	}
	if (colon && words_number(colon + 1, VERDICT_MAX_NEXT_HOP, &next_hop) < 0)
		return input_fail(in, "found next hop \"%s\"; expected 0 to %u",
				  shown(colon + 1, buf), VERDICT_MAX_NEXT_HOP);
	verdict->next_hop = (uint16_t)next_hop;
	return 0;
}

static int parse_line(struct input *in, struct route_list *list)
{
	struct route route = { .verdict = { .kind = VERDICT_TUNNEL }, .line = in->line };
	char buf[SHOWN_TEXT];
	char *save, *word;
	int err;

	in->text[strcspn(in->text, "#")] = '\0';
	word = strtok_r(in->text, INPUT_BLANKS, &save);
	if (!word)
		return 0;
	err = words_prefix(in, word, &route.prefix);
	if (err < 0)
		return err;
	word = strtok_r(NULL, INPUT_BLANKS, &save);
	if (word) {
		err = parse_verdict(in, word, &route.verdict);
		if (err < 0)
			return err;
		word = strtok_r(NULL, INPUT_BLANKS, &save);
		if (word)
			return input_fail(
				in, "found \"%s\" behind the verdict; expected the end of the line",
				shown(word, buf));
	}
	return route_list_add(list, &route);
}

static bool is_verdict(const char *word)
{
	static const char *const kinds[] = { "tunnel", "physical", "drop" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i]);

		if (!strncmp(word, kinds[i], n) && (!word[n] || word[n] == ':' || word[n] == '#'))
			return true;
	}
	return false;
}

enum evidence_of_format plain_look(const char *line, const struct words *words)
{
	(void)line;
	if (!strchr(words->word[0], '/'))
		return LINE_NEUTRAL;
	if (words->count > 1 && is_verdict(words->word[1]))
		return LINE_CONCLUSIVE;
	/* A lone prefix: other formats have that, too, where a route goes on in the next line. */
	return words->count == 1 || words->word[1][0] == '#' ? LINE_POSSIBLE : LINE_NEUTRAL;
}

int plain_read(struct input *in, struct route_list *list)
{
	int more, err = 0;

	in->longest = LINE_BYTES;
	while (!err && (more = input_line(in)) != 0)
		err = more < 0 ? more : parse_line(in, list);
	return err;
}
