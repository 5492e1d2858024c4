/* Where the two peers of the hairpin test may send: only where a server's word can be true and does nobody else harm. */
#include "evidence_fixture.h"

#include "core/behaviour/behaviour.h"

static struct natsonde_want want;

/* What is asked next once both peers were told their mapping. */
static void ask(void)
{
	static const struct natsonde_plan plan = {
		.family = NATSONDE_IPV4, .tests = NATSONDE_TEST(NATSONDE_HAIRPIN), .timeout = 10 * NATSONDE_S
	};

	memset(&want, 0, sizeof(want));
	want.ev = &ev;
	want.plan = &plan;
	want.when_us = want.wake_us = NATSONDE_NOT_YET_US;
	natsonde_hairpin_ask(&want);
}

/* A client at HOST, told these mappings by a server there. */
static void tell(const char *server, const char *mapped, const char *mapped_of_other)
{
	begin_bare();
	add_server(server, NULL);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_PEER_MAP, .socket = 6, .mapped = mapped)->instance = 1;
	probe(NATSONDE_Q_PEER_MAP, .socket = 7, .mapped = mapped_of_other)->instance = 2;
}

static void speaks_to_what_is_outside(void **state)
{
	(void)state;
	tell(SERVER, "192.0.2.1:40001", "192.0.2.1:40002");
	ask();
	assert_int_equal(want.question, NATSONDE_Q_PEER_HAIR);
	assert_int_not_equal(want.when_us, NATSONDE_NOT_YET_US);
	/* A server in a private network may well see private addresses. */
	tell("172.16.0.1:3478", "172.16.0.9:40001", "172.16.0.9:40002");
	ask();
	assert_int_equal(want.question, NATSONDE_Q_PEER_HAIR);
	assert_int_not_equal(want.when_us, NATSONDE_NOT_YET_US);
}

static void sends_nothing_where_a_lie_would_lead_it(void **state)
{
	static const char *const lies[] = {
		"192.168.7.7:40001", "100.64.0.1:40001", "169.254.1.1:40001", /* somebody's network, not this server's */
		"127.0.0.1:40001",
		"224.0.0.251:5353", "255.255.255.255:40001", "0.0.0.0:40001", /* many, or nobody */
		"192.0.2.1:0",
		"[2001:db8::1]:40001",
	};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(lies) / sizeof(lies[0]); i++) {
		struct natsonde_verdicts verdicts;
		struct natsonde_draft f = {.basis = NULL};

		/* Told to either of the two. */
		tell(SERVER, i % 2 == 0 ? lies[i / 2] : "192.0.2.1:40002", i % 2 == 0 ? "192.0.2.1:40002" : lies[i / 2]);
		ask();
		if (want.when_us != NATSONDE_NOT_YET_US && want.question == NATSONDE_Q_PEER_HAIR)
			fail_msg("sends to %s", lies[i / 2]);
		natsonde_judge(&ev, &verdicts);
		natsonde_hairpin_judge(&ev, &verdicts, &f);
		if (f.verdict != NATSONDE_UNKNOWN || f.reason != NATSONDE_WHY_MAPPED_UNTRUE)
			fail_msg("%s: verdict %d, reason %d", lies[i / 2], f.verdict, f.reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speaks_to_what_is_outside),
		cmocka_unit_test(sends_nothing_where_a_lie_would_lead_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
