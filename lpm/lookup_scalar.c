/* SPDX-License-Identifier: BSD-2-Clause */
/* The reference kernel: plain C, right on every machine, and what the others are checked against. */
#include <string.h>

#include "kernels.h"

/* Four addresses side by side, in the compiler's own notation: SSE2, NEON or plain code. */
typedef uint32_t lanes __attribute__((vector_size(16)));
#define LANES (sizeof(lanes) / sizeof(uint32_t))
/* Vectors a block: independent of each other, so that their latencies overlap. */
#define VECTORS 4u
#define BLOCK	(VECTORS * LANES)

static void intervals_block4(const uint32_t *bounds, const uint32_t *deltas, uint32_t intervals,
			     const uint32_t addrs[BLOCK], uint16_t values[BLOCK])
{
	lanes keys[VECTORS], sums[VECTORS] = { 0 };

	memcpy(keys, addrs, sizeof(keys));
	for (uint32_t i = 0; i < intervals; i++) {
		/* A comparison gives all ones in the lanes where it holds. */
		for (size_t v = 0; v < VECTORS; v++)
			sums[v] += (lanes)(keys[v] >= bounds[i]) & deltas[i];
	}
	for (size_t k = 0; k < BLOCK; k++)
		values[k] = (uint16_t)sums[k / LANES][k % LANES];
}

static void intervals_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
			      uint16_t *values, size_t n)
{
	const struct cvpn_lpm_tree *tree = &image->tree[CVPN_LPM_IPV4];
	const uint32_t *bounds = (const uint32_t *)(const void *)image + tree->bounds;
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK)
		intervals_block4(bounds, bounds + tree->intervals, tree->intervals, addrs + i,
				 values + i);
	for (; i < n; i++)
		values[i] = (uint16_t)cvpn_lpm_image_lookup4(image, addrs[i]);
}

void cvpn_lpm_scalar_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
			     uint16_t *values, size_t n)
{
	if (image->tree[CVPN_LPM_IPV4].intervals) {
		intervals_lookup4(image, addrs, values, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		values[i] = (uint16_t)cvpn_lpm_image_lookup4(image, addrs[i]);
}

/* For so long an address the trie of a small table is no slower than its intervals. */
void cvpn_lpm_scalar_lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
			     uint16_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (uint16_t)cvpn_lpm_image_lookup6(image, addrs[i].hi, addrs[i].lo);
}
