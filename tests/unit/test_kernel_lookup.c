/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mirrored tables, read by programs in the kernel: for shapes of each width, with near entries and
 * without, the lookups there answer as the linear oracle does, at each boundary of each route and at
 * random.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>

#include "formats/route_list.h"
#include "kernel_lookup.h"
#include "leaks.h"
#include "lpm_check.h"
#include "require.h"
#include "rng.h"
#include "tables.h"

/* Generated code, not ours to keep free of warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "kernel_lookup_0.bpf.skel.h"
#include "kernel_lookup_1.bpf.skel.h"
#include "kernel_lookup_2.bpf.skel.h"
#include "kernel_lookup_3.bpf.skel.h"
#include "kernel_lookup_4.bpf.skel.h"
#include "kernel_lookup_5.bpf.skel.h"
#pragma GCC diagnostic pop

TestSuite(kernel_lookup, .fini = check_leaks);

static const struct cvpn_lpm_shape shapes[] = { KERNEL_SHAPES };

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* A program, the memory it reads, and the table in that. */
struct kernel {
	const struct cvpn_lpm_shape *shape;
	void *memory; /* struct kernel_lookup_N_bpf: freed behind the skeleton in it */
	struct bpf_object_skeleton *skeleton;
	uint32_t *mirror;
	struct kernel_keys *keys;
	int program;
	struct cvpn_lpm *table;
};

/* What a skeleton has, whichever shape's it is. */
#define LOAD(number)                                                                               \
	static void load_##number(struct kernel *k)                                                \
	{                                                                                          \
		struct kernel_lookup_##number##_bpf *s =                                           \
			kernel_lookup_##number##_bpf__open_and_load();                             \
                                                                                                   \
		if (!s)                                                                            \
			return;                                                                    \
		*k = (struct kernel){                                                              \
			.shape = &shapes[number],                                                  \
			.memory = s,                                                               \
			.skeleton = s->skeleton,                                                   \
			.mirror = s->bss->mirror,                                                  \
			.keys = &s->bss->keys,                                                     \
			.program = bpf_program__fd(s->progs.look_up),                              \
		};                                                                                 \
	}

LOAD(0)
LOAD(1)
LOAD(2)
LOAD(3)
LOAD(4)
LOAD(5)

static void (*const loads[])(struct kernel *k) = { load_0, load_1, load_2, load_3, load_4, load_5 };

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* Loads the program for a shape; skips the test where that is refused. */
static struct kernel load(size_t shape)
{
	struct kernel k = { 0 };

	libbpf_set_print(silent);
	errno = 0;
	loads[shape](&k);
	if (!k.skeleton && (errno == EPERM || errno == EACCES || errno == ENOSYS))
		cr_skip_test("loading a BPF program was refused: %s", strerror(errno));
	cr_assert_not_null(k.skeleton, "loading a BPF program failed: %s", strerror(errno));
	return k;
}

static void create(struct kernel *k)
{
	int err = cvpn_lpm_create_mirrored(&k->table, k->mirror, k->shape);

	if (err == -EOPNOTSUPP)
		cr_skip_test("the kernel does not tell when its programs have left memory");
	cr_assert_eq(err, 0);
}

static void unload(struct kernel *k)
{
	cvpn_lpm_destroy(k->table);
	bpf_object__destroy_skeleton(k->skeleton);
	free(k->memory);
}

/* Has the kernel look up @n addresses. */
static void look_up_in_kernel(struct kernel *k, unsigned int family,
			      const struct cvpn_lpm_addr *addrs, size_t n)
{
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));

	k->keys->family = family;
	k->keys->count = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		k->keys->addrs[i] = (struct kernel_key){ addrs[i].hi, addrs[i].lo };
		k->keys->values[i] = UINT32_MAX;
	}
	cr_assert_eq(bpf_prog_test_run_opts(k->program, &run), 0);
}

/* The program finds what the oracle does, and so do the readers here. */
static void check_keys(struct kernel *k, unsigned int family, const struct linear_route *routes,
		       size_t n, const struct addr_list *list)
{
	uint16_t *expected = malloc(list->count * sizeof(*expected));

	cr_assert(expected || !list->count);
	cr_assert_eq(linear_lookup_many(routes, n, family, list->addrs, expected, list->count), 0);
	for (size_t from = 0; from < list->count; from += KERNEL_KEYS) {
		size_t left = list->count - from, now = left < KERNEL_KEYS ? left : KERNEL_KEYS;

		look_up_in_kernel(k, family, list->addrs + from, now);
		for (size_t i = 0; i < now; i++)
			REQUIRE(k->keys->values[i] == expected[from + i],
				"%zu routes, %u bits, address %016llx:%016llx: the kernel says %u, "
				"the oracle %u",
				n, k->shape->value_bits,
				(unsigned long long)list->addrs[from + i].hi,
				(unsigned long long)list->addrs[from + i].lo, k->keys->values[i],
				expected[from + i]);
	}
	if (k->table)
		check_addrs(cvpn_lpm_image(k->table), family, routes, n, list);
	free(expected);
}

static void check_kernel(struct kernel *k, unsigned int family, const struct linear_route *routes,
			 size_t n, size_t random)
{
	struct rng rng = { n };
	struct addr_list list = { 0 };

	add_boundaries(&list, routes, n, family);
	add_random(&list, &rng, routes, n, family, random);
	check_keys(k, family, routes, n, &list);
	addr_list_free(&list);
}

static uint16_t max_value(const struct cvpn_lpm_shape *shape)
{
	return (uint16_t)((1u << shape->value_bits) - 1);
}

/* Memory without a table, an empty one, routes, and what is left of them without their table. */
static void tables(struct kernel *k, unsigned int family, size_t n)
{
	struct rng rng = { n + family };
	struct linear_route *routes = random_table(&rng, family, n, max_value(k->shape));

	create(k);
	check_kernel(k, family, routes, 0, 1000);
	insert_all(k->table, routes, n / 2);
	check_kernel(k, family, routes, 0, 1000);
	cr_assert_eq(cvpn_lpm_publish(k->table), 0);
	check_kernel(k, family, routes, n / 2, 20000);
	/* One by one in place, and some at once below another root. */
	for (size_t i = n / 2; i < n; i++) {
		insert_all(k->table, &routes[i], 1);
		if (i < n * 3 / 4)
			cr_assert_eq(cvpn_lpm_publish(k->table), 0);
	}
	cr_assert_eq(cvpn_lpm_publish(k->table), 0);
	check_kernel(k, family, routes, n, 20000);
	for (size_t i = n / 4; i < n; i++)
		cr_assert_eq(cvpn_lpm_remove(k->table, &routes[i].prefix), 0);
	cr_assert_eq(cvpn_lpm_publish(k->table), 0);
	check_kernel(k, family, routes, n / 4, 20000);
	cvpn_lpm_destroy(k->table);
	k->table = NULL;
	check_kernel(k, family, routes, n / 4, 20000);
	free(routes);
}

Test(kernel_lookup, random_tables)
{
	static const size_t sizes[] = { 4, 40, 300, 1200 };

	for (size_t shape = 0; shape < SHAPES; shape++) {
		struct kernel k = load(shape);

		for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
			check_kernel(&k, family, NULL, 0, 1000);
			for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
				tables(&k, family, sizes[s]);
		}
		unload(&k);
	}
}

/* Tables like those of clients and of routers. */
static void generated(size_t shape, const char *spec)
{
	struct kernel k = load(shape);
	struct linear_route *routes;
	struct route_error error;
	struct route_list list;

	cr_assert_eq(route_list_load(spec, 1, &list, &error), 0, "%s", error.text);
	routes = calloc(list.count, sizeof(*routes));
	cr_assert_not_null(routes);
	for (size_t i = 0; i < list.count; i++)
		routes[i] = (struct linear_route){
			list.routes[i].prefix,
			list.routes[i].verdict.kind == VERDICT_TUNNEL ? 2 : 1,
		};
	create(&k);
	insert_all(k.table, routes, list.count);
	cr_assert_eq(cvpn_lpm_publish(k.table), 0);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		check_kernel(&k, family, routes, list.count, 100000);
	unload(&k);
	free(routes);
	route_list_free(&list);
}

Test(kernel_lookup, generated_tables)
{
	for (size_t shape = 0; shape < SHAPES; shape++)
		generated(shape, "synth:vpn:100");
	generated(0, "synth:bgp4:50000");
	generated(0, "synth:bgp6:10000");
	generated(3, "synth:bgp4:50000");
	generated(3, "synth:bgp6:5000");
}
