/* Who rewrites addresses inside of packets: two ways to say the same, and a FINGERPRINT as the second witness. */
#include <natsonde/names.h>

#include "evidence_fixture.h"

#define REWRITTEN "10.0.0.2:50002"

/* plain: what MAPPED-ADDRESS says beside XOR-MAPPED-ADDRESS; NULL: there is none. */
static struct natsonde_probe *answer(const char *plain)
{
	struct natsonde_probe *p = probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);

	p->mapped_plain = plain != NULL ? address_id(plain) : 0;
	return p;
}

static void expect(const char *what, enum natsonde_verdict verdict, enum natsonde_certainty certainty, enum natsonde_reason reason)
{
	struct natsonde_finding f = judged(NATSONDE_ALG);

	if (f.verdict != verdict || f.certainty != certainty || f.reason != reason)
		fail_msg("%s: got %s (%s), %s", what, natsonde_verdict_name((enum natsonde_verdict)f.verdict),
			 natsonde_certainty_name((enum natsonde_certainty)f.certainty),
			 natsonde_reason_sentence((enum natsonde_reason)f.reason));
}

static void what_is_said_twice(void **state)
{
	(void)state;
	begin();
	expect("nothing asked", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NO_ANSWER);
	answer(NULL);
	expect("said once", NATSONDE_NOT_AVAILABLE, NATSONDE_VERIFIED, NATSONDE_WHY_NO_MAPPED);
	answer(OUTSIDE);
	expect("said alike", NATSONDE_NONE, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_ALIKE);
	answer(REWRITTEN);
	expect("said otherwise", NATSONDE_REWRITES, NATSONDE_LIKELY, NATSONDE_WHY_MAPPED_REWRITTEN);
	probe(NATSONDE_Q_MAP_A2P1)->is_tampered = true;
	expect("and the second witness", NATSONDE_REWRITES, NATSONDE_VERIFIED, NATSONDE_WHY_FINGERPRINT_BROKEN);
}

static void old_server_says_it_once(void **state)
{
	(void)state;
	begin();
	answer(OUTSIDE)->is_unprotected = true;
	expect("MAPPED-ADDRESS alone", NATSONDE_NOT_AVAILABLE, NATSONDE_VERIFIED, NATSONDE_WHY_NO_MAPPED);
}

/* Every answer was changed on the way: none of them is one, but that says who changes them. And UDP is not what is blocked. */
static void nothing_but_broken_fingerprints(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1)->is_tampered = true;
	ev.servers[0].noise = 1;
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
	ev.end = NATSONDE_END_NO_ANSWER;
	expect("broken", NATSONDE_REWRITES, NATSONDE_LIKELY, NATSONDE_WHY_FINGERPRINT_BROKEN);
	assert_int_equal(judged(NATSONDE_P2P).verdict, NATSONDE_UNKNOWN);
	assert_int_equal(judged(NATSONDE_MAPPING).verdict, NATSONDE_UNKNOWN);
}

static void what_cannot_be_true_says_nothing(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = "192.0.2.1:40001");
	expect("liar", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_MAPPED_UNTRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_twice),
		cmocka_unit_test(old_server_says_it_once),
		cmocka_unit_test(nothing_but_broken_fingerprints),
		cmocka_unit_test(what_cannot_be_true_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
