/* Lifetimes that go in come out, between the two rungs next to them; what refreshes a mapping, too. */
#include "expect.h"

#include "core/ladder.h"

static struct world w;

static void run(unsigned n_servers, unsigned max_open, uint16_t max_lifetime_s, const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);

	w.tests = NATSONDE_TEST(NATSONDE_LIFETIME);
	w.n_servers = n_servers;
	w.max_open = max_open;
	w.max_lifetime_s = max_lifetime_s;
	world_run_spec(&w, &spec);
}

/* alive and dead are in tenths of a second, and packets take their time. */
static bool brackets(const struct natsonde_span *span, unsigned lifetime_s)
{
	return span->alive_ds <= 10 * lifetime_s && span->dead_ds != 0 && span->dead_ds + 1u >= 10 * lifetime_s;
}

static unsigned step_ds(const struct natsonde_span *span)
{
	return (unsigned)span->dead_ds - span->alive_ds;
}

static void expect_lifetimes(const char *text, unsigned exchange_s, unsigned stream_s, bool is_exact)
{
	const struct natsonde_lifetime_facts *facts = &w.verdicts.lifetime;
	unsigned wide_ds = exchange_s < 20 ? 11 : exchange_s + 1, stream_ds = stream_s < 20 ? 11 : stream_s + 1;

	if (w.verdicts.of[NATSONDE_LIFETIME].verdict != NATSONDE_MEASURED || !brackets(&facts->exchange, exchange_s) ||
	    !brackets(&facts->stream, stream_s))
		expect_complain(&w, text, "a lifetime that is not the NAT's");
	if (is_exact && (step_ds(&facts->exchange) > wide_ds || step_ds(&facts->stream) > stream_ds))
		expect_complain(&w, text, "further apart than a step");
	assert_in_range(facts->keepalive_s, 0, exchange_s < stream_s ? exchange_s : stream_s);
}

static const struct { unsigned exchange_s, stream_s; } lifetimes[] = {
	{2, 9}, {6, 12}, {6, 6}, {15, 40}, {20, 20}, {30, 120}, {30, 10}, {61, 180}, {200, 299}
};
#define LIFETIMES (sizeof(lifetimes) / sizeof(lifetimes[0]))

static void brackets_what_the_nat_does(void **state)
{
	static const char *const nats[] = {"mapping=eim", "mapping=adm,ports=random", "mapping=apdm,filtering=eif", "mapping=none",
					   "mapping=eim,filtering=adf,nats=2", "mapping=apdm,family=6"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < LIFETIMES * 6; i++) {
		snprintf(text, sizeof(text), "%s,lifetime=%u,stream-lifetime=%u", nats[i % 6], lifetimes[i / 6].exchange_s,
			 lifetimes[i / 6].stream_s);
		run(3, 0, 330, text);
		expect_lifetimes(text, lifetimes[i / 6].exchange_s, lifetimes[i / 6].stream_s, true);
		/* A stream that dies before an exchange does is looked for from above, which takes packets. */
		if (lifetimes[i / 6].stream_s >= lifetimes[i / 6].exchange_s)
			expect_verdict(&w, text, NATSONDE_LIFETIME, NATSONDE_MEASURED, NATSONDE_VERIFIED);
	}
}

/* Whatever is lost: a verdict that says that it is measured is right. */
static void is_not_wrong_on_a_lossy_path(void **state)
{
	static const char *const paths[] = {"loss=5", "loss=20", "loss=10,burst=5", "jitter=30,dup=20"};
	unsigned measured = 0;
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		unsigned which = i / 4 % 5;

		snprintf(text, sizeof(text), "%s,seed=%u,lifetime=%u,stream-lifetime=%u,refresh=%s", paths[i % 4], i,
			 lifetimes[which].exchange_s, lifetimes[which].stream_s, i % 2 ? "both" : "outbound");
		run(2, 0, 100, text);
		if (w.verdicts.of[NATSONDE_LIFETIME].verdict == NATSONDE_UNKNOWN)
			continue;
		expect_lifetimes(text, lifetimes[which].exchange_s, lifetimes[which].stream_s, false);
		assert_int_not_equal(w.verdicts.lifetime.refresh_in, i % 2 ? NATSONDE_ANSWER_NO : NATSONDE_ANSWER_YES);
		assert_int_not_equal(w.verdicts.lifetime.refresh_out, NATSONDE_ANSWER_NO);
		measured++;
	}
	assert_in_range(measured, 50, 60);
}

/* Answers that come after the next copy has left, and servers that only turn out to be able to when others were taken: the run ends,
 * and what it calls verified is so. */
static void is_not_confused_by_late_answers(void **state)
{
	static const char *const specs[] = {"server=late-all+late-all", "jitter=1500", "rtt=1000,jitter=1500", "server=late-all+ok,loss=20,burst=5",
					    "server=ok+late-all,loss=20,ports=sequential"};
	char text[200];

	(void)state;
	for (unsigned i = 0; i < 5 * 20; i++) {
		snprintf(text, sizeof(text), "lifetime=4,stream-lifetime=7,ports=random,%s,seed=%u", specs[i % 5], i / 5);
		run(i % 5 == 1 ? 1 : 2, 0, 20, text);
		if (w.verdicts.of[NATSONDE_LIFETIME].certainty == NATSONDE_VERIFIED)
			expect_lifetimes(text, 4, 7, false);
		assert_true(w.verdicts.lifetime.exchange.alive_ds <= 210);
	}
}

/* A packet that the server sends three seconds late meets a mapping that is three seconds older: that measures nothing. */
static void takes_no_slow_server(void **state)
{
	(void)state;
	run(1, 0, 20, "lifetime=4,stream-lifetime=7,server=late-all,ports=random");
	expect_verdict(&w, "slow", NATSONDE_LIFETIME, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(w.verdicts.of[NATSONDE_LIFETIME].reason, NATSONDE_WHY_TOO_SLOW);
	run(2, 0, 20, "lifetime=4,stream-lifetime=7,server=late-all+ok");
	expect_lifetimes("slow and fast", 4, 7, false);
}

static void tells_what_refreshes(void **state)
{
	(void)state;
	run(2, 0, 100, "lifetime=10,stream-lifetime=20,refresh=outbound");
	assert_int_equal(w.verdicts.lifetime.refresh_in, NATSONDE_ANSWER_NO);
	assert_int_equal(w.verdicts.lifetime.refresh_out, NATSONDE_ANSWER_YES);
	run(2, 0, 100, "lifetime=10,stream-lifetime=20,refresh=both");
	assert_int_equal(w.verdicts.lifetime.refresh_in, NATSONDE_ANSWER_YES);
	assert_int_equal(w.verdicts.lifetime.refresh_out, NATSONDE_ANSWER_YES);
}

/* What touches a mapping makes it a stream's: where that dies sooner, its death says nothing of refreshing. */
static void a_short_lived_stream_is_no_refusal_to_refresh(void **state)
{
	static const unsigned streams_s[] = {60, 90, 120, 150, 190, 200};
	char text[100];

	(void)state;
	for (unsigned i = 0; i < sizeof(streams_s) / sizeof(streams_s[0]) * 2; i++) {
		bool is_both = i % 2;

		snprintf(text, sizeof(text), "lifetime=200,stream-lifetime=%u,refresh=%s", streams_s[i / 2], is_both ? "both" : "outbound");
		run(2, 0, 330, text);
		expect_lifetimes(text, 200, streams_s[i / 2], false);
		assert_int_not_equal(w.verdicts.lifetime.refresh_in, is_both ? NATSONDE_ANSWER_NO : NATSONDE_ANSWER_YES);
		assert_int_not_equal(w.verdicts.lifetime.refresh_out, NATSONDE_ANSWER_NO);
	}
	assert_int_equal(w.verdicts.lifetime.refresh_out, NATSONDE_ANSWER_YES);
}

/* The lifetime and a step for each of the two ladders, where there are packets enough. */
static void takes_no_longer_than_it_must(void **state)
{
	(void)state;
	run(3, 0, 330, "lifetime=6,stream-lifetime=12");
	assert_in_range(natsonde_engine_evidence(&w.engine)->now_us, 18000000, 30000000);
}

static void climbs_with_three_sockets(void **state)
{
	(void)state;
	for (unsigned max_open = 3; max_open < 9; max_open++) {
		run(2, max_open, 60, "lifetime=6,stream-lifetime=12");
		expect_lifetimes("few sockets", 6, 12, true);
	}
}

static void beyond(void **state)
{
	(void)state;
	run(1, 0, 20, "lifetime=100");
	expect_verdict(&w, "lifetime=100", NATSONDE_LIFETIME, NATSONDE_BEYOND, NATSONDE_VERIFIED);
	/* A flow that lasts may live for shorter than a mapping that saw one exchange: then that is what counts. */
	run(1, 0, 20, "lifetime=100,stream-lifetime=5");
	expect_verdict(&w, "exchange beyond", NATSONDE_LIFETIME, NATSONDE_MEASURED, NATSONDE_VERIFIED);
	assert_int_equal(w.verdicts.lifetime.exchange.dead_ds, 0);
	assert_true(brackets(&w.verdicts.lifetime.stream, 5));
	assert_in_range(w.verdicts.lifetime.keepalive_s, 3, 5);
	run(1, 0, 20, "lifetime=10,stream-lifetime=100");
	expect_verdict(&w, "stream beyond", NATSONDE_LIFETIME, NATSONDE_MEASURED, NATSONDE_VERIFIED);
	assert_int_equal(w.verdicts.lifetime.stream.dead_ds, 0);
	assert_int_equal(w.verdicts.lifetime.stream.alive_ds, 200);
}

/* Without RESPONSE-PORT: another port is another mapping, where the NAT does not keep ports. */
static void without_response_port(void **state)
{
	(void)state;
	run(1, 0, 60, "ports=random,lifetime=6,stream-lifetime=12,server=no-response-port");
	assert_int_equal(natsonde_engine_evidence(&w.engine)->end, NATSONDE_END_DECIDED);
	assert_in_range(natsonde_engine_evidence(&w.engine)->now_us, 18000000, 150000000);
	expect_lifetimes("by port", 6, 12, true);
	expect_verdict(&w, "by port", NATSONDE_LIFETIME, NATSONDE_MEASURED, NATSONDE_LIKELY);
	run(1, 0, 60, "ports=preserved,lifetime=6,server=no-response-port");
	expect_verdict(&w, "ports kept", NATSONDE_LIFETIME, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(w.verdicts.of[NATSONDE_LIFETIME].reason, NATSONDE_WHY_NO_RESPONSE_PORT);
	run(2, 0, 60, "ports=preserved,lifetime=6,stream-lifetime=12,server=ignores-response-port+ok");
	expect_lifetimes("the second server can", 6, 12, true);
}

/* The answer would go to another external address. */
static void with_several_addresses(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 10; seed++) {
		char text[100];

		snprintf(text, sizeof(text), "pool=4,pooling=arbitrary,lifetime=6,stream-lifetime=12,seed=%u", seed);
		run(2, 0, 30, text);
		if (w.verdicts.of[NATSONDE_LIFETIME].verdict == NATSONDE_MEASURED)
			expect_lifetimes(text, 6, 12, false);
	}
}

static void run_with_filtering(const char *text)
{
	struct natsonde_sim_spec spec = world_spec(text);

	w.tests = NATSONDE_TEST(NATSONDE_LIFETIME) | NATSONDE_TEST(NATSONDE_FILTERING) | NATSONDE_TEST(NATSONDE_NAT);
	w.n_servers = 1;
	w.max_lifetime_s = 60;
	world_run_spec(&w, &spec);
}

static void where_nothing_can_die(void **state)
{
	(void)state;
	run_with_filtering("mapping=none,filtering=eif");
	expect_verdict(&w, "open", NATSONDE_LIFETIME, NATSONDE_BEYOND, NATSONDE_VERIFIED);
	assert_in_range(natsonde_engine_evidence(&w.engine)->now_us, 0, 1000000);
}

/* That nothing translates, or that nothing filters, may only seem so. */
static void where_it_only_seems_that_nothing_can_die(void **state)
{
	static const char *const nats[] = {"mapping=eim,filtering=eif,server=mapped-only,alg=rewrites,ports=random",
					   "mapping=none,filtering=adf,filter-key=host,loss=20"};
	char text[200];
	unsigned likely = 0;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "%s,lifetime=10,seed=%u", nats[i % 2], 1 + i / 2);
		run_with_filtering(text);
		likely += w.verdicts.of[NATSONDE_NAT].verdict == NATSONDE_NONE &&
			  w.verdicts.of[NATSONDE_FILTERING].verdict == NATSONDE_ENDPOINT_INDEPENDENT;
		if (w.verdicts.of[NATSONDE_LIFETIME].verdict == NATSONDE_BEYOND)
			expect_complain(&w, text, "a lifetime that ends after 10 s");
		if (w.verdicts.of[NATSONDE_LIFETIME].verdict == NATSONDE_MEASURED)
			expect_lifetimes(text, 10, 10, false);
	}
	assert_in_range(likely, 21, 40);
}

/* Evidence counts 71 minutes: what would have to be asked after that is not asked before. */
static void nothing_is_asked_before_its_time(void **state)
{
	const struct natsonde_evidence *ev = natsonde_engine_evidence(&w.engine);

	(void)state;
	for (unsigned servers = 1; servers <= 3; servers += 2) {
		run(servers, 0, 3600, "lifetime=5000");
		expect_verdict(&w, "an hour", NATSONDE_LIFETIME, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE);
		assert_int_equal(ev->end, NATSONDE_END_TIMEOUT);
		assert_in_range(w.verdicts.lifetime.exchange.alive_ds, 17000, 36000);
		for (unsigned i = 0; i < ev->n_probes; i++) {
			const struct natsonde_probe *set = &w.probes[i];

			for (unsigned a = i + 1; a < ev->n_probes && set->question == NATSONDE_Q_LIFE_SET && set->instance < 100; a++)
				if (w.probes[a].question == NATSONDE_Q_LIFE_ASK && w.probes[a].target == set->socket)
					assert_true(w.probes[a].sent_us - set->sent_us + 1000000 >=
						    natsonde_rung_seconds(set->instance - 1u, 3600) * 1000000);
		}
	}
	run(1, 0, 3600, "lifetime=100,ports=random,server=no-response-port");
	expect_lifetimes("by port", 100, 100, true);
}

/* Public servers ignore who sends more (stuntman's rate limit). */
static void sends_sixty_packets_in_two_minutes_at_the_most(void **state)
{
	const struct natsonde_evidence *ev;

	(void)state;
	run(1, 0, 330, "lifetime=30,stream-lifetime=120,loss=10");
	ev = natsonde_engine_evidence(&w.engine);
	for (unsigned i = 60; i < ev->n_probes; i++)
		assert_true(ev->probes[i].sent_us - ev->probes[i - 60].sent_us >= 119900000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brackets_what_the_nat_does),
		cmocka_unit_test(is_not_wrong_on_a_lossy_path),
		cmocka_unit_test(is_not_confused_by_late_answers),
		cmocka_unit_test(takes_no_slow_server),
		cmocka_unit_test(tells_what_refreshes),
		cmocka_unit_test(a_short_lived_stream_is_no_refusal_to_refresh),
		cmocka_unit_test(takes_no_longer_than_it_must),
		cmocka_unit_test(climbs_with_three_sockets),
		cmocka_unit_test(beyond),
		cmocka_unit_test(without_response_port),
		cmocka_unit_test(with_several_addresses),
		cmocka_unit_test(where_nothing_can_die),
		cmocka_unit_test(where_it_only_seems_that_nothing_can_die),
		cmocka_unit_test(nothing_is_asked_before_its_time),
		cmocka_unit_test(sends_sixty_packets_in_two_minutes_at_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
