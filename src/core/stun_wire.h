/* What the STUN encoder and decoder share, and nobody else needs: how things look on the wire. */
#ifndef NATSONDE_CORE_STUN_WIRE_H
#define NATSONDE_CORE_STUN_WIRE_H

#include <natsonde/stun.h>

#define STUN_COOKIE 0x2112A442u          /* RFC 8489 section 5 */
#define STUN_FINGERPRINT_XOR 0x5354554Eu /* RFC 8489 section 14.7 */
#define STUN_ID 4                        /* where the 16 bytes begin that are cookie and transaction id, or a classic id */
#define STUN_ATTR_HEADER 4               /* bytes before an attribute's value */
#define STUN_BODY_MAX 65532              /* what a header can say: 16 bits, a multiple of four */
#define STUN_OPTIONAL 0x8000             /* attribute types from here on may be ignored by who does not know them */
#define STUN_FILLER 0xC05A               /* one of these, assigned to nobody */

enum { STUN_FAMILY_IPV4 = 1, STUN_FAMILY_IPV6 = 2 }; /* RFC 8489 section 14.1 */

/* Attribute types, beside those that stun.h names. */
enum {
	STUN_RESERVED_TYPE = 0x0000,
	STUN_MAPPED_ADDRESS = 0x0001,
	STUN_RESPONSE_ADDRESS = 0x0002,  /* RFC 3489 */
	STUN_SOURCE_ADDRESS = 0x0004,    /* RFC 3489, now RESPONSE-ORIGIN */
	STUN_CHANGED_ADDRESS = 0x0005,   /* RFC 3489, now OTHER-ADDRESS */
	STUN_USERNAME = 0x0006,
	STUN_PASSWORD = 0x0007,          /* RFC 3489 */
	STUN_MESSAGE_INTEGRITY = 0x0008,
	STUN_ERROR_CODE = 0x0009,
	STUN_UNKNOWN_ATTRIBUTES = 0x000A,
	STUN_REFLECTED_FROM = 0x000B,    /* RFC 3489 */
	STUN_REALM = 0x0014,
	STUN_NONCE = 0x0015,
	STUN_MESSAGE_INTEGRITY_SHA256 = 0x001C,
	STUN_PASSWORD_ALGORITHM = 0x001D,
	STUN_USERHASH = 0x001E,
	STUN_XOR_MAPPED_ADDRESS = 0x0020,
	STUN_PRIORITY = 0x0024,          /* RFC 8445 */
	STUN_USE_CANDIDATE = 0x0025,     /* RFC 8445 */
	STUN_OLD_XOR_MAPPED_ADDRESS = 0x8020, /* drafts of RFC 5389 */
	STUN_SOFTWARE = 0x8022,
	STUN_FINGERPRINT = 0x8028,
	STUN_RESPONSE_ORIGIN = 0x802B,
	STUN_OTHER_ADDRESS = 0x802C
};

/* Byte by byte: a datagram may lie at any address, and not every processor reads a word from an odd one. */
static inline uint16_t natsonde_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t natsonde_get32(const uint8_t *p)
{
	return (uint32_t)natsonde_get16(p) << 16 | natsonde_get16(p + 2);
}

static inline void natsonde_put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void natsonde_put32(uint8_t *p, uint32_t value)
{
	natsonde_put16(p, value >> 16);
	natsonde_put16(p + 2, value & 0xffff);
}

/* Attributes begin at multiples of four (RFC 8489 section 14). */
static inline size_t natsonde_stun_padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* All that a discovery sends: a Binding request, and of the attributes those that are not 0. A firmware that asks and never answers
 * links no more of the encoder than this. Returns the bytes written, 0 if cap is too small. */
struct natsonde_stun_request {
	const uint8_t *tid;
	uint8_t  change;        /* CHANGE-REQUEST: NATSONDE_CHANGE_... */
	uint16_t response_port; /* RESPONSE-PORT */
	uint16_t padding;       /* bytes in PADDING */
	uint16_t filler;        /* bytes in an attribute that nobody knows */
};
size_t natsonde_stun_write_request(const struct natsonde_stun_request *request, uint8_t *buf, size_t cap);

/* natsonde_stun_decode for what a discovery is sent: what only servers and TURN clients want to know is not told. */
bool natsonde_stun_decode_answer(const uint8_t *buf, size_t len, struct natsonde_stun_message *msg);

/* The value of a FINGERPRINT that follows the first len bytes of a message. */
uint32_t natsonde_stun_fingerprint(const uint8_t *buf, size_t len);

/* Whether text is well-formed UTF-8 (RFC 3629) without a NUL. */
bool natsonde_stun_is_text(const char *text, size_t len);

#endif
