/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a route table: which format makes it, and what all of them have in common. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route_list.h"

#define SYNTH_PREFIX "synth:"

static int load_file(const char *path, struct route_list *list, struct route_error *error)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int err;

	if (!in) {
		err = -errno;
		snprintf(error->text, sizeof(error->text),
			 "%.200s: cannot be opened: %s; expected a file of routes", path,
			 strerror(-err));
		return err;
	}
	err = plain_read(in, list, error);
	if (in != stdin)
		fclose(in);
	if (!err && !list->count) {
		snprintf(error->text, sizeof(error->text),
			 "%s: no routes found; expected at least one line PREFIX [VERDICT]",
			 list->name);
		err = -EINVAL;
	}
	return err;
}

int route_list_load(const char *spec, uint64_t seed, struct route_list *list,
		    struct route_error *error)
{
	int err;

	*list = (struct route_list){ .name = strdup(strcmp(spec, "-") ? spec : "standard input") };
	if (!list->name)
		err = -ENOMEM;
	else if (!strncmp(spec, SYNTH_PREFIX, strlen(SYNTH_PREFIX)))
		err = synth_generate(spec + strlen(SYNTH_PREFIX), seed, list, error);
	else
		err = load_file(spec, list, error);
	if (!err)
		err = route_list_sort(list, error);
	if (err == -ENOMEM)
		snprintf(error->text, sizeof(error->text), "%s: not enough memory", spec);
	return err;
}
