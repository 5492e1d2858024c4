/* The simulated network through its door: time, chance, filters, two NATs, rewriting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/alg.h"
#include "sim_net.h"

static void a_question_is_answered_after_one_rtt(void **state)
{
	natsonde_us began;

	(void)state;
	start("rtt=25");
	open_slot(4, NATSONDE_UDP);
	began = door.now(door.ctx);
	ask(4, a1p1, NATSONDE_CHANGE_NONE, 7);
	assert_int_equal(wait_for(25 * NATSONDE_MS - 1), NATSONDE_EVENT_NONE);
	assert_int_equal(door.now(door.ctx) - began, 25 * NATSONDE_MS - 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(door.now(door.ctx) - began, 25 * NATSONDE_MS);
	assert_int_equal(event.slot, 4);
	assert_int_equal(answer.tid[0], 7);
	assert_true(natsonde_addr_equal(&event.peer, &a1p1));
	assert_ip(&local, "192.168.1.2");
	assert_ip(&answer.xor_mapped, "192.0.2.1");
	assert_int_equal(answer.xor_mapped.port, local.port);
	/* Nothing else is under way: time jumps to the end. */
	assert_int_equal(wait_for(100 * NATSONDE_S), NATSONDE_EVENT_NONE);
	assert_int_equal(door.now(door.ctx) - began, 25 * NATSONDE_MS + 100 * NATSONDE_S);
	assert_int_equal(door.now(door.ctx), door.now(door.ctx));
	door.wait(door.ctx, NATSONDE_NEVER, &event);
	assert_int_equal(event.kind, NATSONDE_EVENT_NONE);
}

/* The class is seen from the host: changed replies pass the filter, or do not. */
static void filters_stand_in_the_way(void **state)
{
	static const struct { const char *spec; unsigned come; } rows[] = {
		{ "filtering=eif", 2 }, { "filtering=adf", 1 }, { "filtering=apdf", 0 }, { "mapping=none,filtering=adf", 1 },
		{ "filtering=eif,nats=2", 0 } /* the outer one is strict */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned come = 0;

		start(rows[i].spec);
		open_slot(0, NATSONDE_UDP);
		ask(0, a1p1, NATSONDE_CHANGE_BOTH, 1);
		ask(0, a1p1, NATSONDE_CHANGE_PORT, 2);
		while (wait_for(NATSONDE_S) == NATSONDE_EVENT_RECEIVED)
			come++;
		assert_int_equal(come, rows[i].come);
	}
}

/* All that a run shows, as one number. */
static uint32_t run_and_hash(const char *spec)
{
	uint32_t hash = 2166136261u;
	uint8_t drawn[7];

	start(spec);
	for (unsigned slot = 0; slot < 3; slot++)
		open_slot(slot, NATSONDE_UDP);
	door.random(door.ctx, drawn, sizeof(drawn));
	for (uint8_t i = 0; i < 60; i++) {
		ask(i % 3, a1p1, NATSONDE_CHANGE_NONE, (uint8_t)(drawn[i % 7] ^ i));
		while (wait_for(3 * NATSONDE_MS) == NATSONDE_EVENT_RECEIVED) {
			hash = (hash ^ (uint32_t)door.now(door.ctx)) * 16777619u;
			for (size_t b = 0; b < event.len; b++)
				hash = (hash ^ event.bytes[b]) * 16777619u;
		}
	}
	return hash;
}

static void equal_seeds_equal_runs(void **state)
{
	const char *spec = "mapping=apdm,ports=random,loss=20,burst=2,jitter=9,dup=10,seed=5";
	uint32_t first;

	(void)state;
	first = run_and_hash(spec);
	assert_int_equal(run_and_hash(spec), first);
	assert_int_not_equal(run_and_hash("mapping=apdm,ports=random,loss=20,burst=2,jitter=9,dup=10,seed=6"), first);
	assert_int_equal(run_and_hash(spec), first);
}

static void copies_arrive(void **state)
{
	(void)state;
	start("dup=100");
	open_slot(0, NATSONDE_UDP);
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
}

static void two_nats_translate_twice(void **state)
{
	(void)state;
	start("nats=2,ports=sequential");
	open_slot(0, NATSONDE_UDP);
	assert_ip(&local, "192.168.1.2");
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_ip(&answer.xor_mapped, "192.0.2.1");
	/* Only the carrier translates: the host itself is in the middle network. */
	start("nats=2,mapping=none");
	open_slot(0, NATSONDE_UDP);
	assert_true(natsonde_addr_is_carrier(&local));
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_ip(&answer.xor_mapped, "192.0.2.1");
}

/* The carrier's NAT is endpoint-independent, on one address, and strict, whatever the host's own one is like. */
static void the_outer_nat_is_a_carriers(void **state)
{
	struct natsonde_addr a2p2;

	(void)state;
	for (unsigned nats = 1; nats <= 2; nats++) {
		start(nats == 1 ? "filter-key=host" : "filter-key=host,nats=2");
		a2p2 = natsonde_sim_server_at(&sim->families[0].servers[0], 1, 1);
		open_slot(0, NATSONDE_UDP);
		open_slot(1, NATSONDE_UDP);
		ask(1, a2p2, NATSONDE_CHANGE_NONE, 1);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		ask(0, a1p1, NATSONDE_CHANGE_BOTH, 2);
		assert_int_equal(wait_for(NATSONDE_S), nats == 1 ? NATSONDE_EVENT_RECEIVED : NATSONDE_EVENT_NONE);
	}
	start("mapping=apdm,pool=8,pooling=arbitrary,nats=2");
	for (unsigned slot = 0; slot < 8; slot++) {
		open_slot(slot, NATSONDE_UDP);
		ask(slot, a1p1, NATSONDE_CHANGE_NONE, 1);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		assert_ip(&answer.xor_mapped, "192.0.2.1");
	}
}

/* The port seen by A1P1, A2P1, A2P2 and A1P2 from one socket. */
static void a_conflict_shows_once(void **state)
{
	struct natsonde_addr to[4];
	uint16_t port[4];

	(void)state;
	start("conflict=a2p1");
	/* Given on another port, the server has the conflict there. */
	assert_true(natsonde_sim_resolve(sim, 0, NATSONDE_IPV4, 5000, &a1p1));
	for (unsigned slot = 0; slot < 2; slot++) {
		open_slot(slot, NATSONDE_UDP);
		for (unsigned i = 0; i < 4; i++) {
			to[i] = natsonde_sim_server_at(&sim->families[0].servers[0], i == 1 || i == 2, i >= 2);
			ask(slot, to[i], NATSONDE_CHANGE_NONE, 1);
			assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
			port[i] = answer.xor_mapped.port;
		}
		assert_int_equal(port[0] == port[1], slot == 1);
		assert_int_equal(port[1], port[2]);
		assert_int_equal(port[2], port[3]);
	}
}

static void an_alg_rewrites_what_it_can_read(void **state)
{
	(void)state;
	start("alg=rewrites,ports=random");
	open_slot(0, NATSONDE_UDP);
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_true(natsonde_addr_equal(&answer.mapped, &local));
	assert_ip(&answer.xor_mapped, "192.0.2.1");
	assert_true(natsonde_addr_equal(&answer.origin, &a1p1));
}

static void an_alg_leaves_the_rest_alone(void **state)
{
	struct natsonde_stun_message m = { .method = NATSONDE_STUN_BINDING, .cls = NATSONDE_STUN_SUCCESS };
	struct natsonde_addr other;
	uint8_t bytes[64], before[64];
	size_t len;

	(void)state;
	start("");
	open_slot(0, NATSONDE_UDP);
	m.mapped = m.origin = other = a1p1;
	other.port++;
	len = natsonde_stun_encode(&m, bytes, sizeof(bytes));
	memcpy(before, bytes, len);
	/* Another port; half a message; an attribute longer than its message. */
	natsonde_alg_rewrite(bytes, len, &other, &local);
	natsonde_alg_rewrite(bytes, len - 4, &a1p1, &local);
	assert_memory_equal(bytes, before, len);
	bytes[NATSONDE_STUN_HEADER + 3] = before[NATSONDE_STUN_HEADER + 3] = 0xff;
	natsonde_alg_rewrite(bytes, len, &a1p1, &local);
	assert_memory_equal(bytes, before, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_answered_after_one_rtt),
		cmocka_unit_test(filters_stand_in_the_way),
		cmocka_unit_test(equal_seeds_equal_runs),
		cmocka_unit_test(copies_arrive),
		cmocka_unit_test(two_nats_translate_twice),
		cmocka_unit_test(the_outer_nat_is_a_carriers),
		cmocka_unit_test(a_conflict_shows_once),
		cmocka_unit_test(an_alg_rewrites_what_it_can_read),
		cmocka_unit_test(an_alg_leaves_the_rest_alone)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
