/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table: routes on the writer's side, one published image on the readers'.
 *
 * Why a reader never sees a half-made table: an image is complete before rcu_xchg_pointer() stores
 * its address (a full barrier on the writer's side), a reader loads that address once with
 * rcu_dereference() and all it reads depends on it, and an image is never written again. Why it
 * never reads freed memory: the old image is freed only after synchronize_rcu() has seen every
 * registered reader pass a quiescent state, in which by contract it holds no image (Desnoyers et
 * al., "User-Level Implementations of Read-Copy Update", IEEE TPDS 2012).
 */
#include <cvpn/lpm.h>

#include <errno.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

#include "compile.h"
#include "prefix.h"
#include "routes.h"

struct cvpn_lpm {
	struct cvpn_lpm_image *image; /* published; never NULL */
	struct route_set routes[CVPN_LPM_FAMILIES];
};

int cvpn_lpm_create(struct cvpn_lpm **table)
{
	struct cvpn_lpm *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	err = compile_image(t->routes, &t->image);
	if (err < 0) {
		free(t);
		return err;
	}
	*table = t;
	return 0;
}

void cvpn_lpm_destroy(struct cvpn_lpm *table)
{
	if (!table)
		return;
	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++)
		route_set_clear(&table->routes[family]);
	free(table->image);
	free(table);
}

int cvpn_lpm_insert(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix, uint16_t value)
{
	if (!prefix_valid(prefix) || value == CVPN_LPM_NO_ROUTE)
		return -EINVAL;
	return route_set_insert(&table->routes[prefix->family], prefix, value);
}

int cvpn_lpm_remove(struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix)
{
	if (!prefix_valid(prefix))
		return -EINVAL;
	return route_set_remove(&table->routes[prefix->family], prefix);
}

int cvpn_lpm_get(const struct cvpn_lpm *table, const struct cvpn_lpm_prefix *prefix,
		 uint16_t *value)
{
	uint16_t found;

	if (!prefix_valid(prefix))
		return -EINVAL;
	found = route_set_find(&table->routes[prefix->family], prefix);
	if (found == CVPN_LPM_NO_ROUTE)
		return -ENOENT;
	*value = found;
	return 0;
}

size_t cvpn_lpm_count(const struct cvpn_lpm *table, enum cvpn_lpm_family family)
{
	return table->routes[family].count;
}

int cvpn_lpm_publish(struct cvpn_lpm *table)
{
	struct cvpn_lpm_image *image, *old;
	int err = compile_image(table->routes, &image);

	if (err < 0)
		return err;
	old = rcu_xchg_pointer(&table->image, image);
	synchronize_rcu();
	free(old);
	return 0;
}

const struct cvpn_lpm_image *cvpn_lpm_image(const struct cvpn_lpm *table)
{
	return rcu_dereference(table->image);
}

void cvpn_lpm_reader_register(void)
{
	rcu_register_thread();
}

void cvpn_lpm_reader_unregister(void)
{
	rcu_unregister_thread();
}

void cvpn_lpm_reader_quiescent(void)
{
	rcu_quiescent_state();
}

void cvpn_lpm_reader_offline(void)
{
	rcu_thread_offline();
}

void cvpn_lpm_reader_online(void)
{
	rcu_thread_online();
}
