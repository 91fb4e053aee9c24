/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory between pages that can not be touched. */
#include "guarded.h"

#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

struct guarded guarded_alloc(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t inner = (bytes + page - 1) / page * page;
	struct guarded g = { .map_bytes = inner + 2 * page };
	char *map = mmap(NULL, g.map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(map, MAP_FAILED);
	cr_assert(!inner || mprotect(map + page, inner, PROT_READ | PROT_WRITE) == 0);
	g.map = map;
	g.data = map + page + inner - bytes;
	return g;
}

void guarded_free(struct guarded *memory)
{
	munmap(memory->map, memory->map_bytes);
}
