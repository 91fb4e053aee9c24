/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plain route format: what it accepts, and that every error names the line, what was found
 * there and what was expected.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "formats/route_list.h"
#include "leaks.h"
#include "prefix.h"
#include "rng.h"
#include "tables.h"

TestSuite(plain, .fini = check_leaks);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define NAME		  "routes.txt"
/* The longest line that is read. */
#define LONGEST_LINE 4095u

/* Reads @n bytes as the file NAME into @list, sorted as a loaded file is. */
static int read_bytes(const void *bytes, size_t n, struct route_list *list,
		      struct route_error *error)
{
	FILE *in = fmemopen((void *)(uintptr_t)bytes, n, "r");
	int err;

	cr_assert_not_null(in);
	*list = (struct route_list){ .name = strdup(NAME) };
	*error = (struct route_error){ 0 };
	err = route_list_read(in, &(struct route_source){ .format = "plain" }, list, error);
	fclose(in);
	return err;
}

/* What a list prints as: each route in the plain format, then "|". */
static void print_list(const struct route_list *list, char *out, size_t room)
{
	*out = '\0';
	for (size_t i = 0; i < list->count; i++) {
		char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];
		size_t n = strlen(out);

		prefix_format(&list->routes[i].prefix, prefix);
		verdict_format(list->routes[i].verdict, verdict);
		snprintf(out + n, room - n, "%s %s|", prefix, verdict);
	}
}

static void accepts_bytes(const void *bytes, size_t n, const char *expected)
{
	struct route_error error;
	struct route_list list;
	char printed[1024];

	cr_assert_eq(read_bytes(bytes, n, &list, &error), 0, "%s", error.text);
	print_list(&list, printed, sizeof(printed));
	cr_assert_str_eq(printed, expected);
	route_list_free(&list);
}

static void accepts(const char *text, const char *expected)
{
	accepts_bytes(text, strlen(text), expected);
}

static void refuses_bytes(const void *bytes, size_t n, unsigned int line, const char *found,
			  const char *expected)
{
	char place[64];
	struct route_error error;
	struct route_list list;

	cr_assert_eq(read_bytes(bytes, n, &list, &error), -EINVAL, "accepted, without: found %s",
		     found);
	snprintf(place, sizeof(place), "%s:%u: found ", NAME, line);
	cr_assert_eq(strncmp(error.text, place, strlen(place)), 0,
		     "\"%s\" does not begin with \"%s\"", error.text, place);
	cr_assert_not_null(strstr(error.text, found), "\"%s\" lacks \"%s\"", error.text, found);
	cr_assert_not_null(strstr(error.text, "; expected "), "\"%s\" expects nothing", error.text);
	cr_assert_not_null(strstr(error.text, expected), "\"%s\" lacks \"%s\"", error.text,
			   expected);
	route_list_free(&list);
}

static void refuses(const char *text, unsigned int line, const char *found, const char *expected)
{
	refuses_bytes(text, strlen(text), line, found, expected);
}

Test(plain, every_verdict)
{
	accepts("10.0.0.0/8\n", "10.0.0.0/8 tunnel|");
	accepts("10.0.0.0/8 tunnel\n", "10.0.0.0/8 tunnel|");
	accepts("10.0.0.0/8 tunnel:0\n", "10.0.0.0/8 tunnel|");
	accepts("10.0.0.0/8 tunnel:1\n", "10.0.0.0/8 tunnel:1|");
	accepts("10.0.0.0/8 tunnel:65533\n", "10.0.0.0/8 tunnel:65533|");
	accepts("10.0.0.0/8 physical\n", "10.0.0.0/8 physical|");
	accepts("10.0.0.0/8 physical:0\n", "10.0.0.0/8 physical|");
	accepts("10.0.0.0/8 physical:65533\n", "10.0.0.0/8 physical:65533|");
	accepts("10.0.0.0/8 drop\n", "10.0.0.0/8 drop|");
}

Test(plain, every_length)
{
	accepts("0.0.0.0/0\n", "0.0.0.0/0 tunnel|");
	accepts("255.255.255.255/32\n", "255.255.255.255/32 tunnel|");
	accepts("::/0\n", "::/0 tunnel|");
	accepts("2001:DB8:0::/48\n", "2001:db8::/48 tunnel|");
	accepts("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128 physical:65533\n",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128 physical:65533|");
	accepts("::ffff:192.0.2.1/128\n", "::ffff:192.0.2.1/128 tunnel|");
}

Test(plain, blanks_and_comments)
{
	accepts("\n  \t\n# a comment\n   # another\n10.0.0.0/8 # the last\n", "10.0.0.0/8 tunnel|");
	accepts("\t10.0.0.0/8\t \tphysical \t\n", "10.0.0.0/8 physical|");
	accepts("10.0.0.0/8#tunnel:99999\n", "10.0.0.0/8 tunnel|");
	accepts("10.0.0.0/8 drop#\n", "10.0.0.0/8 drop|");
	accepts("10.0.0.0/8 tunnel\r\n\r\n# x\r\n::/0 drop\r\n", "10.0.0.0/8 tunnel|::/0 drop|");
}

Test(plain, a_byte_order_mark_is_not_part_of_the_first_line)
{
	accepts("\xef\xbb\xbf"
		"10.0.0.0/8\n",
		"10.0.0.0/8 tunnel|");
	accepts("\xef\xbb\xbf# saved by an editor\n10.0.0.0/8\n", "10.0.0.0/8 tunnel|");
	accepts("\xef\xbb\xbf\n", "");
	refuses("10.0.0.0/8\n\xef\xbb\xbf"
		"11.0.0.0/8\n",
		2,
		"\\xef\\xbb\\xbf"
		"11.0.0.0",
		"an IPv4 or IPv6 address");
}

Test(plain, routes_come_sorted_and_counted)
{
	const char *text = "::/0 drop\n10.128.0.0/9\n10.0.0.0/8\n9.0.0.0/8\n10.0.0.0/9\n";
	struct route_error error;
	struct route_list list;

	accepts(text, "9.0.0.0/8 tunnel|10.0.0.0/8 tunnel|10.0.0.0/9 tunnel|10.128.0.0/9 tunnel|"
		      "::/0 drop|");
	cr_assert_eq(read_bytes(text, strlen(text), &list, &error), 0);
	cr_assert_eq(list.of_family[CVPN_LPM_IPV4], 4);
	cr_assert_eq(list.of_family[CVPN_LPM_IPV6], 1);
	cr_assert_eq(list.routes[0].line, 4);
	cr_assert_eq(list.routes[1].line, 3);
	cr_assert_eq(list.routes[4].line, 1);
	cr_assert_eq(list.duplicates, 0);
	route_list_free(&list);
}

static void expect_unfinished(const char *text, bool unfinished)
{
	struct route_error error;
	struct route_list list;

	cr_assert_eq(read_bytes(text, strlen(text), &list, &error), 0, "%s", error.text);
	cr_assert_eq(list.unfinished_line, unfinished, "\"%s\"", text);
	cr_assert_eq(list.count, 1);
	route_list_free(&list);
}

Test(plain, a_line_without_its_end_is_read_and_noticed)
{
	expect_unfinished("10.0.0.0/8\n", false);
	expect_unfinished("10.0.0.0/8", true);
	expect_unfinished("10.0.0.0/8 physical", true);
	expect_unfinished("10.0.0.0/8\n# end", true);
	expect_unfinished("10.0.0.0/8\n# end\n", false);
	refuses("10.0.0.0/8\n10.0.0.0", 2, "\"10.0.0.0\"", "ADDRESS/LENGTH");
}

Test(plain, bad_prefixes)
{
	refuses("10.0.0.0\n", 1, "\"10.0.0.0\"", "a prefix, ADDRESS/LENGTH");
	refuses("tunnel\n", 1, "\"tunnel\"", "a prefix, ADDRESS/LENGTH");
	refuses("# one\n\n10.0.0/8\n", 3, "address \"10.0.0\"", "an IPv4 or IPv6 address");
	refuses("10.0.0.256/8\n", 1, "address \"10.0.0.256\"", "an IPv4 or IPv6 address");
	refuses("010.0.0.0/8\n", 1, "address \"010.0.0.0\"", "an IPv4 or IPv6 address");
	refuses("2001:db8::1::/64\n", 1, "address \"2001:db8::1::\"", "an IPv4 or IPv6 address");
	refuses("fe80::1%eth0/64\n", 1, "address \"fe80::1%eth0\"", "an IPv4 or IPv6 address");
	refuses("/8\n", 1, "address \"\"", "an IPv4 or IPv6 address");
	refuses("example.com/24\n", 1, "address \"example.com\"", "an IPv4 or IPv6 address");
	/* An address longer than any there is. */
	refuses("1111111111111111111111111111111111111111111111111111111111111111/8\n", 1,
		"\"111111111111111111111111111111111111111111111111...\"", "ADDRESS/LENGTH");
}

Test(plain, bad_lengths)
{
	refuses("10.0.0.0/33\n", 1, "prefix length \"33\"", "0 to 32");
	refuses("::/0\n2001:db8::/129\n", 2, "prefix length \"129\"", "0 to 128");
	refuses("10.0.0.0/-1\n", 1, "prefix length \"-1\"", "0 to 32");
	refuses("10.0.0.0/+8\n", 1, "prefix length \"+8\"", "0 to 32");
	refuses("10.0.0.0/08\n", 1, "prefix length \"08\"", "0 to 32");
	refuses("10.0.0.0/00\n", 1, "prefix length \"00\"", "0 to 32");
	refuses("10.0.0.0/\n", 1, "prefix length \"\"", "0 to 32");
	refuses("10.0.0.0/ 8\n", 1, "prefix length \"\"", "0 to 32");
	refuses("10.0.0.0/8x\n", 1, "prefix length \"8x\"", "0 to 32");
	refuses("10.0.0.0/8/8\n", 1, "prefix length \"8/8\"", "0 to 32");
	refuses("10.0.0.0/0x8\n", 1, "prefix length \"0x8\"", "0 to 32");
	refuses("10.0.0.0/255.0.0.0\n", 1, "prefix length \"255.0.0.0\"", "0 to 32");
	refuses("10.0.0.0/18446744073709551624\n", 1, "\"18446744073709551624\"", "0 to 32");
}

Test(plain, host_bits_with_the_prefix_that_was_probably_meant)
{
	refuses("10.0.0.1/8\n", 1, "\"10.0.0.1/8\" with bits set", "expected 10.0.0.0/8");
	refuses("\n\n\n10.1.2.3/31\n", 4, "\"10.1.2.3/31\"", "expected 10.1.2.2/31");
	refuses("128.0.0.0/0\n", 1, "\"128.0.0.0/0\"", "expected 0.0.0.0/0");
	refuses("2001:db8::1/64\n", 1, "\"2001:db8::1/64\"", "expected 2001:db8::/64");
	refuses("::1/0\n", 1, "\"::1/0\"", "expected ::/0");
}

Test(plain, bad_verdicts)
{
	static const char expected[] = "tunnel, tunnel:N, physical, physical:N or drop";

	refuses("10.0.0.0/8 vpn\n", 1, "verdict \"vpn\"", expected);
	refuses("::/0\n10.0.0.0/8 Tunnel\n", 2, "verdict \"Tunnel\"", expected);
	refuses("10.0.0.0/8 tunnels\n", 1, "verdict \"tunnels\"", expected);
	refuses("10.0.0.0/8 tun\n", 1, "verdict \"tun\"", expected);
	refuses("10.0.0.0/8 drop:1\n", 1, "verdict \"drop:1\"", expected);
	refuses("10.0.0.0/8 drop:0\n", 1, "verdict \"drop:0\"", expected);
	refuses("10.0.0.0/8 :1\n", 1, "verdict \":1\"", expected);
	refuses("10.0.0.0/8 \x01\n", 1, "verdict \"\\x01\"", expected);
}

Test(plain, bad_next_hops)
{
	refuses("10.0.0.0/8 tunnel:65534\n", 1, "next hop \"65534\"", "0 to 65533");
	refuses("10.0.0.0/8 physical:65536\n", 1, "next hop \"65536\"", "0 to 65533");
	refuses("10.0.0.0/8 tunnel:\n", 1, "next hop \"\"", "0 to 65533");
	refuses("10.0.0.0/8 tunnel:-1\n", 1, "next hop \"-1\"", "0 to 65533");
	refuses("10.0.0.0/8 tunnel:01\n", 1, "next hop \"01\"", "0 to 65533");
	refuses("10.0.0.0/8 tunnel:1:2\n", 1, "next hop \"1:2\"", "0 to 65533");
	refuses("10.0.0.0/8 tunnel: 1\n", 1, "next hop \"\"", "0 to 65533");
}

Test(plain, words_behind_the_verdict)
{
	refuses("10.0.0.0/8 tunnel 5\n", 1, "\"5\" behind the verdict", "the end of the line");
	refuses("10.0.0.0/8 drop drop\n", 1, "\"drop\" behind the verdict", "the end of the line");
}

Test(plain, nul_bytes)
{
	static const char first[] = "\0", middle[] = "10.0.0.0/8\n11.0.0.0\0/8\n",
			  comment[] = "# \0\n";

	refuses_bytes(first, 1, 1, "a NUL byte", "text");
	refuses_bytes(middle, sizeof(middle) - 1, 2, "a NUL byte", "text");
	refuses_bytes(comment, sizeof(comment) - 1, 1, "a NUL byte", "text");
}

/* A route and a comment, @n bytes in all, then what follows. */
static char *long_line(size_t n, const char *rest)
{
	static const char start[] = "10.0.0.0/8 #";
	char *text = malloc(n + strlen(rest) + 1);

	cr_assert_not_null(text);
	memset(text, 'x', n);
	memcpy(text, start, strlen(start));
	strcpy(text + n, rest);
	return text;
}

Test(plain, the_longest_line_and_one_byte_more)
{
	static const char *const ends[] = { "\n", "" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		char *text = long_line(LONGEST_LINE, ends[i]);

		accepts(text, "10.0.0.0/8 tunnel|");
		free(text);
		text = long_line(LONGEST_LINE + 1, ends[i]);
		refuses(text, 1, "a line of more than 4095 bytes", "one route a line");
		free(text);
	}
}

Test(plain, a_long_bad_word_is_shown_in_part_and_in_print)
{
	char *text = long_line(3000, "\n");

	memset(text, '\xff', 2999);
	refuses(text, 1, "\\xff\\xff...\"", "ADDRESS/LENGTH");
	memcpy(text, "10.0.0.0/8 ", 11);
	refuses(text, 1, "\\xff\\xff...\"", "tunnel");
	memset(text, 'a', 2999);
	refuses(text, 1, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\"", "LENGTH");
	free(text);
}

Test(plain, a_prefix_with_two_verdicts_names_both_lines)
{
	refuses("10.0.0.0/8 tunnel\n\n10.0.0.0/8 drop\n", 3, "10.0.0.0/8 with verdict drop",
		"expected tunnel as in line 1");
	refuses("# c\n2001:db8::/32 tunnel:4\n::/0\n::/1\n2001:db8::/32 tunnel:5\n", 5,
		"2001:db8::/32 with verdict tunnel:5", "expected tunnel:4 as in line 2");
	refuses("10.0.0.0/8 tunnel:7\n10.0.0.0/8 physical:7\n", 2,
		"10.0.0.0/8 with verdict physical:7", "expected tunnel:7 as in line 1");
}

Test(plain, a_prefix_with_one_verdict_twice_is_counted)
{
	const char *text = "9.0.0.0/8\n11.0.0.0/8 drop\n10.0.0.0/8 tunnel\n11.0.0.0/8 drop\n"
			   "10.0.0.0/8\n9.0.0.0/8 tunnel:0\n9.0.0.0/8\n";
	struct route_error error;
	struct route_list list;

	cr_assert_eq(read_bytes(text, strlen(text), &list, &error), 0, "%s", error.text);
	cr_assert_eq(list.count, 3);
	cr_assert_eq(list.of_family[CVPN_LPM_IPV4], 3);
	cr_assert_eq(list.duplicates, 4);
	cr_assert_eq(list.duplicate_line, 4, "the first in the file, not in the table");
	cr_assert_eq(list.routes[0].line, 1, "the first line is the one kept");
	cr_assert_eq(list.routes[1].line, 3);
	cr_assert_eq(list.routes[2].line, 2);
	route_list_free(&list);
}

/* The same prefix written as different text. */
Test(plain, prefixes_are_compared_as_such)
{
	refuses("2001:db8::/32\n2001:0DB8:0:0::/32 drop\n", 2, "2001:db8::/32 with verdict drop",
		"tunnel as in line 1");
	accepts("10.0.0.0/8 tunnel\n10.0.0.0/9 drop\n", "10.0.0.0/8 tunnel|10.0.0.0/9 drop|");
}

static int load_text(const char *text, struct route_list *list, struct route_error *error,
		     char path[static 64])
{
	int fd, err;

	strcpy(path, "/tmp/cvpn-bench-plain-XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	err = route_list_load(path, 0, list, error);
	unlink(path);
	return err;
}

Test(plain, files)
{
	struct route_error error;
	struct route_list list;
	char path[64];

	cr_assert_eq(load_text("11.0.0.0/8\n10.0.0.0/8\n", &list, &error, path), 0);
	cr_assert_eq(list.count, 2);
	cr_assert_str_eq(list.name, path);
	cr_assert_eq(list.routes[0].line, 2);
	route_list_free(&list);

	cr_assert_eq(load_text("::/0\n::/0 drop\n", &list, &error, path), -EINVAL);
	cr_assert_eq(strncmp(error.text, path, strlen(path)), 0);
	cr_assert_eq(strncmp(error.text + strlen(path), ":2: ", 4), 0);
	route_list_free(&list);
}

static void expect_empty(const char *text)
{
	struct route_error error;
	struct route_list list;
	char path[64];

	cr_assert_eq(load_text(text, &list, &error, path), -EINVAL);
	cr_assert_eq(strncmp(error.text, path, strlen(path)), 0, "%s", error.text);
	cr_assert_not_null(strstr(error.text, "no routes found"), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "; expected at least one line"), "%s", error.text);
	route_list_free(&list);
}

Test(plain, a_file_without_routes)
{
	expect_empty("");
	expect_empty("\n");
	expect_empty("# nothing\n\n\t\r\n");
	expect_empty("\xef\xbb\xbf");
}

static void expect_unreadable(const char *path, int err)
{
	struct route_error error = { 0 };
	struct route_list list;

	cr_assert_eq(route_list_load(path, 0, &list, &error), -err);
	cr_assert_eq(strncmp(error.text, path, strlen(path)), 0, "%s", error.text);
	cr_assert_not_null(strstr(error.text, strerror(err)), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "; expected a file of routes"), "%s", error.text);
	route_list_free(&list);
}

Test(plain, what_is_no_file)
{
	expect_unreadable("/", EISDIR);
	expect_unreadable("/nonexistent/routes.txt", ENOENT);
}

Test(plain, standard_input)
{
	char text[] = "10.0.0.0/8 drop\n", path[] = "/tmp/cvpn-bench-plain-XXXXXX";
	struct route_error error;
	struct route_list list;
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
	unlink(path);
	cr_assert_eq(route_list_load("-", 0, &list, &error), 0, "%s", error.text);
	cr_assert_eq(list.count, 1);
	cr_assert_str_eq(list.name, "standard input");
	route_list_free(&list);
}

/* Writes every route of @list to @out, and closes that. */
static void write_list(const struct route_list *list, FILE *out)
{
	for (size_t i = 0; i < list->count; i++) {
		char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];

		prefix_format(&list->routes[i].prefix, prefix);
		verdict_format(list->routes[i].verdict, verdict);
		cr_assert_lt(strlen(prefix), PREFIX_TEXT);
		cr_assert_lt(strlen(verdict), VERDICT_TEXT);
		fprintf(out, "%s %s\n", prefix, verdict);
	}
	cr_assert_eq(fclose(out), 0);
}

static struct verdict random_verdict(struct rng *rng)
{
	struct verdict verdict = { .kind = (uint8_t)rng_below(rng, VERDICT_KINDS) };

	if (verdict.kind != VERDICT_DROP && rng_next(rng) & 1)
		verdict.next_hop = (uint16_t)rng_below(rng, VERDICT_MAX_NEXT_HOP + 1);
	return verdict;
}

static void same_routes(const struct route_list *a, const struct route_list *b)
{
	cr_assert_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct route *x = &a->routes[i], *y = &b->routes[i];

		cr_assert_eq(prefix_compare(&x->prefix, &y->prefix), 0);
		cr_assert_eq(x->verdict.kind, y->verdict.kind);
		cr_assert_eq(x->verdict.next_hop, y->verdict.next_hop);
	}
	cr_assert_eq(route_list_digest(a), route_list_digest(b));
}

Test(plain, what_is_printed_reads_back_the_same)
{
	struct route_list list = { .name = strdup(NAME) }, reread;
	struct rng rng = { 77 };
	struct route_error error;
	char *text;
	size_t n;

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		struct linear_route *routes = random_table(&rng, family, 2000, 1);

		for (size_t i = 0; i < 2000; i++) {
			struct route route = { routes[i].prefix, random_verdict(&rng),
					       (uint32_t)i };

			cr_assert_eq(route_list_add(&list, &route), 0);
		}
		free(routes);
	}
	cr_assert_eq(route_list_sort(&list, &error), 0);
	write_list(&list, open_memstream(&text, &n));
	cr_assert_eq(read_bytes(text, n, &reread, &error), 0, "%s", error.text);
	same_routes(&list, &reread);
	free(text);
	route_list_free(&list);
	route_list_free(&reread);
}

static uint64_t digest_of(const char *text)
{
	struct route_error error;
	struct route_list list;
	uint64_t digest;

	cr_assert_eq(read_bytes(text, strlen(text), &list, &error), 0, "%s", error.text);
	digest = route_list_digest(&list);
	route_list_free(&list);
	return digest;
}

Test(plain, the_digest_is_of_routes_and_nothing_else)
{
	uint64_t digest = digest_of("10.0.0.0/8 tunnel\n::/0 drop\n");

	cr_assert_eq(digest_of("# c\n::/0 drop\n10.0.0.0/8 tunnel:0\n10.0.0.0/8"), digest);
	cr_assert_neq(digest_of("10.0.0.0/8 tunnel\n"), digest);
	cr_assert_neq(digest_of("10.0.0.0/8 tunnel\n::/0 physical\n"), digest);
	cr_assert_neq(digest_of("10.0.0.0/8 tunnel:1\n::/0 drop\n"), digest);
	cr_assert_neq(digest_of("10.0.0.0/9 tunnel\n::/0 drop\n"), digest);
	cr_assert_neq(digest_of("11.0.0.0/8 tunnel\n::/0 drop\n"), digest);
	/*
	 * A saved baseline names its table by this. FNV-1a of the address's halves, each less
	 * significant byte first, then family, length, kind and next hop.
	 */
	cr_assert_eq(digest_of("10.0.0.0/8\n"), 0x98879b634f5ab702);
}
