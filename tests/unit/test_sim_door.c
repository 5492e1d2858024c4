/* The door of the simulated network: sockets, refusals, TCP, families, several servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_net.h"

static void udp_can_be_refused_or_dropped(void **state)
{
	(void)state;
	start("udp=reject");
	open_slot(2, NATSONDE_UDP);
	ask(2, a1p1, NATSONDE_CHANGE_NONE, 9);
	assert_int_equal(wait_for(NATSONDE_MS - 1), NATSONDE_EVENT_NONE);
	assert_int_equal(wait_for(1), NATSONDE_EVENT_ICMP);
	assert_int_equal(event.slot, 2);
	assert_int_equal(event.icmp_type, 3);
	assert_int_equal(event.icmp_code, 13);
	assert_true(natsonde_addr_equal(&event.peer, &a1p1));
	/* The gateway quotes what it stopped: the transaction can be told. */
	assert_true(natsonde_stun_decode(event.bytes, event.len, &answer));
	assert_int_equal(answer.tid[0], 9);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);

	start("udp=reject,family=6");
	open_slot(2, NATSONDE_UDP);
	ask(2, a1p1, NATSONDE_CHANGE_NONE, 9);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_ICMP);
	assert_int_equal(event.icmp_type, 1);
	assert_int_equal(event.icmp_code, 1);

	start("udp=drop");
	open_slot(2, NATSONDE_UDP);
	ask(2, a1p1, NATSONDE_CHANGE_NONE, 9);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
}

/* A connection takes one round trip, the question another; loss costs TCP nothing here. */
static void tcp_answers_where_udp_is_blocked(void **state)
{
	natsonde_us began;

	(void)state;
	start("udp=drop,loss=100,rtt=40");
	began = door.now(door.ctx);
	open_slot(3, NATSONDE_TCP);
	ask(3, a1p1, NATSONDE_CHANGE_NONE, 5);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(door.now(door.ctx) - began, 80 * NATSONDE_MS);
	assert_int_equal(event.slot, 3);
	assert_true(natsonde_addr_equal(&event.peer, &a1p1));
	assert_int_equal(answer.tid[0], 5);
	assert_ip(&answer.xor_mapped, "192.0.2.1");
	/* On the standing connection one round trip is enough. */
	began = door.now(door.ctx);
	ask(3, a1p1, NATSONDE_CHANGE_NONE, 6);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(door.now(door.ctx) - began, 40 * NATSONDE_MS);
}

static void tcp_can_be_refused_dropped_or_unanswered(void **state)
{
	(void)state;
	start("tcp=reject");
	open_slot(3, NATSONDE_TCP);
	ask(3, a1p1, NATSONDE_CHANGE_NONE, 5);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_CLOSED);
	assert_int_equal(event.slot, 3);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
	start("tcp=drop");
	open_slot(3, NATSONDE_TCP);
	ask(3, a1p1, NATSONDE_CHANGE_NONE, 5);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
	start("server=silent");
	open_slot(3, NATSONDE_TCP);
	ask(3, a1p1, NATSONDE_CHANGE_NONE, 5);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
}

static void sockets_are_slots(void **state)
{
	struct natsonde_addr first, again, v6 = { .family = NATSONDE_IPV6, .port = 1, .ip = { 0x20, 0x01 } };

	(void)state;
	start("");
	assert_int_equal(door.max_open, NATSONDE_DOOR_SLOTS);
	assert_int_equal(door.sees, NATSONDE_SEES_ICMP | NATSONDE_SEES_OWN_SOURCE | NATSONDE_SEES_OWN_SOURCE_IPV6 | NATSONDE_SEES_FRAGMENTS);
	assert_int_equal(door.open(door.ctx, 0, NATSONDE_UDP, &a1p1, 50000, &first), NATSONDE_OK);
	assert_int_equal(first.port, 50000);
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_UDP, &a1p1, 50000, &again), NATSONDE_FAULT_PORT_TAKEN);
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_UDP, &v6, 0, &again), NATSONDE_FAULT_NO_ROUTE);
	assert_int_equal(door.send(door.ctx, 0, &v6, (const uint8_t *)"x", 1), NATSONDE_FAULT_NO_ROUTE);
	assert_int_equal(door.send(door.ctx, 1, &a1p1, (const uint8_t *)"x", 1), NATSONDE_FAULT_OTHER);
	/* What is under way to a closed socket is gone; its port is free. */
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
	door.close(door.ctx, 0);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_UDP, &a1p1, 50000, &again), NATSONDE_OK);
	/* What was meant for UDP is nothing to a TCP connection from the same port. */
	ask(1, a1p1, NATSONDE_CHANGE_NONE, 1);
	door.close(door.ctx, 1);
	assert_int_equal(door.open(door.ctx, 1, NATSONDE_TCP, &a1p1, 50000, &again), NATSONDE_OK);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
}

static void families_exist_as_asked(void **state)
{
	struct natsonde_addr a;

	(void)state;
	start("family=4");
	assert_false(natsonde_sim_resolve(sim, 0, NATSONDE_IPV6, 3478, &a));
	start("family=6");
	assert_false(natsonde_sim_resolve(sim, 0, NATSONDE_IPV4, 3478, &a));
	open_slot(0, NATSONDE_UDP);
	assert_ip(&local, "fd00:1::2");
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_ip(&answer.xor_mapped, "2001:db8:2::1");
	start("family=both,mapping=none");
	for (unsigned f = 0; f < 2; f++) {
		assert_true(natsonde_sim_resolve(sim, 0, f ? NATSONDE_IPV6 : NATSONDE_IPV4, 3478, &a1p1));
		open_slot(f, NATSONDE_UDP);
		assert_ip(&local, f ? "2001:db8:1::2" : "192.0.2.2");
		ask(f, a1p1, NATSONDE_CHANGE_NONE, 1);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		assert_true(natsonde_addr_equal(&answer.xor_mapped, &local));
	}
}

static void servers_stand_side_by_side(void **state)
{
	struct natsonde_addr third;

	(void)state;
	start("server=ok+silent+binding-only");
	assert_ip(&a1p1, "203.0.113.10");
	assert_true(natsonde_sim_resolve(sim, 2, NATSONDE_IPV4, 19302, &third));
	assert_ip(&third, "203.0.113.14");
	assert_int_equal(third.port, 19302);
	open_slot(0, NATSONDE_UDP);
	ask(0, third, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.other.family, NATSONDE_NO_FAMILY);
	assert_true(natsonde_sim_resolve(sim, 1, NATSONDE_IPV4, 3478, &third));
	ask(0, third, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
	/* Further servers are as the last one. */
	assert_true(natsonde_sim_resolve(sim, 7, NATSONDE_IPV4, 3478, &third));
	assert_ip(&third, "203.0.113.24");
	ask(0, third, NATSONDE_CHANGE_BOTH, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.error_code, 420);
	assert_false(natsonde_sim_resolve(sim, 8, NATSONDE_IPV4, 3478, &third));
}

static void late_replies_come_late(void **state)
{
	natsonde_us began;

	(void)state;
	start("server=late,filtering=eif");
	open_slot(0, NATSONDE_UDP);
	began = door.now(door.ctx);
	ask(0, a1p1, NATSONDE_CHANGE_BOTH, 1);
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 2);
	assert_int_equal(wait_for(10 * NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.tid[0], 2);
	assert_int_equal(wait_for(10 * NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.tid[0], 1);
	assert_int_equal(door.now(door.ctx) - began, 3 * NATSONDE_S + 20 * NATSONDE_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_can_be_refused_or_dropped),
		cmocka_unit_test(tcp_answers_where_udp_is_blocked),
		cmocka_unit_test(tcp_can_be_refused_dropped_or_unanswered),
		cmocka_unit_test(sockets_are_slots),
		cmocka_unit_test(families_exist_as_asked),
		cmocka_unit_test(servers_stand_side_by_side),
		cmocka_unit_test(late_replies_come_late)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
