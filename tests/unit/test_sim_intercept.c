/* The simulated network with something near the host that answers in the place of every server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_net.h"

static struct natsonde_addr at(const char *ip, uint16_t port)
{
	struct natsonde_addr a;

	assert_true(natsonde_addr_parse_ip(ip, &a));
	a.port = port;
	return a;
}

static void check_answer(struct natsonde_addr asked)
{
	natsonde_us began = door.now(door.ctx);

	ask(0, asked, NATSONDE_CHANGE_BOTH, 7);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(door.now(door.ctx) - began, NATSONDE_MS);
	assert_int_equal(answer.tid[0], 7);
	assert_int_equal(answer.cls, NATSONDE_STUN_SUCCESS);
	assert_true(natsonde_addr_equal(&event.peer, &asked));
	assert_true(natsonde_addr_equal(&answer.xor_mapped, &local));
	assert_true(natsonde_addr_equal(&answer.mapped, &local));
	assert_int_equal(answer.other.family, NATSONDE_NO_FAMILY);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
}

static void whoever_is_asked_it_answers(void **state)
{
	(void)state;
	start("intercept=yes,rtt=80,mapping=apdm,ports=random");
	open_slot(0, NATSONDE_UDP);
	check_answer(a1p1);
	check_answer(at("198.51.100.254", 3478));
	start("intercept=yes,family=6,udp=drop");
	open_slot(0, NATSONDE_UDP);
	check_answer(a1p1);
	check_answer(at("100::fe", 3478));
	/* Padding and other ports mean nothing to it. */
	ask_as(0, a1p1, (struct natsonde_stun_message){ .padding = 4, .has_response_port = true, .response_port = 9 }, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.padding, 0);
}

static void nobody_answers_for_nobody(void **state)
{
	(void)state;
	start("intercept=no,family=both");
	for (unsigned f = 0; f < 2; f++) {
		assert_true(natsonde_sim_resolve(sim, 0, f ? NATSONDE_IPV6 : NATSONDE_IPV4, 3478, &a1p1));
		open_slot(f, NATSONDE_UDP);
		ask(f, f ? at("100::fe", 3478) : at("198.51.100.254", 3478), NATSONDE_CHANGE_NONE, 1);
		assert_int_equal(wait_for(10 * NATSONDE_S), NATSONDE_EVENT_NONE);
	}
}

/* It knows Binding requests alone; TCP passes it by. */
static void what_it_does_not_know_it_lets_pass(void **state)
{
	struct natsonde_stun_message m = { .method = NATSONDE_STUN_ALLOCATE };
	uint8_t bytes[64];
	size_t len = natsonde_stun_encode(&m, bytes, sizeof(bytes));

	(void)state;
	start("intercept=yes,server=turn,rtt=20");
	open_slot(0, NATSONDE_UDP);
	assert_int_equal(door.send(door.ctx, 0, &a1p1, bytes, len), NATSONDE_OK);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.method, NATSONDE_STUN_ALLOCATE);
	open_slot(1, NATSONDE_TCP);
	ask(1, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_ip(&answer.xor_mapped, "192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_is_asked_it_answers),
		cmocka_unit_test(nobody_answers_for_nobody),
		cmocka_unit_test(what_it_does_not_know_it_lets_pass)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
