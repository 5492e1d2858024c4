/* How a NAT gives ports: what goes in must come out, or nothing. */
#include "expect.h"

static struct world w;

static const struct natsonde_finding *found(void)
{
	return &w.verdicts.of[NATSONDE_PORTS];
}

static void run(const char *text)
{
	w.tests = NATSONDE_TEST(NATSONDE_PORTS);
	world_run(&w, text);
}

static void expect_found(const char *text, enum natsonde_verdict verdict)
{
	expect_verdict(&w, text, NATSONDE_PORTS, verdict, NATSONDE_VERIFIED);
	assert_int_equal(w.verdicts.ports.sockets, 16);
	assert_int_equal(natsonde_engine_evidence(&w.engine)->end, NATSONDE_END_DECIDED);
}

/* --- One path, nothing lost --- */

static const char *const mappings[] = {"eim", "adm", "apdm"};

static void sees_that_ports_are_kept(void **state)
{
	static const char *const texts[] = {"", "mapping=adm", "mapping=apdm", "ports=overloaded", "mapping=none,filtering=apdf",
					    "nats=2", "pool=4", "family=6", "rtt=300,jitter=100", "dup=30"};

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		run(texts[i]);
		expect_found(texts[i], NATSONDE_PRESERVED);
		assert_int_equal(w.verdicts.ports.preserved_percent, 100);
		assert_int_equal(w.verdicts.ports.parity, NATSONDE_ANSWER_YES);
		assert_int_equal(w.verdicts.ports.contiguity, NATSONDE_ANSWER_YES);
		assert_int_equal(w.verdicts.ports.guess, 1);
		assert_int_equal(w.verdicts.ports.pooling, NATSONDE_POOLING_SINGLE);
	}
}

static void says_so_where_nothing_translates(void **state)
{
	(void)state;
	run("mapping=none,filtering=eif");
	expect_found("mapping=none", NATSONDE_PRESERVED);
	assert_int_equal(found()->reason, NATSONDE_WHY_NOT_TRANSLATED);
}

static void counts_the_step(void **state)
{
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 3 * 40; i++) {
		unsigned step = i % 40 < 20 ? i % 40 + 1 : 255 - i % 40;

		snprintf(text, sizeof(text), "ports=sequential,step=%u,mapping=%s,seed=%u,jitter=50", step, mappings[i / 40],
			 i + 1);
		run(text);
		expect_found(text, NATSONDE_SEQUENTIAL);
		assert_int_equal(w.verdicts.ports.step, step);
		assert_int_equal(w.verdicts.ports.guess, 1);
		assert_int_equal(w.verdicts.ports.preserved_percent, 0);
		assert_int_equal(w.verdicts.ports.parity, NATSONDE_ANSWER_NO);
		assert_int_equal(w.verdicts.ports.contiguity, NATSONDE_ANSWER_NO);
	}
}

/* However soon the block comes to its end. */
static void counts_the_step_round_a_block(void **state)
{
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		unsigned step = i % 4 == 0 ? 37 : i % 10 + 1;

		snprintf(text, sizeof(text), "ports=sequential,step=%u,block=%u,seed=%u", step, i % 4 == 0 ? 128u : 1024u, i + 1);
		run(text);
		expect_found(text, NATSONDE_SEQUENTIAL);
		assert_int_equal(w.verdicts.ports.step, step);
	}
}

static void sees_that_ports_are_random(void **state)
{
	char text[100];
	unsigned likely = 0;

	(void)state;
	for (unsigned i = 0; i < 90; i++) {
		snprintf(text, sizeof(text), "ports=random,mapping=%s,seed=%u", mappings[i % 3], i + 1);
		run(text);
		likely += found()->certainty == NATSONDE_LIKELY;
		assert_int_equal(found()->verdict, NATSONDE_RANDOM);
		assert_int_equal(w.verdicts.ports.parity, NATSONDE_ANSWER_NO);
		assert_int_equal(w.verdicts.ports.contiguity, NATSONDE_ANSWER_NO);
		if (found()->certainty == NATSONDE_VERIFIED)
			assert_int_equal(w.verdicts.ports.guess, 32256);
	}
	assert_true(likely <= 1);
}

static void measures_a_block(void **state)
{
	static const unsigned blocks[] = {32, 64, 128, 256, 512, 1000, 1024, 2048, 4096, 8192};
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 90; i++) {
		unsigned block = blocks[i % 10];

		snprintf(text, sizeof(text), "ports=random,block=%u,mapping=%s,seed=%u", block, mappings[i % 3], i + 1);
		run(text);
		expect_found(text, NATSONDE_BLOCK);
		assert_true(w.verdicts.ports.high - w.verdicts.ports.low < (int)block);
		assert_in_range(w.verdicts.ports.guess, block / 4, block * 5 / 8);
	}
}

/* A range that is too long for a block and too short for all ports: nothing is promised. */
static void is_not_sure_of_a_large_block(void **state)
{
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "ports=random,block=%u,seed=%u", i % 2 == 0 ? 16384u : 28232u, i + 1);
		run(text);
		assert_true(found()->verdict == NATSONDE_BLOCK || found()->certainty == NATSONDE_LIKELY);
	}
}

static void sees_a_set_of_ports(void **state)
{
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 90; i++) {
		snprintf(text, sizeof(text), "ports=set,mapping=%s,seed=%u", mappings[i % 3], i + 1);
		run(text);
		expect_found(text, NATSONDE_SET);
		assert_int_equal(w.verdicts.ports.guess, 120); /* half of 15 runs of 16 */
	}
}

static void sees_parity(void **state)
{
	static const char *const texts[] = {"ports=random", "ports=random,block=512", "ports=sequential,step=1",
					    "ports=sequential,step=3", "ports=set"};
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "%s,parity=yes,seed=%u", texts[i % 5], i + 1);
		run(text);
		assert_int_equal(w.verdicts.ports.parity, NATSONDE_ANSWER_YES);
		assert_int_not_equal(found()->verdict, NATSONDE_UNKNOWN);
	}
}

static void sees_how_addresses_are_pooled(void **state)
{
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		bool is_arbitrary = i % 2 == 1;

		snprintf(text, sizeof(text), "ports=%s,pool=%u,pooling=%s,seed=%u", i % 4 < 2 ? "random" : "preserved", i % 3 + 2,
			 is_arbitrary ? "arbitrary" : "paired", i + 1);
		run(text);
		assert_int_equal(w.verdicts.ports.pooling, is_arbitrary ? NATSONDE_POOLING_ARBITRARY : NATSONDE_POOLING_SINGLE);
		if (i % 4 >= 2)
			expect_found(text, NATSONDE_PRESERVED);
		else if (found()->verdict != NATSONDE_RANDOM)
			assert_int_equal(found()->reason, NATSONDE_WHY_ADDRESSES_DIFFER);
	}
}

/* --- Loss --- */

static enum natsonde_verdict truth_of(const struct natsonde_sim_spec *spec)
{
	if (spec->mapping == NATSONDE_NONE || spec->ports == NATSONDE_PORTS_PRESERVED || spec->ports == NATSONDE_PORTS_OVERLOADED)
		return NATSONDE_PRESERVED;
	if (spec->ports == NATSONDE_PORTS_SEQUENTIAL)
		return NATSONDE_SEQUENTIAL;
	if (spec->ports == NATSONDE_PORTS_SET)
		return NATSONDE_SET;
	return spec->block != 0 ? NATSONDE_BLOCK : NATSONDE_RANDOM;
}

static const char *const all_ports[] = {"preserved", "overloaded", "sequential,step=1", "sequential,step=2", "sequential,step=3",
					"random", "random,block=128", "random,block=2048", "set", "sequential,parity=yes",
					"random,parity=yes"};
#define ALL_PORTS (sizeof(all_ports) / sizeof(all_ports[0]))

static void run_lossy(const char *path, unsigned seeds, unsigned unknown_percent_max)
{
	unsigned unknown = 0, runs = 3 * ALL_PORTS * seeds;
	char text[160];

	for (unsigned i = 0; i < runs; i++) {
		struct natsonde_sim_spec spec;

		snprintf(text, sizeof(text), "mapping=%s,ports=%s,%s,seed=%u", mappings[i % 3], all_ports[i / 3 % ALL_PORTS], path,
			 i + 1);
		spec = world_spec(text);
		run(text);
		unknown += found()->verdict == NATSONDE_UNKNOWN;
		if (found()->verdict != NATSONDE_UNKNOWN && found()->verdict != truth_of(&spec))
			expect_complain(&w, text, "a wrong verdict");
		if ((found()->verdict == NATSONDE_UNKNOWN) != (found()->certainty == NATSONDE_CERTAINTY_NONE))
			expect_complain(&w, text, "verdict and certainty do not fit");
	}
	if (unknown * 100 > runs * unknown_percent_max)
		fail_msg("%u of %u runs with %s without a verdict", unknown, runs, path);
}

static void is_never_wrong_at_5_percent_loss(void **state)
{
	(void)state;
	run_lossy("loss=5,jitter=20", 10, 1);
}

static void is_never_wrong_at_20_percent_loss(void **state)
{
	(void)state;
	run_lossy("loss=20,rtt=20", 15, 1);
	run_lossy("loss=20,rtt=150,jitter=60", 5, 1);
}

static void is_never_wrong_in_bursts(void **state)
{
	(void)state;
	run_lossy("loss=10,burst=5", 5, 20);
}

static void is_never_wrong_with_three_sockets(void **state)
{
	(void)state;
	w.max_open = 3;
	run_lossy("loss=0", 3, 0);
	run_lossy("loss=20", 3, 1);
	w.max_open = 0;
}

/* --- What it asks of this host and of others --- */

/* Each socket has a port of its own that nothing else had, in pairs as RFC 4787 section 4.2.3 wants them. */
static void takes_fresh_ports_in_pairs(void **state)
{
	const struct natsonde_evidence *ev;
	unsigned partners = 0;

	(void)state;
	run("");
	ev = natsonde_engine_evidence(&w.engine);
	for (unsigned i = 0; i < ev->n_probes; i++)
		for (unsigned k = 0; k < i; k++) {
			const struct natsonde_probe *p = &ev->probes[i], *q = &ev->probes[k];

			if (p->question != NATSONDE_Q_SAMPLE || p->socket == q->socket)
				continue;
			assert_int_not_equal(p->local, q->local);
			partners += q->question == NATSONDE_Q_SAMPLE &&
				    (ev->addrs[p->local].port ^ ev->addrs[q->local].port) == 1;
		}
	assert_int_equal(partners, 8);
}

static void takes_ports_of_the_range_it_is_given(void **state)
{
	static const struct { uint16_t low, high; uint8_t sockets; } ranges[] = {
		{5000, 5099, 16}, {600, 615, 16}, {7001, 7016, 14}, {9, 9, 0}
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct natsonde_evidence *ev = &w.engine.ev;

		w.port_low = ranges[i].low;
		w.port_high = ranges[i].high;
		run("loss=5,seed=4");
		for (unsigned k = 0; k < ev->n_probes; k++)
			if (ev->probes[k].question == NATSONDE_Q_SAMPLE)
				assert_in_range(ev->addrs[ev->probes[k].local].port, w.port_low, w.port_high);
		assert_int_equal(w.verdicts.ports.sockets, ranges[i].sockets);
	}
	assert_int_equal(found()->verdict, NATSONDE_UNKNOWN);
	assert_int_equal(found()->reason, NATSONDE_WHY_TOO_FEW_SOCKETS);
	w.port_low = w.port_high = 0;
}

static void asks_the_next_server_where_one_falls_silent(void **state)
{
	(void)state;
	w.n_servers = 2;
	run("server=rate-limit+ok,ports=random,seed=3");
	w.n_servers = 0;
	assert_int_equal(w.verdicts.ports.sockets, 16);
	assert_int_equal(found()->verdict, NATSONDE_RANDOM);
}

static void believes_no_server_that_lies(void **state)
{
	static const char *const texts[] = {"server=wrong-mapped", "server=random-mapped", "server=silent", "udp=drop"};

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		run(texts[i]);
		assert_int_equal(found()->verdict, NATSONDE_UNKNOWN);
		assert_int_not_equal(found()->reason, NATSONDE_WHY_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_that_ports_are_kept),
		cmocka_unit_test(says_so_where_nothing_translates),
		cmocka_unit_test(counts_the_step),
		cmocka_unit_test(counts_the_step_round_a_block),
		cmocka_unit_test(sees_that_ports_are_random),
		cmocka_unit_test(measures_a_block),
		cmocka_unit_test(is_not_sure_of_a_large_block),
		cmocka_unit_test(sees_a_set_of_ports),
		cmocka_unit_test(sees_parity),
		cmocka_unit_test(sees_how_addresses_are_pooled),
		cmocka_unit_test(is_never_wrong_at_5_percent_loss),
		cmocka_unit_test(is_never_wrong_at_20_percent_loss),
		cmocka_unit_test(is_never_wrong_in_bursts),
		cmocka_unit_test(is_never_wrong_with_three_sockets),
		cmocka_unit_test(takes_fresh_ports_in_pairs),
		cmocka_unit_test(takes_ports_of_the_range_it_is_given),
		cmocka_unit_test(asks_the_next_server_where_one_falls_silent),
		cmocka_unit_test(believes_no_server_that_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
