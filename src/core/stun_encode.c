#include <natsonde/stun.h>

#include <string.h>

#include "stun_wire.h"

struct writer {
	uint8_t *buf;
	size_t   cap, len;
};

/* Appends an attribute of len zero bytes, and returns where its value begins; NULL if there is no room. RFC 3489 has no
 * padding outside the value, so a classic message counts it in. */
static uint8_t *add(struct writer *w, const struct natsonde_stun_message *msg, uint16_t type, size_t len)
{
	const size_t padded = natsonde_stun_padded(len);
	uint8_t *at = w->buf + w->len;

	if (STUN_ATTR_HEADER + padded > w->cap - w->len)
		return NULL;
	natsonde_put16(at, type);
	natsonde_put16(at + 2, (unsigned)(msg->is_classic ? padded : len));
	memset(at + STUN_ATTR_HEADER, 0, padded);
	w->len += STUN_ATTR_HEADER + padded;
	return at + STUN_ATTR_HEADER;
}

/* RFC 8489 section 14.1; mask is NULL, or what is laid over port and IP (section 14.2). */
static bool write_address(struct writer *w, const struct natsonde_stun_message *msg, uint16_t type,
			  const struct natsonde_addr *a, const uint8_t *mask)
{
	const size_t ip_len = a->family == NATSONDE_IPV4 ? 4 : 16;
	uint8_t *value;

	if (a->family == NATSONDE_NO_FAMILY)
		return true;
	if (a->family != NATSONDE_IPV4 && a->family != NATSONDE_IPV6)
		return false;
	value = add(w, msg, type, 4 + ip_len);
	if (!value)
		return false;
	value[1] = a->family == NATSONDE_IPV4 ? STUN_FAMILY_IPV4 : STUN_FAMILY_IPV6;
	natsonde_put16(value + 2, mask ? a->port ^ natsonde_get16(mask) : a->port);
	for (size_t i = 0; i < ip_len; i++)
		value[4 + i] = mask ? a->ip[i] ^ mask[i] : a->ip[i];
	return true;
}

static bool write_mapped(struct writer *w, const struct natsonde_stun_message *msg)
{
	return write_address(w, msg, STUN_MAPPED_ADDRESS, &msg->mapped, NULL);
}

static bool write_xor_mapped(struct writer *w, const struct natsonde_stun_message *msg)
{
	return write_address(w, msg, STUN_XOR_MAPPED_ADDRESS, &msg->xor_mapped, w->buf + STUN_ID);
}

static bool write_origin(struct writer *w, const struct natsonde_stun_message *msg)
{
	return write_address(w, msg, STUN_RESPONSE_ORIGIN, &msg->origin, NULL);
}

static bool write_other(struct writer *w, const struct natsonde_stun_message *msg)
{
	return write_address(w, msg, STUN_OTHER_ADDRESS, &msg->other, NULL);
}

static bool write_change_request(struct writer *w, const struct natsonde_stun_message *msg)
{
	uint8_t *value;

	if (!msg->has_change)
		return true;
	if (msg->change & ~NATSONDE_CHANGE_BOTH)
		return false;
	value = add(w, msg, NATSONDE_ATTR_CHANGE_REQUEST, 4);
	if (!value)
		return false;
	value[3] = msg->change;
	return true;
}

/* RFC 5780 section 7.5: a port and padding, which is not counted. Servers differ: coturn takes any length from two bytes up,
 * stuntman exactly two. */
static bool write_response_port(struct writer *w, const struct natsonde_stun_message *msg)
{
	uint8_t *value;

	if (!msg->has_response_port)
		return true;
	value = add(w, msg, NATSONDE_ATTR_RESPONSE_PORT, 2);
	if (!value)
		return false;
	natsonde_put16(value, msg->response_port);
	return true;
}

static bool write_padding(struct writer *w, const struct natsonde_stun_message *msg)
{
	return msg->padding == 0 || add(w, msg, NATSONDE_ATTR_PADDING, msg->padding);
}

static bool write_filler(struct writer *w, const struct natsonde_stun_message *msg)
{
	return msg->filler == 0 || add(w, msg, STUN_FILLER, msg->filler);
}

/* RFC 8489 section 14.8, with an empty reason phrase: the number says all that natsonde's own errors mean. */
static bool write_error_code(struct writer *w, const struct natsonde_stun_message *msg)
{
	uint8_t *value;

	if (msg->error_code == 0)
		return true;
	if (msg->error_code < 300 || msg->error_code > 699)
		return false;
	value = add(w, msg, STUN_ERROR_CODE, 4);
	if (!value)
		return false;
	value[2] = (uint8_t)(msg->error_code / 100);
	value[3] = (uint8_t)(msg->error_code % 100);
	return true;
}

static bool write_unknown_attributes(struct writer *w, const struct natsonde_stun_message *msg)
{
	const unsigned n = msg->unknown_count;
	uint8_t *value;

	if (n == 0)
		return true;
	if (n > NATSONDE_STUN_UNKNOWNS)
		return false;
	value = add(w, msg, STUN_UNKNOWN_ATTRIBUTES, 2 * (size_t)n);
	if (!value)
		return false;
	for (unsigned i = 0; i < n; i++)
		natsonde_put16(value + 2 * i, msg->unknown[i]);
	/* RFC 3489 section 11.2.10: one entry is repeated rather than padded. */
	if (msg->is_classic && n % 2 != 0)
		natsonde_put16(value + 2 * n, msg->unknown[n - 1]);
	return true;
}

static bool write_requested_transport(struct writer *w, const struct natsonde_stun_message *msg)
{
	uint8_t *value;

	if (msg->requested_transport == 0)
		return true;
	value = add(w, msg, NATSONDE_ATTR_REQUESTED_TRANSPORT, 4);
	if (!value)
		return false;
	value[0] = msg->requested_transport;
	return true;
}

static bool write_text(struct writer *w, const struct natsonde_stun_message *msg, uint16_t type, const char *text, size_t len)
{
	uint8_t *value;

	if (!text || len == 0)
		return true;
	if (!natsonde_stun_is_text(text, len))
		return false;
	value = add(w, msg, type, len);
	if (!value)
		return false;
	memcpy(value, text, len);
	return true;
}

static bool write_realm(struct writer *w, const struct natsonde_stun_message *msg)
{
	return write_text(w, msg, STUN_REALM, msg->realm, msg->realm_len);
}

static bool write_nonce(struct writer *w, const struct natsonde_stun_message *msg)
{
	return write_text(w, msg, STUN_NONCE, msg->nonce, msg->nonce_len);
}

static bool write_software(struct writer *w, const struct natsonde_stun_message *msg)
{
	return write_text(w, msg, STUN_SOFTWARE, msg->software, msg->software_len);
}

static void write_length(struct writer *w)
{
	natsonde_put16(w->buf + 2, (unsigned)(w->len - NATSONDE_STUN_HEADER));
}

/* RFC 8489 section 14.7: the length that is covered already counts this attribute. */
static bool write_fingerprint(struct writer *w, const struct natsonde_stun_message *msg)
{
	const size_t covered = w->len;
	uint8_t *value;

	if (msg->fingerprint == NATSONDE_FINGERPRINT_ABSENT)
		return true;
	value = add(w, msg, STUN_FINGERPRINT, 4);
	if (!value)
		return false;
	write_length(w);
	natsonde_put32(value, natsonde_stun_fingerprint(w->buf, covered));
	return true;
}

/* RFC 8489 section 5; the class lies between the bits of the method. */
static bool write_header(struct writer *w, const struct natsonde_stun_message *msg)
{
	const unsigned m = msg->method, c = msg->cls;

	if (w->cap < NATSONDE_STUN_HEADER || m > 0xfff || c > NATSONDE_STUN_ERROR)
		return false;
	natsonde_put16(w->buf, (m & 0x00f) | (m & 0x070) << 1 | (m & 0xf80) << 2 | (c & 1) << 4 | (c & 2) << 7);
	natsonde_put32(w->buf + STUN_ID, msg->is_classic ? natsonde_get32(msg->classic_id) : STUN_COOKIE);
	/* A classic id that begins with the cookie would be read as a modern message. */
	if (msg->is_classic && natsonde_get32(msg->classic_id) == STUN_COOKIE)
		return false;
	memcpy(w->buf + STUN_ID + 4, msg->tid, NATSONDE_STUN_TID);
	w->len = NATSONDE_STUN_HEADER;
	return true;
}

size_t natsonde_stun_encode(const struct natsonde_stun_message *msg, uint8_t *buf, size_t cap)
{
	/* In the order of the message; FINGERPRINT has to be the last. */
	static bool (*const writers[])(struct writer *w, const struct natsonde_stun_message *msg) = {
		write_header, write_error_code, write_unknown_attributes, write_mapped, write_xor_mapped, write_origin,
		write_other, write_change_request, write_response_port, write_padding, write_filler, write_requested_transport, write_realm,
		write_nonce, write_software, write_fingerprint
	};
	struct writer w = {.buf = buf, .cap = cap};

	if (w.cap > NATSONDE_STUN_HEADER + STUN_BODY_MAX)
		w.cap = NATSONDE_STUN_HEADER + STUN_BODY_MAX;
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (!writers[i](&w, msg))
			return 0;
	write_length(&w);
	return w.len;
}
