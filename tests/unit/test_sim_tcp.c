/* TCP in the simulated network: several connections from one port, mappings of their own, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_net.h"

/* A1P1, A2P1, A2P2, A1P2. */
static struct natsonde_addr endpoint(unsigned i)
{
	return natsonde_sim_server_at(&sim->families[a1p1.family == NATSONDE_IPV6].servers[0], i == 1 || i == 2, i >= 2);
}

static enum natsonde_fault connect_from(unsigned slot, unsigned to, uint16_t port)
{
	struct natsonde_addr peer = endpoint(to);

	return door.open(door.ctx, slot, NATSONDE_TCP, &peer, port, &local);
}

/* From one port to all four: which of the ports seen are equal, each written as the first one that it equals. */
static void check_pattern(const char *spec, enum natsonde_transport transport, const char *expected)
{
	struct natsonde_addr seen[4];
	char pattern[5] = "";

	start(spec);
	assert_int_equal(door.open(door.ctx, 0, transport, &a1p1, 45000, &local), NATSONDE_OK);
	for (unsigned i = 0; i < 4; i++) {
		unsigned slot = transport == NATSONDE_TCP ? i : 0, equal = 0;

		if (slot)
			assert_int_equal(connect_from(slot, i, 45000), NATSONDE_OK);
		ask(slot, endpoint(i), NATSONDE_CHANGE_NONE, (uint8_t)i);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		assert_int_equal(event.slot, slot);
		assert_int_equal(answer.tid[0], i);
		seen[i] = answer.xor_mapped;
		while (!natsonde_addr_equal(&seen[equal], &seen[i]))
			equal++;
		pattern[i] = (char)('0' + equal);
	}
	assert_string_equal(pattern, expected);
}

static void what_goes_in_comes_out(void **state)
{
	static const struct { const char *spec, *udp, *tcp; } rows[] = {
		{ "mapping=eim", "0000", "0000" },
		{ "mapping=adm", "0110", "0110" },
		{ "mapping=apdm,ports=random", "0123", "0123" },
		{ "mapping=eim,tcp-mapping=apdm", "0000", "0123" },
		{ "mapping=eim,tcp-mapping=adm,ports=random,family=6", "0000", "0110" },
		{ "mapping=apdm,tcp-mapping=eim,filtering=eif", "0123", "0000" },
		{ "mapping=apdm,tcp-mapping=as-udp", "0123", "0123" },
		{ "mapping=eim,tcp-mapping=apdm,nats=2", "0000", "0123" },
		/* A firewall translates neither. */
		{ "mapping=none,tcp-mapping=apdm", "0000", "0000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_pattern(rows[i].spec, NATSONDE_UDP, rows[i].udp);
		check_pattern(rows[i].spec, NATSONDE_TCP, rows[i].tcp);
	}
}

static void connections_share_a_port(void **state)
{
	(void)state;
	start("");
	assert_int_equal(connect_from(0, 0, 45000), NATSONDE_OK);
	assert_int_equal(connect_from(1, 1, 45000), NATSONDE_OK);
	assert_int_equal(local.port, 45000);
	/* Only one to each destination. */
	assert_int_equal(connect_from(2, 1, 45000), NATSONDE_FAULT_PORT_TAKEN);
	door.close(door.ctx, 1);
	assert_int_equal(connect_from(2, 1, 45000), NATSONDE_OK);
	/* UDP's ports are others. */
	assert_int_equal(door.open(door.ctx, 3, NATSONDE_UDP, &a1p1, 45000, &local), NATSONDE_OK);
	assert_int_equal(door.open(door.ctx, 4, NATSONDE_UDP, &a1p1, 45000, &local), NATSONDE_FAULT_PORT_TAKEN);
}

/* Outside, too, the two transports have a table each: the port is kept in both. */
static void udp_and_tcp_do_not_meet_in_the_nat(void **state)
{
	(void)state;
	start("mapping=apdm,lifetime=1");
	for (unsigned slot = 0; slot < 2; slot++) {
		assert_int_equal(door.open(door.ctx, slot, slot ? NATSONDE_TCP : NATSONDE_UDP, &a1p1, 45000, &local), NATSONDE_OK);
		ask(slot, a1p1, NATSONDE_CHANGE_NONE, 1);
		assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
		assert_int_equal(answer.xor_mapped.port, 45000);
	}
	/* The lifetimes are UDP's: a connection lives for hours (RFC 5382 REQ-5). */
	wait_for(7000 * NATSONDE_S);
	ask(1, a1p1, NATSONDE_CHANGE_NONE, 2);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	assert_int_equal(answer.xor_mapped.port, 45000);
}

/* Where a machine is and nothing listens, the connection is refused after a round trip; where nothing is, nothing is heard. As
 * letters: a answered, r refused, - silent; A1P1, A2P1, A2P2, A1P2. */
static void servers_refuse_or_stay_silent(void **state)
{
	static const struct { const char *spec, *expected; } rows[] = {
		{ "server=ok", "aaaa" }, { "server=dead-alternate", "a--a" }, { "server=dead-port", "aa--" },
		{ "server=binding-only", "a--r" }, { "server=same-ip", "a--a" }, { "server=silent", "----" },
		{ "tcp=drop", "----" }, { "server=late-all", "aaaa" }, { "server=ok,family=6", "aaaa" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char met[5] = "";

		start(rows[i].spec);
		for (unsigned e = 0; e < 4; e++) {
			natsonde_us began = door.now(door.ctx);

			assert_int_equal(connect_from(e, e, 45000), NATSONDE_OK);
			ask(e, endpoint(e), NATSONDE_CHANGE_NONE, 1);
			wait_for(4 * NATSONDE_S);
			met[e] = event.kind == NATSONDE_EVENT_RECEIVED ? 'a' : event.kind == NATSONDE_EVENT_CLOSED ? 'r' : '-';
			if (met[e] == 'r')
				assert_int_equal(door.now(door.ctx) - began, 20 * NATSONDE_MS);
			assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
		}
		assert_string_equal(met, rows[i].expected);
	}
}

static void nobody_listens_elsewhere(void **state)
{
	(void)state;
	start("");
	a1p1.port = 80;
	open_slot(0, NATSONDE_TCP);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_CLOSED);
	assert_int_equal(event.slot, 0);
	assert_true(natsonde_addr_equal(&event.peer, &a1p1));
	assert_true(natsonde_addr_parse_ip("198.51.100.254", &a1p1));
	open_slot(0, NATSONDE_TCP);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
	/* Nor does the NAT: a connection to its own external address goes nowhere, and no socket hears of it. */
	start("hairpin=external,filtering=eif");
	open_slot(0, NATSONDE_UDP);
	ask(0, a1p1, NATSONDE_CHANGE_NONE, 1);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_RECEIVED);
	a1p1 = answer.xor_mapped;
	open_slot(1, NATSONDE_TCP);
	assert_int_equal(wait_for(NATSONDE_S), NATSONDE_EVENT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(connections_share_a_port),
		cmocka_unit_test(udp_and_tcp_do_not_meet_in_the_nat),
		cmocka_unit_test(servers_refuse_or_stay_silent),
		cmocka_unit_test(nobody_listens_elsewhere)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
