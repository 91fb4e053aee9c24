/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target on each file of a folder, once: so that every build, also without libFuzzer,
 * tests what fuzzing has found.
 *
 *	TARGET FOLDER
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

/* Runs the target on the file, from an allocation of exactly its size. Returns 0, or 1. */
static int replay(const char *path)
{
	FILE *in = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t size;

	if (!in || fstat(fileno(in), &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (in)
			fclose(in);
		return 1;
	}
	size = (size_t)st.st_size;
	data = malloc(size);
	if ((!data && size) || fread(data, 1, size, in) != size) {
		fprintf(stderr, "%s: could not be read\n", path);
		free(data);
		fclose(in);
		return 1;
	}
	fclose(in);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	unsigned int files = 0;
	int failed = 0;

	if (!folder) {
		fprintf(stderr, "expected a folder of inputs\n");
		return EXIT_FAILURE;
	}
	while ((entry = readdir(folder))) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		/* The last one named is the one that broke. */
		printf("%s\n", path);
		fflush(stdout);
		failed |= replay(path);
		files++;
	}
	closedir(folder);
	if (!files)
		fprintf(stderr, "%s: no inputs\n", argv[1]);
	return failed || !files ? EXIT_FAILURE : EXIT_SUCCESS;
}
