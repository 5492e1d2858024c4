/* The faults of the simulated RFC 5780 server, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_server.h"

/* Each fault: what a plain request and each CHANGE-REQUEST to A1P1 meet, and who of the alternates answers directly.
 * A reply is written as where it comes from: 0 A1P1, 1 A1P2, 2 A2P1, 3 A2P2, T a third address; e an error; - nothing. */
static const struct {
	enum natsonde_sim_fault fault;
	char plain, change_port, change_ip, change_both;
	const char *direct; /* at A1P2, A2P1, A2P2 */
} fault_rows[] = {
	{ NATSONDE_SIM_OK, '0', '1', '2', '3', "123" },
	{ NATSONDE_SIM_BINDING_ONLY, '0', 'e', 'e', 'e', "---" },
	{ NATSONDE_SIM_IGNORES_CHANGE, '0', '0', '0', '0', "123" },
	{ NATSONDE_SIM_REJECTS_CHANGE, '0', 'e', 'e', 'e', "123" },
	{ NATSONDE_SIM_ANSWERS_400, '0', 'e', 'e', 'e', "123" },
	{ NATSONDE_SIM_SAME_IP, '0', '1', '0', '1', "1--" },
	{ NATSONDE_SIM_DEAD_ALTERNATE, '0', '1', '-', '-', "1--" },
	{ NATSONDE_SIM_DEAD_PORT, '0', '-', '2', '-', "-2-" },
	{ NATSONDE_SIM_DROPS_CHANGE, '0', '-', '-', '-', "123" },
	{ NATSONDE_SIM_PRIVATE_ALTERNATE, '0', '1', '2', '3', "123" },
	{ NATSONDE_SIM_THIRD_ADDRESS, '0', 'T', 'T', 'T', "123" },
	{ NATSONDE_SIM_LATE, '0', '1', '2', '3', "123" },
	{ NATSONDE_SIM_SILENT, '-', '-', '-', '-', "---" },
	{ NATSONDE_SIM_NO_RESPONSE_PORT, '0', '1', '2', '3', "123" },
	{ NATSONDE_SIM_DUPLICATES, '0', '1', '2', '3', "123" },
	{ NATSONDE_SIM_RATE_LIMIT, '0', '1', '2', '3', "123" },
	{ NATSONDE_SIM_LATE_ALL, '0', '1', '2', '3', "123" }
};

static char ask_letter(unsigned ip, unsigned port, uint8_t change)
{
	if (!ask_change(ip, port, change))
		return '-';
	if (answer.cls == NATSONDE_STUN_ERROR)
		return 'e';
	assert_success();
	for (unsigned i = 0; i < 4; i++) {
		struct natsonde_addr a = natsonde_sim_server_at(&server, i / 2, i % 2);

		if (natsonde_addr_equal(&a, &reply.from))
			return (char)('0' + i);
	}
	return 'T';
}

static void each_fault_does_as_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fault_rows) / sizeof(fault_rows[0]); i++) {
		char direct[4] = "";

		start(fault_rows[i].fault);
		assert_int_equal(ask_letter(0, 0, NATSONDE_CHANGE_NONE), fault_rows[i].plain);
		assert_int_equal(ask_letter(0, 0, NATSONDE_CHANGE_PORT), fault_rows[i].change_port);
		assert_int_equal(ask_letter(0, 0, NATSONDE_CHANGE_IP), fault_rows[i].change_ip);
		assert_int_equal(ask_letter(0, 0, NATSONDE_CHANGE_BOTH), fault_rows[i].change_both);
		for (unsigned k = 1; k < 4; k++)
			direct[k - 1] = ask_letter(k / 2, k % 2, NATSONDE_CHANGE_NONE);
		assert_string_equal(direct, fault_rows[i].direct);
	}
}

static void errors_say_what_is_unknown(void **state)
{
	struct natsonde_stun_message ask = binding();
	static const enum natsonde_sim_fault refusers[] = { NATSONDE_SIM_BINDING_ONLY, NATSONDE_SIM_NO_RESPONSE_PORT };

	(void)state;
	start(NATSONDE_SIM_REJECTS_CHANGE);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_PORT));
	assert_error(420, NATSONDE_ATTR_CHANGE_REQUEST);
	assert_endpoint(reply.from, 0, 0);
	start(NATSONDE_SIM_ANSWERS_400);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_PORT));
	assert_error(400, 0);
	ask.has_response_port = true;
	ask.response_port = 9;
	for (unsigned i = 0; i < 2; i++) {
		start(refusers[i]);
		assert_true(send_over(NATSONDE_UDP, &ask, natsonde_sim_server_at(&server, 0, 0)));
		assert_error(420, NATSONDE_ATTR_RESPONSE_PORT);
		assert_true(natsonde_addr_equal(&reply.to, &client));
	}
}

static void alternates_that_are_wrong(void **state)
{
	(void)state;
	start(NATSONDE_SIM_BINDING_ONLY);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_int_equal(answer.other.family, NATSONDE_NO_FAMILY);
	start(NATSONDE_SIM_SAME_IP);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_endpoint(answer.other, 0, 1);
	start(NATSONDE_SIM_PRIVATE_ALTERNATE);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_true(natsonde_addr_is_private(&answer.other));
	assert_int_equal(answer.other.port, 3479);
	start(NATSONDE_SIM_DEAD_ALTERNATE);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_endpoint(answer.other, 1, 1);
}

static void late_is_late_only_when_changed(void **state)
{
	(void)state;
	start(NATSONDE_SIM_LATE);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_int_equal(reply.delay, 0);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_BOTH));
	assert_int_equal(reply.delay, 3 * NATSONDE_S);
}

static void late_all_is_always_late(void **state)
{
	(void)state;
	start(NATSONDE_SIM_LATE_ALL);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_int_equal(reply.delay, 3 * NATSONDE_S);
	assert_int_equal(reply.copies, 1);
}

static void duplicates_are_sent_twice(void **state)
{
	(void)state;
	start(NATSONDE_SIM_DUPLICATES);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_int_equal(reply.copies, 2);
}

/* The limit counts packets to all endpoints together, and nothing lifts it. Over TCP there is none. */
static void a_rate_limit_ends_the_answers(void **state)
{
	struct natsonde_stun_message ask = binding();

	(void)state;
	start(NATSONDE_SIM_RATE_LIMIT);
	for (unsigned i = 0; i < NATSONDE_SIM_RATE_LIMIT_PACKETS; i++)
		assert_true(ask_change(i / 2 % 2, i % 2, NATSONDE_CHANGE_NONE));
	for (unsigned i = 0; i < 4; i++)
		assert_false(ask_change(i / 2, i % 2, NATSONDE_CHANGE_NONE));
	assert_true(send_over(NATSONDE_TCP, &ask, natsonde_sim_server_at(&server, 0, 0)));
}

/* Asks A1:P1 from a client; the mapped address in the reply. */
static struct natsonde_addr mapped_for(const char *ip, uint16_t port)
{
	client = at(ip, port);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_true(natsonde_addr_equal(&answer.mapped, &answer.xor_mapped));
	return answer.mapped;
}

static void mapped_addresses_that_are_not_true(void **state)
{
	struct natsonde_addr first, second;

	(void)state;
	start(NATSONDE_SIM_WRONG_MAPPED);
	first = mapped_for("192.0.2.1", 40000);
	second = mapped_for("192.0.2.7", 50000);
	assert_true(natsonde_addr_equal(&first, &second));
	assert_false(natsonde_addr_same_ip(&first, &client));
	start(NATSONDE_SIM_RANDOM_MAPPED);
	first = mapped_for("192.0.2.1", 40000);
	second = mapped_for("192.0.2.1", 40000);
	assert_true(natsonde_addr_same_ip(&first, &second));
	assert_true(first.port != second.port && first.port != 40000 && second.port != 40000);
}

static void mapped_address_in_the_old_attribute_alone(void **state)
{
	(void)state;
	start(NATSONDE_SIM_MAPPED_ONLY);
	assert_true(ask_change(0, 0, NATSONDE_CHANGE_NONE));
	assert_true(natsonde_addr_equal(&answer.mapped, &client));
	assert_int_equal(answer.xor_mapped.family, NATSONDE_NO_FAMILY);
}

/* Asks A1:P1; the bytes of the reply as they are. */
static void ask_raw(enum natsonde_sim_fault fault, struct natsonde_stun_message *ask)
{
	uint8_t request[256];
	struct natsonde_addr a1 = at("203.0.113.10", 3478);

	start(fault);
	*ask = binding();
	assert_true(natsonde_sim_server_answer(&server, NATSONDE_UDP, &a1, &client, request,
					       natsonde_stun_encode(ask, request, sizeof(request)), &reply, bytes));
}

static void replies_that_come_to_harm(void **state)
{
	struct natsonde_stun_message ask;

	(void)state;
	ask_raw(NATSONDE_SIM_WRONG_ID, &ask);
	assert_true(natsonde_stun_decode(bytes, reply.len, &answer));
	assert_memory_not_equal(answer.tid, ask.tid, sizeof(ask.tid));
	ask_raw(NATSONDE_SIM_TRUNCATED, &ask);
	assert_true(reply.len > NATSONDE_STUN_HEADER);
	assert_false(natsonde_stun_decode(bytes, reply.len, &answer));
	ask_raw(NATSONDE_SIM_OVERSIZED, &ask);
	assert_true(reply.len > 1500);
	assert_true(natsonde_stun_decode(bytes, reply.len, &answer));
	assert_memory_equal(answer.tid, ask.tid, sizeof(ask.tid));
}

static void the_first_packet_to_each_endpoint_vanishes(void **state)
{
	(void)state;
	start(NATSONDE_SIM_DROPS_FIRST);
	for (unsigned k = 0; k < 4; k++) {
		assert_false(ask_change(k / 2, k % 2, NATSONDE_CHANGE_NONE));
		assert_true(ask_change(k / 2, k % 2, NATSONDE_CHANGE_NONE));
		assert_true(ask_change(k / 2, k % 2, NATSONDE_CHANGE_BOTH));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_does_as_it_says),
		cmocka_unit_test(errors_say_what_is_unknown),
		cmocka_unit_test(alternates_that_are_wrong),
		cmocka_unit_test(late_is_late_only_when_changed),
		cmocka_unit_test(late_all_is_always_late),
		cmocka_unit_test(duplicates_are_sent_twice),
		cmocka_unit_test(a_rate_limit_ends_the_answers),
		cmocka_unit_test(mapped_addresses_that_are_not_true),
		cmocka_unit_test(mapped_address_in_the_old_attribute_alone),
		cmocka_unit_test(replies_that_come_to_harm),
		cmocka_unit_test(the_first_packet_to_each_endpoint_vanishes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
