/* SPDX-License-Identifier: BSD-2-Clause */
/* A full tunnel with an exception: cc embed.c $(pkg-config --cflags --libs cvpn-lpm) */
#include <stdio.h>

#include <cvpn/lpm.h>

/* What a value means is up to the program; 0 is CVPN_LPM_NO_ROUTE. */
static const char *const verdicts[] = { "no route", "tunnel", "physical" };

int main(void)
{
	/* 0.0.0.0/1, 128.0.0.0/1, 10.0.0.0/8: an IPv4 address is the upper half of the first word. */
	static const struct cvpn_lpm_prefix prefixes[] = {
		{ { 0, 0 }, 1, CVPN_LPM_IPV4 },
		{ { 1ull << 63, 0 }, 1, CVPN_LPM_IPV4 },
		{ { 10ull << 56, 0 }, 8, CVPN_LPM_IPV4 }
	};
	static const uint32_t addrs[] = { 0x09ffffff, 0x0a000000, 0xc0000201 }; /* host order */
	const struct cvpn_lpm_image *image;
	uint16_t values[3];
	struct cvpn_lpm *table;

	if (cvpn_lpm_create(&table) < 0)
		return 1;
	for (int i = 0; i < 3; i++)
		if (cvpn_lpm_insert(table, &prefixes[i], i < 2 ? 1 : 2) < 0)
			return 1;
	if (cvpn_lpm_publish(table) < 0) /* all of them, in one step */
		return 1;
	cvpn_lpm_reader_register(); /* each thread that looks up */
	image = cvpn_lpm_image(table);
	cvpn_lpm_lookup4(image, addrs, values, 3);
	for (int i = 0; i < 3; i++)
		printf("%08x %s\n", addrs[i], verdicts[values[i]]);
	cvpn_lpm_reader_quiescent(); /* the image is no longer used */
	cvpn_lpm_reader_unregister();
	cvpn_lpm_destroy(table);
	return 0;
}
