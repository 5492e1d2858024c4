/* Writing STUN messages, and reading them back. */
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
#include "../vectors/stun_same.h"

#include "core/stun_wire.h"

#define WHOLE 65552 /* the longest message there is */

static const uint8_t own_tid[NATSONDE_STUN_TID] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static struct natsonde_addr addr(const char *ip, uint16_t port)
{
	struct natsonde_addr a;

	assert_true(natsonde_addr_parse_ip(ip, &a));
	a.port = port;
	return a;
}

static void assert_encodes(const struct natsonde_stun_message *msg, const char *hex)
{
	size_t len;
	uint8_t *want = from_hex(hex, &len), *got = malloc(len);

	assert_non_null(got);
	assert_int_equal(natsonde_stun_encode(msg, got, len), len);
	assert_memory_equal(got, want, len);
	free(got);
	free(want);
}

static struct natsonde_stun_message request(void)
{
	struct natsonde_stun_message msg = {.cls = NATSONDE_STUN_REQUEST, .method = NATSONDE_STUN_BINDING};

	memcpy(msg.tid, own_tid, sizeof(msg.tid));
	return msg;
}

static void test_requests_as_sent(void **state)
{
	struct natsonde_stun_message msg = request();

	(void)state;
	assert_encodes(&msg, VECTOR_PLAIN);
	msg.fingerprint = NATSONDE_FINGERPRINT_GOOD;
	assert_encodes(&msg, VECTOR_PLAIN_FINGERPRINT);

	msg = request();
	msg.has_change = true;
	msg.change = NATSONDE_CHANGE_PORT;
	assert_encodes(&msg, VECTOR_CHANGE_PORT);
	msg.change = NATSONDE_CHANGE_IP;
	assert_encodes(&msg, VECTOR_CHANGE_IP);
	msg.change = NATSONDE_CHANGE_BOTH;
	assert_encodes(&msg, VECTOR_CHANGE_BOTH);

	msg = request();
	msg.has_response_port = true;
	msg.response_port = 54321;
	assert_encodes(&msg, VECTOR_RESPONSE_PORT);

	msg = request();
	msg.method = NATSONDE_STUN_ALLOCATE;
	msg.requested_transport = NATSONDE_TRANSPORT_UDP;
	assert_encodes(&msg, VECTOR_ALLOCATE);
	msg.requested_transport = 0;
	msg.cls = NATSONDE_STUN_ERROR;
	msg.error_code = 401;
	msg.realm = "example.org";
	msg.realm_len = 11;
	msg.nonce = "n1";
	msg.nonce_len = 2;
	assert_encodes(&msg, VECTOR_ALLOCATE_401);
}

static void test_response(void **state)
{
	struct natsonde_stun_message msg = request();

	(void)state;
	msg.cls = NATSONDE_STUN_SUCCESS;
	msg.mapped = addr("192.0.2.1", 40000);
	msg.xor_mapped = msg.mapped;
	msg.origin = addr("203.0.113.10", 3478);
	msg.other = addr("203.0.113.11", 3479);
	msg.software = "natsonde";
	msg.software_len = 8;
	msg.fingerprint = NATSONDE_FINGERPRINT_GOOD;
	assert_encodes(&msg, VECTOR_RFC5780_RESPONSE);
}

/* RFC 5769 section 2.3, without what natsonde does not write. */
static void test_ipv6_is_xored_with_the_id(void **state)
{
	struct natsonde_stun_message msg = {.cls = NATSONDE_STUN_SUCCESS, .method = NATSONDE_STUN_BINDING};

	(void)state;
	memcpy(msg.tid, "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae", sizeof(msg.tid));
	msg.xor_mapped = addr("2001:db8:1234:5678:11:2233:4455:6677", 32853);
	assert_encodes(&msg, "010100182112a442b7e7a701bc34d686fa87dfae" "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9");
}

static void test_error(void **state)
{
	struct natsonde_stun_message msg = request();

	(void)state;
	msg.cls = NATSONDE_STUN_ERROR;
	msg.error_code = 420;
	msg.unknown_count = 2;
	msg.unknown[0] = NATSONDE_ATTR_CHANGE_REQUEST;
	msg.unknown[1] = NATSONDE_ATTR_RESPONSE_PORT;
	assert_encodes(&msg, "01110010" ID "0009000400000414" "000a000400030027");
	msg.unknown_count = 1;
	assert_encodes(&msg, "01110010" ID "0009000400000414" "000a000200030000");
}

/* RFC 3489: no cookie, and values are filled to four bytes within their length. */
static void test_classic(void **state)
{
	struct natsonde_stun_message msg = request();

	(void)state;
	msg.cls = NATSONDE_STUN_ERROR;
	msg.is_classic = true;
	memcpy(msg.classic_id, "\xa1\xa2\xa3\xa4", 4);
	msg.mapped = addr("192.0.2.1", 40000);
	msg.unknown_count = 1;
	msg.unknown[0] = NATSONDE_ATTR_PADDING;
	msg.software = "abcde";
	msg.software_len = 5;
	assert_encodes(&msg, "01110020" CLASSIC_ID "000a000400260026" "0001000800019c40c0000201" "802200086162636465000000");
}

static void test_every_class_and_method(void **state)
{
	struct natsonde_stun_message msg = request(), back;
	uint8_t bytes[NATSONDE_STUN_HEADER];

	(void)state;
	for (unsigned cls = NATSONDE_STUN_REQUEST; cls <= NATSONDE_STUN_ERROR; cls++) {
		for (unsigned method = 0; method <= 0xfff; method++) {
			msg.cls = (uint8_t)cls;
			msg.method = (uint16_t)method;
			assert_int_equal(natsonde_stun_encode(&msg, bytes, sizeof(bytes)), sizeof(bytes));
			assert_int_equal(bytes[0] & 0xc0, 0);
			assert_true(natsonde_stun_decode(bytes, sizeof(bytes), &back));
			assert_true(same_message(&msg, &back));
		}
	}
}

/* xorshift: the same messages in every run. */
static uint32_t random_bits(void)
{
	static uint32_t x = 2463534242;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static struct natsonde_addr random_addr(void)
{
	static const uint8_t families[] = {NATSONDE_NO_FAMILY, NATSONDE_IPV4, NATSONDE_IPV6};
	struct natsonde_addr a = {.family = families[random_bits() % 3]};

	if (a.family == NATSONDE_NO_FAMILY)
		return a;
	a.port = (uint16_t)random_bits();
	for (unsigned i = 0; i < (a.family == NATSONDE_IPV4 ? 4 : 16); i++)
		a.ip[i] = (uint8_t)random_bits();
	return a;
}

static struct natsonde_stun_message random_message(void)
{
	struct natsonde_stun_message msg = {.cls = random_bits() & 3, .method = random_bits() & 0xfff};

	msg.is_classic = random_bits() % 8 == 0;
	for (unsigned i = 0; i < 4; i++)
		msg.classic_id[i] = (uint8_t)(msg.is_classic ? random_bits() : 0);
	for (unsigned i = 0; i < NATSONDE_STUN_TID; i++)
		msg.tid[i] = (uint8_t)random_bits();
	msg.mapped = random_addr();
	msg.xor_mapped = random_addr();
	msg.origin = random_addr();
	msg.other = random_addr();
	msg.has_change = random_bits() & 1;
	msg.change = (uint8_t)(msg.has_change ? random_bits() & NATSONDE_CHANGE_BOTH : 0);
	msg.has_response_port = random_bits() & 1;
	msg.response_port = (uint16_t)(msg.has_response_port ? random_bits() : 0);
	msg.padding = (uint16_t)(random_bits() & 1 ? random_bits() % 2000 : 0);
	if (msg.is_classic)
		msg.padding = (uint16_t)(msg.padding / 4 * 4);
	msg.error_code = (uint16_t)(random_bits() & 1 ? 300 + random_bits() % 400 : 0);
	msg.unknown_count = (uint8_t)(random_bits() % (NATSONDE_STUN_UNKNOWNS + 1));
	for (unsigned i = 0; i < msg.unknown_count; i++)
		msg.unknown[i] = (uint16_t)(i << 12 | (random_bits() & 0xfff));
	msg.software_len = (uint16_t)(random_bits() % 20);
	msg.software = msg.software_len > 0 ? "natsonde, r\xc3\xa9v. 1.2.3" : NULL;
	if (msg.software_len == 12) /* not in the middle of a character */
		msg.software_len++;
	msg.fingerprint = random_bits() & 1 ? NATSONDE_FINGERPRINT_GOOD : NATSONDE_FINGERPRINT_ABSENT;
	return msg;
}

static void test_round_trip(void **state)
{
	static uint8_t out[4096];

	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		const struct natsonde_stun_message msg = random_message();
		const size_t len = natsonde_stun_encode(&msg, out, sizeof(out));
		struct natsonde_stun_message back;
		uint8_t *bytes;

		assert_in_range(len, NATSONDE_STUN_HEADER, sizeof(out));
		assert_int_equal(len % 4, 0);
		assert_int_equal(natsonde_stun_length(out, len), len);
		bytes = copy(out, len);
		assert_true(natsonde_stun_decode(bytes, len, &back));
		assert_true(same_message(&msg, &back));
		assert_int_equal(back.fingerprint, msg.fingerprint);
		assert_int_equal(back.not_understood, 0);
		free(bytes);
	}
}

static void test_encode_keeps_within_the_buffer(void **state)
{
	static uint8_t out[4096];

	(void)state;
	for (unsigned n = 0; n < 50; n++) {
		const struct natsonde_stun_message msg = random_message();
		const size_t len = natsonde_stun_encode(&msg, out, sizeof(out));

		for (size_t cap = 0; cap <= len; cap++) {
			uint8_t *block = malloc(cap > 0 ? cap : 1);

			assert_non_null(block);
			assert_int_equal(natsonde_stun_encode(&msg, block, cap), cap < len ? 0 : len);
			assert_true(cap < len || memcmp(block, out, len) == 0);
			free(block);
		}
	}
}

static void test_the_longest_message(void **state)
{
	struct natsonde_stun_message msg = request(), back;
	uint8_t *out = malloc(WHOLE + 100);

	(void)state;
	assert_non_null(out);
	msg.padding = WHOLE - NATSONDE_STUN_HEADER - 4;
	assert_int_equal(natsonde_stun_encode(&msg, out, WHOLE + 100), WHOLE);
	assert_true(natsonde_stun_decode(out, WHOLE, &back));
	assert_int_equal(back.padding, msg.padding);
	msg.padding++; /* no header can say how long this is */
	assert_int_equal(natsonde_stun_encode(&msg, out, WHOLE + 100), 0);
	free(out);
}

#define ASSERT_REFUSES(field, value) do { \
	struct natsonde_stun_message refused = request(); \
	refused.has_change = true; \
	refused.field = (value); \
	assert_int_equal(natsonde_stun_encode(&refused, out, sizeof(out)), 0); \
} while (0)

static void test_what_cannot_be_encoded(void **state)
{
	uint8_t out[200];
	struct natsonde_stun_message msg = request();

	(void)state;
	ASSERT_REFUSES(cls, 4);
	ASSERT_REFUSES(method, 0x1000);
	ASSERT_REFUSES(mapped.family, 5);
	ASSERT_REFUSES(xor_mapped.family, 5);
	ASSERT_REFUSES(origin.family, 5);
	ASSERT_REFUSES(other.family, 5);
	ASSERT_REFUSES(error_code, 299);
	ASSERT_REFUSES(error_code, 700);
	ASSERT_REFUSES(change, 1);
	ASSERT_REFUSES(unknown_count, NATSONDE_STUN_UNKNOWNS + 1);
	msg.software = "a\0b";
	msg.software_len = 3;
	assert_int_equal(natsonde_stun_encode(&msg, out, sizeof(out)), 0);
	msg.software = "\xff";
	msg.software_len = 1;
	assert_int_equal(natsonde_stun_encode(&msg, out, sizeof(out)), 0);
	msg = request();
	msg.is_classic = true; /* whose id would be taken for the cookie */
	memcpy(msg.classic_id, "\x21\x12\xa4\x42", 4);
	assert_int_equal(natsonde_stun_encode(&msg, out, sizeof(out)), 0);
}

/* What a discovery sends, written by a smaller hand: byte for byte the same. */
static void test_requests_are_written_alike(void **state)
{
	static const uint8_t tid[NATSONDE_STUN_TID] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	static const uint8_t changes[] = {NATSONDE_CHANGE_NONE, NATSONDE_CHANGE_PORT, NATSONDE_CHANGE_IP, NATSONDE_CHANGE_BOTH};
	uint8_t small[2600], whole[2600];

	(void)state;
	for (unsigned i = 0; i < 4 * 8; i++) {
		struct natsonde_stun_request request = {.tid = tid, .change = changes[i % 4]};
		struct natsonde_stun_message msg = {.cls = NATSONDE_STUN_REQUEST, .method = NATSONDE_STUN_BINDING, .change = changes[i % 4]};
		size_t len;

		request.response_port = i & 4 ? 54321 : 0;
		request.padding = i & 8 ? 4 : 0;
		request.filler = i & 16 ? 2500 : 0;
		memcpy(msg.tid, tid, sizeof(tid));
		msg.has_change = msg.change != NATSONDE_CHANGE_NONE;
		msg.response_port = request.response_port;
		msg.has_response_port = request.response_port != 0;
		msg.padding = request.padding;
		msg.filler = request.filler;
		memset(small, 0xa5, sizeof(small));
		len = natsonde_stun_write_request(&request, small, sizeof(small));
		assert_int_equal(len, natsonde_stun_encode(&msg, whole, sizeof(whole)));
		assert_memory_equal(small, whole, len);
	}
	assert_int_equal(natsonde_stun_write_request(&(struct natsonde_stun_request){.tid = tid, .filler = 2500}, small, 2500), 0);
	assert_int_equal(natsonde_stun_write_request(&(struct natsonde_stun_request){.tid = tid}, small, 19), 0);
}

/* A discovery's decoder skips what only servers and TURN clients want to know, and fails no answer for it. */
static void test_answers_are_read_alike(void **state)
{
	static const char software[] = "test vector", realm[] = "example.org", nonce[] = "n";
	struct natsonde_stun_message msg = {.cls = NATSONDE_STUN_SUCCESS, .method = NATSONDE_STUN_BINDING, .has_change = true,
					    .has_response_port = true, .requested_transport = 17, .padding = 8};
	struct natsonde_stun_message whole, answer;
	uint8_t buf[400];
	size_t len;

	(void)state;
	msg.mapped = msg.xor_mapped = msg.origin = msg.other = (struct natsonde_addr){.family = NATSONDE_IPV4, .ip = {192, 0, 2, 1}, .port = 32853};
	msg.software = software;
	msg.software_len = sizeof(software) - 1;
	msg.realm = realm;
	msg.realm_len = sizeof(realm) - 1;
	msg.nonce = nonce;
	msg.nonce_len = sizeof(nonce) - 1;
	msg.fingerprint = NATSONDE_FINGERPRINT_GOOD;
	len = natsonde_stun_encode(&msg, buf, sizeof(buf));
	assert_true(natsonde_stun_decode(buf, len, &whole));
	assert_true(natsonde_stun_decode_answer(buf, len, &answer));
	assert_int_equal(whole.software_len, sizeof(software) - 1);
	assert_int_equal(answer.software_len, 0);
	assert_false(answer.has_change || answer.has_response_port);
	assert_int_equal(answer.not_understood, 0);
	assert_int_equal(answer.padding, whole.padding);
	assert_int_equal(answer.fingerprint, NATSONDE_FINGERPRINT_GOOD);
	assert_true(natsonde_addr_equal(&answer.xor_mapped, &whole.xor_mapped));
	assert_true(natsonde_addr_equal(&answer.other, &whole.other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_as_sent),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_ipv6_is_xored_with_the_id),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_classic),
		cmocka_unit_test(test_every_class_and_method),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_encode_keeps_within_the_buffer),
		cmocka_unit_test(test_the_longest_message),
		cmocka_unit_test(test_what_cannot_be_encoded),
		cmocka_unit_test(test_requests_are_written_alike),
		cmocka_unit_test(test_answers_are_read_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
