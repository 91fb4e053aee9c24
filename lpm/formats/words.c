/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading words: numbers, addresses, prefixes and masks. */
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../prefix.h"

void words_split(char *text, struct words *words)
{
	char *save, *word = strtok_r(text, INPUT_BLANKS, &save);

	words->count = 0;
	while (word && words->count < WORDS_MAX) {
		words->word[words->count++] = word;
		word = strtok_r(NULL, INPUT_BLANKS, &save);
	}
}

const char *words_whole_line(struct input *in)
{
	for (size_t i = 0; i < in->length; i++) {
		if (!in->text[i])
			in->text[i] = ' ';
	}
	return in->text;
}

int words_number(const char *word, unsigned long max, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)word[0]) || (word[0] == '0' && word[1]))
		return -EINVAL;
	errno = 0;
	*number = strtoul(word, &end, 10);
	return errno || *end || *number > max ? -EINVAL : 0;
}

bool words_digits(const char *word)
{
	return word[0] && !word[strspn(word, "0123456789")];
}

bool words_dotted(const char *word)
{
	return isdigit((unsigned char)word[0]) && strchr(word, '.') &&
	       !word[strspn(word, "0123456789.")] && !strstr(word, "..");
}

bool words_colons(const char *word)
{
	size_t n = strspn(word, "0123456789abcdefABCDEF:");
	const char *colon = memchr(word, ':', n);

	return colon && memchr(colon + 1, ':', n - (size_t)(colon + 1 - word));
}

int words_address(struct input *in, const char *word, uint8_t *family, struct cvpn_lpm_addr *addr)
{
	char buf[SHOWN_TEXT];

	if (addr_parse(word, family, addr) == 0)
		return 0;
	return input_fail(in, "found address \"%s\"; expected an IPv4 or IPv6 address",
			  shown(word, buf));
}

static int check_bits(const char *word, const struct cvpn_lpm_prefix *prefix,
		      char sentence[WORDS_SENTENCE])
{
	struct cvpn_lpm_prefix meant = *prefix;
	char buf[SHOWN_TEXT], expected[PREFIX_TEXT];

	if (prefix_valid(prefix))
		return 0;
	meant.addr = prefix_first(prefix->addr, prefix->len);
	prefix_format(&meant, expected);
	snprintf(sentence, WORDS_SENTENCE,
		 "found \"%s\" with bits set behind its length; expected %s", shown(word, buf),
		 expected);
	return -EINVAL;
}

int words_check_prefix(struct input *in, const char *word, const struct cvpn_lpm_prefix *prefix)
{
	char sentence[WORDS_SENTENCE];

	return check_bits(word, prefix, sentence) < 0 ? input_fail(in, "%s", sentence) : 0;
}

int words_parse_prefix(const char *word, struct cvpn_lpm_prefix *prefix,
		       char sentence[WORDS_SENTENCE])
{
	char buf[SHOWN_TEXT], address[PREFIX_TEXT];
	const char *slash = strchr(word, '/');
	unsigned long len;

	if (!slash || (size_t)(slash - word) >= sizeof(address)) {
		snprintf(sentence, WORDS_SENTENCE,
			 "found \"%s\"; expected a prefix, ADDRESS/LENGTH", shown(word, buf));
		return -EINVAL;
	}
	memcpy(address, word, (size_t)(slash - word));
	address[slash - word] = '\0';
	if (addr_parse(address, &prefix->family, &prefix->addr) < 0) {
		snprintf(sentence, WORDS_SENTENCE,
			 "found address \"%s\"; expected an IPv4 or IPv6 address",
			 shown(address, buf));
		return -EINVAL;
	}
	if (words_number(slash + 1, prefix_max_len(prefix->family), &len) < 0) {
		snprintf(sentence, WORDS_SENTENCE, "found prefix length \"%s\"; expected 0 to %u",
			 shown(slash + 1, buf), prefix_max_len(prefix->family));
		return -EINVAL;
	}
	prefix->len = (uint8_t)len;
	return check_bits(word, prefix, sentence);
}

int words_prefix(struct input *in, const char *word, struct cvpn_lpm_prefix *prefix)
{
	char sentence[WORDS_SENTENCE];

	if (words_parse_prefix(word, prefix, sentence) < 0)
		return input_fail(in, "%s", sentence);
	return 0;
}

int words_prefix_or_host(struct input *in, const char *word, struct cvpn_lpm_prefix *prefix)
{
	if (strchr(word, '/'))
		return words_prefix(in, word, prefix);
	if (words_address(in, word, &prefix->family, &prefix->addr) < 0)
		return -EINVAL;
	prefix->len = (uint8_t)prefix_max_len(prefix->family);
	return 0;
}

int words_masked(struct input *in, const char *address, const char *mask,
		 struct cvpn_lpm_prefix *prefix)
{
	char buf[SHOWN_TEXT], both[2 * SHOWN_BYTES];
	struct cvpn_lpm_addr ones;
	uint8_t family;

	if (addr_parse(address, &prefix->family, &prefix->addr) < 0 ||
	    prefix->family != CVPN_LPM_IPV4)
		return input_fail(in, "found address \"%s\"; expected an IPv4 address",
				  shown(address, buf));
	if (addr_parse(mask, &family, &ones) < 0 || family != CVPN_LPM_IPV4)
		return input_fail(in, "found mask \"%s\"; expected four numbers from 0 to 255",
				  shown(mask, buf));
	prefix->len = (uint8_t)__builtin_popcountll(ones.hi);
	if (ones.hi != prefix_mask(prefix->len).hi)
		return input_fail(in, "found mask \"%s\"; expected its ones before its zeros",
				  shown(mask, buf));
	snprintf(both, sizeof(both), "%s/%s", address, mask);
	return words_check_prefix(in, both, prefix);
}

int words_metric(struct input *in, const char *word, uint32_t *metric)
{
	char buf[SHOWN_TEXT];
	unsigned long number;

	if (words_number(word, UINT32_MAX, &number) < 0)
		return input_fail(in, "found metric \"%s\"; expected 0 to %u", shown(word, buf),
				  UINT32_MAX);
	*metric = (uint32_t)number;
	return 0;
}

void words_cut_zone(char *word)
{
	char *zone = strchr(word, '%'), *slash;

	if (!zone)
		return;
	slash = strchr(zone, '/');
	if (slash)
		memmove(zone, slash, strlen(slash) + 1);
	else
		*zone = '\0';
}

struct cvpn_lpm_prefix words_default(uint8_t family)
{
	return (struct cvpn_lpm_prefix){ .family = family };
}
