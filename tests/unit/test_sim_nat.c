/* The simulated NAT alone: what its spec says is what its packets show (RFC 4787). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_nat.h"

/* Which ports are equal shows the mapping behaviour: the first of A1P1, A2P1, A2P2, A1P2 that each one equals. */
static const struct { const char *mapping, *pattern; } mapping_rows[] = {
	{ "eim", "0000" }, { "adm", "0110" }, { "apdm", "0123" }, { "none", "0000" }
};
/* Who comes in after one packet to A1P1: from A1P1, A1P2, A2P1, A2P2. */
static const struct { const char *filtering, *lets_in; } filtering_rows[] = {
	{ "eif", "yyyy" }, { "adf", "yynn" }, { "apdf", "ynnn" }
};
static const char *const port_rows[] = { "preserved", "sequential", "random", "overloaded" };

static void build_row(size_t m, size_t f, size_t p)
{
	char text[96] = "mapping=";

	strcat(text, mapping_rows[m].mapping);
	strcat(strcat(text, ",filtering="), filtering_rows[f].filtering);
	strcat(strcat(text, ",ports="), port_rows[p]);
	build(text);
}

static void check_row(size_t m, size_t f, size_t p)
{
	const struct natsonde_addr mapping_order[] = { A1P1, A2P1, A2P2, A1P2 };
	const struct natsonde_addr filter_order[] = { A1P1, A1P2, A2P1, A2P2 };
	struct natsonde_addr mapped[4], first;
	char pattern[5] = "", lets_in[5] = "";

	build_row(m, f, p);
	first = out(0, HOST, A1P1);
	for (unsigned i = 0; i < 4; i++)
		lets_in[i] = in(1, filter_order[i], first, HOST) ? 'y' : 'n';
	assert_string_equal(lets_in, filtering_rows[f].lets_in);

	for (unsigned i = 0; i < 4; i++) {
		unsigned equal = 0;

		mapped[i] = out(2, HOST, mapping_order[i]);
		while (!same(mapped[equal], mapped[i]))
			equal++;
		pattern[i] = (char)('0' + equal);
	}
	assert_string_equal(pattern, mapping_rows[m].pattern);
	assert_true(same(mapped[0], first));
	assert_int_equal(natsonde_addr_same_ip(&first, &(struct natsonde_addr){ .family = 4, .ip = { 192, 168, 1, 2 } }),
			 strcmp(mapping_rows[m].mapping, "none") == 0);
	/* What was sent to may answer, through the mapping that it was sent by. */
	for (unsigned i = 0; i < 4; i++)
		assert_true(in(3, mapping_order[i], mapped[i], HOST));
}

static void what_goes_in_comes_out(void **state)
{
	(void)state;
	for (size_t m = 0; m < 4; m++)
		for (size_t f = 0; f < 3; f++)
			for (size_t p = 0; p < 4; p++)
				check_row(m, f, p);
}

static void nothing_comes_in_uninvited(void **state)
{
	(void)state;
	build("filtering=eif");
	assert_false(in(0, A1P1, at("192.0.2.1", 40001), HOST));
	/* Without translation and without a filter there is nothing in the way. */
	build("mapping=none,filtering=eif");
	assert_true(in(0, A1P1, HOST, HOST));
	build("mapping=none,filtering=adf");
	assert_false(in(0, A1P1, HOST, HOST));
}

static void filter_keyed_on_the_host(void **state)
{
	struct natsonde_addr mapped;

	(void)state;
	build("filter-key=endpoint");
	mapped = out(0, HOST, A1P1);
	out(0, at("192.168.1.2", 5000), A2P2);
	assert_false(in(1, A2P2, mapped, HOST));

	build("filter-key=host");
	mapped = out(0, HOST, A1P1);
	assert_false(in(1, A2P2, mapped, HOST));
	out(1, at("192.168.1.2", 5000), A2P2);
	assert_true(in(2, A2P2, mapped, HOST));
	assert_false(in(2, A2P1, mapped, HOST));
	/* The opener's mapping has expired; this one has not. */
	out(100 * NATSONDE_S, HOST, A1P1);
	assert_false(in(150 * NATSONDE_S, A2P2, mapped, HOST));
}

static void only_outbound_packets_refresh(void **state)
{
	struct natsonde_addr mapped;

	(void)state;
	build("lifetime=30,refresh=outbound");
	mapped = out(0, HOST, A1P1);
	assert_true(in(29 * NATSONDE_S, A1P1, mapped, HOST));
	assert_false(in(30 * NATSONDE_S, A1P1, mapped, HOST));
	out(40 * NATSONDE_S, HOST, A1P1);
	out(60 * NATSONDE_S, HOST, A1P1);
	assert_true(in(89 * NATSONDE_S, A1P1, mapped, HOST));
	assert_false(in(90 * NATSONDE_S, A1P1, mapped, HOST));

	build("lifetime=30,refresh=both");
	mapped = out(0, HOST, A1P1);
	assert_true(in(29 * NATSONDE_S, A1P1, mapped, HOST));
	/* What the filter stops refreshes nothing (RFC 7857 section 7). */
	assert_false(in(50 * NATSONDE_S, A2P1, mapped, HOST));
	assert_true(in(58 * NATSONDE_S, A1P1, mapped, HOST));
	assert_false(in(88 * NATSONDE_S, A1P1, mapped, HOST));
}

static void an_expired_mapping_comes_back_empty(void **state)
{
	struct natsonde_addr before, after;

	(void)state;
	build("ports=random,lifetime=30");
	before = out(0, HOST, A1P1);
	after = out(31 * NATSONDE_S, HOST, A2P2);
	assert_false(same(before, after));
	assert_false(in(31 * NATSONDE_S, A1P1, before, HOST));
	assert_false(in(31 * NATSONDE_S, A1P1, after, HOST));
}

static void streams_live_longer(void **state)
{
	struct natsonde_addr mapped;

	(void)state;
	/* One question, one answer within 2 s: not a stream. */
	build("lifetime=30,stream-lifetime=120");
	mapped = out(0, HOST, A1P1);
	assert_true(in(1 * NATSONDE_S, A1P1, mapped, HOST));
	assert_false(in(31 * NATSONDE_S, A1P1, mapped, HOST));
	/* Both directions, and still talking after 2 s. */
	build("lifetime=30,stream-lifetime=120");
	mapped = out(0, HOST, A1P1);
	assert_true(in(1 * NATSONDE_S, A1P1, mapped, HOST));
	out(3 * NATSONDE_S, HOST, A1P1);
	assert_true(in(122 * NATSONDE_S, A1P1, mapped, HOST));
	assert_false(in(123 * NATSONDE_S, A1P1, mapped, HOST));
	/* One direction alone is no stream, however long. */
	build("lifetime=30,stream-lifetime=120");
	mapped = out(0, HOST, A1P1);
	out(3 * NATSONDE_S, HOST, A1P1);
	assert_false(in(33 * NATSONDE_S, A1P1, mapped, HOST));
}

/* The ports seen by A1P1, A2P1, A2P2, A1P2 in that order, as letters. */
static void check_conflict(struct natsonde_addr disputed, struct natsonde_addr host, const char *expected)
{
	const struct natsonde_addr order[] = { A1P1, A2P1, A2P2, A1P2 };
	struct natsonde_addr first = { 0 };
	char seen[5] = "";

	natsonde_nat_set_conflict(&nat, &disputed);
	for (unsigned i = 0; i < 4; i++) {
		struct natsonde_addr mapped = out(0, host, order[i]);

		if (i == 0)
			first = mapped;
		seen[i] = same(mapped, first) ? 'p' : 'q';
		assert_true(in(1, order[i], mapped, host));
	}
	assert_string_equal(seen, expected);
	/* Destinations keep their port. */
	assert_true(same(out(2, host, A1P1), first));
}

static void a_conflict_moves_one_endpoint(void **state)
{
	struct natsonde_addr disputed = A2P1;

	(void)state;
	build("");
	check_conflict(A2P1, HOST, "pqqq");
	check_conflict(A2P1, at("192.168.1.2", 40002), "pppp");
	build("ports=random");
	check_conflict(A2P2, HOST, "ppqq");
	check_conflict(A2P2, at("192.168.1.2", 40002), "pppp");
	/* Even the first packet of all cannot have the port that another host holds there. */
	build("");
	natsonde_nat_set_conflict(&nat, &disputed);
	assert_int_not_equal(out(0, HOST, A2P1).port, 40001);
	/* Nothing is translated, so nothing is in conflict. */
	build("mapping=none");
	check_conflict(A2P1, HOST, "pppp");
}

static void hairpin(void **state)
{
	struct natsonde_addr peer = at("192.168.1.2", 6000), mapped, seen;

	(void)state;
	build("hairpin=no,filtering=eif");
	mapped = out(0, peer, A1P1);
	assert_true(natsonde_nat_owns(&nat, &mapped));
	assert_false(turns(0, HOST, mapped, peer, &seen));

	build("hairpin=external,filtering=eif");
	mapped = out(0, peer, A1P1);
	assert_true(turns(0, HOST, mapped, peer, &seen));
	assert_true(same(seen, at("192.0.2.1", 40001)));

	build("hairpin=internal,filtering=eif");
	mapped = out(0, peer, A1P1);
	assert_true(turns(0, HOST, mapped, peer, &seen));
	assert_true(same(seen, HOST));
}

static void the_filter_applies_to_hairpins(void **state)
{
	struct natsonde_addr peer = at("192.168.1.2", 6000), host_outside, peer_outside, seen;

	(void)state;
	build("hairpin=external,filtering=apdf");
	host_outside = out(0, HOST, A1P1);
	peer_outside = out(0, peer, A1P1);
	assert_false(turns(0, HOST, peer_outside, peer, &seen));
	/* The first packet has opened the way back. */
	assert_true(turns(0, peer, host_outside, HOST, &seen));
	assert_true(turns(0, HOST, peer_outside, peer, &seen));
}

static void families_are_served_when_asked(void **state)
{
	struct natsonde_addr src = at("fd00:1::2", 40001), dst = at("2001:db8:5::10", 3478), external = at("2001:db8:2::ff", 0);

	(void)state;
	build("pool=2,pooling=paired,filtering=eif");
	assert_true(is_refused(0, src, dst));
	natsonde_nat_add_external(&nat, &external);
	assert_false(same(out(0, src, dst), out(0, HOST, A1P1)));
	assert_true(owns("2001:db8:2::ff"));
	assert_true(owns("2001:db8:2::100"));
	assert_false(owns("2001:db8:2::101"));
	assert_true(in(1, dst, out(0, src, dst), src));
	/* Each family has ports of its own. */
	build("");
	natsonde_nat_add_external(&nat, &external);
	assert_int_equal(out(0, src, dst).port, 40001);
	assert_int_equal(out(0, HOST, A1P1).port, 40001);
}

/* Two ways out: the flow or the destination decides which, the port is kept, and replies come back by the way they were asked. */
static void uplinks_share_the_flows(void **state)
{
	static const char *const specs[] = { "uplinks=2,balance=flow", "uplinks=2,balance=destination" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		bool has_taken[2] = { false, false };

		build(specs[i]);
		for (uint8_t last = 10; last < 40; last++) {
			struct natsonde_addr peer = at("203.0.113.0", 3478), other_port, mapped;

			peer.ip[3] = last;
			other_port = peer;
			other_port.port = 3479;
			mapped = out(0, HOST, peer);
			assert_int_equal(mapped.port, HOST.port);
			assert_in_range(mapped.ip[3], 1, 2);
			has_taken[mapped.ip[3] - 1] = true;
			assert_true(same(out(1, HOST, peer), mapped));
			assert_true(in(1, peer, mapped, HOST));
			if (i == 1)
				assert_true(same(out(1, HOST, other_port), mapped));
		}
		assert_true(has_taken[0] && has_taken[1]);
		assert_true(owns("192.0.2.1") && owns("192.0.2.2") && !owns("192.0.2.3"));
	}
}

/* Linux, lab: filtering and then mapping on one socket, [p, q, q, q], where the router takes unsolicited packets for its own. */
static void an_open_wan_input_occupies_ports(void **state)
{
	struct natsonde_addr p, q;

	(void)state;
	for (unsigned is_open = 0; is_open < 2; is_open++) {
		build(is_open ? "wan-input=open" : "wan-input=closed");
		p = out(0, HOST, A1P1);
		assert_false(in(1, A2P2, p, HOST));
		assert_false(in(1, A2P1, p, HOST));
		assert_true(same(out(2, HOST, A1P1), p));
		q = out(2, HOST, A2P1);
		assert_int_equal(same(p, q), !is_open);
		assert_true(same(out(2, HOST, A2P2), q));
		assert_true(same(out(2, HOST, A1P2), q));
		/* Other ports of this host have met nothing. */
		assert_int_equal(out(3, at("192.168.1.2", 40002), A2P1).port, 40002);
	}
	/* Conntrack forgets what is not answered. */
	build("wan-input=open");
	p = out(0, HOST, A1P1);
	assert_false(in(1, A2P1, p, HOST));
	assert_true(same(out(31 * NATSONDE_S, HOST, A2P1), p));
}

static void a_forwarded_port_lets_everybody_in(void **state)
{
	struct natsonde_addr mapped;

	(void)state;
	build("forward=yes");
	mapped = out(0, HOST, A1P1);
	assert_true(in(1, A2P2, mapped, HOST));
	/* Only the port that was kept is forwarded. */
	build("forward=yes,ports=random");
	mapped = out(0, HOST, A1P1);
	assert_int_not_equal(mapped.port, HOST.port);
	assert_false(in(1, A2P2, mapped, HOST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(nothing_comes_in_uninvited),
		cmocka_unit_test(filter_keyed_on_the_host),
		cmocka_unit_test(only_outbound_packets_refresh),
		cmocka_unit_test(an_expired_mapping_comes_back_empty),
		cmocka_unit_test(streams_live_longer),
		cmocka_unit_test(a_conflict_moves_one_endpoint),
		cmocka_unit_test(uplinks_share_the_flows),
		cmocka_unit_test(an_open_wan_input_occupies_ports),
		cmocka_unit_test(a_forwarded_port_lets_everybody_in),
		cmocka_unit_test(hairpin),
		cmocka_unit_test(the_filter_applies_to_hairpins),
		cmocka_unit_test(families_are_served_when_asked)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
