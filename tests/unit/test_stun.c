/* Reading STUN messages. */
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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t own_tid[NATSONDE_STUN_TID] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

/* What software points to is gone on return; no test that looks at it may use this. */
static bool decodes(const char *hex, struct natsonde_stun_message *msg)
{
	size_t len;
	uint8_t *bytes = from_hex(hex, &len);
	const bool is_read = natsonde_stun_decode(bytes, len, msg);

	free(bytes);
	return is_read;
}

static void assert_addr(const struct natsonde_addr *a, const char *text)
{
	char out[NATSONDE_ADDR_TEXT];

	natsonde_addr_format(a, out, sizeof(out));
	assert_string_equal(out, text);
}

static void test_rfc5769(void **state)
{
	size_t len;
	uint8_t *bytes = from_hex(VECTOR_RFC5769_REQUEST, &len);
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(natsonde_stun_decode(bytes, len, &msg));
	assert_int_equal(msg.cls, NATSONDE_STUN_REQUEST);
	assert_int_equal(msg.method, NATSONDE_STUN_BINDING);
	assert_false(msg.is_classic);
	assert_int_equal(msg.tid[0], 0xb7);
	assert_int_equal(msg.tid[11], 0xae);
	assert_int_equal(msg.software_len, 16);
	assert_memory_equal(msg.software, "STUN test client", 16);
	assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_GOOD);
	assert_int_equal(msg.not_understood, 0); /* PRIORITY, USERNAME and MESSAGE-INTEGRITY are known */
	free(bytes);

	assert_true(decodes(VECTOR_RFC5769_IPV4, &msg));
	assert_int_equal(msg.cls, NATSONDE_STUN_SUCCESS);
	assert_addr(&msg.xor_mapped, "192.0.2.1:32853");
	assert_int_equal(msg.mapped.family, NATSONDE_NO_FAMILY);
	assert_int_equal(msg.software_len, 11); /* the space after it is padding */
	assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_GOOD);

	assert_true(decodes(VECTOR_RFC5769_IPV6, &msg));
	assert_addr(&msg.xor_mapped, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
	assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_GOOD);

	assert_true(decodes(VECTOR_RFC5769_LONG_TERM, &msg));
	assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_ABSENT);
	assert_int_equal(msg.not_understood, 0);
	assert_true(decodes(VECTOR_RFC8489_B1, &msg));
	assert_int_equal(msg.not_understood, 0);
}

static void assert_text(const char *text, size_t len, const char *want)
{
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
}

/* What a TURN server says to whoever brings no credentials (RFC 8656 section 7.2), and a server that only asks for them. */
static void test_turn(void **state)
{
	struct natsonde_stun_message msg;
	size_t len;
	uint8_t *bytes = from_hex(VECTOR_ALLOCATE_401, &len);

	(void)state;
	assert_true(natsonde_stun_decode(bytes, len, &msg));
	assert_int_equal(msg.method, NATSONDE_STUN_ALLOCATE);
	assert_int_equal(msg.cls, NATSONDE_STUN_ERROR);
	assert_int_equal(msg.error_code, 401);
	assert_text(msg.realm, msg.realm_len, "example.org");
	assert_text(msg.nonce, msg.nonce_len, "n1");
	free(bytes);

	assert_true(decodes(VECTOR_ALLOCATE, &msg));
	assert_int_equal(msg.requested_transport, NATSONDE_TRANSPORT_UDP);
	assert_null(msg.realm);
	assert_null(msg.nonce);

	bytes = from_hex(VECTOR_RFC5769_LONG_TERM, &len);
	assert_true(natsonde_stun_decode(bytes, len, &msg));
	assert_text(msg.realm, msg.realm_len, "example.org");
	assert_text(msg.nonce, msg.nonce_len, "f//499k954d6OL34oL9FSTvy64sA");
	free(bytes);
}

static void test_rfc5780_response(void **state)
{
	size_t len;
	uint8_t *bytes = from_hex(VECTOR_RFC5780_RESPONSE, &len);
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(natsonde_stun_decode(bytes, len, &msg));
	assert_addr(&msg.mapped, "192.0.2.1:40000");
	assert_addr(&msg.xor_mapped, "192.0.2.1:40000");
	assert_addr(&msg.origin, "203.0.113.10:3478");
	assert_addr(&msg.other, "203.0.113.11:3479");
	assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_GOOD);
	free(bytes);
}

static void test_classic_response(void **state)
{
	size_t len;
	uint8_t *bytes = from_hex(VECTOR_CLASSIC_RESPONSE, &len);
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(natsonde_stun_decode(bytes, len, &msg));
	assert_true(msg.is_classic);
	assert_memory_equal(msg.classic_id, "\xa1\xa2\xa3\xa4", 4);
	assert_memory_equal(msg.tid, own_tid, sizeof(own_tid));
	assert_addr(&msg.mapped, "192.0.2.1:40000");
	assert_addr(&msg.origin, "203.0.113.10:3478");
	assert_addr(&msg.other, "203.0.113.11:3479");
	assert_int_equal(msg.not_understood, 0);
	assert_int_equal(msg.software_len, 19); /* the NUL is counted in the value, and no part of the text */
	assert_memory_equal(msg.software, "Vovida.org 0.98-CPC", 19);
	free(bytes);
}

static void test_error_420(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(decodes(VECTOR_ERROR_420, &msg));
	assert_int_equal(msg.cls, NATSONDE_STUN_ERROR);
	assert_int_equal(msg.error_code, 420);
	assert_int_equal(msg.unknown_count, 2);
	assert_int_equal(msg.unknown[0], NATSONDE_ATTR_CHANGE_REQUEST);
	assert_int_equal(msg.unknown[1], NATSONDE_ATTR_RESPONSE_PORT);
	assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_GOOD);

	/* More than are kept, one of them twice, as RFC 3489 fills up. */
	assert_true(decodes("01110010" ID "000a000c7f017f017f027f037f047f05", &msg));
	assert_int_equal(msg.unknown_count, 4);
	assert_int_equal(msg.unknown[1], 0x7f02);
	assert_int_equal(msg.unknown[3], 0x7f04);
	/* The 21 bits before the class are reserved, and not looked at. */
	assert_true(decodes("01110008" ID "00090004fffffb57", &msg));
	assert_int_equal(msg.error_code, 387);
}

/* The modern twin wins whatever the order; alone, the old one counts. */
static void test_twins(void **state)
{
	static const char one[] = "000800010001c0000201", two[] = "000800010002c0000202";
	static const struct { const char *modern, *old; size_t field; } pairs[] = {
		{"802b", "0004", offsetof(struct natsonde_stun_message, origin)},
		{"802c", "0005", offsetof(struct natsonde_stun_message, other)},
		{"0020", "8020", offsetof(struct natsonde_stun_message, xor_mapped)}
	};
	char hex[120];
	struct natsonde_stun_message msg;
	const struct natsonde_addr *found;

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const bool is_xored = i == 2;

		found = (const struct natsonde_addr *)((const char *)&msg + pairs[i].field);
		strcat(strcat(strcat(strcat(strcpy(hex, "01010018" ID), pairs[i].modern), one), pairs[i].old), two);
		assert_true(decodes(hex, &msg));
		assert_addr(found, is_xored ? "225.18.166.67:8467" : "192.0.2.1:1");
		strcat(strcat(strcat(strcat(strcpy(hex, "01010018" ID), pairs[i].old), two), pairs[i].modern), one);
		assert_true(decodes(hex, &msg));
		assert_addr(found, is_xored ? "225.18.166.67:8467" : "192.0.2.1:1");
		strcat(strcat(strcpy(hex, "0101000c" ID), pairs[i].old), two);
		assert_true(decodes(hex, &msg));
		assert_addr(found, is_xored ? "225.18.166.64:8464" : "192.0.2.2:2");
	}
}

/* RFC 8489 section 14: "only the first occurrence needs to be processed", not even the form of the others counts. */
static void test_first_of_repeated(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(decodes("01010018" ID "0001000800010001c0000201" "0001000800010002c0000202", &msg));
	assert_addr(&msg.mapped, "192.0.2.1:1");
	assert_true(decodes("01010018" ID "8020000800010001c0000201" "8020000800010002c0000202", &msg));
	assert_addr(&msg.xor_mapped, "225.18.166.67:8467");
	assert_true(decodes("01010014" ID "0001000800010001c0000201" "0001000400030002", &msg));
	assert_addr(&msg.mapped, "192.0.2.1:1");
}

static void test_not_understood(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(decodes("0001000c" ID "80ff0000" "7f020000" "7f010000", &msg));
	assert_int_equal(msg.not_understood, 0x7f02);
	/* RFC 3489's own, which RFC 5389 section 12.1 tells to pass over: RESPONSE-ADDRESS, PASSWORD, REFLECTED-FROM. */
	assert_true(decodes("0101000c" ID "00020000" "00070000" "000b0000", &msg));
	assert_int_equal(msg.not_understood, 0);
	/* TURN's, which a Binding has no use for. */
	assert_true(decodes("01010008" ID "000d000400000258", &msg));
	assert_int_equal(msg.not_understood, 0x000d);
}

/* RFC 8489 sections 14.5 and 14.6: nobody vouches for what follows. */
static void test_after_integrity(void **state)
{
#define SHA1 "00080014" "0000000000000000000000000000000000000000"
#define SHA256 "001c0010" "00000000000000000000000000000000"
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(decodes("01010024" ID SHA1 "0020000800010001c0000201", &msg));
	assert_int_equal(msg.xor_mapped.family, NATSONDE_NO_FAMILY);
	assert_true(decodes("01010020" ID SHA256 "0020000800010001c0000201", &msg));
	assert_int_equal(msg.xor_mapped.family, NATSONDE_NO_FAMILY);
	assert_true(decodes("01010030" ID SHA1 SHA256 "7f010000", &msg));
	assert_int_equal(msg.not_understood, 0);
	assert_true(decodes("01010020" ID SHA1 "80280004" "00000000", &msg));
	assert_int_equal(msg.fingerprint, NATSONDE_FINGERPRINT_BAD);
#undef SHA1
#undef SHA256
}

/* coturn counts RESPONSE-PORT's padding, stuntman does not. */
static void test_response_port_of_two_lengths(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(decodes("00010008" ID "00270002d4310000", &msg));
	assert_true(msg.has_response_port);
	assert_int_equal(msg.response_port, 54321);
	assert_true(decodes("00010008" ID "00270004d431ffff", &msg));
	assert_int_equal(msg.response_port, 54321);
}

/* RFC 3489 knows no padding outside a value: there an unaligned length is rounded up. */
static void test_padding(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(decodes("00010008" ID "0026000300000000", &msg));
	assert_int_equal(msg.padding, 3);
	assert_true(decodes("00010008" CLASSIC_ID "0026000300000000", &msg));
	assert_int_equal(msg.padding, 4);
}

static void test_change_request_flags(void **state)
{
	struct natsonde_stun_message msg;

	(void)state;
	assert_true(decodes("00010008" ID "0003000400000000", &msg));
	assert_true(msg.has_change);
	assert_int_equal(msg.change, NATSONDE_CHANGE_NONE);
	assert_true(decodes("00010008" ID "00030004fffffffb", &msg)); /* the other bits mean nothing */
	assert_int_equal(msg.change, NATSONDE_CHANGE_PORT);
}

static void test_software_is_text(void **state)
{
	static const struct { const char *name, *value; uint16_t len; } rows[] = {
		{"ASCII", "61626364", 4},
		{"two, three and four bytes", "c3a9e282acf09f9880", 9},
		{"cut at the NUL", "6100626364", 1},
		{"empty", "", 0},
		{"only NUL", "00000000", 0},
		{"Latin-1", "61e962", 0},
		{"overlong slash", "c0af", 0},
		{"overlong, three bytes", "e09fbf", 0},
		{"surrogate", "eda080", 0},
		{"beyond U+10FFFF", "f4908080", 0},
		{"tail missing at the end", "61e282", 0},
		{"tail missing at the end of the datagram", "6161e282", 0},
		{"tail missing within", "e28261", 0},
		{"tail alone", "80", 0},
	};
	struct natsonde_stun_message msg;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const size_t len = strlen(rows[i].value) / 2, padded = (len + 3) / 4 * 4;
		uint8_t *value = from_hex(rows[i].value, &(size_t){0});
		uint8_t *bytes = calloc(1, 24 + padded);
		const uint8_t header[24] = {[1] = 1, [3] = (uint8_t)(4 + padded), [4] = 0x21, 0x12, 0xa4, 0x42,
					    [20] = 0x80, 0x22, [23] = (uint8_t)len};

		assert_non_null(bytes);
		memcpy(bytes, header, sizeof(header));
		memcpy(bytes + 24, value, len);
		assert_true(natsonde_stun_decode(bytes, 24 + padded, &msg));
		if (msg.software_len != rows[i].len || (msg.software != NULL) != (rows[i].len > 0))
			fail_msg("SOFTWARE %s: %u bytes", rows[i].name, msg.software_len);
		free(bytes);
		free(value);
	}
}

/* RFC 8489 section 5. */
static void test_classes(void **state)
{
	static const char *const types[] = {
		[NATSONDE_STUN_REQUEST] = "00010000" ID, [NATSONDE_STUN_INDICATION] = "00110000" ID,
		[NATSONDE_STUN_SUCCESS] = "01010000" ID, [NATSONDE_STUN_ERROR] = "01110000" ID
	};
	struct natsonde_stun_message msg;

	(void)state;
	for (unsigned cls = 0; cls < COUNT(types); cls++) {
		assert_true(decodes(types[cls], &msg));
		assert_int_equal(msg.cls, cls);
		assert_int_equal(msg.method, NATSONDE_STUN_BINDING);
	}
	assert_true(decodes("3eef0000" ID, &msg));
	assert_int_equal(msg.cls, NATSONDE_STUN_REQUEST);
	assert_int_equal(msg.method, 0xfff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc5769),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_rfc5780_response),
		cmocka_unit_test(test_classic_response),
		cmocka_unit_test(test_error_420),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_first_of_repeated),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_after_integrity),
		cmocka_unit_test(test_response_port_of_two_lengths),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_change_request_flags),
		cmocka_unit_test(test_software_is_text),
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
