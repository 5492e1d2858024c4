/* Mapping over TCP: what goes in must come out, whatever the same NAT does to UDP. */
#include "faults.h"
#include "sim/net.h"

#define TESTS NATSONDE_TEST(NATSONDE_TCP_MAPPING)
#define EACH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const tcp_mappings[] = {"as-udp", "eim", "adm", "apdm"};
static struct world w;

static const struct natsonde_finding *found(void)
{
	return &w.verdicts.of[NATSONDE_TCP_MAPPING];
}

static enum natsonde_verdict truth(const struct natsonde_sim_spec *spec)
{
	if (spec->mapping == NATSONDE_NONE)
		return NATSONDE_ENDPOINT_INDEPENDENT;
	return (enum natsonde_verdict)(spec->tcp_mapping == NATSONDE_UNKNOWN ? spec->mapping : spec->tcp_mapping);
}

static void run(const char *text)
{
	w.tests = TESTS;
	world_run(&w, text);
}

static void run_clean(const char *extra, unsigned max_open)
{
	static const char *const ports[] = {"preserved", "sequential", "random", "overloaded"};
	char text[200];

	w.max_open = max_open;
	for (unsigned m = 0; m < EACH(expect_mappings); m++)
		for (unsigned t = 0; t < EACH(tcp_mappings); t++)
			for (unsigned p = 0; p < EACH(ports); p++) {
				struct natsonde_sim_spec spec;

				snprintf(text, sizeof(text), "mapping=%s,tcp-mapping=%s,ports=%s,%s", expect_mappings[m],
					 tcp_mappings[t], ports[p], extra);
				spec = world_spec(text);
				run(text);
				expect_verdict(&w, text, NATSONDE_TCP_MAPPING, truth(&spec), NATSONDE_VERIFIED);
				assert_int_equal(natsonde_engine_evidence(&w.engine)->end, NATSONDE_END_DECIDED);
			}
	w.max_open = 0;
}

static void finds_all_classes(void **state)
{
	(void)state;
	run_clean("rtt=20", 0);
	run_clean("rtt=300,jitter=100", 0);
}

static void finds_all_classes_over_ipv6(void **state)
{
	(void)state;
	run_clean("family=6", 0);
}

static void finds_all_classes_behind_a_second_nat(void **state)
{
	(void)state;
	run_clean("nats=2", 0);
}

/* Then the fourth connection costs the first, and none that waits for its answer. */
static void finds_all_classes_with_three_sockets(void **state)
{
	(void)state;
	run_clean("rtt=20", 3);
	run_clean("rtt=300,nats=2", 3);
}

static void is_right_or_says_nothing(const char *text, const struct natsonde_sim_spec *spec)
{
	static const struct natsonde_basis no_basis;
	enum natsonde_verdict verdict = (enum natsonde_verdict)found()->verdict;

	/* "No translation" may be a router's word, where no server says it in a way that routers cannot rewrite. */
	bool is_hearsay = found()->reason == NATSONDE_WHY_MAPPED_UNPROTECTED && found()->certainty == NATSONDE_LIKELY;

	if (!expect_is_silent(verdict) && !expect_is_true(verdict, truth(spec)) && !is_hearsay)
		expect_complain(&w, text, "a wrong verdict");
	if ((verdict == NATSONDE_UNKNOWN) != (found()->certainty == NATSONDE_CERTAINTY_NONE) ||
	    found()->reason == NATSONDE_WHY_NONE)
		expect_complain(&w, text, "verdict, certainty and reason do not fit");
	if (verdict != NATSONDE_UNKNOWN && memcmp(&found()->basis, &no_basis, sizeof(no_basis)) == 0)
		expect_complain(&w, text, "a verdict without a basis");
}

static void is_never_wrong_on_a_lossy_path(void **state)
{
	static const char *const paths[] = {"loss=5", "loss=20", "loss=10,burst=5", "loss=20,jitter=50,dup=10"};
	unsigned verified = 0, runs = 0;
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 1600; i++) {
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,tcp-mapping=%s,ports=random,nats=%u,%s,seed=%u", expect_mappings[i % 4],
			 tcp_mappings[i / 4 % 4], 1 + i / 64 % 2, paths[i / 16 % 4], i);
		spec = world_spec(text);
		w.max_open = i % 3 == 0 ? 3 : 0;
		run(text);
		is_right_or_says_nothing(text, &spec);
		verified += found()->certainty == NATSONDE_VERIFIED;
		runs++;
	}
	w.max_open = 0;
	assert_true(verified * 20 > runs * 19);
}

/* Servers with faults, alone and with a sound one behind them, and NATs that have several ways out. */
static void is_never_wrong_with_bad_servers(void **state)
{
	static const char *const more[] = {"", "+ok", "+binding-only"};
	static const char *const nats[] = {"nats=1", "pool=4,pooling=arbitrary", "uplinks=2", "uplinks=3,balance=destination",
					   "alg=rewrites"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < FAULTS * EACH(more) * EACH(nats) * 16; i++) {
		unsigned fault = i / 16 % FAULTS, servers = i / 16 / FAULTS % EACH(more);
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,tcp-mapping=%s,ports=random,server=%s%s,%s,seed=%u",
			 expect_mappings[i % 4], tcp_mappings[i / 4 % 4], faults[fault].name, more[servers],
			 nats[i / 16 / FAULTS / EACH(more)], i);
		spec = world_spec(text);
		w.n_servers = servers == 0 ? 1 : 2;
		run(text);
		is_right_or_says_nothing(text, &spec);
	}
	w.n_servers = 0;
}

static void says_why_nothing_is_known(void **state)
{
	(void)state;
	run("tcp=drop");
	expect_verdict(&w, "tcp=drop", NATSONDE_TCP_MAPPING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(found()->reason, NATSONDE_WHY_TCP_NO_ANSWER);
	assert_true(natsonde_engine_evidence(&w.engine)->now_us < 4000000);
	run("tcp=reject");
	assert_int_equal(found()->reason, NATSONDE_WHY_TCP_NO_ANSWER);
	assert_true(natsonde_engine_evidence(&w.engine)->now_us < 1000000);
	run("server=binding-only");
	assert_int_equal(found()->verdict, NATSONDE_UNKNOWN);
	assert_int_equal(found()->reason, NATSONDE_WHY_TCP_TOO_FEW);
	run("udp=drop");
	assert_int_equal(found()->reason, NATSONDE_WHY_NO_ANSWER);
	run("server=random-mapped,mapping=apdm");
	assert_int_equal(found()->verdict, NATSONDE_UNKNOWN);
	assert_int_equal(found()->reason, NATSONDE_WHY_MAPPED_UNTRUE);
}

/* Two of them tell that a mapping depends on the destination; on which part of it is not known. */
static void plain_servers_tell_some(void **state)
{
	(void)state;
	w.n_servers = 2;
	run("mapping=eim,tcp-mapping=apdm,server=binding-only+binding-only");
	expect_verdict(&w, "apdm", NATSONDE_TCP_MAPPING, NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_VERIFIED);
	run("mapping=apdm,tcp-mapping=eim,server=binding-only+binding-only");
	expect_verdict(&w, "eim", NATSONDE_TCP_MAPPING, NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY);
	assert_int_equal(found()->reason, NATSONDE_WHY_SAME_ON_ONE_PORT);
	w.n_servers = 0;
}

/* Toward one endpoint the port of the first local port is taken. Asked in three or fewer places, that reads as a behaviour. */
static void a_conflict_is_no_behaviour(void **state)
{
	static const char *const classes[] = {"eim", "adm", "apdm"};
	char text[80];

	(void)state;
	w.tests = TESTS;
	for (unsigned i = 0; i < EACH(classes) * NATSONDE_ENDPOINTS; i++) {
		struct natsonde_sim_spec spec;
		struct natsonde_addr disputed;
		struct natsonde_sim *sim;

		snprintf(text, sizeof(text), "mapping=%s,seed=%u", classes[i / NATSONDE_ENDPOINTS], i);
		spec = world_spec(text);
		sim = natsonde_sim_start(&spec);
		disputed = natsonde_sim_server_at(&sim->families[0].servers[0], i & 1, i >> 1 & 1);
		natsonde_nat_set_conflict(&sim->chains[NATSONDE_TCP].nats[0], &disputed);
		world_run_on(&w, sim, &spec);
		expect_verdict(&w, text, NATSONDE_TCP_MAPPING, truth(&spec), NATSONDE_VERIFIED);
	}
}

/* A host whose stack gives a port to one connection alone. */
static enum natsonde_fault (*open_any)(void *ctx, unsigned slot, enum natsonde_transport transport,
				       const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local);
static uint16_t used[64];
static unsigned n_used;

static enum natsonde_fault open_once(void *ctx, unsigned slot, enum natsonde_transport transport,
				     const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local)
{
	for (unsigned i = 0; i < n_used && transport == NATSONDE_TCP; i++)
		if (used[i] == port)
			return NATSONDE_FAULT_PORT_TAKEN;
	if (transport == NATSONDE_TCP)
		used[n_used++ % EACH(used)] = port;
	return open_any(ctx, slot, transport, toward, port, local);
}

static void a_port_for_one_connection_tells_nothing(void **state)
{
	struct natsonde_sim_spec spec = world_spec("mapping=apdm");
	struct natsonde_sim *sim = natsonde_sim_start(&spec);
	struct natsonde_door door = natsonde_sim_door(sim);
	struct natsonde_plan plan = {.family = NATSONDE_IPV4, .tests = TESTS, .further = &natsonde_further_tests, .n_servers = 1,
				     .timeout = 60 * NATSONDE_S};
	struct natsonde_random random = {door.random, door.ctx};
	struct natsonde_engine *engine = &w.engine;

	(void)state;
	open_any = door.open;
	door.open = open_once;
	natsonde_sim_resolve(sim, 0, NATSONDE_IPV4, 3478, &plan.servers[0].addr);
	natsonde_engine_init(engine, &plan, random, w.probes, NATSONDE_PROBES_MAX, w.addrs, NATSONDE_ADDRS_MAX);
	natsonde_drive(&engine, 1, &door);
	natsonde_judge_all(natsonde_engine_evidence(engine), &w.verdicts);
	assert_int_equal(natsonde_engine_evidence(engine)->end, NATSONDE_END_DECIDED);
	assert_int_equal(found()->verdict, NATSONDE_UNKNOWN);
	assert_int_equal(found()->reason, NATSONDE_WHY_TCP_PORT_TAKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all_classes),
		cmocka_unit_test(finds_all_classes_over_ipv6),
		cmocka_unit_test(finds_all_classes_behind_a_second_nat),
		cmocka_unit_test(finds_all_classes_with_three_sockets),
		cmocka_unit_test(is_never_wrong_on_a_lossy_path),
		cmocka_unit_test(is_never_wrong_with_bad_servers),
		cmocka_unit_test(says_why_nothing_is_known),
		cmocka_unit_test(plain_servers_tell_some),
		cmocka_unit_test(a_conflict_is_no_behaviour),
		cmocka_unit_test(a_port_for_one_connection_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
