#include "stun_wire.h"

#include <string.h>

/* Writes an attribute whose value is four bytes, the first of them given, and zeros; returns where it ends. */
static size_t put(uint8_t *buf, size_t at, unsigned type, size_t len, uint32_t value)
{
	size_t padded = natsonde_stun_padded(len);

	natsonde_put16(buf + at, type);
	natsonde_put16(buf + at + 2, (unsigned)len);
	memset(buf + at + STUN_ATTR_HEADER, 0, padded);
	natsonde_put32(buf + at + STUN_ATTR_HEADER, value);
	return at + STUN_ATTR_HEADER + padded;
}

size_t natsonde_stun_write_request(const struct natsonde_stun_request *request, uint8_t *buf, size_t cap)
{
	size_t at = NATSONDE_STUN_HEADER;

	if (cap < NATSONDE_STUN_HEADER + 4 * (STUN_ATTR_HEADER + 4u) + request->padding + request->filler)
		return 0;
	natsonde_put16(buf, NATSONDE_STUN_BINDING);
	natsonde_put32(buf + STUN_ID, STUN_COOKIE);
	memcpy(buf + STUN_ID + 4, request->tid, NATSONDE_STUN_TID);
	if (request->change != NATSONDE_CHANGE_NONE)
		at = put(buf, at, NATSONDE_ATTR_CHANGE_REQUEST, 4, request->change);
	/* RFC 5780 section 7.5; two bytes, padded: see stun_encode.c. */
	if (request->response_port != 0)
		at = put(buf, at, NATSONDE_ATTR_RESPONSE_PORT, 2, (uint32_t)request->response_port << 16);
	if (request->padding != 0)
		at = put(buf, at, NATSONDE_ATTR_PADDING, request->padding, 0);
	if (request->filler != 0)
		at = put(buf, at, STUN_FILLER, request->filler, 0);
	natsonde_put16(buf + 2, (unsigned)(at - NATSONDE_STUN_HEADER));
	return at;
}
