/* Which external addresses and ports the simulated NAT hands out (RFC 4787 sections 4.1 and 4.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_nat.h"

static void ports_preserved_until_taken(void **state)
{
	struct natsonde_addr first, second, other_host;

	(void)state;
	build("mapping=apdm,ports=preserved");
	first = out(0, HOST, A1P1);
	second = out(0, HOST, A2P1);
	other_host = out(0, at("192.168.1.3", 40001), A1P1);
	assert_int_equal(first.port, 40001);
	assert_int_not_equal(second.port, 40001);
	assert_int_not_equal(other_host.port, 40001);
}

static void ports_overloaded(void **state)
{
	struct natsonde_addr first, other_host = at("192.168.1.3", 40001);

	(void)state;
	build("ports=overloaded");
	first = out(0, HOST, A1P1);
	assert_true(same(out(1, other_host, A2P1), first));
	/* As long as their destinations differ, both hosts get their answers. */
	assert_true(in(2, A1P1, first, HOST));
	assert_true(in(2, A2P1, first, other_host));
	/* Once both have sent there, the last one gets them all. */
	out(3, other_host, A1P1);
	assert_true(in(4, A1P1, first, other_host));

	build("mapping=apdm,ports=overloaded");
	assert_int_equal(out(0, HOST, A1P1).port, 40001);
	assert_int_not_equal(out(0, HOST, A2P1).port, 40001);
}

static void ports_in_sequence(void **state)
{
	struct natsonde_addr a, b, c;

	(void)state;
	build("mapping=apdm,ports=sequential,step=3");
	a = out(0, HOST, A1P1);
	b = out(0, HOST, A2P1);
	c = out(0, at("192.168.1.3", 6000), A1P1);
	assert_int_equal(b.port - a.port, 3);
	assert_int_equal(c.port - b.port, 3);
}

static void ports_keep_their_parity(void **state)
{
	static const char *const specs[] = {
		"ports=random,parity=yes", "ports=sequential,parity=yes", "ports=sequential,step=2,parity=yes"
	};

	(void)state;
	for (unsigned s = 0; s < 3; s++) {
		build(specs[s]);
		for (uint16_t port = 5000; port < 5040; port++)
			assert_int_equal(out(0, at("192.168.1.2", port), A1P1).port & 1, port & 1);
	}
}

static void ports_from_one_block(void **state)
{
	uint16_t low = UINT16_MAX, high = 0;
	bool used[16] = { false };

	(void)state;
	build("mapping=apdm,ports=random,block=16");
	for (uint16_t i = 0; i < 16; i++) {
		uint16_t port = out(0, HOST, at("203.0.113.10", (uint16_t)(7000 + i))).port;

		low = port < low ? port : low;
		high = port > high ? port : high;
		assert_false(used[port % 16]);
		used[port % 16] = true;
	}
	assert_int_equal(high - low, 15);
	/* The block is used up: no seventeenth mapping, until one has expired. */
	assert_true(is_refused(1, HOST, A2P2));
	assert_false(is_refused(121 * NATSONDE_S, HOST, A2P2));
}

static void sequential_ports_go_round_their_block(void **state)
{
	uint16_t first, before;

	(void)state;
	build("mapping=apdm,ports=sequential,block=16");
	first = before = out(0, HOST, at("203.0.113.10", 7000)).port;
	for (uint16_t i = 1; i < 16; i++) {
		uint16_t port = out(0, HOST, at("203.0.113.10", (uint16_t)(7000 + i))).port;

		assert_int_equal((port - before + 16) % 16, 1);
		assert_in_range(port - first + 15, 0, 30);
		before = port;
	}
	assert_true(is_refused(1, HOST, A2P2));
}

/* RFC 7597 section 5.1: whoever shares an address this way has a 256th of its ports, in 15 runs. */
static void ports_from_a_set(void **state)
{
	unsigned in_run[16] = { 0 }, runs = 0;
	uint16_t whose;

	(void)state;
	build("mapping=apdm,ports=set,seed=3");
	whose = out(0, HOST, A1P1).port >> 4 & 0xff;
	for (uint16_t i = 1; i < 240; i++) {
		uint16_t port = out(0, HOST, at("203.0.113.10", (uint16_t)(7000 + i))).port;

		assert_int_equal(port >> 4 & 0xff, whose);
		if (i <= 32)
			in_run[port >> 12]++;
	}
	assert_int_equal(in_run[0], 0);
	for (unsigned i = 1; i < 16; i++)
		runs += in_run[i] > 0;
	assert_in_range(runs, 8, 15);
	/* There is no port beside the set. */
	assert_true(is_refused(1, HOST, A2P2));
	build("mapping=apdm,ports=set,seed=4");
	assert_int_not_equal(out(0, HOST, A1P1).port >> 4 & 0xff, whose);
}

/* A ladder of sockets and the samples of ports, behind the NAT that needs the most room, while nothing expires. */
static void the_tables_hold_all_tests(void **state)
{
	(void)state;
	build("mapping=apdm,filtering=apdf,lifetime=330");
	for (uint16_t i = 0; i < 60 + 32; i++) {
		out(0, at("192.168.1.2", (uint16_t)(5000 + i)), A1P1);
		out(0, at("192.168.1.2", (uint16_t)(5000 + i)), A2P2);
	}
}

static void mappings_never_share_an_endpoint(void **state)
{
	static struct natsonde_addr mapped[NATSONDE_NAT_MAPPINGS];

	(void)state;
	build("mapping=apdm,ports=random,block=256");
	for (uint16_t i = 0; i < NATSONDE_NAT_MAPPINGS; i++) {
		mapped[i] = out(0, HOST, at("203.0.113.10", (uint16_t)(7000 + i)));
		for (unsigned j = 0; j < i; j++)
			assert_false(same(mapped[i], mapped[j]));
	}
}

static void a_full_table_refuses_and_recovers(void **state)
{
	struct natsonde_addr mapped;

	(void)state;
	build("lifetime=10");
	for (uint16_t i = 0; i < NATSONDE_NAT_MAPPINGS; i++)
		out(i, at("192.168.1.2", (uint16_t)(5000 + i)), A1P1);
	assert_true(is_refused(5 * NATSONDE_S, HOST, A1P1));
	/* The first has expired, the others have not; its place is taken, and its filter is gone with it. */
	mapped = out(10 * NATSONDE_S, HOST, A2P2);
	assert_false(in(10 * NATSONDE_S, A1P1, mapped, HOST));
	assert_true(in(10 * NATSONDE_S, A1P1, at("192.0.2.1", 5001), at("192.168.1.2", 5001)));
	/* Sessions run out as well: those of the dead are cleared away. */
	build("lifetime=10");
	for (uint16_t i = 0; i < NATSONDE_NAT_SESSIONS; i++)
		out(0, HOST, at("203.0.113.10", (uint16_t)(1 + i)));
	assert_true(is_refused(1, HOST, A2P2));
	out(11 * NATSONDE_S, HOST, A2P2);
}

static void pool_paired_or_arbitrary(void **state)
{
	struct natsonde_addr paired, mapped;
	bool varies = false;

	(void)state;
	build("mapping=apdm,ports=random,pool=4,pooling=paired");
	paired = out(0, HOST, A1P1);
	for (uint16_t i = 0; i < 32; i++) {
		mapped = out(0, HOST, at("203.0.113.11", (uint16_t)(9000 + i)));
		assert_true(natsonde_addr_same_ip(&mapped, &paired));
	}
	mapped = out(0, at("192.168.1.3", 40001), A1P1);
	assert_false(natsonde_addr_same_ip(&mapped, &paired));

	build("mapping=apdm,ports=random,pool=4,pooling=arbitrary");
	paired = out(0, HOST, A1P1);
	for (uint16_t i = 0; i < 32; i++) {
		mapped = out(0, HOST, at("203.0.113.11", (uint16_t)(9000 + i)));
		varies |= !natsonde_addr_same_ip(&mapped, &paired);
		assert_true(natsonde_nat_owns(&nat, &mapped));
		assert_true(in(0, at("203.0.113.11", (uint16_t)(9000 + i)), mapped, HOST));
	}
	assert_true(varies);
	assert_false(owns("192.0.2.5"));
}

static void equal_seeds_equal_ports(void **state)
{
	struct natsonde_addr first;

	(void)state;
	build("ports=random,seed=7");
	first = out(0, HOST, A1P1);
	build("ports=random,seed=7");
	assert_true(same(out(0, HOST, A1P1), first));
	build("ports=random,seed=8");
	assert_false(same(out(0, HOST, A1P1), first));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_preserved_until_taken),
		cmocka_unit_test(ports_overloaded),
		cmocka_unit_test(ports_in_sequence),
		cmocka_unit_test(ports_keep_their_parity),
		cmocka_unit_test(ports_from_one_block),
		cmocka_unit_test(sequential_ports_go_round_their_block),
		cmocka_unit_test(ports_from_a_set),
		cmocka_unit_test(the_tables_hold_all_tests),
		cmocka_unit_test(mappings_never_share_an_endpoint),
		cmocka_unit_test(a_full_table_refuses_and_recovers),
		cmocka_unit_test(pool_paired_or_arbitrary),
		cmocka_unit_test(equal_seeds_equal_ports)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
