/* STUN messages (RFC 8489), with what NAT behaviour discovery adds (RFC 5780), what old servers send (RFC 3489), and as much of
 * TURN (RFC 8656) as shows whether a relay is there.
 * Two pure functions over the caller's buffers; nothing is kept, nothing is allocated. */
#ifndef NATSONDE_STUN_H
#define NATSONDE_STUN_H

#include <natsonde/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NATSONDE_STUN_HEADER 20 /* bytes before the first attribute (RFC 8489 section 5) */
#define NATSONDE_STUN_TID 12    /* bytes of a transaction id */
#define NATSONDE_STUN_UNKNOWNS 4 /* entries of UNKNOWN-ATTRIBUTES that are kept */

enum natsonde_stun_class {
	NATSONDE_STUN_REQUEST,
	NATSONDE_STUN_INDICATION,
	NATSONDE_STUN_SUCCESS,
	NATSONDE_STUN_ERROR
};

enum {
	NATSONDE_STUN_BINDING = 0x001, /* the method that discovery uses */
	NATSONDE_STUN_ALLOCATE = 0x003 /* TURN: give me a relayed address (RFC 8656 section 18) */
};

#define NATSONDE_TRANSPORT_UDP 17 /* protocol number, for REQUESTED-TRANSPORT */

/* CHANGE-REQUEST flags (RFC 5780 section 7.2), as they stand in the attribute. */
enum { NATSONDE_CHANGE_NONE = 0, NATSONDE_CHANGE_PORT = 2, NATSONDE_CHANGE_IP = 4, NATSONDE_CHANGE_BOTH = 6 };

/* Attribute types that callers name. */
enum {
	NATSONDE_ATTR_CHANGE_REQUEST = 0x0003,
	NATSONDE_ATTR_REQUESTED_TRANSPORT = 0x0019,
	NATSONDE_ATTR_PADDING = 0x0026,
	NATSONDE_ATTR_RESPONSE_PORT = 0x0027
};

enum natsonde_stun_fingerprint {
	NATSONDE_FINGERPRINT_ABSENT,
	NATSONDE_FINGERPRINT_GOOD,
	NATSONDE_FINGERPRINT_BAD
};

/* One message. When encoding, everything that is zero, NULL or false is left out. When decoding, what was absent is zero;
 * of a repeated attribute the first counts (RFC 8489 section 14). */
struct natsonde_stun_message {
	uint8_t  cls;    /* enum natsonde_stun_class */
	bool     is_classic; /* no magic cookie: an RFC 3489 message; tid holds the last 12 of its 16 id bytes, classic_id the first 4 */
	uint16_t method; /* 12 bits */
	uint8_t  classic_id[4];
	uint8_t  tid[NATSONDE_STUN_TID];

	struct natsonde_addr xor_mapped; /* XOR-MAPPED-ADDRESS 0x0020, else the pre-standard 0x8020 */
	struct natsonde_addr mapped;     /* MAPPED-ADDRESS 0x0001 */
	struct natsonde_addr origin;     /* RESPONSE-ORIGIN 0x802B, else SOURCE-ADDRESS 0x0004 */
	struct natsonde_addr other;      /* OTHER-ADDRESS 0x802C, else CHANGED-ADDRESS 0x0005 */

	bool     has_change;        /* CHANGE-REQUEST is present; its flags may be 0 */
	bool     has_response_port; /* RESPONSE-PORT is present */
	uint8_t  change;            /* NATSONDE_CHANGE_... */
	uint16_t response_port;     /* host order */
	uint16_t padding;           /* length of PADDING's value; encoded as that many zero bytes */
	uint16_t filler;            /* encoded only: length of an attribute that no server knows or needs to (0xC05A), all zero */
	uint8_t  requested_transport; /* protocol number in REQUESTED-TRANSPORT (RFC 8656 section 18.7), 0 without */

	uint16_t error_code;        /* 300 to 699, 0 without ERROR-CODE */
	uint8_t  unknown_count;     /* entries in unknown[]: UNKNOWN-ATTRIBUTES of an error response */
	uint16_t unknown[NATSONDE_STUN_UNKNOWNS];

	/* The first comprehension-required attribute that this decoder does not know, 0 if none: a server must answer 420,
	 * a client must fail the transaction (RFC 8489 section 6.3). Obsolete RFC 3489 ones do not count (RFC 5389 section 12.1). */
	uint16_t not_understood;

	uint8_t  fingerprint;       /* decoded: enum natsonde_stun_fingerprint; encoded: not ABSENT appends one */
	uint16_t software_len;      /* SOFTWARE, or SERVER of old servers; UTF-8, no NUL; points into the decoded datagram */
	const char *software;
	/* REALM and NONCE, likewise: together they ask for credentials (RFC 8489 section 9.2.4). */
	uint16_t realm_len, nonce_len;
	const char *realm, *nonce;
};

/* Writes msg into buf, padded to 4 bytes throughout. Old-style twins are never written: xor_mapped goes out as 0x0020,
 * origin as 0x802B, other as 0x802C. Returns the bytes written, or 0 if cap is too small or a value cannot be encoded. */
size_t natsonde_stun_encode(const struct natsonde_stun_message *msg, uint8_t *buf, size_t cap);

/* Reads a datagram (or the start of a stream) of len bytes. False, leaving *msg unspecified, unless it is one whole
 * well-formed STUN message of exactly len bytes. A wrong FINGERPRINT is reported in msg, not refused. */
bool natsonde_stun_decode(const uint8_t *buf, size_t len, struct natsonde_stun_message *msg);

/* How long the message at buf wants to be, from its first four bytes or more; 0 if they cannot begin one. For streams. */
size_t natsonde_stun_length(const uint8_t *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif
