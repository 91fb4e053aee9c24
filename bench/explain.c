/* SPDX-License-Identifier: BSD-2-Clause */
/* Explaining verdicts, and printing routes. */
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explain_routes.h"
#include "options.h"
#include "print.h"

/* Longer than any address; what is longer is none. */
#define LINE_BYTES 256

/* Returns an exit status. */
static int explain_address(const struct table *table, uint8_t family, struct cvpn_lpm_addr addr,
			   bool others)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table->lpm);
	const struct route *route = table_route(table, family, addr);
	uint16_t value = family == CVPN_LPM_IPV4
				 ? cvpn_lpm_lookup4_one(image, (uint32_t)(addr.hi >> 32))
				 : cvpn_lpm_lookup6_one(image, addr);
	struct verdict expected = route ? route->verdict : table->verdicts[CVPN_LPM_NO_ROUTE];
	struct verdict found = table->verdicts[value];
	char text[PREFIX_TEXT], prefix[PREFIX_TEXT] = "-", verdict[VERDICT_TEXT];

	addr_format(family, addr, text);
	verdict_format(found, verdict);
	if (route)
		prefix_format(&route->prefix, prefix);
	if (found.kind != expected.kind || found.next_hop != expected.next_hop) {
		fprintf(stderr, "cvpn-bench: %s: the trie says %s, but the longest prefix is %s\n",
			text, verdict, prefix);
		return EXIT_FAILED;
	}
	printf("%s\t%s\t%s\t", text, verdict, prefix);
	print_place(table, route);
	putchar('\n');
	if (others)
		explain_routes(table, family, addr);
	return EXIT_DONE;
}

/* Reads a line into @line without its end. Returns 1, 0 at the end, -1 if it is too long or binary. */
static int read_line(char line[LINE_BYTES])
{
	int c, n = 0, text = 1;

	while ((c = getc_unlocked(stdin)) != EOF && c != '\n') {
		text &= c != '\0' && n < LINE_BYTES - 1;
		if (n < LINE_BYTES - 1)
			line[n++] = (char)c;
		if (!text)
			break;
	}
	if (n && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return !text ? -1 : c != EOF || n;
}

static int explain_input(const struct table *table)
{
	char line[LINE_BYTES];
	unsigned long number = 0;
	int more, status = EXIT_DONE;

	errno = 0;
	while (status == EXIT_DONE && (more = read_line(line)) != 0) {
		struct cvpn_lpm_addr addr;
		uint8_t family;

		number++;
		if (more > 0 && !line[0])
			continue;
		if (more < 0 || addr_parse(line, &family, &addr) < 0) {
			fflush(stdout);
			fprintf(stderr,
				"cvpn-bench: standard input:%lu: found \"%.64s\"; expected an IPv4 "
				"or IPv6 address\n",
				number, line);
			status = EXIT_USAGE;
		} else {
			status = explain_address(table, family, addr, false);
		}
	}
	if (status == EXIT_DONE && ferror(stdin)) {
		fprintf(stderr, "cvpn-bench: standard input can not be read: %s\n",
			strerror(errno));
		status = EXIT_USAGE;
	}
	return status;
}

int explain(const struct table *table, const char *what)
{
	struct cvpn_lpm_addr addr;
	uint8_t family;

	if (!strcmp(what, "-"))
		return finish_output(explain_input(table));
	if (addr_parse(what, &family, &addr) < 0) {
		fprintf(stderr,
			"cvpn-bench: --explain: found \"%.64s\"; expected an IPv4 or IPv6 address, "
			"or -\n",
			what);
		return EXIT_USAGE;
	}
	return finish_output(explain_address(table, family, addr, true));
}

int print_routes(const struct table *table)
{
	for (size_t i = 0; i < table->list.count; i++) {
		char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];

		prefix_format(&table->list.routes[i].prefix, prefix);
		verdict_format(table->list.routes[i].verdict, verdict);
		printf("%s %s\n", prefix, verdict);
	}
	return finish_output(EXIT_DONE);
}
