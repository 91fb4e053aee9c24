/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole tables: every boundary of every route, and a million random addresses, against the linear
 * oracle. Generated tables always; the real ones if CVPN_BENCH_TABLES names a folder with a program
 * "make-tables FOLDER" that writes them.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

#include "formats/route_list.h"
#include "leaks.h"
#include "linear.h"
#include "lpm_check.h"
#include "rng.h"
#include "tables.h"

TestSuite(lpm_tables, .fini = check_leaks);

#define RANDOM_ADDRS 1000000u

/* A value for a verdict, small ones for few next hops, and never CVPN_LPM_NO_ROUTE. */
static uint16_t value_of(struct verdict verdict)
{
	return verdict.kind == VERDICT_TUNNEL ? (uint16_t)(2 + verdict.next_hop) : 1;
}

static struct linear_route *linear_of(const struct route_list *list)
{
	struct linear_route *routes = calloc(list->count, sizeof(*routes));

	cr_assert_not_null(routes);
	for (size_t i = 0; i < list->count; i++) {
		routes[i].prefix = list->routes[i].prefix;
		routes[i].value = value_of(list->routes[i].verdict);
	}
	return routes;
}

static void check_table(const char *spec)
{
	struct rng rng = { 1 };
	struct linear_route *routes;
	struct route_error error;
	struct route_list list;
	struct cvpn_lpm *table;

	cr_assert_eq(route_list_load(spec, 1, &list, &error), 0, "%s", error.text);
	routes = linear_of(&list);
	cr_assert_eq(cvpn_lpm_create(&table), 0);
	insert_all(table, routes, list.count);
	cr_assert_eq(cvpn_lpm_publish(table), 0);
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		cr_assert_eq(cvpn_lpm_count(table, (enum cvpn_lpm_family)family),
			     list.of_family[family]);
		check_image(cvpn_lpm_image(table), family, routes, list.count, &rng, RANDOM_ADDRS);
	}
	cvpn_lpm_destroy(table);
	free(routes);
	route_list_free(&list);
}

Test(lpm_tables, synth_bgp4)
{
	check_table("synth:bgp4:100000");
}

Test(lpm_tables, synth_bgp6)
{
	check_table("synth:bgp6:50000");
}

Test(lpm_tables, synth_vpn)
{
	check_table("synth:vpn");
}

static void run_make_tables(const char *folder, const char *out)
{
	char program[4096];
	pid_t child;
	int status;

	snprintf(program, sizeof(program), "%s/make-tables", folder);
	child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		execl(program, program, out, NULL);
		_exit(127);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s %s failed", program, out);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

Test(lpm_tables, real)
{
	static const char *const names[] = {
		"vpn5.txt",   "aws4-2.txt",  "aws6-2.txt",  "bgp4-2.txt",
		"bgp6-2.txt", "bgp4-16.txt", "bgp6-16.txt",
	};
	const char *folder = getenv("CVPN_BENCH_TABLES");
	char out[] = "/tmp/cvpn-bench-tables-XXXXXX";

	if (!folder)
		cr_skip_test("CVPN_BENCH_TABLES names no folder with make-tables");
	cr_assert_not_null(mkdtemp(out));
	run_make_tables(folder, out);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[sizeof(out) + 32];

		snprintf(path, sizeof(path), "%s/%s", out, names[i]);
		check_table(path);
	}
	cr_assert_eq(nftw(out, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}
