/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading and running the lookup programs in the kernel. */
#include "ebpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../tun/error.h"
#include "ebpf_objects.h"
#include "ebpf_shape.h"
#include "map_free.h"

#define NAME_BYTES 32
/* An Ethernet header and a packet with no payload, of which the programs change the destination. */
#define FRAME_BYTES (14u + 46u)

static const char *const kind_names[] = {
	[EBPF_TRIE] = "trie", [EBPF_LPM] = "lpm", [EBPF_FIB] = "fib"
};
static const char *const forms[VARIANTS] = {
	[VARIANT_SINGLE] = "loop", [VARIANT_PACKET] = "packet"
};

static void explain(int err, struct engine_error *error)
{
	struct tun_error why;

	tun_error_bpf(&why, err, "the lookup programs", "Linux 5.17");
	engine_error_set(error, "%.300s", why.text);
}

int ebpf_start(struct engine_error *error)
{
	/* r0 = XDP_DROP; exit */
	static const struct bpf_insn least[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct engine_error ignored;
	int fd;

	/* What libbpf would print is said by explain(). */
	libbpf_set_print(NULL);
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "cvpn_probe", "Dual BSD/GPL", least,
			   sizeof(least) / sizeof(least[0]), NULL);
	if (fd < 0) {
		explain(fd, error);
		return fd;
	}
	close(fd);
	/* Without it, the time to free a map is not known and the rest is. */
	(void)map_free_start(&ignored);
	return 0;
}

void ebpf_stop(void)
{
	map_free_stop();
}

static void program_name(char name[NAME_BYTES], enum variant variant, const char *kind,
			 uint8_t family)
{
	snprintf(name, NAME_BYTES, "%s_%s%c", forms[variant], kind,
		 family == CVPN_LPM_IPV4 ? '4' : '6');
}

/* Only programs of this kind and family, and the empty ones, are to be loaded. */
static void choose_programs(struct bpf_object *object, const char *kind, uint8_t family)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, false);
	for (enum variant variant = 0; variant < VARIANTS; variant++) {
		const char *const kinds[] = { kind, "empty" };
		char name[NAME_BYTES];

		for (unsigned int i = 0; i < 2 && forms[variant]; i++) {
			program_name(name, variant, kinds[i], family);
			program = bpf_object__find_program_by_name(object, name);
			bpf_program__set_autoload(program, true);
		}
	}
}

static int find_programs(struct ebpf *ebpf, const char *kind, uint8_t family)
{
	for (enum variant variant = 0; variant < VARIANTS; variant++) {
		char name[NAME_BYTES];

		ebpf->programs[variant] = ebpf->empty[variant] = -1;
		if (!forms[variant])
			continue;
		program_name(name, variant, kind, family);
		ebpf->programs[variant] = bpf_program__fd(
			bpf_object__find_program_by_name(ebpf->object, name));
		program_name(name, variant, "empty", family);
		ebpf->empty[variant] = bpf_program__fd(
			bpf_object__find_program_by_name(ebpf->object, name));
	}
	return 0;
}

/* What XDP would do: of the physical interface's packets, some stay there and some are dropped. */
static void set_actions(struct ebpf_run *run, const struct table *table)
{
	static const uint8_t actions[VERDICT_KINDS] = {
		[VERDICT_DROP] = XDP_DROP,
		[VERDICT_TUNNEL] = XDP_REDIRECT,
		[VERDICT_PHYSICAL] = XDP_PASS,
	};

	for (size_t value = 0; value < EBPF_VALUES; value++)
		run->actions[value] = actions[table->kinds[value]];
}

int ebpf_open(struct ebpf *ebpf, enum ebpf_kind kind, unsigned int shape, const struct table *table,
	      uint8_t family, size_t routes, struct engine_error *error)
{
	const char *name = kind_names[kind];
	int err;

	ebpf->shape = &ebpf_shapes[shape];
	ebpf->head = (struct engine_state){
		.table = table,
		.family = family,
		.ways = { { .kernel = "jit" } },
		.way_count = 1,
	};
	ebpf->object = ebpf_object_open(ebpf_lookup_elf[shape]);
	if (!ebpf->object) {
		err = -errno;
		explain(err, error);
		return err;
	}
	choose_programs(ebpf->object, name, family);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(ebpf->object, "lpm4"),
				 (uint32_t)routes);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(ebpf->object, "lpm6"),
				 (uint32_t)routes);
	err = bpf_object__load(ebpf->object);
	if (!err)
		err = find_programs(ebpf, name, family);
	if (!err)
		err = ebpf_object_map(ebpf->object, &ebpf->memory, &ebpf->memory_bytes);
	if (err) {
		explain(err, error);
		return err;
	}
	/* The programs have one global variable: the mirror, and this behind it. */
	ebpf->run = (struct ebpf_run *)(void *)((char *)ebpf->memory + ebpf->shape->bytes);
	set_actions(ebpf->run, table);
	return 0;
}

void ebpf_close(struct ebpf *ebpf)
{
	if (ebpf->memory)
		munmap(ebpf->memory, ebpf->memory_bytes);
	bpf_object__close(ebpf->object);
}

int ebpf_map(const struct ebpf *ebpf, const char *name)
{
	return bpf_object__find_map_fd_by_name(ebpf->object, name);
}

/* A packet that is whole by its own headers; see ebpf_packet.h. */
static void make_frame(uint8_t family, uint8_t frame[FRAME_BYTES])
{
	static const uint8_t ipv4[] = { 0x45, 0, 0, FRAME_BYTES - 14, 0, 0, 0, 0, 64, 17 };
	static const uint8_t ipv6[] = { 0x60, 0, 0, 0, 0, FRAME_BYTES - 14 - 40, 59, 64 };
	bool v4 = family == CVPN_LPM_IPV4;

	memset(frame, 0, FRAME_BYTES);
	frame[12] = v4 ? 0x08 : 0x86;
	frame[13] = v4 ? 0x00 : 0xdd;
	memcpy(frame + 14, v4 ? ipv4 : ipv6, v4 ? sizeof(ipv4) : sizeof(ipv6));
}

/* Runs a program on @n keys, at most EBPF_RUN_KEYS. Returns 0 or a negative errno. */
static int run(struct ebpf *ebpf, enum variant variant, int program, const struct keys *keys,
	       size_t from, size_t n)
{
	uint8_t frame[FRAME_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = variant == VARIANT_PACKET ? (int)n : 1);

	make_frame(keys->family, frame);
	if (keys->v4)
		memcpy(ebpf->run->keys4, keys->v4 + from, n * sizeof(*keys->v4));
	else
		memcpy(ebpf->run->keys6, keys->addrs + from, n * sizeof(*keys->addrs));
	ebpf->run->count = (uint32_t)n;
	ebpf->run->next = 0;
	return bpf_prog_test_run_opts(program, &options);
}

void ebpf_values(const struct engine_state *state, unsigned int way, enum variant variant,
		 const struct keys *keys, size_t from, size_t n, uint16_t *values)
{
	struct ebpf *ebpf = (struct ebpf *)state;

	(void)way;
	/* What a program that fails has not written is no verdict of anyone's. */
	memset(ebpf->run->answers, 0xff, n * sizeof(*values));
	(void)run(ebpf, variant, ebpf->programs[variant], keys, from, n);
	memcpy(values, ebpf->run->answers, n * sizeof(*values));
}

/* A pass, by runs of which each is timed in the kernel: the keys are copied between them. */
static uint64_t pass(const struct engine_state *state, enum variant variant, bool empty,
		     const struct keys *keys, size_t n)
{
	struct ebpf *ebpf = (struct ebpf *)state;
	int program = empty ? ebpf->empty[variant] : ebpf->programs[variant];
	uint64_t sum = 0;

	ebpf->elapsed_ns = 0;
	for (size_t from = 0; from < n; from += EBPF_RUN_KEYS) {
		size_t count = n - from < EBPF_RUN_KEYS ? n - from : EBPF_RUN_KEYS;

		if (run(ebpf, variant, program, keys, from, count) < 0)
			break;
		ebpf->elapsed_ns += ebpf->run->ended - ebpf->run->began;
		sum += engine_sum(ebpf->run->answers, count);
	}
	return sum;
}

uint64_t ebpf_pass_loop(const struct engine_state *state, unsigned int way, const struct keys *keys,
			size_t n)
{
	(void)way;
	return pass(state, VARIANT_SINGLE, false, keys, n);
}

uint64_t ebpf_pass_packet(const struct engine_state *state, unsigned int way,
			  const struct keys *keys, size_t n)
{
	(void)way;
	return pass(state, VARIANT_PACKET, false, keys, n);
}

uint64_t ebpf_empty_loop(const struct engine_state *state, const struct keys *keys, size_t n)
{
	return pass(state, VARIANT_SINGLE, true, keys, n);
}

uint64_t ebpf_empty_packet(const struct engine_state *state, const struct keys *keys, size_t n)
{
	return pass(state, VARIANT_PACKET, true, keys, n);
}

uint64_t ebpf_elapsed(const struct engine_state *state)
{
	return ((const struct ebpf *)state)->elapsed_ns;
}
