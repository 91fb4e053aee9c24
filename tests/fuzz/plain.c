/* SPDX-License-Identifier: BSD-2-Clause */
/* The plain route format on any bytes. */
#include "list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct route_error error = { "" };
	struct route_list list;

	if (read_list("plain", data, size, &list, &error) < 0) {
		check_error(&error);
	} else {
		check_routes(&list);
		for (size_t i = 0; i < list.count; i++)
			CHECK(list.routes[i].line > 0);
		check_round_trip(&list);
	}
	route_list_free(&list);
	return 0;
}
