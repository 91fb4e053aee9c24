/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of the lookup stage, in the forms that its engines take. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lookup_stage.h"

int lookup_set_alloc(const struct lookup_stage *s, struct key_set *set, uint8_t family, size_t n)
{
	bool bytes = false;

	for (size_t r = 0; r < s->runner_count; r++)
		bytes |= family == CVPN_LPM_IPV6 && s->runners[r].engine->wants_bytes;
	set->addrs = malloc(n * sizeof(*set->addrs));
	set->v4 = family == CVPN_LPM_IPV4 ? malloc(n * sizeof(*set->v4)) : NULL;
	set->bytes = bytes ? malloc(n * sizeof(*set->bytes)) : NULL;
	if (!set->addrs || (family == CVPN_LPM_IPV4 && !set->v4) || (bytes && !set->bytes))
		return -ENOMEM;
	return 0;
}

void lookup_set_fill(struct key_set *set, uint8_t family, size_t n)
{
	for (size_t i = 0; i < n && set->v4; i++)
		set->v4[i] = (uint32_t)(set->addrs[i].hi >> 32);
	for (size_t i = 0; i < n && set->bytes; i++) {
		uint64_t halves[2] = { htobe64(set->addrs[i].hi), htobe64(set->addrs[i].lo) };

		memcpy(set->bytes[i], halves, sizeof(halves));
	}
	set->keys = (struct keys){ family, n, set->addrs, set->v4,
				   (const uint8_t(*)[16])set->bytes };
}

void lookup_set_free(struct key_set *set)
{
	free(set->addrs);
	free(set->v4);
	free(set->bytes);
}

struct keys lookup_keys_from(const struct keys *keys, size_t from, size_t n)
{
	return (struct keys){
		.family = keys->family,
		.count = n,
		.addrs = keys->addrs + from,
		.v4 = keys->v4 ? keys->v4 + from : NULL,
		.bytes = keys->bytes ? keys->bytes + from : NULL,
	};
}

static int make_set(struct lookup_stage *s, enum traffic traffic, uint8_t family)
{
	struct key_set *set = &s->sets[s->set_count++];
	size_t n = s->options->keys;
	int err = lookup_set_alloc(s, set, family, n);

	set->traffic = traffic;
	if (!err)
		err = traffic_keys(s->table, traffic, family, s->options->seed, set->addrs, n);
	if (!err)
		lookup_set_fill(set, family, n);
	return err;
}

int lookup_sets_make(struct lookup_stage *s)
{
	for (uint8_t family = 0; family < CVPN_LPM_FAMILIES; family++) {
		if (!s->table->list.of_family[family])
			continue;
		for (enum traffic traffic = 0; traffic < TRAFFICS; traffic++) {
			int err = 0;

			if (s->options->traffics >> traffic & 1)
				err = make_set(s, traffic, family);
			if (err < 0)
				return err;
		}
	}
	return 0;
}
