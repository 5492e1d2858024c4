/* NATs and networks that mislead: port conflicts, address pools, filters that look at the host, a NAT behind the NAT, UDP that
 * is stopped. What cannot be known is not said. */
#include "expect.h"

static struct world w;

static void run(const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);

	w.n_servers = 1;
	world_run_spec(&w, &spec);
	expect_truth_or_nothing(&w, &spec, text);
}

/* Another host holds the port toward one endpoint: RFC 5780's own tests would read address-dependent, or miss it. */
static void sees_through_a_port_conflict(void **state)
{
	static const char *const specs[] = {"conflict=a2p1", "conflict=a2p2", "conflict=a2p1,filtering=eif", "conflict=a2p2,filtering=adf",
					    "conflict=a2p1,ports=random", "conflict=a2p2,rtt=100,loss=5"};

	(void)state;
	for (unsigned i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		run(specs[i]);
		expect_verdict(&w, specs[i], NATSONDE_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED);
		assert_int_equal(w.verdicts.of[NATSONDE_MAPPING].reason, NATSONDE_WHY_SAME_AFTER_CONFLICT);
	}
}

/* Behind an address-dependent mapping the conflict makes four different ports, as if the destination's port mattered too: the second
 * socket has met no conflict, and is asked about two ports of one address. */
static void does_not_take_a_conflict_for_a_dependence_on_the_port(void **state)
{
	static const char *const conflicts[] = {"a2p1", "a2p2"};
	char text[120];

	(void)state;
	for (unsigned i = 0; i < 2 * 3 * 2; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,conflict=%s", i / 6 == 0 ? "adm" : "apdm", expect_filterings[i / 2 % 3],
			 conflicts[i % 2]);
		run(text);
		expect_verdict(&w, text, NATSONDE_MAPPING,
			       i / 6 == 0 ? NATSONDE_ADDRESS_DEPENDENT : NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED);
	}
}

/* The IP differs, the port is equal: that is another way out, not a mapping that depends on the destination. */
static void tells_an_address_pool_from_a_dependence(void **state)
{
	(void)state;
	run("mapping=eim,pool=4,pooling=arbitrary");
	expect_verdict(&w, "arbitrary pool", NATSONDE_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY);
	assert_int_equal(w.verdicts.of[NATSONDE_MAPPING].reason, NATSONDE_WHY_SEVERAL_EGRESS);
	run("mapping=apdm,pool=4,pooling=arbitrary");
	expect_verdict(&w, "arbitrary pool, ports kept", NATSONDE_MAPPING, NATSONDE_UNSTABLE, NATSONDE_VERIFIED);
	assert_int_equal(w.verdicts.of[NATSONDE_MAPPING].reason, NATSONDE_WHY_IP_VARIES);
	expect_verdict(&w, "arbitrary pool, ports kept", NATSONDE_P2P, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	run("mapping=apdm,pool=4,pooling=paired");
	expect_verdict(&w, "paired pool", NATSONDE_MAPPING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED);
}

/* Each flow, or each destination, takes one of the uplinks. Whether all four endpoints were reached by one or not, what is called
 * verified is so; where the ways out are told apart by the IP alone, the mapping is never called dependent. */
static void tells_uplinks_from_a_dependence(void **state)
{
	static const char *const ports[] = {"preserved", "random", "sequential"}, *const balances[] = {"flow", "destination"};
	unsigned unstable = 0;
	char text[160];

	(void)state;
	for (unsigned i = 0; i < 3 * 3 * 2 * 3 * 30; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,ports=%s,balance=%s,uplinks=%u,seed=%u", expect_mappings[i % 3],
			 expect_filterings[i / 3 % 3], ports[i / 9 % 3], balances[i / 27 % 2], 2 + i / 54 % 2, i);
		run(text);
		unstable += w.verdicts.of[NATSONDE_MAPPING].reason == NATSONDE_WHY_IP_VARIES;
	}
	assert_true(unstable > 100);
}

/* And another host on the mapping socket's port: the second socket's answers differ because its flows took other ways out. That bears
 * no witness to what the conflict has made of the first one's. */
static void takes_no_uplink_for_a_witness(void **state)
{
	static const char *const specs[] = {"mapping=eim,ports=random,uplinks=2,conflict=a2p1", "mapping=eim,ports=random,uplinks=4,conflict=a2p1",
					    "mapping=adm,ports=random,uplinks=2,conflict=a2p2"};
	char text[160];

	(void)state;
	for (unsigned i = 0; i < 3 * 200; i++) {
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "%s,seed=%u", specs[i % 3], i / 3);
		spec = world_spec(text);
		w.n_servers = 1;
		world_run_spec(&w, &spec);
		if (w.verdicts.of[NATSONDE_MAPPING].certainty == NATSONDE_VERIFIED)
			expect_truth_or_nothing(&w, &spec, text);
	}
}

/* Linux without an input filter: a changed reply that the filter stops goes to the router itself and occupies the port toward its
 * sender. RFC 5780 on one socket would read [p, q, q, q]; a socket that never asks for changed replies meets nothing of it. */
static void is_not_misled_by_an_open_wan_input(void **state)
{
	char text[120];

	(void)state;
	for (unsigned i = 0; i < 3 * 3 * 4; i++) {
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,ports=%s,wan-input=open", expect_mappings[i % 3],
			 expect_filterings[i / 3 % 3], i / 9 % 2 == 0 ? "preserved" : "random");
		spec = world_spec(text);
		run(text);
		for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++)
			expect_verdict(&w, text, b, expect_truth(b, &spec), NATSONDE_VERIFIED);
	}
}

/* A port that is forwarded to this host is open to everybody: for that port it is the truth. It says nothing of a port that the NAT
 * chose by itself. */
static void finds_a_forwarded_port_open(void **state)
{
	char text[120];

	(void)state;
	for (unsigned i = 0; i < 3 * 3; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,forward=yes", expect_mappings[i % 3], expect_filterings[i / 3]);
		world_run(&w, text);
		/* Of a mapping that depends on the destination only the first one has the forwarded port: that is the one tested. */
		expect_verdict(&w, text, NATSONDE_FILTERING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED);
		strcat(text, ",ports=random");
		run(text);
	}
}

/* Twenty runs in a row, each in what the others have left behind: twenty equal verdicts. */
static void says_the_same_twenty_times(void **state)
{
	char text[120];

	(void)state;
	for (unsigned c = 0; c < 12; c++) {
		struct natsonde_sim_spec spec;
		struct natsonde_sim *sim;

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,lifetime=30", expect_mappings[c % 4], expect_filterings[c / 4]);
		spec = world_spec(text);
		sim = natsonde_sim_start(&spec);
		for (unsigned i = 0; i < 20; i++) {
			struct natsonde_door door = natsonde_sim_door(sim);
			struct natsonde_event event;

			world_run_on(&w, sim, &spec);
			for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++)
				expect_verdict(&w, text, b, expect_truth(b, &spec), NATSONDE_VERIFIED);
			door.wait(door.ctx, door.now(door.ctx) + 3 * NATSONDE_S, &event);
		}
	}
}

/* The same where chance draws the ports of earlier runs again and again: a filter socket must never have the port of a mapping or
 * control socket, whose doors toward the alternates are still open. */
static void meets_no_door_of_an_earlier_run(void **state)
{
	char text[120];

	(void)state;
	w.few_ports = 12;
	for (unsigned c = 0; c < 12; c++) {
		struct natsonde_sim_spec spec;
		struct natsonde_sim *sim;

		snprintf(text, sizeof(text), "mapping=%s,filtering=%s", expect_mappings[c % 4], expect_filterings[c / 4]);
		spec = world_spec(text);
		sim = natsonde_sim_start(&spec);
		for (unsigned i = 0; i < 20; i++) {
			world_run_on(&w, sim, &spec);
			for (enum natsonde_behaviour b = NATSONDE_NAT; b <= NATSONDE_FILTERING; b++)
				expect_verdict(&w, text, b, expect_truth(b, &spec), NATSONDE_VERIFIED);
		}
	}
	w.few_ports = 0;
}

/* With a port of the caller's choice, the second run's filter socket has the port of the first one's control socket, and meets the
 * doors that it opened: so nothing is verified there. */
static void is_never_sure_on_a_port_that_was_used_before(void **state)
{
	struct natsonde_sim_spec spec = world_spec("filtering=apdf");
	struct natsonde_sim *sim = natsonde_sim_start(&spec);

	(void)state;
	w.n_servers = 1;
	for (w.local_port = 40000; w.local_port < 40002; w.local_port++) {
		world_run_on(&w, sim, &spec);
		expect_verdict(&w, "fixed port", NATSONDE_NAT, NATSONDE_PRESENT, NATSONDE_VERIFIED);
		assert_int_not_equal(w.verdicts.of[NATSONDE_MAPPING].certainty, NATSONDE_VERIFIED);
		assert_int_not_equal(w.verdicts.of[NATSONDE_FILTERING].certainty, NATSONDE_VERIFIED);
	}
	w.local_port = 0;
}

static void never_calls_a_pooled_mapping_wrong(void **state)
{
	char text[120];

	(void)state;
	for (unsigned i = 0; i < 3 * 4 * 2 * 20; i++) {
		snprintf(text, sizeof(text), "mapping=%s,ports=%s,pool=%u,pooling=arbitrary,seed=%u", expect_mappings[i % 3],
			 i / 3 % 4 == 0 ? "preserved" : i / 3 % 4 == 1 ? "sequential" : i / 3 % 4 == 2 ? "random" : "overloaded",
			 i / 12 % 2 == 0 ? 2u : 8u, i / 24);
		run(text);
	}
}

/* A filter keyed on the host opens for the filter socket when another socket speaks to the alternate. */
static void suspects_a_host_keyed_filter(void **state)
{
	static const char *const filterings[] = {"adf", "apdf"};
	static const char *const mappings[] = {"eim", "adm", "apdm", "none"};
	char text[120];

	(void)state;
	for (unsigned i = 0; i < 2 * 4 * 3; i++) {
		snprintf(text, sizeof(text), "mapping=%s,filtering=%s,filter-key=host,rtt=%u", mappings[i / 2 % 4], filterings[i % 2],
			 i / 8 == 0 ? 20u : i / 8 == 1 ? 100u : 300u);
		run(text);
		expect_verdict(&w, text, NATSONDE_FILTERING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
		assert_int_equal(w.verdicts.of[NATSONDE_FILTERING].reason, NATSONDE_WHY_HOST_KEYED);
	}
	run("filtering=eif,filter-key=host");
	expect_verdict(&w, "host-keyed eif", NATSONDE_FILTERING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED);
}

/* Of two NATs in a row the peers see the stricter one: the outer one here is endpoint-independent, and filters all it can. */
static void measures_two_nats_as_one(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char text[120];
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,filtering=eif,nats=2", expect_mappings[i]);
		spec = world_spec(text);
		world_run_spec(&w, &spec);
		expect_verdict(&w, text, NATSONDE_MAPPING, expect_truth(NATSONDE_MAPPING, &spec), NATSONDE_VERIFIED);
		expect_verdict(&w, text, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED);
	}
}

static void tells_blocked_udp_from_nobody_there(void **state)
{
	(void)state;
	run("udp=drop");
	expect_verdict(&w, "udp=drop", NATSONDE_P2P, NATSONDE_BLOCKED, NATSONDE_LIKELY);
	run("udp=reject");
	expect_verdict(&w, "udp=reject", NATSONDE_P2P, NATSONDE_BLOCKED, NATSONDE_VERIFIED);
	assert_int_equal(natsonde_engine_evidence(&w.engine)->probes[0].outcome, NATSONDE_UNREACHABLE);
	run("udp=drop,tcp=drop");
	expect_verdict(&w, "udp=drop,tcp=drop", NATSONDE_P2P, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(natsonde_engine_evidence(&w.engine)->end, NATSONDE_END_NO_ANSWER);
	run("udp=reject,tcp=reject");
	expect_verdict(&w, "udp=reject,tcp=reject", NATSONDE_P2P, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	/* All that can refuse has refused: there is nothing to wait for. */
	assert_true(natsonde_engine_evidence(&w.engine)->now_us < 2000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_through_a_port_conflict),
		cmocka_unit_test(does_not_take_a_conflict_for_a_dependence_on_the_port),
		cmocka_unit_test(tells_an_address_pool_from_a_dependence),
		cmocka_unit_test(tells_uplinks_from_a_dependence),
		cmocka_unit_test(takes_no_uplink_for_a_witness),
		cmocka_unit_test(is_not_misled_by_an_open_wan_input),
		cmocka_unit_test(finds_a_forwarded_port_open),
		cmocka_unit_test(says_the_same_twenty_times),
		cmocka_unit_test(meets_no_door_of_an_earlier_run),
		cmocka_unit_test(is_never_sure_on_a_port_that_was_used_before),
		cmocka_unit_test(never_calls_a_pooled_mapping_wrong),
		cmocka_unit_test(suspects_a_host_keyed_filter),
		cmocka_unit_test(measures_two_nats_as_one),
		cmocka_unit_test(tells_blocked_udp_from_nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
