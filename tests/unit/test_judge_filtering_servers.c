/* What several servers say of the filter together. */
#include "filtering_fixture.h"

/* The certainty with which one more server says something. */
static void server_says(enum natsonde_verdict verdict, enum natsonde_certainty certainty)
{
	unsigned s = ev.n_servers, net = 10 * s + 10;
	char own[NATSONDE_ADDR_TEXT], other[NATSONDE_ADDR_TEXT];

	snprintf(own, sizeof(own), "198.51.100.%u:3478", net);
	snprintf(other, sizeof(other), "198.51.100.%u:3479", net + 1);
	add_server(own, other);
	first_copies_of(s);
	if (verdict == EIF && certainty == NATSONDE_VERIFIED)
		probe(BOTH, .server = s, .mapped = "192.0.2.1:39000", .rtt_ms = 1); /* before anything goes to the alternate */
	if (verdict == APDF)
		silent_copies_of(s, PORT, ENOUGH);
	alternates_of(s, certainty == NATSONDE_LIKELY);
	if (verdict == EIF && certainty == NATSONDE_LIKELY) {
		for (unsigned i = 0; i < 3; i++)
			probe(NATSONDE_Q_FILTER_PLAIN, .server = s);
		probe(BOTH, .server = s, .mapped = "192.0.2.1:39000");
	}
	if (verdict == APDF && certainty == NATSONDE_LIKELY)
		probe(NATSONDE_Q_CONTROL_PORT, .server = s, .outcome = NATSONDE_ERROR, .code = 420, .response_port = 41001,
		      .refuses_response_port = true);
	if (verdict == APDF && certainty == NATSONDE_VERIFIED)
		probe(NATSONDE_Q_CONTROL_PORT, .server = s, .mapped = "192.0.2.1:41000");
}

static void servers_agree_or_contradict(void **state)
{
	(void)state;
	begin_bare();
	server_says(APDF, NATSONDE_VERIFIED);
	server_says(APDF, NATSONDE_VERIFIED);
	expect("agree", APDF, NATSONDE_VERIFIED, NATSONDE_WHY_NOTHING_CHANGED_CAME);
	begin_bare();
	server_says(APDF, NATSONDE_VERIFIED);
	server_says(EIF, NATSONDE_VERIFIED);
	expect("contradict", NO_VERDICT, NATSONDE_WHY_SERVERS_DISAGREE);
	begin_bare();
	server_says(EIF, NATSONDE_LIKELY);
	expect("likely", EIF, NATSONDE_LIKELY, NATSONDE_WHY_CAME_LATE);
	server_says(APDF, NATSONDE_VERIFIED);
	expect("verified after likely", APDF, NATSONDE_VERIFIED, NATSONDE_WHY_NOTHING_CHANGED_CAME);
	begin_bare();
	server_says(APDF, NATSONDE_VERIFIED);
	server_says(EIF, NATSONDE_LIKELY);
	expect("verified before likely", APDF, NATSONDE_VERIFIED, NATSONDE_WHY_NOTHING_CHANGED_CAME);
}

/* Two likely verdicts that differ leave it open; a verified one settles it, wherever it stands. */
static void verified_settles_it_in_any_order(void **state)
{
	(void)state;
	for (unsigned verified = 0; verified < 3; verified++) {
		begin_bare();
		for (unsigned s = 0; s < 3; s++)
			if (s == verified)
				server_says(APDF, NATSONDE_VERIFIED);
			else
				server_says(s == (verified + 1) % 3 ? APDF : EIF, NATSONDE_LIKELY);
		expect(verified == 0 ? "first" : verified == 1 ? "second" : "third", APDF, NATSONDE_VERIFIED,
		       NATSONDE_WHY_NOTHING_CHANGED_CAME);
	}
}

/* A server that is not there must not put its word in the place of one that is. */
static void silent_server_does_not_speak_for_another(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .server = 0);
	probe(BOTH, .server = 0);
	add_server("198.51.100.20:3478", "198.51.100.21:3479");
	first_copies_of(1);
	silent_copies_of(1, PORT, 2);
	expect("second server", NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_agree_or_contradict),
		cmocka_unit_test(verified_settles_it_in_any_order),
		cmocka_unit_test(silent_server_does_not_speak_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
