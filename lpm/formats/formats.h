/* SPDX-License-Identifier: BSD-2-Clause */
/* The formats that a file may have, and how a file's format is recognised. */
#ifndef LPM_FORMATS_FORMATS_H
#define LPM_FORMATS_FORMATS_H

#include "input.h"
#include "route_list.h"
#include "words.h"

/* What a line says of the format of its file. */
enum evidence_of_format {
	LINE_NEUTRAL,
	LINE_POSSIBLE,	 /* could be of this format, if no other line speaks for another one */
	LINE_CONCLUSIVE, /* no other format has such a line */
};

struct format {
	const char *name; /* of --format */
	/* Looks at a line: as a whole, and its words. */
	enum evidence_of_format (*look)(const char *line, const struct words *words);
	/* Fills the list unsorted; all but the plain format fill its client table. */
	int (*read)(struct input *in, struct route_list *list);
	bool client; /* a client's routes, not verdicts */
};

extern const struct format formats_all[];
extern const unsigned int formats_count;

/* The name of the format at an index, for lists of names. */
const char *format_name(unsigned int index);

/* Returns the format of this name, or NULL. */
const struct format *format_find(const char *name);

/**
 * format_recognise() - tell by its content what format a file has
 * @in:		just opened; nothing is taken from it
 *
 * Return: the format; plain if no line speaks for another.
 */
const struct format *format_recognise(struct input *in);

/*
 * Each format. The readers return 0; -EINVAL with the error set; -ENOMEM; or what reading gave.
 */
enum evidence_of_format plain_look(const char *line, const struct words *words);
int plain_read(struct input *in, struct route_list *list);
enum evidence_of_format windows_look(const char *line, const struct words *words);
int windows_read(struct input *in, struct route_list *list);
enum evidence_of_format bsd_look(const char *line, const struct words *words);
int bsd_read(struct input *in, struct route_list *list);
enum evidence_of_format ip_route_look(const char *line, const struct words *words);
int ip_route_read(struct input *in, struct route_list *list);
enum evidence_of_format ip_json_look(const char *line, const struct words *words);
int ip_json_read(struct input *in, struct route_list *list);
enum evidence_of_format route_n_look(const char *line, const struct words *words);
int route_n_read(struct input *in, struct route_list *list);
enum evidence_of_format openvpn_look(const char *line, const struct words *words);
int openvpn_read(struct input *in, struct route_list *list);
enum evidence_of_format openvpn_log_look(const char *line, const struct words *words);
int openvpn_log_read(struct input *in, struct route_list *list);
enum evidence_of_format aws_look(const char *line, const struct words *words);
int aws_read(struct input *in, struct route_list *list);

#endif
