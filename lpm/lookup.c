/* SPDX-License-Identifier: BSD-2-Clause */
/* Lookup kernels: many addresses, and one as its special case. */
#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

void cvpn_lpm_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs, uint16_t *values,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (uint16_t)cvpn_lpm_image_lookup4(image, addrs[i]);
}

void cvpn_lpm_lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
		      uint16_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		values[i] = (uint16_t)cvpn_lpm_image_lookup6(image, addrs[i].hi, addrs[i].lo);
}

uint16_t cvpn_lpm_lookup4_one(const struct cvpn_lpm_image *image, uint32_t addr)
{
	return (uint16_t)cvpn_lpm_image_lookup4(image, addr);
}

uint16_t cvpn_lpm_lookup6_one(const struct cvpn_lpm_image *image, struct cvpn_lpm_addr addr)
{
	return (uint16_t)cvpn_lpm_image_lookup6(image, addr.hi, addr.lo);
}

size_t cvpn_lpm_image_bytes(const struct cvpn_lpm_image *image)
{
	return image->bytes;
}
