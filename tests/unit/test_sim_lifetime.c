/* How long mappings live in the simulated network, as RESPONSE-PORT shows it (RFC 5780 section 4.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim_net.h"

#define RUNG 0
#define ASKER 1
#define STEP (10 * NATSONDE_MS)

static uint16_t rung_port;
static natsonde_us began;

static void exchange(void)
{
	ask(RUNG, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	rung_port = answer.xor_mapped.port;
}

/* Without delay on the way, the NAT sees a packet when the host sends it. */
static void begin(const char *spec)
{
	char text[128] = "rtt=0,";

	start(strcat(text, spec));
	open_slot(RUNG, NATSONDE_UDP);
	open_slot(ASKER, NATSONDE_UDP);
	began = door.now(door.ctx);
	exchange();
}

static void pass_until(natsonde_us since_begin)
{
	while (door.now(door.ctx) < began + since_begin)
		wait_for(began + since_begin - door.now(door.ctx));
}

/* Whether an answer sent to the rung's mapping at that time comes in. */
static bool is_alive(natsonde_us since_begin)
{
	struct natsonde_stun_message m = { .has_response_port = true, .response_port = rung_port };

	pass_until(since_begin);
	ask_as(ASKER, a1p1, m, 2);
	if (wait_for(1) != NATSONDE_EVENT_RECEIVED)
		return false;
	assert_int_equal(event.slot, RUNG);
	return true;
}

static void an_exchange_lives_as_long_as_said(void **state)
{
	static const unsigned lifetimes_s[] = { 1, 2, 3, 6, 10, 29, 30, 31, 65, 120, 180, 300, 330 };
	static const char *const specs[] = {
		"lifetime=%u", "lifetime=%u,ports=random,mapping=apdm", "lifetime=%u,filtering=eif,family=6", "lifetime=%u,nats=2",
		"lifetime=%u,mapping=none", "lifetime=%u,stream-lifetime=400"
	};
	char text[64];

	(void)state;
	for (size_t s = 0; s < sizeof(specs) / sizeof(specs[0]); s++) {
		for (size_t i = 0; i < sizeof(lifetimes_s) / sizeof(lifetimes_s[0]); i++) {
			natsonde_us lifetime = lifetimes_s[i] * NATSONDE_S;

			/* Each socket is asked once: to ask may be to refresh. */
			snprintf(text, sizeof(text), specs[s], lifetimes_s[i]);
			begin(text);
			assert_true(is_alive(lifetime - STEP));
			begin(text);
			assert_false(is_alive(lifetime));
			/* It never comes late. */
			assert_int_equal(wait_for(10 * NATSONDE_S), NATSONDE_EVENT_NONE);
		}
	}
}

static void inbound_packets_refresh_if_said_so(void **state)
{
	(void)state;
	begin("lifetime=30,refresh=outbound");
	for (unsigned s = 5; s < 30; s += 5)
		assert_true(is_alive(s * NATSONDE_S));
	assert_false(is_alive(30 * NATSONDE_S));

	begin("lifetime=30,refresh=both");
	for (unsigned s = 18; s <= 90; s += 18)
		assert_true(is_alive(s * NATSONDE_S));
	assert_true(is_alive(120 * NATSONDE_S - STEP));
	assert_false(is_alive(150 * NATSONDE_S));
}

static void outbound_packets_refresh(void **state)
{
	(void)state;
	for (unsigned is_both = 0; is_both < 2; is_both++) {
		begin(is_both ? "lifetime=30,refresh=both" : "lifetime=30");
		for (unsigned s = 20; s <= 100; s += 20) {
			pass_until(s * NATSONDE_S);
			ask(RUNG, a1p1, NATSONDE_CHANGE_NONE, 3);
			wait_for(1);
		}
		assert_true(is_alive(130 * NATSONDE_S - STEP));
		assert_false(is_alive(160 * NATSONDE_S));
	}
}

/* As Linux does it: traffic in both directions more than two seconds after the first packet. */
static void a_stream_lives_longer(void **state)
{
	(void)state;
	/* Three exchanges in more than three seconds. */
	begin("lifetime=30,stream-lifetime=120");
	pass_until(1600 * NATSONDE_MS);
	exchange();
	pass_until(3200 * NATSONDE_MS);
	exchange();
	assert_true(is_alive(123200 * NATSONDE_MS - STEP));
	assert_false(is_alive(123200 * NATSONDE_MS));
	/* Three in two seconds are none. */
	begin("lifetime=30,stream-lifetime=120");
	pass_until(NATSONDE_S);
	exchange();
	pass_until(2 * NATSONDE_S);
	exchange();
	assert_true(is_alive(32 * NATSONDE_S - STEP));
	assert_false(is_alive(32 * NATSONDE_S));
	/* Nor does an inbound packet make one, where it prolongs nothing. */
	begin("lifetime=30,stream-lifetime=120");
	assert_true(is_alive(29 * NATSONDE_S));
	assert_false(is_alive(31 * NATSONDE_S));
	/* With Linux, where everything prolongs, it does. */
	begin("lifetime=30,stream-lifetime=120,refresh=both");
	assert_true(is_alive(29 * NATSONDE_S));
	assert_true(is_alive(149 * NATSONDE_S - STEP));
	assert_false(is_alive(269 * NATSONDE_S));
}

/* A first answer that takes more than two seconds does not make a stream yet (Linux: nf_conntrack_udp_packet). */
static void a_late_first_answer_is_no_stream(void **state)
{
	(void)state;
	start("lifetime=30,stream-lifetime=120,refresh=both,rtt=0,server=late-all");
	open_slot(RUNG, NATSONDE_UDP);
	began = door.now(door.ctx);
	ask(RUNG, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(4 * NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(door.now(door.ctx) - began, 3 * NATSONDE_S);
	assert_false(sim->chains[NATSONDE_UDP].nats[0].mappings[0].is_stream);
	ask(RUNG, a1p1, NATSONDE_CHANGE_NONE, 2);
	assert_true(sim->chains[NATSONDE_UDP].nats[0].mappings[0].is_stream);
}

/* Sixty rungs and an asker at once: every slot of the door, every mapping apart. */
static void a_ladder_of_sockets(void **state)
{
	static uint16_t ports[60];

	(void)state;
	start("lifetime=30,ports=random,rtt=40");
	for (unsigned i = 0; i <= 60; i++)
		open_slot(i, NATSONDE_UDP);
	for (uint8_t i = 0; i < 60; i++)
		ask(i, a1p1, NATSONDE_CHANGE_NONE, i);
	for (unsigned i = 0; i < 60; i++) {
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		assert_int_equal(event.slot, answer.tid[0]);
		ports[event.slot] = answer.xor_mapped.port;
	}
	for (uint8_t i = 0; i < 60; i++)
		ask_as(60, a1p1, (struct natsonde_stun_message){ .has_response_port = true, .response_port = ports[i] }, i);
	for (unsigned i = 0; i < 60; i++) {
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		assert_int_equal(event.slot, answer.tid[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_lives_as_long_as_said),
		cmocka_unit_test(inbound_packets_refresh_if_said_so),
		cmocka_unit_test(outbound_packets_refresh),
		cmocka_unit_test(a_stream_lives_longer),
		cmocka_unit_test(a_late_first_answer_is_no_stream),
		cmocka_unit_test(a_ladder_of_sockets)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
