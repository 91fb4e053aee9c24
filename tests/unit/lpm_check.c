/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of an image against the linear oracle. */
#include "lpm_check.h"

#include <stdlib.h>

#include <criterion/criterion.h>
#include <cvpn/lpm_bpf.h>
#include <cvpn/lpm_image.h>

static void lookup4(const struct cvpn_lpm_kernels *kernels, const struct cvpn_lpm_image *image,
		    const struct addr_list *list, uint16_t *values)
{
	uint32_t *addrs = malloc(list->count * sizeof(*addrs));

	cr_assert(addrs || !list->count);
	for (size_t i = 0; i < list->count; i++)
		addrs[i] = (uint32_t)(list->addrs[i].hi >> 32);
	kernels->lookup4(image, addrs, values, list->count);
	free(addrs);
}

static uint16_t *lookup_bulk(const struct cvpn_lpm_kernels *kernels,
			     const struct cvpn_lpm_image *image, unsigned int family,
			     const struct addr_list *list)
{
	uint16_t *values = malloc(list->count * sizeof(*values));

	cr_assert(values || !list->count);
	if (family == CVPN_LPM_IPV4)
		lookup4(kernels, image, list, values);
	else
		kernels->lookup6(image, list->addrs, values, list->count);
	return values;
}

unsigned int all_kernels(struct cvpn_lpm_kernels kernels[MAX_KERNELS])
{
	unsigned int n = 0;

	kernels[n++] = (struct cvpn_lpm_kernels){ "chosen", cvpn_lpm_lookup4, cvpn_lpm_lookup6 };
	for (enum cvpn_lpm_isa isa = 0; isa < CVPN_LPM_ISAS; isa++) {
		if (cvpn_lpm_kernels(isa))
			kernels[n++] = *cvpn_lpm_kernels(isa);
	}
	return n;
}

static uint16_t lookup_one(const struct cvpn_lpm_image *image, unsigned int family,
			   struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4)
		return cvpn_lpm_lookup4_one(image, (uint32_t)(addr.hi >> 32));
	return cvpn_lpm_lookup6_one(image, addr);
}

/* The same, compiled into this program. */
static uint32_t lookup_inline(const struct cvpn_lpm_image *image, unsigned int family,
			      struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4)
		return cvpn_lpm_image_lookup4(image, (uint32_t)(addr.hi >> 32));
	return cvpn_lpm_image_lookup6(image, addr.hi, addr.lo);
}

static void fail_at(const char *how, size_t n, struct cvpn_lpm_addr addr, uint16_t found,
		    uint16_t expected)
{
	cr_assert_fail("%zu routes, address %016llx:%016llx: %s says %u, the oracle %u", n,
		       (unsigned long long)addr.hi, (unsigned long long)addr.lo, how, found,
		       expected);
}

static void check_kernel(const struct cvpn_lpm_kernels *kernels, const struct cvpn_lpm_image *image,
			 unsigned int family, size_t n, const struct addr_list *list,
			 const uint16_t *expected)
{
	uint16_t *bulk = lookup_bulk(kernels, image, family, list);

	for (size_t i = 0; i < list->count; i++) {
		if (bulk[i] != expected[i])
			fail_at(kernels->name, n, list->addrs[i], bulk[i], expected[i]);
	}
	free(bulk);
}

void check_addrs(const struct cvpn_lpm_image *image, unsigned int family,
		 const struct linear_route *routes, size_t n, const struct addr_list *list)
{
	uint16_t *expected = malloc(list->count * sizeof(*expected));
	struct cvpn_lpm_kernels kernels[MAX_KERNELS];
	unsigned int kernel_count = all_kernels(kernels);

	cr_assert(expected || !list->count);
	cr_assert_eq(linear_lookup_many(routes, n, family, list->addrs, expected, list->count), 0);
	for (unsigned int k = 0; k < kernel_count; k++)
		check_kernel(&kernels[k], image, family, n, list, expected);
	for (size_t i = 0; i < list->count; i++) {
		uint16_t one = lookup_one(image, family, list->addrs[i]);

		if (one != expected[i])
			fail_at("single", n, list->addrs[i], one, expected[i]);
		one = (uint16_t)lookup_inline(image, family, list->addrs[i]);
		if (one != expected[i])
			fail_at("inline", n, list->addrs[i], one, expected[i]);
	}
	free(expected);
}

uint32_t lookup_mirror(const uint32_t *mirror, const struct cvpn_lpm_shape *shape,
		       unsigned int family, struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4)
		return cvpn_lpm_bpf_lookup4(mirror, shape, (uint32_t)(addr.hi >> 32));
	return cvpn_lpm_bpf_lookup6(mirror, shape, addr.hi, addr.lo);
}

void check_mirror_addrs(const uint32_t *mirror, const struct cvpn_lpm_shape *shape,
			unsigned int family, const struct linear_route *routes, size_t n,
			const struct addr_list *list)
{
	uint16_t *expected = malloc(list->count * sizeof(*expected));

	cr_assert(expected || !list->count);
	cr_assert_eq(linear_lookup_many(routes, n, family, list->addrs, expected, list->count), 0);
	for (size_t i = 0; i < list->count; i++) {
		uint32_t found = lookup_mirror(mirror, shape, family, list->addrs[i]);

		if (found != expected[i])
			fail_at("the lookup for BPF", n, list->addrs[i], (uint16_t)found,
				expected[i]);
	}
	free(expected);
}

void check_image(const struct cvpn_lpm_image *image, unsigned int family,
		 const struct linear_route *routes, size_t n, struct rng *rng, size_t random)
{
	struct addr_list list = { 0 };

	add_boundaries(&list, routes, n, family);
	add_random(&list, rng, routes, n, family, random);
	check_addrs(image, family, routes, n, &list);
	addr_list_free(&list);
}

void insert_all(struct cvpn_lpm *table, const struct linear_route *routes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(cvpn_lpm_insert(table, &routes[i].prefix, routes[i].value), 0);
}

struct cvpn_lpm *new_table(void)
{
	struct cvpn_lpm *table;

	cr_assert_eq(cvpn_lpm_create(&table), 0);
	return table;
}

struct cvpn_lpm *table_of(const struct linear_route *routes, size_t n)
{
	struct cvpn_lpm *table = new_table();

	insert_all(table, routes, n);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	return table;
}
