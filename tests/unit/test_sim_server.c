/* The duties of the simulated RFC 5780 server (RFC 5780 section 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_server.h"

/* RFC 5780 section 6.1: table of reply sources; OTHER-ADDRESS is the opposite of where the request arrived. */
static void replies_come_from_where_asked(void **state)
{
	(void)state;
	start(NATSONDE_SIM_OK);
	for (unsigned ip = 0; ip < 2; ip++)
		for (unsigned port = 0; port < 2; port++)
			for (unsigned change = 0; change <= NATSONDE_CHANGE_BOTH; change += 2) {
				unsigned from_ip = change & NATSONDE_CHANGE_IP ? !ip : ip;
				unsigned from_port = change & NATSONDE_CHANGE_PORT ? !port : port;

				assert_true(ask_change(ip, port, (uint8_t)change));
				assert_success();
				assert_endpoint(reply.from, from_ip, from_port);
				assert_endpoint(answer.origin, from_ip, from_port);
				assert_endpoint(answer.other, !ip, !port);
				assert_true(natsonde_addr_equal(&reply.to, &client));
				assert_int_equal(reply.delay, 0);
				assert_int_not_equal(answer.software_len, 0);
			}
}

static void endpoints_are_the_next_ones(void **state)
{
	struct natsonde_addr a2p2, a1 = at("2001:db8:5::10", UINT16_MAX);

	(void)state;
	start(NATSONDE_SIM_OK);
	a2p2 = at("203.0.113.11", 3479);
	assert_endpoint(a2p2, 1, 1);
	natsonde_sim_server_init(&server, &a1, NATSONDE_SIM_OK);
	a2p2 = at("2001:db8:5::11", UINT16_MAX - 1);
	assert_endpoint(a2p2, 1, 1);
	client = at("2001:db8:2::1", 5);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_BOTH));
	assert_success();
	assert_endpoint(reply.from, 1, 1);
}

static void nobody_else_answers(void **state)
{
	struct natsonde_stun_message ask = binding();

	(void)state;
	start(NATSONDE_SIM_OK);
	assert_false(send_over(NATSONDE_UDP, &ask, at("203.0.113.12", 3478)));
	assert_false(send_over(NATSONDE_UDP, &ask, at("203.0.113.10", 3480)));
	ask.cls = NATSONDE_STUN_INDICATION;
	assert_false(send_over(NATSONDE_UDP, &ask, at("203.0.113.10", 3478)));
	ask = binding();
	ask.method = 0x003;
	assert_false(send_over(NATSONDE_UDP, &ask, at("203.0.113.10", 3478)));
	assert_false(natsonde_sim_server_answer(&server, NATSONDE_UDP, &(struct natsonde_addr){ 0 }, &client,
						(const uint8_t *)"garbage", 7, &reply, bytes));
}

static void response_port_is_honoured(void **state)
{
	struct natsonde_stun_message ask = binding();

	(void)state;
	start(NATSONDE_SIM_OK);
	ask.has_response_port = ask.has_change = true;
	ask.response_port = 12345;
	ask.change = NATSONDE_CHANGE_BOTH;
	assert_true(send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, 0, 0)));
	/* The port that the reply goes to, not the one that the request came from. */
	assert_success();
	assert_int_equal(reply.to.port, 12345);
	assert_true(natsonde_addr_same_ip(&reply.to, &client));
	assert_endpoint(reply.from, 1, 1);
}

static void padding_is_answered_with_padding(void **state)
{
	struct natsonde_stun_message ask = binding();

	(void)state;
	start(NATSONDE_SIM_OK);
	ask.padding = 100;
	assert_true(send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, 0, 0)));
	assert_success();
	assert_int_equal(answer.padding, 1500);
	/* RFC 5780 section 6.1. */
	ask.has_response_port = true;
	ask.response_port = 12345;
	assert_true(send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, 0, 0)));
	assert_error(400, 0);
	assert_true(natsonde_addr_equal(&reply.to, &client));
}

static void what_is_not_understood_is_refused(void **state)
{
	/* A Binding with attribute 0x7777, comprehension-required and empty. */
	static const uint8_t request[] = {
		0x00, 0x01, 0x00, 0x04, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x77, 0x77, 0x00, 0x00
	};
	struct natsonde_addr a1p1;

	(void)state;
	start(NATSONDE_SIM_OK);
	a1p1 = natsonde_sim_server_at(&server, 0, 0);
	assert_true(natsonde_sim_server_answer(&server, NATSONDE_UDP, &a1p1, &client, request, sizeof(request), &reply, bytes));
	assert_true(natsonde_stun_decode(bytes, reply.len, &answer));
	assert_error(420, 0x7777);
}

static void fingerprints_are_answered_in_kind(void **state)
{
	struct natsonde_stun_message ask = binding();
	uint8_t request[64];
	size_t len;

	(void)state;
	start(NATSONDE_SIM_OK);
	assert_true(send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, 0, 0)));
	assert_int_equal(answer.fingerprint, NATSONDE_FINGERPRINT_ABSENT);
	ask.fingerprint = NATSONDE_FINGERPRINT_GOOD;
	assert_true(send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, 0, 0)));
	assert_int_equal(answer.fingerprint, NATSONDE_FINGERPRINT_GOOD);
	/* A wrong one is no STUN message (RFC 8489 section 6.3). */
	len = natsonde_stun_encode(&ask, request, sizeof(request));
	request[len - 1] ^= 1;
	assert_false(natsonde_sim_server_answer(&server, NATSONDE_UDP, &reply.from, &client, request, len, &reply, bytes));
}

/* An RFC 3489 client knows no XOR-MAPPED-ADDRESS. */
static void classic_clients_are_served(void **state)
{
	struct natsonde_stun_message ask = binding();

	(void)state;
	start(NATSONDE_SIM_OK);
	ask.is_classic = true;
	memcpy(ask.classic_id, "abcd", 4);
	assert_true(send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, 0, 0)));
	assert_true(answer.is_classic);
	assert_memory_equal(answer.classic_id, "abcd", 4);
	assert_true(natsonde_addr_equal(&answer.mapped, &client));
	assert_int_equal(answer.xor_mapped.family, NATSONDE_NO_FAMILY);
}

static void tcp_stays_on_its_connection(void **state)
{
	struct natsonde_stun_message ask = binding();

	(void)state;
	start(NATSONDE_SIM_DROPS_FIRST);
	ask.has_change = ask.has_response_port = true;
	ask.change = NATSONDE_CHANGE_BOTH;
	ask.response_port = 9;
	assert_true(send_over(NATSONDE_TCP, &ask, natsonde_sim_server_at(&server, 1, 0)));
	assert_success();
	assert_endpoint(reply.from, 1, 0);
	assert_true(natsonde_addr_equal(&reply.to, &client));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_come_from_where_asked),
		cmocka_unit_test(endpoints_are_the_next_ones),
		cmocka_unit_test(nobody_else_answers),
		cmocka_unit_test(response_port_is_honoured),
		cmocka_unit_test(padding_is_answered_with_padding),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(fingerprints_are_answered_in_kind),
		cmocka_unit_test(classic_clients_are_served),
		cmocka_unit_test(tcp_stays_on_its_connection)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
