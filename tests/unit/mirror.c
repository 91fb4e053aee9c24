/* SPDX-License-Identifier: BSD-2-Clause */
/* A table, and beside it the plain list of the routes it is to hold. */
#include "mirror.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <cvpn/lpm_image.h>

#include "layout.h"
#include "lpm_check.h"
#include "prefix.h"
#include "require.h"

void mirror_init(struct mirror *mirror)
{
	*mirror = (struct mirror){ .table = new_table() };
}

void mirror_init_shape(struct mirror *mirror, const struct cvpn_lpm_shape *shape)
{
	*mirror = (struct mirror){ .memory = aligned_alloc(64, shape->bytes), .shape = *shape };
	cr_assert_not_null(mirror->memory);
	memset(mirror->memory, 0, shape->bytes);
	cr_assert_eq(cvpn_lpm_create_mirrored(&mirror->table, mirror->memory, shape), 0);
}

void mirror_free(struct mirror *mirror)
{
	cvpn_lpm_destroy(mirror->table);
	free(mirror->memory);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		free(mirror->of[family].routes);
		addr_list_free(&mirror->of[family].changed);
	}
}

size_t mirror_find(const struct mirror *mirror, const struct cvpn_lpm_prefix *prefix)
{
	const struct mirror_family *m = &mirror->of[prefix->family];
	size_t i = 0;

	while (i < m->count && (m->routes[i].prefix.len != prefix->len ||
				!addr_equal(m->routes[i].prefix.addr, prefix->addr)))
		i++;
	return i;
}

static void note_change(struct mirror_family *m, const struct cvpn_lpm_prefix *prefix)
{
	struct linear_route route = { *prefix, 0 };

	if (!m->changed.count)
		m->cover = *prefix;
	while (m->cover.len > prefix->len || !prefix_contains(&m->cover, prefix->addr)) {
		m->cover.len--;
		m->cover.addr = prefix_first(m->cover.addr, m->cover.len);
	}
	add_boundaries(&m->changed, &route, 1, prefix->family);
}

void mirror_insert(struct mirror *mirror, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	struct mirror_family *m = &mirror->of[prefix->family];
	size_t at = mirror_find(mirror, prefix);

	if (m->count == m->capacity) {
		m->capacity = m->capacity ? m->capacity * 2 : 64;
		m->routes = realloc(m->routes, m->capacity * sizeof(*m->routes));
		REQUIRE(m->routes, "no memory");
	}
	REQUIRE(cvpn_lpm_insert(mirror->table, prefix, value) == 0, "a change failed");
	m->routes[at] = (struct linear_route){ *prefix, value };
	m->count += at == m->count;
	REQUIRE(cvpn_lpm_count(mirror->table, prefix->family) == m->count, "a change failed");
	note_change(m, prefix);
}

void mirror_remove(struct mirror *mirror, const struct cvpn_lpm_prefix *prefix)
{
	struct mirror_family *m = &mirror->of[prefix->family];
	size_t at = mirror_find(mirror, prefix);

	REQUIRE(at < m->count, "no such route");
	REQUIRE(cvpn_lpm_remove(mirror->table, prefix) == 0, "a change failed");
	m->routes[at] = m->routes[--m->count];
	REQUIRE(cvpn_lpm_count(mirror->table, prefix->family) == m->count, "a change failed");
	note_change(m, prefix);
}

/* Whether the values of a family fit into what its image has for them. */
static bool fits(const struct mirror_family *m, const struct cvpn_lpm_tree *tree)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->routes[i].value > tree->value_mask)
			return false;
	return true;
}

/* Whether the changes need a new image, or a new root: they can not be made below one slot of a root. */
static bool must_compile(const struct mirror *mirror)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(mirror->table);
	unsigned int changed = 0;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		const struct cvpn_lpm_tree *tree = &image->tree[family];
		const struct mirror_family *m = &mirror->of[family];

		if (!m->changed.count)
			continue;
		changed++;
		if (tree->intervals || m->cover.len < tree->root_bits || !fits(m, tree))
			return true;
	}
	return changed > 1;
}

static void check_family(const struct mirror *mirror, unsigned int family, struct rng *rng,
			 size_t random)
{
	const struct mirror_family *m = &mirror->of[family];
	struct addr_list keys = { 0 };

	for (size_t i = 0; i < m->changed.count; i++)
		addr_list_add(&keys, m->changed.addrs[i]);
	add_random(&keys, rng, m->routes, m->count, family, random);
	check_addrs(cvpn_lpm_image(mirror->table), family, m->routes, m->count, &keys);
	if (mirror->memory)
		check_mirror_addrs(mirror->memory, &mirror->shape, family, m->routes, m->count,
				   &keys);
	addr_list_free(&keys);
}

struct mirror_roots mirror_roots(const struct mirror *mirror)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(mirror->table);

	return (struct mirror_roots){ image, { image->tree[0].root, image->tree[1].root } };
}

int mirror_try(struct mirror *mirror)
{
	int err = cvpn_lpm_publish(mirror->table);

	for (unsigned int family = 0; !err && family < CVPN_LPM_FAMILIES; family++)
		mirror->of[family].changed.count = 0;
	return err;
}

bool mirror_publish(struct mirror *mirror, struct rng *rng, size_t random)
{
	struct mirror_roots before = mirror_roots(mirror), after;
	bool must = must_compile(mirror), same;
	int err;

	err = cvpn_lpm_publish(mirror->table);
	REQUIRE(!err, "%zu IPv4 and %zu IPv6 routes in %u bytes: publish failed: %d",
		mirror->of[0].count, mirror->of[1].count, mirror->shape.bytes, err);
	after = mirror_roots(mirror);
	same = !memcmp(&before, &after, sizeof(before));
	REQUIRE(!same || !must, "a change that needs a new image was made in the old one");
	mirror->publishes++;
	mirror->in_place += same;
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		check_family(mirror, family, rng, random);
		mirror->of[family].changed.count = 0;
	}
	return same;
}

void mirror_check(const struct mirror *mirror, struct rng *rng)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(mirror->table);

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		const struct mirror_family *m = &mirror->of[family];
		struct addr_list keys = { 0 };

		check_image(image, family, m->routes, m->count, rng, 100);
		if (!mirror->memory)
			continue;
		add_boundaries(&keys, m->routes, m->count, family);
		check_mirror_addrs(mirror->memory, &mirror->shape, family, m->routes, m->count,
				   &keys);
		addr_list_free(&keys);
	}
	check_updated(image);
}
