/* libFuzzer target: no datagram makes the STUN decoder read astray, and what it believes can be written and read again. */
#include <stdint.h>
#include <stdlib.h>

#include <natsonde/stun.h>

#include "../vectors/stun_same.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_inside(const char *text, size_t text_len, const uint8_t *bytes, size_t len)
{
	const uint8_t *begin = (const uint8_t *)text;

	require(!begin || (begin >= bytes + NATSONDE_STUN_HEADER && begin + text_len <= bytes + len));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static uint8_t first[65552], second[65552];
	struct natsonde_stun_message msg, again;
	size_t written;

	if (!natsonde_stun_decode(bytes, len, &msg))
		return 0;
	require(natsonde_stun_length(bytes, len) == len);
	require_inside(msg.software, msg.software_len, bytes, len);
	require_inside(msg.realm, msg.realm_len, bytes, len);
	require_inside(msg.nonce, msg.nonce_len, bytes, len);

	written = natsonde_stun_encode(&msg, first, len);
	require(written >= NATSONDE_STUN_HEADER);
	require(natsonde_stun_decode(first, written, &again));
	require(same_message(&msg, &again));
	require(again.fingerprint != NATSONDE_FINGERPRINT_BAD && again.not_understood == 0);

	require(natsonde_stun_encode(&again, second, written) == written);
	require(memcmp(first, second, written) == 0);
	return 0;
}
