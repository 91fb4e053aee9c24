/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table that an XDP program reads: shows what becomes of some packets before and after a change,
 * or drops what is denied on an interface until interrupted.
 *
 *	xdp_routes [INTERFACE]
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cvpn/lpm.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xdp_routes.bpf.skel.h"
#include "xdp_routes.h"

static int parse(const char *text, struct cvpn_lpm_addr *addr, unsigned int *family)
{
	unsigned char bytes[16] = { 0 };

	*family = strchr(text, ':') ? CVPN_LPM_IPV6 : CVPN_LPM_IPV4;
	if (inet_pton(*family == CVPN_LPM_IPV6 ? AF_INET6 : AF_INET, text, bytes) != 1)
		return -EINVAL;
	*addr = (struct cvpn_lpm_addr){ 0, 0 };
	for (int i = 0; i < 8; i++) {
		addr->hi = addr->hi << 8 | bytes[i];
		addr->lo = addr->lo << 8 | bytes[8 + i];
	}
	return 0;
}

/* Seen by programs once it is published. */
static int add_route(struct cvpn_lpm *table, const char *addr, unsigned int len,
		     enum verdict verdict)
{
	struct cvpn_lpm_prefix prefix = { .len = (uint8_t)len };
	unsigned int family;

	if (parse(addr, &prefix.addr, &family) < 0)
		return -EINVAL;
	prefix.family = (uint8_t)family;
	return cvpn_lpm_insert(table, &prefix, (uint16_t)verdict);
}

/* Runs the program on a packet to @destination, and prints what becomes of it. */
static int run_on(struct xdp_routes_bpf *skeleton, const char *destination)
{
	unsigned char frame[14 + 40] = { 0 }; /* Ethernet and IPv6, or IPv4 and some data */
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));
	int is6 = strchr(destination, ':') != NULL, err;

	frame[12] = is6 ? 0x86 : 0x08;
	frame[13] = is6 ? 0xdd : 0x00;
	frame[14] = is6 ? 0x60 : 0x45;
	if (inet_pton(is6 ? AF_INET6 : AF_INET, destination, frame + 14 + (is6 ? 24 : 16)) != 1)
		return -EINVAL;
	err = bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.routes), &run);
	if (!err)
		printf("%-16s %s\n", destination, run.retval == XDP_DROP ? "drop" : "pass");
	return err;
}

static int show(struct xdp_routes_bpf *skeleton, struct cvpn_lpm *table)
{
	static const char *const destinations[] = { "9.9.9.9",	   "10.0.0.1",	    "10.1.0.1",
						    "2001:db8::1", "2001:db8:1::1", "2001:db9::1" };
	int err = 0;

	for (int i = 0; i < 6 && !err; i++)
		err = run_on(skeleton, destinations[i]);
	if (!err)
		err = add_route(table, "10.1.0.0", 24, DENY);
	if (!err)
		err = cvpn_lpm_publish(table);
	puts("10.1.0.0/24 is denied from here on");
	return err ? err : run_on(skeleton, "10.1.0.1");
}

/* Until this process ends: the kernel detaches the program then. */
static int attach(struct xdp_routes_bpf *skeleton, const char *interface)
{
	struct bpf_link *link = bpf_program__attach_xdp(skeleton->progs.routes,
							(int)if_nametoindex(interface));

	if (!link)
		return -errno;
	printf("dropping what is denied on %s\n", interface);
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	struct xdp_routes_bpf *skeleton = xdp_routes_bpf__open_and_load();
	struct cvpn_lpm *table;
	int err;

	if (!skeleton) {
		perror("the program could not be loaded");
		return 1;
	}
	/* From here on the program and this one read the same table. */
	err = cvpn_lpm_create_mirrored(&table, skeleton->bss->mirror, &shape);
	if (err) {
		fprintf(stderr, "no table: %s\n", strerror(-err));
		xdp_routes_bpf__destroy(skeleton);
		return 1;
	}
	err = add_route(table, "10.0.0.0", 8, DENY);
	err = err ? err : add_route(table, "10.1.0.0", 16, ALLOW);
	err = err ? err : add_route(table, "2001:db8::", 32, DENY);
	err = err ? err : add_route(table, "2001:db8:1::", 48, ALLOW);
	err = err ? err : cvpn_lpm_publish(table); /* all of them, in one step */
	if (!err)
		err = argc > 1 ? attach(skeleton, argv[1]) : show(skeleton, table);
	if (err)
		fprintf(stderr, "xdp_routes: %s\n", strerror(-err));
	cvpn_lpm_destroy(table); /* before its memory goes */
	xdp_routes_bpf__destroy(skeleton);
	return err ? 1 : 0;
}
