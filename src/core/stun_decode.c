#include <natsonde/stun.h>

#include "stun_wire.h"

struct row;
struct reader {
	const uint8_t *buf;
	size_t   len;
	struct natsonde_stun_message *msg;
	const struct row *further; /* that it knows beside those that every discovery needs */
	unsigned n_further;
	uint32_t seen;          /* rows of the tables met so far */
	bool     after_sha1;    /* MESSAGE-INTEGRITY has passed */
	bool     after_sha256;  /* MESSAGE-INTEGRITY-SHA256 has passed */
};

/* RFC 8489 section 14.1. The first byte of value is not looked at, as told. mask is NULL, or what is laid over port and IP. */
static bool read_address(const uint8_t *value, size_t len, const uint8_t *mask, struct natsonde_addr *a)
{
	const bool is_ipv4 = len == 8 && value[1] == STUN_FAMILY_IPV4;
	const bool is_ipv6 = len == 20 && value[1] == STUN_FAMILY_IPV6;

	if (!is_ipv4 && !is_ipv6)
		return false;
	*a = (struct natsonde_addr){.family = is_ipv4 ? NATSONDE_IPV4 : NATSONDE_IPV6};
	a->port = natsonde_get16(value + 2);
	if (mask)
		a->port ^= natsonde_get16(mask);
	for (size_t i = 0; i < len - 4; i++)
		a->ip[i] = mask ? value[4 + i] ^ mask[i] : value[4 + i];
	return true;
}

/* As read_address, for an attribute that gives way to its modern twin. Its form counts all the same, so that the order of the
 * two makes no difference. */
static bool read_old_address(const uint8_t *value, size_t len, const uint8_t *mask, struct natsonde_addr *a)
{
	struct natsonde_addr old;

	if (!read_address(value, len, mask, &old))
		return false;
	if (a->family == NATSONDE_NO_FAMILY)
		*a = old;
	return true;
}

static bool read_mapped(struct reader *r, const uint8_t *value, size_t len)
{
	return read_address(value, len, NULL, &r->msg->mapped);
}

/* The 16 bytes are cookie and id; before there was a cookie they were all id (RFC 8489 section 14.2, drafts of RFC 5389). */
static bool read_xor_mapped(struct reader *r, const uint8_t *value, size_t len)
{
	return read_address(value, len, r->buf + STUN_ID, &r->msg->xor_mapped);
}

static bool read_old_xor_mapped(struct reader *r, const uint8_t *value, size_t len)
{
	return read_old_address(value, len, r->buf + STUN_ID, &r->msg->xor_mapped);
}

static bool read_response_origin(struct reader *r, const uint8_t *value, size_t len)
{
	return read_address(value, len, NULL, &r->msg->origin);
}

static bool read_source_address(struct reader *r, const uint8_t *value, size_t len)
{
	return read_old_address(value, len, NULL, &r->msg->origin);
}

static bool read_other_address(struct reader *r, const uint8_t *value, size_t len)
{
	return read_address(value, len, NULL, &r->msg->other);
}

static bool read_changed_address(struct reader *r, const uint8_t *value, size_t len)
{
	return read_old_address(value, len, NULL, &r->msg->other);
}

static bool read_change_request(struct reader *r, const uint8_t *value, size_t len)
{
	if (len != 4)
		return false;
	r->msg->has_change = true;
	r->msg->change = value[3] & NATSONDE_CHANGE_BOTH;
	return true;
}

/* RFC 5780 section 7.5 draws two bytes and two of padding; servers count them as 2 or as 4. */
static bool read_response_port(struct reader *r, const uint8_t *value, size_t len)
{
	if (len != 2 && len != 4)
		return false;
	r->msg->has_response_port = true;
	r->msg->response_port = natsonde_get16(value);
	return true;
}

static bool read_padding(struct reader *r, const uint8_t *value, size_t len)
{
	(void)value;
	/* RFC 3489 knows no padding outside a value. */
	r->msg->padding = (uint16_t)(r->msg->is_classic ? natsonde_stun_padded(len) : len);
	return true;
}

/* RFC 8489 section 14.8. The reason phrase is for people, who get ours. */
static bool read_error_code(struct reader *r, const uint8_t *value, size_t len)
{
	unsigned hundreds;

	if (len < 4)
		return false;
	hundreds = value[2] & 7;
	if (hundreds < 3 || hundreds > 6 || value[3] > 99)
		return false;
	r->msg->error_code = (uint16_t)(hundreds * 100 + value[3]);
	return true;
}

/* An RFC 3489 server repeats an entry to fill four bytes (its section 11.2.10): each type is kept once. */
static void keep_unknown(struct natsonde_stun_message *msg, uint16_t type)
{
	for (unsigned i = 0; i < msg->unknown_count; i++)
		if (msg->unknown[i] == type)
			return;
	if (msg->unknown_count < NATSONDE_STUN_UNKNOWNS)
		msg->unknown[msg->unknown_count++] = type;
}

static bool read_unknown_attributes(struct reader *r, const uint8_t *value, size_t len)
{
	if (len % 2 != 0)
		return false;
	for (size_t i = 0; i < len; i += 2)
		keep_unknown(r->msg, natsonde_get16(value + i));
	return true;
}

/* RFC 8656 section 18.7: a protocol number and three bytes that are not looked at. */
static bool read_requested_transport(struct reader *r, const uint8_t *value, size_t len)
{
	if (len != 4)
		return false;
	r->msg->requested_transport = value[0];
	return true;
}

/* Text that is no text is as good as absent: it decides nothing, so it spoils nothing. */
static bool read_text(const uint8_t *value, size_t len, const char **text, uint16_t *text_len)
{
	const char *found = (const char *)value;
	size_t n = 0;

	while (n < len && found[n] != '\0') /* old servers count the NUL and padding after it */
		n++;
	if (n > 0 && natsonde_stun_is_text(found, n)) {
		*text = found;
		*text_len = (uint16_t)n;
	}
	return true;
}

static bool read_software(struct reader *r, const uint8_t *value, size_t len)
{
	return read_text(value, len, &r->msg->software, &r->msg->software_len);
}

static bool read_realm(struct reader *r, const uint8_t *value, size_t len)
{
	return read_text(value, len, &r->msg->realm, &r->msg->realm_len);
}

static bool read_nonce(struct reader *r, const uint8_t *value, size_t len)
{
	return read_text(value, len, &r->msg->nonce, &r->msg->nonce_len);
}

static bool read_integrity(struct reader *r, const uint8_t *value, size_t len)
{
	(void)value;
	(void)len;
	r->after_sha1 = true;
	return true;
}

static bool read_integrity_sha256(struct reader *r, const uint8_t *value, size_t len)
{
	(void)value;
	(void)len;
	r->after_sha256 = true;
	return true;
}

/* RFC 8489 section 14.7: it is the last attribute. What follows it would not be covered. */
static bool read_fingerprint(struct reader *r, const uint8_t *value, size_t len)
{
	const size_t covered = (size_t)(value - r->buf) - STUN_ATTR_HEADER;
	bool is_last;

	if (len != 4)
		return false;
	is_last = covered + STUN_ATTR_HEADER + len == r->len;
	r->msg->fingerprint = NATSONDE_FINGERPRINT_BAD;
	if (is_last && natsonde_get32(value) == natsonde_stun_fingerprint(r->buf, covered))
		r->msg->fingerprint = NATSONDE_FINGERPRINT_GOOD;
	return true;
}

/* What this decoder knows. Without a function: known, and of no use here. */
struct row {
	uint16_t type;
	bool (*read)(struct reader *r, const uint8_t *value, size_t len);
};

/* What a discovery is told ... */
static const struct row rows[] = {
	{STUN_MAPPED_ADDRESS, read_mapped},
	{STUN_XOR_MAPPED_ADDRESS, read_xor_mapped},
	{STUN_OLD_XOR_MAPPED_ADDRESS, read_old_xor_mapped},
	{STUN_RESPONSE_ORIGIN, read_response_origin},
	{STUN_SOURCE_ADDRESS, read_source_address},
	{STUN_OTHER_ADDRESS, read_other_address},
	{STUN_CHANGED_ADDRESS, read_changed_address},
	{NATSONDE_ATTR_PADDING, read_padding},
	{STUN_ERROR_CODE, read_error_code},
	{STUN_UNKNOWN_ATTRIBUTES, read_unknown_attributes},
	{STUN_MESSAGE_INTEGRITY, read_integrity},
	{STUN_MESSAGE_INTEGRITY_SHA256, read_integrity_sha256},
	{STUN_FINGERPRINT, read_fingerprint},
	/* Credentials and ICE checks: no use without a password or a peer, no reason to fail either. */
	{STUN_USERNAME, NULL}, {STUN_USERHASH, NULL}, {STUN_PASSWORD_ALGORITHM, NULL},
	{STUN_PRIORITY, NULL}, {STUN_USE_CANDIDATE, NULL},
	/* Where they have a use, they are found below first. */
	{NATSONDE_ATTR_CHANGE_REQUEST, NULL}, {NATSONDE_ATTR_RESPONSE_PORT, NULL}, {NATSONDE_ATTR_REQUESTED_TRANSPORT, NULL},
	{STUN_REALM, NULL}, {STUN_NONCE, NULL},
	/* RFC 3489, withdrawn; old servers still send them (RFC 5389 section 12.1). */
	{STUN_RESPONSE_ADDRESS, NULL}, {STUN_PASSWORD, NULL}, {STUN_REFLECTED_FROM, NULL}
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ... and what others are. */
static const struct row further_rows[] = {
	{NATSONDE_ATTR_CHANGE_REQUEST, read_change_request},
	{NATSONDE_ATTR_RESPONSE_PORT, read_response_port},
	{STUN_SOFTWARE, read_software},
	{STUN_REALM, read_realm},
	{STUN_NONCE, read_nonce},
	{NATSONDE_ATTR_REQUESTED_TRANSPORT, read_requested_transport},
};
#define FURTHER_ROWS (sizeof(further_rows) / sizeof(further_rows[0]))
_Static_assert(ROWS + FURTHER_ROWS <= 32, "reader.seen has one bit a row");

/* Nobody vouches for what follows an integrity attribute (RFC 8489 sections 14.5 and 14.6). */
static bool is_ignored(const struct reader *r, uint16_t type)
{
	if (type == STUN_FINGERPRINT)
		return false;
	return r->after_sha256 || (r->after_sha1 && type != STUN_MESSAGE_INTEGRITY_SHA256);
}

/* NULL if there is none. *number: counted through both tables. */
static const struct row *find_row(const struct reader *r, uint16_t type, unsigned *number)
{
	const struct row *row = r->further;

	for (*number = 0; *number < r->n_further + ROWS; ++*number, ++row) {
		if (*number == r->n_further)
			row = rows;
		if (row->type == type)
			return row;
	}
	return NULL;
}

static bool read_attribute(struct reader *r, uint16_t type, const uint8_t *value, size_t len)
{
	unsigned i;
	const struct row *row = find_row(r, type, &i);

	if (is_ignored(r, type))
		return true;
	if (!row) {
		if (type < STUN_OPTIONAL && r->msg->not_understood == 0)
			r->msg->not_understood = type;
		/* Reserved, must be understood and cannot be (RFC 8489 section 18.3); nor could not_understood say so. */
		return type != STUN_RESERVED_TYPE;
	}
	if (!row->read || (r->seen & UINT32_C(1) << i))
		return true;
	r->seen |= UINT32_C(1) << i;
	return row->read(r, value, len);
}

static bool read_attributes(struct reader *r)
{
	size_t at = NATSONDE_STUN_HEADER;

	/* at and len are multiples of four: what is left holds a header, and any padding if it holds the value. */
	while (at < r->len) {
		const uint8_t *attr = r->buf + at;
		const size_t len = natsonde_get16(attr + 2);

		at += STUN_ATTR_HEADER;
		if (len > r->len - at || !read_attribute(r, natsonde_get16(attr), attr + STUN_ATTR_HEADER, len))
			return false;
		at += natsonde_stun_padded(len);
	}
	return true;
}

/* RFC 8489 section 5; the class lies between the bits of the method. */
static void read_header(const uint8_t *buf, struct natsonde_stun_message *msg)
{
	const unsigned type = natsonde_get16(buf);

	msg->cls = (uint8_t)((type >> 7 & 2) | (type >> 4 & 1));
	msg->method = (uint16_t)((type & 0x000f) | (type >> 1 & 0x0070) | (type >> 2 & 0x0f80));
	msg->is_classic = natsonde_get32(buf + STUN_ID) != STUN_COOKIE;
	for (unsigned i = 0; msg->is_classic && i < sizeof(msg->classic_id); i++)
		msg->classic_id[i] = buf[STUN_ID + i];
	for (unsigned i = 0; i < NATSONDE_STUN_TID; i++)
		msg->tid[i] = buf[STUN_ID + 4 + i];
}

size_t natsonde_stun_length(const uint8_t *buf, size_t len)
{
	if (len < 4 || (buf[0] & 0xc0) != 0 || (buf[3] & 3) != 0)
		return 0;
	return NATSONDE_STUN_HEADER + (size_t)natsonde_get16(buf + 2);
}

static bool decode(const uint8_t *buf, size_t len, const struct row *further, unsigned n_further, struct natsonde_stun_message *msg)
{
	struct reader r = {.buf = buf, .len = len, .msg = msg, .further = further, .n_further = n_further};

	if (len < NATSONDE_STUN_HEADER || natsonde_stun_length(buf, len) != len)
		return false;
	*msg = (struct natsonde_stun_message){0};
	read_header(buf, msg);
	return read_attributes(&r);
}

bool natsonde_stun_decode(const uint8_t *buf, size_t len, struct natsonde_stun_message *msg)
{
	return decode(buf, len, further_rows, FURTHER_ROWS, msg);
}

bool natsonde_stun_decode_answer(const uint8_t *buf, size_t len, struct natsonde_stun_message *msg)
{
	return decode(buf, len, NULL, 0, msg);
}
