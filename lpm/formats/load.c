/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a route table: which format makes it, and what all of them have in common. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "formats.h"

#define SYNTH_PREFIX "synth:"

static int fail_format(const struct route_list *list, const char *name, struct route_error *error)
{
	char buf[SHOWN_TEXT], expected[256] = "auto";

	for (unsigned int i = 0; i < formats_count; i++)
		strcat(strcat(expected, ", "), format_name(i));
	snprintf(error->text, sizeof(error->text), "%.100s: found --format \"%s\"; expected %s",
		 list->name, shown(name, buf), expected);
	return -EINVAL;
}

/* What the user must know of how the routes were understood. */
static int warn(struct route_list *list)
{
	const struct client_table *table = &list->client;
	const struct client_route *first;
	char prefix[PREFIX_TEXT], verdict[VERDICT_TEXT];
	int err = 0;

	if (table->unknown_count)
		err = route_list_warn(list,
				      "%s: %zu line%s not understood, the first is line %u: \"%s\"",
				      list->name, table->unknown_count,
				      table->unknown_count == 1 ? " was" : "s were",
				      table->unknown_line, table->unknown_text);
	if (!err && table->ambiguous_count) {
		first = &table->routes[table->ambiguous];
		prefix_format(&first->prefix, prefix);
		verdict_format((struct verdict){ .kind = first->verdict }, verdict);
		err = route_list_warn(
			list,
			"%s: %zu prefix%s routes with different verdicts; of the first, %s, line "
			"%u counts: %s",
			list->name, table->ambiguous_count,
			table->ambiguous_count == 1 ? " has" : "es have", prefix, first->line,
			verdict);
	}
	return err;
}

/* From a client's routes to the list's. */
static int resolve(const struct route_source *source, struct route_list *list,
		   struct route_error *error)
{
	int err = client_find_tunnel(list, source, error);

	if (!err)
		err = client_resolve(list);
	return err ? err : warn(list);
}

static int check_routes(const struct route_source *source, const struct route_list *list,
			struct route_error *error)
{
	const char *format = list->client.format;

	if (list->count || (format && source->empty_allowed))
		return 0;
	if (format)
		snprintf(error->text, sizeof(error->text),
			 "%.200s: no routes found; expected some in the format %s", list->name,
			 format);
	else
		snprintf(error->text, sizeof(error->text),
			 "%.200s: no routes found; expected at least one line PREFIX [VERDICT]",
			 list->name);
	return -EINVAL;
}

static int refuse_tunnel_if(const struct route_list *list, struct route_error *error)
{
	snprintf(error->text, sizeof(error->text),
		 "%.200s: found --tunnel-if, but this table names no interfaces; expected it with "
		 "what a client's system prints",
		 list->name);
	return -EINVAL;
}

/* What all sources have in common once they are read: from what they say to the routes. */
static int finish(const struct route_source *source, struct route_list *list,
		  struct route_error *error)
{
	int err = 0;

	if (source->tunnel_if && !source->tunnel_optional && !list->client.interface_count)
		err = refuse_tunnel_if(list, error);
	if (!err && policy_applies(source->policy, list))
		err = policy_apply(list, source->policy, error);
	if (!err && list->client.format)
		err = resolve(source, list, error);
	return err ? err : route_list_sort(list, error);
}

static int read_input(struct input *in, const struct route_source *source, struct route_list *list,
		      struct route_error *error)
{
	const struct format *format;
	int err;

	if (!source->format || !strcmp(source->format, "auto"))
		format = format_recognise(in);
	else
		format = format_find(source->format);
	if (!format)
		return fail_format(list, source->format, error);
	client_table_init(&list->client, format->client ? format->name : NULL);
	err = format->read(in, list);
	list->unfinished_line = in->unfinished_line;
	return err ? err : finish(source, list, error);
}

int route_list_read(FILE *file, const struct route_source *source, struct route_list *list,
		    struct route_error *error)
{
	struct input in;
	int err = input_open(&in, file, list->name, error);

	if (!err)
		err = read_input(&in, source, list, error);
	input_close(&in);
	return err;
}

static int load_file(const struct route_source *source, struct route_list *list,
		     struct route_error *error)
{
	const char *path = source->spec;
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int err;

	if (!file) {
		err = -errno;
		snprintf(error->text, sizeof(error->text),
			 "%.200s: cannot be opened: %s; expected a file of routes", path,
			 strerror(-err));
		return err;
	}
	err = route_list_read(file, source, list, error);
	if (file != stdin)
		fclose(file);
	return err ? err : check_routes(source, list, error);
}

static int generate(const struct route_source *source, struct route_list *list,
		    struct route_error *error)
{
	int err = synth_generate(source->spec + strlen(SYNTH_PREFIX), source->seed, list, error);

	return err ? err : finish(source, list, error);
}

/* Of settings alone. */
static int imagine(const struct route_source *source, struct route_list *list,
		   struct route_error *error)
{
	if (source->policy && source->policy->given)
		return finish(source, list, error);
	snprintf(error->text, sizeof(error->text),
		 "found --routes %s without --split-tunnel; expected a file, or --split-tunnel on "
		 "or off and what is known of the endpoint",
		 source->spec);
	return -EINVAL;
}

static const char *name_of(const char *spec)
{
	if (!strcmp(spec, POLICY_SPEC))
		return "policy";
	return strcmp(spec, "-") ? spec : "standard input";
}

int route_list_load_from(const struct route_source *source, struct route_list *list,
			 struct route_error *error)
{
	const char *spec = source->spec;
	int err = -ENOMEM;

	*list = (struct route_list){ .name = strdup(name_of(spec)) };
	client_table_init(&list->client, NULL);
	if (list->name) {
		if (!strcmp(spec, POLICY_SPEC))
			err = imagine(source, list, error);
		else if (!strncmp(spec, SYNTH_PREFIX, strlen(SYNTH_PREFIX)))
			err = generate(source, list, error);
		else
			err = load_file(source, list, error);
	}
	if (err == -ENOMEM)
		snprintf(error->text, sizeof(error->text), "%.200s: not enough memory", spec);
	return err;
}

int route_list_load(const char *spec, uint64_t seed, struct route_list *list,
		    struct route_error *error)
{
	const struct route_source source = { .spec = spec, .seed = seed };

	return route_list_load_from(&source, list, error);
}
