/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsing the command line by argp, and what goes together. */
#include "options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "../lpm/formats/formats.h"
#include "engine.h"
#include "names.h"
#include "option_values.h"
#include "options_table.h"
#include "policy_options.h"
#include "report_options.h"
#include "traffic.h"
#include "tun_stage.h"
#include "version.h"

#define DEFAULT_KEYS	 (1u << 20)
#define QUICK_KEYS	 (1u << 16)
#define DEFAULT_DURATION 3.0
#define QUICK_DURATION	 0.5
#define DEFAULT_ROUNDS	 21u
#define QUICK_ROUNDS	 5u
#define DEFAULT_LAUNCHES 20u
#define LAUNCH_ROUNDS	 2u
#define MAX_KEYS	 (1ull << 28)
#define MAX_ROUNDS	 10000u
#define MIN_DURATION	 0.01
#define MAX_DURATION	 86400.0
#define MAX_RATE	 1000000000ull
#define MAX_CHURN	 100000000ull

/* argp looks for this name in the program, so it must not be hidden. */
__attribute__((visibility("default")))
const char *argp_program_version = "cvpn-bench " PROJECT_VERSION;

struct parse_state {
	struct options *options;
	bool keys, duration, rounds; /* given */
	const char *only_pps;	     /* an option that makes sense with --pps only */
	const char *only_measuring;  /* one that makes sense when something is measured */
};

const char *mode_name(enum mode mode)
{
	switch (mode) {
	case MODE_LOOKUP:
		return "lookup";
	case MODE_PPS:
		return "pps";
	case MODE_COMPARE:
		return "compare";
	case MODE_EXPLAIN:
		return "explain";
	case MODE_PRINT_ROUTES:
		return "print-routes";
	case MODE_DIFF:
		return "diff";
	case MODE_LEAKS:
		return "leaks";
	case MODE_PROBE:
		return "probe";
	case MODE_MERGE:
		return "merge";
	case MODE_NONE:
		break;
	}
	return "none";
}

/* "all" is all that this machine has; one named that it has not ends the program. */
static name_set parse_isas(struct argp_state *state, const char *text)
{
	name_set set = parse_list(state, "isa", text, CVPN_LPM_ISAS, isa_name);

	for (enum cvpn_lpm_isa isa = 0; isa < CVPN_LPM_ISAS; isa++) {
		if (!(set >> isa & 1) || cvpn_lpm_kernels(isa))
			continue;
		if (!strstr(text, isa_name(isa))) {
			set &= ~(1u << isa);
			continue;
		}
		fprintf(stderr, "cvpn-bench: --isa: this CPU does not have %s\n", isa_name(isa));
		exit(EXIT_IMPOSSIBLE);
	}
	return set;
}

static name_set best_isa(void)
{
	enum cvpn_lpm_isa best = CVPN_LPM_SCALAR;

	for (enum cvpn_lpm_isa isa = 0; isa < CVPN_LPM_ISAS; isa++) {
		if (cvpn_lpm_kernels(isa))
			best = isa;
	}
	return 1u << best;
}

static void set_mode(struct argp_state *state, enum mode mode)
{
	struct parse_state *p = state->input;
	enum mode other = p->options->mode;

	if (other != MODE_NONE && other != mode)
		argp_error(state, "found --%s and --%s; expected one of them", mode_name(other),
			   mode_name(mode));
	p->options->mode = mode;
}

static void set_source(struct argp_state *state, const char *text)
{
	struct parse_state *p = state->input;
	unsigned int i = find_name(text, strlen(text), source_count, source_name);

	if (!strcmp(text, "auto"))
		p->options->source = -1;
	else if (i == source_count)
		fail_name(state, "source", text, source_count, source_name, "auto");
	else
		p->options->source = (int)i;
}

static bool is_default(const struct engine *engine, enum mode mode)
{
	if (mode == MODE_COMPARE)
		return engine->for_compare;
	return mode == MODE_PPS ? engine->for_pps : engine->for_lookup;
}

static void check_format(struct argp_state *state, const char *text)
{
	if (strcmp(text, "auto") &&
	    find_name(text, strlen(text), formats_count, format_name) == formats_count)
		fail_name(state, "format", text, formats_count, format_name, "auto");
}

static name_set default_engines(enum mode mode)
{
	name_set set = 0;

	for (unsigned int i = 0; i < engine_count; i++) {
		if (is_default(engines[i], mode))
			set |= 1u << i;
	}
	return set;
}

/* Whether a mode looks at no routes. */
static bool is_without_table(enum mode mode)
{
	return mode == MODE_PROBE || mode == MODE_MERGE;
}

/* What the options that were not given are. */
static void set_defaults(struct parse_state *p)
{
	struct options *o = p->options;

	if (o->mode == MODE_NONE)
		o->mode = MODE_LOOKUP;
	/* Settings that name the pushed CIDRs need no file. */
	if (!o->routes && o->policy.given && !is_without_table(o->mode))
		o->routes = POLICY_SPEC;
	if (!p->keys)
		o->keys = o->quick ? QUICK_KEYS : DEFAULT_KEYS;
	if (!p->duration)
		o->duration = o->quick ? QUICK_DURATION : DEFAULT_DURATION;
	if (!p->rounds)
		o->rounds = o->gate.against ? LAUNCH_ROUNDS
			    : o->quick	    ? QUICK_ROUNDS
					    : DEFAULT_ROUNDS;
	if (!o->gate.launches)
		o->gate.launches = DEFAULT_LAUNCHES;
	o->tun_traffics = o->traffics ? o->traffics : 1u << TRAFFIC_COVERED;
	if (!o->traffics)
		o->traffics = 1u << TRAFFIC_UNIFORM | 1u << TRAFFIC_COVERED;
	if (!o->isas)
		o->isas = best_isa();
	if (!o->readers)
		o->readers = (1u << reader_count) - 1;
	if (!o->engines)
		o->engines = default_engines(o->mode);
}

static bool trie_wanted(const struct options *o)
{
	for (unsigned int i = 0; i < engine_count; i++) {
		if (engines[i]->churns)
			return o->mode == MODE_PPS || o->engines >> i & 1;
	}
	return false;
}

/* Ends the program, naming those there are, if there is no such interface. */
static void check_interface(struct argp_state *state, const char *name)
{
	struct if_nameindex *all = if_nameindex();
	char expected[512] = "";

	for (struct if_nameindex *i = all; i && i->if_index; i++) {
		if (strlen(expected) + IFNAMSIZ + sizeof(", ...") > sizeof(expected)) {
			strcat(expected, ", ...");
			break;
		}
		strcat(strcat(expected, i == all ? "" : ", "), i->if_name);
	}
	if_freenameindex(all);
	if (!if_nametoindex(name))
		argp_error(state, "--xdp-dev: found \"%s\"; expected one of the interfaces: %s",
			   name, expected);
}

/* An option that was given and makes sense when something is measured, or NULL. */
static const char *only_measuring(const struct parse_state *p)
{
	const struct options *o = p->options;

	/* Of these --merge writes some: check_merge(). */
	for (enum output output = 0; output < OUTPUTS && o->mode != MODE_MERGE; output++) {
		if (o->outputs[output].wanted)
			return output_formats[output].option;
	}
	if (o->gate.baseline || o->gate.against)
		return o->gate.baseline ? "--baseline" : "--against";
	return p->only_measuring;
}

static void check_merge(struct argp_state *state, const struct options *o)
{
	char written[128] = "";

	if (!o->report_count)
		argp_error(state, "found --merge alone; expected the files of reports: --merge "
				  "FILE...");
	for (enum output output = 0; output < OUTPUTS; output++) {
		if (output_formats[output].merges)
			strcat(strcat(written, written[0] ? " or " : ""),
			       output_formats[output].option);
	}
	for (enum output output = 0; output < OUTPUTS; output++) {
		if (o->outputs[output].wanted && !output_formats[output].merges)
			argp_error(state,
				   "found %s and --merge; expected %s, which merged reports "
				   "can be written as",
				   output_formats[output].option, written);
	}
}

/* What a mode that looks at no routes does not take. */
static void check_without_table(struct argp_state *state, const struct options *o)
{
	const char *mode = mode_name(o->mode);
	const char *looks = o->mode == MODE_PROBE ? "the machine" : "reports";

	if (o->routes)
		argp_error(state, "found --%s and --routes; --%s looks at %s alone", mode, mode,
			   looks);
	if (o->format || o->tunnel_if)
		argp_error(state, "found --%s without --routes; expected it with a table",
			   o->format ? "format" : "tunnel-if");
	if (o->policy.given)
		argp_error(state, "found --%s and %s; --%s looks at %s alone", mode,
			   o->policy.given, mode, looks);
	if (o->mode == MODE_MERGE)
		check_merge(state, o);
}

static void check(struct argp_state *state)
{
	struct parse_state *p = state->input;
	struct options *o = p->options;
	bool measuring = o->mode == MODE_LOOKUP || o->mode == MODE_PPS || o->mode == MODE_COMPARE;

	if (is_without_table(o->mode))
		check_without_table(state, o);
	else if (!o->routes)
		argp_error(state, "expected --routes FILE");
	if (o->mode == MODE_EXPLAIN && !strcmp(o->explain, "-") && !strcmp(o->routes, "-"))
		argp_error(state, "found --routes - and --explain -; expected one of them to be "
				  "standard input");
	if (o->mode == MODE_DIFF && !strcmp(o->diff, "-") && !strcmp(o->routes, "-"))
		argp_error(state, "found --routes - and --diff -; expected one of them to be "
				  "standard input");
	if (only_measuring(p) && !measuring)
		argp_error(state,
			   "found %s and --%s; expected it with --lookup, --pps or "
			   "--compare",
			   only_measuring(p), mode_name(o->mode));
	if (o->churn && o->verify)
		argp_error(state, "found --churn and --verify; expected one of them: the oracle "
				  "knows the routes as they were loaded");
	if (o->churn && !trie_wanted(o))
		argp_error(state, "found --churn without engine trie; expected it: the updates are "
				  "the trie's");
	if (p->only_pps && o->mode != MODE_PPS)
		argp_error(state, "found %s without --pps; expected it with --pps", p->only_pps);
	if (o->xdp_dev)
		check_interface(state, o->xdp_dev);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct parse_state *p = state->input;
	struct options *o = p->options;

	switch (key) {
	case KEY_LOOKUP:
		set_mode(state, MODE_LOOKUP);
		break;
	case KEY_PPS:
		set_mode(state, MODE_PPS);
		break;
	case KEY_COMPARE:
		set_mode(state, MODE_COMPARE);
		break;
	case KEY_EXPLAIN:
		set_mode(state, MODE_EXPLAIN);
		o->explain = arg;
		break;
	case KEY_PRINT_ROUTES:
		set_mode(state, MODE_PRINT_ROUTES);
		break;
	case KEY_DIFF:
		set_mode(state, MODE_DIFF);
		if (!*arg)
			argp_error(state, "--diff: found an empty name; expected a file");
		o->diff = arg;
		break;
	case KEY_LEAKS:
		set_mode(state, MODE_LEAKS);
		break;
	case KEY_PROBE:
		set_mode(state, MODE_PROBE);
		break;
	case KEY_MERGE:
		set_mode(state, MODE_MERGE);
		break;
	case KEY_ROUTES:
		if (o->routes)
			argp_error(state, "found --routes twice; expected one table");
		if (!*arg)
			argp_error(state, "--routes: found an empty name; expected a file");
		o->routes = arg;
		break;
	case KEY_FORMAT:
		o->format = arg;
		check_format(state, arg);
		break;
	case KEY_TUNNEL_IF:
		if (!*arg)
			argp_error(state,
				   "--tunnel-if: found an empty name; expected an interface");
		o->tunnel_if = arg;
		break;
	case KEY_ENGINE:
		o->engines = parse_list(state, "engine", arg, engine_count, engine_name);
		o->engines_given = true;
		p->only_measuring = "--engine";
		break;
	case KEY_ISA:
		o->isas = parse_isas(state, arg);
		p->only_measuring = "--isa";
		break;
	case KEY_READER:
		o->readers = parse_list(state, "reader", arg, reader_count, reader_name);
		o->readers_given = true;
		p->only_pps = "--reader";
		break;
	case KEY_SOURCE:
		set_source(state, arg);
		p->only_pps = "--source";
		break;
	case KEY_TRAFFIC:
		o->traffics = parse_list(state, "traffic", arg, TRAFFICS, traffic_name);
		p->only_measuring = "--traffic";
		break;
	case KEY_KEYS:
		o->keys = parse_number(state, "keys", arg, 1, MAX_KEYS);
		p->keys = true;
		p->only_measuring = "--keys";
		break;
	case KEY_SIZE:
		o->size = (uint32_t)parse_number(state, "size", arg, SOURCE_MIN_FRAME,
						 SOURCE_MAX_FRAME);
		p->only_pps = "--size";
		break;
	case KEY_RATE:
		o->rate = parse_number(state, "rate", arg, 1, MAX_RATE);
		p->only_pps = "--rate";
		break;
	case KEY_DURATION:
		o->duration = parse_decimal(state, "duration", arg, MIN_DURATION, MAX_DURATION,
					    "seconds");
		p->duration = true;
		p->only_pps = "--duration";
		break;
	case KEY_ROUNDS:
		o->rounds = (unsigned int)parse_number(state, "rounds", arg, 1, MAX_ROUNDS);
		p->rounds = true;
		p->only_measuring = "--rounds";
		break;
	case KEY_SEED:
		o->seed = parse_number(state, "seed", arg, 0, INT64_MAX);
		break;
	case KEY_XDP_DEV:
		o->xdp_dev = arg;
		p->only_pps = "--xdp-dev";
		break;
	case KEY_CHURN:
		o->churn = parse_number(state, "churn", arg, 1, MAX_CHURN);
		p->only_measuring = "--churn";
		break;
	case KEY_VERIFY:
		o->verify = true;
		p->only_pps = "--verify";
		break;
	case KEY_QUICK:
		o->quick = true;
		p->only_measuring = "--quick";
		break;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->policy;
		state->child_inputs[1] = o;
		break;
	case ARGP_KEY_ARG:
		/* All of them come with ARGP_KEY_ARGS. */
		if (o->mode == MODE_MERGE)
			return ARGP_ERR_UNKNOWN;
		argp_error(state, "found \"%s\"; expected options only (is it --routes %s?)", arg,
			   arg);
		break;
	case ARGP_KEY_ARGS:
		o->reports = state->argv + state->next;
		o->report_count = (size_t)(state->argc - state->next);
		break;
	case ARGP_KEY_END:
		set_defaults(p);
		check(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void options_parse(int argc, char **argv, struct options *options)
{
	static const struct argp_child children[] = {
		{ &policy_argp, 0,
		  "The table a client would have, of its endpoint's settings:", 1 },
		{ &report_argp, 0, "Output:", 4 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options_table,
		.parser = parse_option,
		.args_doc = "--routes FILE\n--merge FILE...",
		.doc = options_doc,
		.children = children,
	};
	struct parse_state state = { .options = options };

	*options = (struct options){ .source = -1, .size = SOURCE_MIN_FRAME, .seed = 1 };
	policy_init(&options->policy);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &state);
}

void options_free(struct options *options)
{
	policy_free(&options->policy);
	free(options->gate.measuring);
}
