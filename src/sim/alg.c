#include "alg.h"

#include <string.h>

#include <natsonde/stun.h>

#define MAPPED_ADDRESS 0x0001
#define ATTRIBUTE_HEADER 4u
#define ADDRESS_HEADER 4u /* zero, family, port */

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void rewrite_address(uint8_t *value, size_t len, const struct natsonde_addr *from, const struct natsonde_addr *to)
{
	size_t ip_len = from->family == NATSONDE_IPV6 ? 16 : 4;

	if (len != ADDRESS_HEADER + ip_len || get16(value + 2) != from->port ||
	    memcmp(value + ADDRESS_HEADER, from->ip, ip_len) != 0)
		return;
	value[2] = (uint8_t)(to->port >> 8);
	value[3] = (uint8_t)to->port;
	memcpy(value + ADDRESS_HEADER, to->ip, ip_len);
}

void natsonde_alg_rewrite(uint8_t *bytes, size_t len, const struct natsonde_addr *from, const struct natsonde_addr *to)
{
	size_t at = NATSONDE_STUN_HEADER;

	if (len < NATSONDE_STUN_HEADER || natsonde_stun_length(bytes, len) != len)
		return;
	while (len - at >= ATTRIBUTE_HEADER) {
		size_t value_len = get16(bytes + at + 2);
		size_t padded = (value_len + 3) & ~(size_t)3;

		if (padded > len - at - ATTRIBUTE_HEADER)
			return;
		if (get16(bytes + at) == MAPPED_ADDRESS)
			rewrite_address(bytes + at + ATTRIBUTE_HEADER, value_len, from, to);
		at += ATTRIBUTE_HEADER + padded;
	}
}
