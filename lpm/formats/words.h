/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a line, and what several formats write in the same way: numbers, prefixes, masks. */
#ifndef LPM_FORMATS_WORDS_H
#define LPM_FORMATS_WORDS_H

#include "input.h"

/* No row that is read by its columns has more. */
#define WORDS_MAX 16u

struct words {
	char *word[WORDS_MAX];
	unsigned int count; /* what is behind the last of WORDS_MAX words is left out */
};

/* Splits a line at its blanks, in place: each word ends in a NUL. */
void words_split(char *text, struct words *words);

/* Puts blanks where splitting put NULs, so that the line can be shown. Returns @in->text. */
const char *words_whole_line(struct input *in);

/* Reads a decimal number without sign or leading zeros. Returns 0, or -EINVAL. */
int words_number(const char *word, unsigned long max, unsigned long *number);

/* Whether a word is decimal digits and nothing else. */
bool words_digits(const char *word);

/* Whether a word has the shape of an IPv4 address: digits and at least one dot between them. */
bool words_dotted(const char *word);

/* Whether a word has the shape of an IPv6 address or prefix: it begins as one, with two colons. */
bool words_colons(const char *word);

/* Reads an address. Returns 0, or -EINVAL with the error set. */
int words_address(struct input *in, const char *word, uint8_t *family, struct cvpn_lpm_addr *addr);

/* Room for what words_parse_prefix() says. */
#define WORDS_SENTENCE 320

/* Reads ADDRESS/LENGTH without host bits. Returns 0, or -EINVAL: "found ...; expected ...". */
int words_parse_prefix(const char *word, struct cvpn_lpm_prefix *prefix,
		       char sentence[WORDS_SENTENCE]);

/* The same in a file. Returns 0, or -EINVAL with the error set. */
int words_prefix(struct input *in, const char *word, struct cvpn_lpm_prefix *prefix);

/* The same, or a lone address: the prefix of that alone. */
int words_prefix_or_host(struct input *in, const char *word, struct cvpn_lpm_prefix *prefix);

/* Refuses host bits in an otherwise complete prefix. @word is what is shown. */
int words_check_prefix(struct input *in, const char *word, const struct cvpn_lpm_prefix *prefix);

/**
 * words_masked() - read an IPv4 network from an address and a dotted mask
 * @in:		for the error
 * @address:	as text
 * @mask:	as text; its ones come first
 * @prefix:	set
 *
 * Return: 0, or -EINVAL with the error set.
 */
int words_masked(struct input *in, const char *address, const char *mask,
		 struct cvpn_lpm_prefix *prefix);

/* Reads a metric of 32 bits. Returns 0, or -EINVAL with the error set. */
int words_metric(struct input *in, const char *word, uint32_t *metric);

/* Cuts "%zone" off an address or prefix, so that it can be read: "fe80::%en0/64" is "fe80::/64". */
void words_cut_zone(char *word);

/* The prefix of all addresses of a family. */
struct cvpn_lpm_prefix words_default(uint8_t family);

#endif
