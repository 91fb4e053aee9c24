/* SPDX-License-Identifier: BSD-2-Clause */
/* The shapes of mirrors, and which one a table gets. */
#include "ebpf_shape.h"

/* What a table had and what it will have lie side by side, and updates want room. */
#define ROOM_NUMERATOR	 5u
#define ROOM_DENOMINATOR 2u

const struct cvpn_lpm_shape ebpf_shapes[EBPF_SHAPES] = {
	EBPF_INIT(EBPF_SHAPE_0), EBPF_INIT(EBPF_SHAPE_1), EBPF_INIT(EBPF_SHAPE_2),
	EBPF_INIT(EBPF_SHAPE_3), EBPF_INIT(EBPF_SHAPE_4), EBPF_INIT(EBPF_SHAPE_5),
};

static bool fits(const struct table *table, const struct cvpn_lpm_shape *shape)
{
	size_t bytes = cvpn_lpm_image_bytes(cvpn_lpm_image(table->lpm));

	for (unsigned int family = 0; family < CVPN_LPM_FAMILIES; family++) {
		/* More routes than slots of a root make long walks. */
		if (shape->root_bits[family] < CVPN_LPM_MAX_ROOT_BITS - 2 &&
		    table->list.of_family[family] > (size_t)1 << shape->root_bits[family])
			return false;
	}
	return !(table->verdict_count >> shape->value_bits) &&
	       bytes * ROOM_NUMERATOR / ROOM_DENOMINATOR <= shape->bytes;
}

unsigned int ebpf_shape_for(const struct table *table)
{
	unsigned int i = 0;

	while (i < EBPF_SHAPES && !fits(table, &ebpf_shapes[i]))
		i++;
	return i;
}
