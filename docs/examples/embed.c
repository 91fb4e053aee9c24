/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How to use libcvpn-lpm: a full tunnel with an exception, and lookups in bulk and one at a time.
 *
 *	cc embed.c $(pkg-config --cflags --libs cvpn-lpm)
 */
#include <stdio.h>
#include <string.h>

#include <cvpn/lpm.h>

/* What a value means is up to the program; 0 is CVPN_LPM_NO_ROUTE. */
enum { TUNNEL = 1, PHYSICAL = 2 };
static const char *const verdicts[] = { "no route", "tunnel", "physical" };

/* Addresses are in host order, and an IPv4 address is the upper half of its first word. */
static const struct cvpn_lpm_prefix lower_half = { { 0, 0 }, 1, CVPN_LPM_IPV4 };
static const struct cvpn_lpm_prefix upper_half = { { 0x80000000ull << 32, 0 }, 1, CVPN_LPM_IPV4 };
static const struct cvpn_lpm_prefix office = { { 0x0a000000ull << 32, 0 }, 8, CVPN_LPM_IPV4 };

static int fill(struct cvpn_lpm *table)
{
	int err;

	if ((err = cvpn_lpm_insert(table, &lower_half, TUNNEL)) < 0 ||
	    (err = cvpn_lpm_insert(table, &upper_half, TUNNEL)) < 0 ||
	    (err = cvpn_lpm_insert(table, &office, PHYSICAL)) < 0)
		return err;
	return cvpn_lpm_publish(table); /* all of them, in one step */
}

/* One burst, as a reading thread looks it up. */
static void look_up(const struct cvpn_lpm *table)
{
	static const uint32_t addrs[] = { 0x09ffffff, 0x0a000000, 0x0affffff, 0x0b000000,
					  0xc0000201 };
	static const struct cvpn_lpm_addr addr6 = { 0x20010db800000000, 1 };
	enum { BURST = sizeof(addrs) / sizeof(addrs[0]) };
	const struct cvpn_lpm_image *image = cvpn_lpm_image(table);
	uint16_t values[BURST];

	cvpn_lpm_lookup4(image, addrs, values, BURST);
	for (int i = 0; i < BURST; i++)
		printf("%u.%u.%u.%u %s\n", addrs[i] >> 24, addrs[i] >> 16 & 255,
		       addrs[i] >> 8 & 255, addrs[i] & 255, verdicts[values[i]]);
	printf("2001:db8::1 %s\n", verdicts[cvpn_lpm_lookup6_one(image, addr6)]);
}

int main(void)
{
	struct cvpn_lpm *table = NULL;
	int err = cvpn_lpm_create(&table);

	if (!err)
		err = fill(table);
	if (err) {
		fprintf(stderr, "the table: %s\n", strerror(-err));
	} else {
		cvpn_lpm_reader_register();
		look_up(table);
		cvpn_lpm_reader_quiescent(); /* the image is no longer used */
		cvpn_lpm_reader_unregister();
	}
	cvpn_lpm_destroy(table);
	return err ? 1 : 0;
}
