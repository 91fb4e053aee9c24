/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on prefixes: masks, bits and containment, for both families alike. */
#ifndef LPM_PREFIX_H
#define LPM_PREFIX_H

#include <stdbool.h>

#include <cvpn/lpm.h>

static inline unsigned int prefix_max_len(unsigned int family)
{
	return family == CVPN_LPM_IPV4 ? 32 : 128;
}

/* The mask whose first @len bits (0 to 128) are ones. */
static inline struct cvpn_lpm_addr prefix_mask(unsigned int len)
{
	return (struct cvpn_lpm_addr){
		.hi = len == 0	  ? 0
		      : len >= 64 ? UINT64_MAX
				  : UINT64_MAX << (64 - len),
		.lo = len <= 64 ? 0 : UINT64_MAX << (128 - len),
	};
}

static inline struct cvpn_lpm_addr prefix_first(struct cvpn_lpm_addr addr, unsigned int len)
{
	struct cvpn_lpm_addr mask = prefix_mask(len);

	return (struct cvpn_lpm_addr){ addr.hi & mask.hi, addr.lo & mask.lo };
}

/* The last address of a prefix. An IPv4 one stays within the upper half of @hi. */
static inline struct cvpn_lpm_addr prefix_last(const struct cvpn_lpm_prefix *p)
{
	struct cvpn_lpm_addr mask = prefix_mask(p->len);

	if (p->family == CVPN_LPM_IPV4)
		return (struct cvpn_lpm_addr){ p->addr.hi | (~mask.hi & 0xffffffff00000000), 0 };
	return (struct cvpn_lpm_addr){ p->addr.hi | ~mask.hi, p->addr.lo | ~mask.lo };
}

static inline bool addr_equal(struct cvpn_lpm_addr a, struct cvpn_lpm_addr b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

static inline int addr_compare(struct cvpn_lpm_addr a, struct cvpn_lpm_addr b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return a.lo < b.lo ? -1 : a.lo > b.lo;
}

/* The address after @addr in its family; the last one is followed by the first. */
static inline struct cvpn_lpm_addr addr_next(unsigned int family, struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4) {
		addr.hi += 1ull << 32;
	} else {
		addr.lo++;
		addr.hi += addr.lo == 0;
	}
	return addr;
}

/* The address before @addr in its family; the first one follows the last. */
static inline struct cvpn_lpm_addr addr_previous(unsigned int family, struct cvpn_lpm_addr addr)
{
	if (family == CVPN_LPM_IPV4) {
		addr.hi -= 1ull << 32;
	} else {
		addr.hi -= addr.lo == 0;
		addr.lo--;
	}
	return addr;
}

static inline bool prefix_contains(const struct cvpn_lpm_prefix *p, struct cvpn_lpm_addr addr)
{
	return addr_equal(prefix_first(addr, p->len), p->addr);
}

/* Bit @pos of an address, 0 the most significant. */
static inline unsigned int addr_bit(struct cvpn_lpm_addr a, unsigned int pos)
{
	return (unsigned int)(pos < 64 ? a.hi >> (63 - pos) : a.lo >> (127 - pos)) & 1;
}

/* How many leading bits two addresses share, 0 to 128. */
static inline unsigned int addr_common(struct cvpn_lpm_addr a, struct cvpn_lpm_addr b)
{
	if (a.hi != b.hi)
		return (unsigned int)__builtin_clzll(a.hi ^ b.hi);
	if (a.lo != b.lo)
		return 64 + (unsigned int)__builtin_clzll(a.lo ^ b.lo);
	return 128;
}

/*
 * The largest prefix that begins with @first and does not reach beyond @last, which is not below
 * it. Taking one after the other cuts any range into the fewest prefixes.
 */
static inline struct cvpn_lpm_prefix prefix_from_range(unsigned int family,
						       struct cvpn_lpm_addr first,
						       struct cvpn_lpm_addr last)
{
	struct cvpn_lpm_prefix p = { first, 0, (uint8_t)family };

	while (!addr_equal(prefix_first(first, p.len), first) ||
	       addr_compare(prefix_last(&p), last) > 0)
		p.len++;
	return p;
}

static inline bool prefix_valid(const struct cvpn_lpm_prefix *p)
{
	return p->family < CVPN_LPM_FAMILIES && p->len <= prefix_max_len(p->family) &&
	       addr_equal(prefix_first(p->addr, p->len), p->addr);
}

/* Family, then address, then length: a prefix comes before all that it contains. */
static inline int prefix_compare(const struct cvpn_lpm_prefix *a, const struct cvpn_lpm_prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = addr_compare(a->addr, b->addr);
	return order ? order : a->len - b->len;
}

#endif
