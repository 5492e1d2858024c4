/* Datagrams that are no STUN message, cut, stretched and damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/stun.h>

#include "../vectors/bytes.h"
#include "../vectors/stun.h"
#include "../vectors/stun_lies.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool decodes(const char *hex, struct natsonde_stun_message *msg)
{
	size_t len;
	uint8_t *bytes = from_hex(hex, &len);
	const bool is_read = natsonde_stun_decode(bytes, len, msg);

	free(bytes);
	return is_read;
}

static void test_lies(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	for (size_t i = 0; i < COUNT(stun_lies); i++) {
		if (!decodes(stun_lies[i].honest, &msg))
			fail_msg("refused: the honest message of \"%s\"", stun_lies[i].name);
		if (decodes(stun_lies[i].lie, &msg))
			fail_msg("believed: %s", stun_lies[i].name);
	}
}

/* No message is the beginning of another datagram, nor the end of its own. */
static void test_cut_and_extended(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	for (size_t i = 0; i < COUNT(stun_vectors); i++) {
		size_t whole;
		uint8_t *bytes = from_hex(stun_vectors[i].hex, &whole);

		for (size_t len = 0; len < whole; len++) {
			uint8_t *cut = copy(bytes, len);

			assert_false(natsonde_stun_decode(cut, len, &msg));
			free(cut);
		}
		bytes = realloc(bytes, whole + 4);
		assert_non_null(bytes);
		memset(bytes + whole, 0, 4);
		assert_true(natsonde_stun_decode(bytes, whole, &msg));
		for (size_t more = 1; more <= 4; more++)
			assert_false(natsonde_stun_decode(bytes, whole + more, &msg));
		free(bytes);
	}
}

static void test_at_any_address(void **state)
{
	size_t len;
	uint8_t *bytes = from_hex(VECTOR_RFC5769_IPV6, &len);

	(void)state;
	for (size_t shift = 1; shift < 4; shift++) {
		uint8_t *block = malloc(shift + len);
		struct natsonde_stun_message msg;

		assert_non_null(block);
		memcpy(block + shift, bytes, len);
		assert_true(natsonde_stun_decode(block + shift, len, &msg));
		assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_GOOD);
		free(block);
	}
	free(bytes);
}

static void test_fingerprint(void **state)
{
	static const struct { const char *name, *hex; enum natsonde_stun_fingerprint verdict; } rows[] = {
		{"good", VECTOR_PLAIN_FINGERPRINT, NATSONDE_FINGERPRINT_GOOD},
		{"absent", VECTOR_PLAIN, NATSONDE_FINGERPRINT_ABSENT},
		{"one bit of the message wrong", "00010008" "2112a442000102030405060708090a0a" "802800045b0ff6fc",
			NATSONDE_FINGERPRINT_BAD},
		{"one bit of the CRC wrong", "00010008" ID "802800045b0ff6fd", NATSONDE_FINGERPRINT_BAD},
		{"not XORed", "00010008" ID "80280004085ba3b2", NATSONDE_FINGERPRINT_BAD},
		{"computed with a length that leaves it out", "00010008" ID "80280004bd1fb962", NATSONDE_FINGERPRINT_BAD},
		{"right, but not last", "00010010" ID "80280004aa4e201f" "802200046e6f7065", NATSONDE_FINGERPRINT_BAD},
		{"two of them, both right", "00010010" ID "80280004aa4e201f" "80280004ec74b13f", NATSONDE_FINGERPRINT_BAD},
	};
	struct natsonde_stun_message msg;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(decodes(rows[i].hex, &msg));
		if (msg.fingerprint != rows[i].verdict)
			fail_msg("FINGERPRINT %s: %d", rows[i].name, msg.fingerprint);
	}
}

/* A CRC finds every single wrong bit. */
static void test_fingerprint_sees_each_bit(void **state)
{
	size_t len;
	uint8_t *bytes = from_hex(VECTOR_RFC5780_RESPONSE, &len);
	struct natsonde_stun_message msg;

	(void)state;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(natsonde_stun_decode(bytes, len, &msg) && msg.fingerprint == NATSONDE_FINGERPRINT_GOOD);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(bytes);
}

static void test_length_of_a_stream(void **state)
{
	(void)state;
	assert_int_equal(natsonde_stun_length((const uint8_t *)"\x01\x01\x00\x0c", 4), 32);
	assert_int_equal(natsonde_stun_length((const uint8_t *)"\x01\x01\xff\xfc\x21\x12", 6), 65552);
	assert_int_equal(natsonde_stun_length((const uint8_t *)"\x01\x01\x00", 3), 0);
	assert_int_equal(natsonde_stun_length((const uint8_t *)"\x01\x01\x00\x0d", 4), 0);
	assert_int_equal(natsonde_stun_length((const uint8_t *)"HTTP", 4), 0);
	assert_int_equal(natsonde_stun_length((const uint8_t *)"\x80\x01\x00\x00", 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_cut_and_extended),
		cmocka_unit_test(test_at_any_address),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_fingerprint_sees_each_bit),
		cmocka_unit_test(test_length_of_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
