/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing a kernel by what the CPU has, and the lookup of one address. */
#include "kernels.h"

static const struct cvpn_lpm_kernels kernels[CVPN_LPM_ISAS] = {
	[CVPN_LPM_SCALAR] = { "scalar", cvpn_lpm_scalar_lookup4, cvpn_lpm_scalar_lookup6 },
#if defined(__x86_64__)
	[CVPN_LPM_AVX2] = { "avx2", cvpn_lpm_avx2_lookup4, cvpn_lpm_avx2_lookup6 },
	[CVPN_LPM_AVX512] = { "avx512", cvpn_lpm_avx512_lookup4, cvpn_lpm_avx512_lookup6 },
#else
	[CVPN_LPM_AVX2] = { .name = "avx2" },
	[CVPN_LPM_AVX512] = { .name = "avx512" },
#endif
};

static int is_supported(enum cvpn_lpm_isa isa)
{
	switch (isa) {
	case CVPN_LPM_SCALAR:
		return 1;
#if defined(__x86_64__)
	case CVPN_LPM_AVX2:
		return __builtin_cpu_supports("avx2");
	case CVPN_LPM_AVX512:
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
	default:
		return 0;
	}
}

const struct cvpn_lpm_kernels *cvpn_lpm_kernels(enum cvpn_lpm_isa isa)
{
	return is_supported(isa) ? &kernels[isa] : NULL;
}

static const struct cvpn_lpm_kernels *best(void)
{
	if (is_supported(CVPN_LPM_AVX512))
		return &kernels[CVPN_LPM_AVX512];
	return &kernels[is_supported(CVPN_LPM_AVX2) ? CVPN_LPM_AVX2 : CVPN_LPM_SCALAR];
}

const char *cvpn_lpm_isa_name(enum cvpn_lpm_isa isa)
{
	return isa < CVPN_LPM_ISAS ? kernels[isa].name : NULL;
}

void cvpn_lpm_lookup4(const struct cvpn_lpm_image *image, const uint32_t *addrs, uint16_t *values,
		      size_t n)
{
	best()->lookup4(image, addrs, values, n);
}

void cvpn_lpm_lookup6(const struct cvpn_lpm_image *image, const struct cvpn_lpm_addr *addrs,
		      uint16_t *values, size_t n)
{
	best()->lookup6(image, addrs, values, n);
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
