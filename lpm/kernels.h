/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookup kernels: each instruction set in a file of its own, all the same in what they answer.
 * They get the image's words and one family's tree, and look up @n addresses, any number.
 */
#ifndef LPM_KERNELS_H
#define LPM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include <cvpn/lpm.h>
#include <cvpn/lpm_image.h>

void cvpn_lpm_scalar_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
			     uint16_t *values, size_t n);
void cvpn_lpm_scalar_lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
			     uint16_t *values, size_t n);

#if defined(__x86_64__)
void cvpn_lpm_avx2_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
			   uint16_t *values, size_t n);
void cvpn_lpm_avx2_lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
			   uint16_t *values, size_t n);

void cvpn_lpm_avx512_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs,
			     uint16_t *values, size_t n);
void cvpn_lpm_avx512_lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
			     uint16_t *values, size_t n);
#endif

#endif
