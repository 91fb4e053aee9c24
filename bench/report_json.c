/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as JSON, by cvpn-bench-1.schema.json. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <cvpn/lpm_image.h>

#include "../lpm/prefix.h"
#include "engine.h"
#include "names.h"
#include "report.h"
#include "report_json.h"
#include "tun_stage.h"
#include "version.h"

/* What other programs and the core itself did meanwhile. */
static void set_noise(json_t *object, const struct environment *e)
{
	const struct neighbours *n = &e->neighbours;

	set(object, "clock_spread_percent", number(e->speed.clock_spread));
	set(object, "throughput_spread_percent", number(e->speed.throughput_spread));
	if (e->speed.frequency_spread >= 0)
		set(object, "frequency_spread_percent", number(e->speed.frequency_spread));
	set(object, "others_busy_cores", number(n->busy_cores));
	set(object, "others_busiest_core", json_integer(n->busiest));
	set(object, "others_busiest_percent", number(100.0 * n->busiest_share));
	set(object, "sibling_core", json_integer(n->sibling));
	set(object, "sibling_busy_percent", number(100.0 * n->sibling_share));
}

static json_t *environment_json(const struct environment *e)
{
	json_t *object = json_object(), *mitigations = json_object();

	set_text(object, "kernel", e->kernel);
	set_text(object, "cpu", e->cpu);
	set_text(object, "microcode", e->microcode);
	set(object, "cores", count(e->cores));
	set(object, "reader_core", json_integer(e->reader_core));
	set(object, "source_core", json_integer(e->source_core));
	set_text(object, "isa", e->isa);
	set_text(object, "governor", e->governor);
	for (unsigned int i = 0; i < e->mitigation_count; i++)
		set_text(mitigations, e->mitigations[i].name, e->mitigations[i].state);
	set(object, "mitigations", mitigations);
	set_text(object, "hypervisor", e->hypervisor);
	set(object, "steal_percent", number(e->steal_percent));
	set(object, "preemptions_per_s", number(e->preemptions));
	set_noise(object, e);
	set(object, "turbo", json_boolean(e->turbo));
	set_text(object, "thp", e->thp);
	set_text(object, "compiler", build_compiler);
	set_text(object, "flags", build_flags);
	set_text(object, "commit", build_commit);
	set(object, "setup_ms", number(e->setup_ms));
	return object;
}

/* The names of a set, in the order of the options' table. */
static json_t *names_json(name_set set, unsigned int n, const char *(*name)(unsigned int))
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < n; i++) {
		if (set >> i & 1)
			json_array_append_new(array, json_string(name(i)));
	}
	return array;
}

/* Appends an address, with the length of its prefix if that has one of its own. */
static void append_address(json_t *array, const struct client_address *address)
{
	struct cvpn_lpm_prefix prefix = { address->addr, address->len, address->family };
	char text[PREFIX_TEXT];

	if (address->family == CLIENT_NO_ADDRESS)
		return;
	if (address->len == prefix_max_len(address->family))
		addr_format(address->family, address->addr, text);
	else
		prefix_format(&prefix, text);
	json_array_append_new(array, json_string(text));
}

static json_t *addresses_json(const struct client_address *addresses, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		append_address(array, &addresses[i]);
	return array;
}

/* What was said of an endpoint, from which the table was made. */
static json_t *policy_json(const struct policy *p)
{
	json_t *object = json_object(), *pushed = json_array();

	if (p->mode != CLIENT_MODE_UNKNOWN)
		set(object, "split_tunnel", json_boolean(p->mode == CLIENT_MODE_SPLIT));
	set(object, "client_ip", addresses_json(p->client, CVPN_LPM_FAMILIES));
	set(object, "client_net", addresses_json(p->net, CVPN_LPM_FAMILIES));
	set(object, "gateway", addresses_json(p->gateway, CVPN_LPM_FAMILIES));
	set(object, "endpoint_ip", addresses_json(p->endpoints, p->endpoint_count));
	for (size_t i = 0; i < p->pushed_count; i++) {
		char text[PREFIX_TEXT];

		prefix_format(&p->pushed[i], text);
		json_array_append_new(pushed, json_string(text));
	}
	set(object, "push", pushed);
	return object;
}

static json_t *config_json(const struct options *o)
{
	json_t *object = json_object();

	set_text(object, "mode", mode_name(o->mode));
	set_text(object, "routes", o->routes);
	set_text(object, "format", o->format ? o->format : "auto");
	if (o->tunnel_if)
		set_text(object, "tunnel_if", o->tunnel_if);
	if (o->policy.given)
		set(object, "policy", policy_json(&o->policy));
	set(object, "engine", names_json(o->engines, engine_count, engine_name));
	set(object, "isa", names_json(o->isas, CVPN_LPM_ISAS, isa_name));
	set(object, "traffic", names_json(o->traffics, TRAFFICS, traffic_name));
	set(object, "keys", count(o->keys));
	set(object, "rounds", count(o->rounds));
	set(object, "seed", count(o->seed));
	set(object, "quick", json_boolean(o->quick));
	set(object, "churn", count(o->churn));
	if (o->xdp_dev)
		set_text(object, "xdp_dev", o->xdp_dev);
	if (o->mode == MODE_PPS) {
		set(object, "tun_traffic", names_json(o->tun_traffics, TRAFFICS, traffic_name));
		set(object, "reader", names_json(o->readers, reader_count, reader_name));
		set_text(object, "source", o->source < 0 ? "auto" : sources[o->source]->name);
		set(object, "size", count(o->size));
		set(object, "rate", count(o->rate));
		set(object, "duration", number(o->duration));
		set(object, "verify", json_boolean(o->verify));
	}
	return object;
}

static json_t *routes_json(const struct table *t)
{
	json_t *object = json_object(), *verdicts = json_object();
	uint64_t kinds[VERDICT_KINDS] = { 0 };
	char digest[40];

	for (size_t i = 0; i < t->list.count; i++)
		kinds[t->list.routes[i].verdict.kind]++;
	snprintf(digest, sizeof(digest), "fnv1a64:%016" PRIx64, t->digest);
	set_text(object, "file", t->list.name);
	set_text(object, "digest", digest);
	set(object, "v4", count(t->list.of_family[CVPN_LPM_IPV4]));
	set(object, "v6", count(t->list.of_family[CVPN_LPM_IPV6]));
	set(verdicts, "tunnel", count(kinds[VERDICT_TUNNEL]));
	set(verdicts, "physical", count(kinds[VERDICT_PHYSICAL]));
	set(verdicts, "drop", count(kinds[VERDICT_DROP]));
	set(object, "verdicts", verdicts);
	set(object, "distinct_verdicts", count(t->verdict_count));
	set_text(object, "mode", t->mode);
	set(object, "load_ms", number(t->load_ms));
	return object;
}

static void set_tier(json_t *object, const char *key, const struct cvpn_lpm_tree *tree)
{
	char tier[48];

	if (tree->intervals)
		snprintf(tier, sizeof(tier), "intervals %u", tree->intervals);
	else
		snprintf(tier, sizeof(tier), "trie %u, %u-bit values", tree->root_bits,
			 1u << tree->width_shift);
	set_text(object, key, tier);
}

static json_t *table_json(const struct table *t)
{
	const struct cvpn_lpm_image *image = cvpn_lpm_image(t->lpm);
	json_t *object = json_object();

	set_tier(object, "tier4", &image->tree[CVPN_LPM_IPV4]);
	set_tier(object, "tier6", &image->tree[CVPN_LPM_IPV6]);
	set_text(object, "kernel", t->kernels->name);
	set(object, "bytes", count(image->bytes));
	set(object, "build_ms", number(t->build_ms));
	return object;
}

static json_t *agreement_json(const struct report *r)
{
	json_t *object = json_object(), *names = json_array();

	json_array_append_new(names, json_string("oracle"));
	for (size_t i = 0; i < r->agreement_engine_count; i++)
		json_array_append_new(names, json_string(r->agreement_engines[i]));
	set(object, "keys", count(r->agreement_keys));
	set(object, "engines", names);
	set(object, "disagreements", count(r->disagreements));
	return object;
}

static void set_lookup(json_t *object, const struct lookup_result *x)
{
	set_text(object, "engine", x->engine);
	set_text(object, "variant", variant_names[x->variant]);
	set_text(object, "kernel", x->kernel);
	set_text(object, "family", family_names[x->family]);
	set_text(object, "traffic", traffic_names[x->traffic]);
	set(object, "keys", count(x->keys));
	set(object, "baseline_ns", number(x->baseline_ns));
	set(object, "entry_bytes", count(x->entry_bytes));
	set(object, "output_bits", count(x->output_bits));
}

static void set_change(json_t *object, const struct change_result *x)
{
	set_text(object, "engine", x->engine);
	set_text(object, "variant", change_names[x->kind]);
	set_text(object, "family", family_names[x->family]);
	set(object, "entry_bytes", count(x->entry_bytes));
	set(object, "routes", count(x->routes));
}

static void set_tun(json_t *object, const struct tun_result *x)
{
	const struct tun_counts *c = &x->counts;

	set_text(object, "reader", x->reader);
	set_text(object, "source", x->source);
	set_text(object, "family", x->family);
	set_text(object, "traffic", traffic_names[x->traffic]);
	set(object, "size", count(x->size));
	set(object, "offered", count(c->offered));
	set(object, "refused", count(c->refused));
	set(object, "accepted", count(c->offered - c->refused));
	set(object, "received", count(c->received));
	set(object, "tunnel", count(c->tunnel));
	set(object, "physical", count(c->physical));
	set(object, "drop", count(c->drop));
	set(object, "unparsed", count(c->unparsed));
	set(object, "source_ceiling", number(x->source_ceiling));
	set(object, "valid", json_boolean(report_counts_hold(c) && !c->disagreements));
	if (c->checked) {
		set(object, "checked", count(c->checked));
		set(object, "disagreements", count(c->disagreements));
	}
	if (x->figure == TUN_RATE) {
		set(object, "source_limited", json_boolean(x->source_limited));
	} else {
		set(object, "without_decision", estimate_json(&x->undecided));
		set(object, "decision", estimate_json(&x->decision));
	}
}

static json_t *counts_json(const struct counts *counts)
{
	json_t *object = json_object();

	set_text(object, "source", "perf_event_open");
	for (unsigned int i = 0; i < hardware_event_count; i++) {
		if (counts->known >> i & 1)
			set(object, hardware_events[i].name, number(counts->values[i]));
	}
	return object;
}

static const char *const stage_names[] = {
	[STAGE_LOOKUP] = "lookup",
	[STAGE_CHANGE] = "lookup",
	[STAGE_TUN] = "tun",
	[STAGE_XDP] = "xdp",
};

/* @churn: updates/s asked for. */
static json_t *result_json(const struct result *x, uint64_t churn)
{
	json_t *object = json_object();

	set_text(object, "name", x->name);
	set_text(object, "stage", stage_names[x->stage]);
	set_text(object, "unit", x->unit);
	set_text(object, "better", x->higher_is_better ? "higher" : "lower");
	set_estimate(object, &x->figure);
	set(object, "samples", count(x->figure.samples));
	set(object, "values", values_json(&x->samples));
	set(object, "warm_up", count(x->warm_up));
	if (x->churned)
		set(object, "kept", number(x->kept));
	if (x->counts.known)
		set(object, "counts", counts_json(&x->counts));
	if (x->stage == STAGE_LOOKUP)
		set_lookup(object, &x->lookup);
	else if (x->stage == STAGE_CHANGE)
		set_change(object, &x->change);
	else if (x->stage == STAGE_TUN)
		set_tun(object, &x->tun);
	else
		report_json_xdp(object, x, churn);
	return object;
}

json_t *report_json(const struct report *r)
{
	json_t *object = json_object(), *results = json_array(), *warnings = json_array();

	set_text(object, "schema", "cvpn-bench/1");
	set_text(object, "version", PROJECT_VERSION);
	set_text(object, "started", r->environment.started);
	set(object, "complete", json_boolean(r->complete));
	set(object, "environment", environment_json(&r->environment));
	set(object, "config", config_json(r->options));
	set(object, "routes", routes_json(r->table));
	set(object, "table", table_json(r->table));
	set(object, "agreement", agreement_json(r));
	for (size_t i = 0; i < r->result_count; i++)
		json_array_append_new(results, result_json(&r->results[i], r->options->churn));
	set(object, "results", results);
	if (r->churn) {
		struct churn_summary churn = churn_summary(r->churn);

		set(object, "churn", churn_json(r->options->churn, &churn));
	}
	for (size_t i = 0; i < r->warning_count; i++)
		json_array_append_new(warnings, text_json(r->warnings[i]));
	set(object, "warnings", warnings);
	return object;
}
