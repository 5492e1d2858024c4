/* ICMP errors are soft evidence: about one probe, and never the last word. */
#include "answer_fixture.h"

static void icmp(const char *to, const uint8_t *quoted, size_t len)
{
	struct natsonde_addr addr = address(to);

	natsonde_engine_on_icmp(&engine, now, natsonde_questions[p->question].socket, &addr, 3, 13, quoted, len);
}

/* Where enough is quoted, the id says which probe it is about: not the newest, but this one. */
static void icmp_that_quotes_the_id(void **state)
{
	uint8_t quoted[NATSONDE_STUN_HEADER] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};

	(void)state;
	ask_nobody(NATSONDE_Q_FILTER_BOTH); /* the first of several to the same address from the same socket */
	memcpy(quoted + 8, p->tid, sizeof(p->tid));
	icmp(SERVER, quoted, sizeof(quoted));
	assert_int_equal(p->outcome, NATSONDE_UNREACHABLE);
	assert_int_equal(p->icmp_type, 3);
	assert_int_equal(p->icmp_code, 13);
	assert_int_equal(count_probes(NATSONDE_UNREACHABLE), 1);
	icmp(SERVER, quoted, sizeof(quoted));
	quoted[19] ^= 1;
	icmp(SERVER, quoted, sizeof(quoted));
	assert_int_equal(count_probes(NATSONDE_UNREACHABLE), 1);
	/* It is soft evidence: whatever comes later is better. */
	deliver(OTHER, answer());
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
}

/* RFC 1122 section 3.2.2 promises eight bytes of UDP, which quote nothing of ours. */
static void icmp_that_quotes_little(void **state)
{
	(void)state;
	for (size_t len = 0; len < NATSONDE_STUN_HEADER; len += 8) {
		static const uint8_t quoted[NATSONDE_STUN_HEADER];

		ask_nobody(NATSONDE_Q_MAP_A1P1);
		icmp("203.0.113.99:3478", quoted, len);
		icmp(A1P2, quoted, len);
		assert_int_equal(count_probes(NATSONDE_UNREACHABLE), 0);
		icmp(SERVER, quoted, len);
		assert_int_equal(count_probes(NATSONDE_UNREACHABLE), 1);
		assert_int_equal(p->outcome, NATSONDE_UNREACHABLE);
	}
}

static void icmp_never_ends_an_answered_probe(void **state)
{
	uint8_t quoted[NATSONDE_STUN_HEADER] = {0, 1};

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	deliver(SERVER, answer());
	memcpy(quoted + 8, p->tid, sizeof(p->tid));
	icmp(SERVER, quoted, sizeof(quoted));
	icmp(SERVER, quoted, 8);
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
	assert_int_equal(count_probes(NATSONDE_UNREACHABLE), 0);
}

static void refuses_all(const struct deed *d)
{
	struct arrival *a = add_arrival(rtt, d->action.transport == NATSONDE_TCP ? NATSONDE_EVENT_CLOSED : NATSONDE_EVENT_ICMP,
					d->action.slot, d->action.to);

	a->event.icmp_type = a->event.icmp_code = 3;
}

/* Nobody there, and somebody who says so: no need to wait for four seconds. */
static void refused_by_all(void **state)
{
	(void)state;
	prepare(SERVER);
	world = refuses_all;
	run();
	assert_int_equal(ev->end, NATSONDE_END_NO_ANSWER);
	assert_true(now - BEGAN < 3 * NATSONDE_S);
	assert_true(n_sent <= 12);
	assert_int_equal(natsonde_judge_server(ev, 0).reason, NATSONDE_SERVER_WHY_REFUSED);
	assert_int_equal(count_probes(NATSONDE_UNREACHABLE), ev->n_probes); /* the TCP connection that was refused among them */
	assert_int_equal(judged(NATSONDE_P2P).verdict, NATSONDE_UNKNOWN);
}

static void first_copies_meet_icmp(const struct deed *d)
{
	if (d->at < BEGAN + 50 * NATSONDE_MS)
		refuses_all(d);
	else
		honest(d);
}

/* The router here was not ready yet, say: no reason to leave the alternates unasked. */
static void icmp_in_the_beginning_ends_nothing(void **state)
{
	(void)state;
	prepare(SERVER);
	world = first_copies_meet_icmp;
	run();
	assert_int_equal(ev->end, NATSONDE_END_DECIDED);
	assert_true(count_probes(NATSONDE_UNREACHABLE) > 0);
	assert_int_equal(judged(NATSONDE_MAPPING).verdict, NATSONDE_ENDPOINT_INDEPENDENT);
	assert_int_equal(judged(NATSONDE_FILTERING).verdict, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icmp_that_quotes_the_id),
		cmocka_unit_test(icmp_that_quotes_little),
		cmocka_unit_test(icmp_never_ends_an_answered_probe),
		cmocka_unit_test(refused_by_all),
		cmocka_unit_test(icmp_in_the_beginning_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
