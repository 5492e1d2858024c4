/* --expect: what is understood, what is refused, and when it holds. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "report_fixture.h"

#include "cli/expect.h"

static struct natsonde_complaint complaint;

static void test_what_is_understood(void **state)
{
	static const char *const good[] = {"mapping=eim", "mapping=endpoint-independent", "p2p=open/easy", "nat=none",
					   "filtering=eif/adf,nat=present",
					   "mapping=unstable", "mapping=eim,mapping=eim", "p2p=blocked",
					   "tcp=eim/apdm,hairpin=no,lifetime=measured/beyond,fragments=pass", "alg=none,intercept=none"};
	static const struct { const char *text, *named; } bad[] = {
		{"", "BEHAVIOUR=VERDICT"}, {"mapping", "BEHAVIOUR=VERDICT"}, {"Mapping=eim", "nat, mapping, filtering, p2p"},
		{"mapping=", "eim, adm, apdm"}, {"mapping=eif", "eim, adm, apdm"}, {"filtering=eim", "eif, adf, apdf"},
		{"p2p=open/", "too-hard"}, {"p2p=/open", "too-hard"}, {"nat=none,", "BEHAVIOUR=VERDICT"}, {"nat=unknown", "none, present"},
		{"nat = none", "BEHAVIOUR"}, {"=eim", "BEHAVIOUR"}, {"hairpin=none", "external, internal, no"}, {"ports=pass", "sequential"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct natsonde_expectations e = {.n = 0};

		assert_true(natsonde_expect_parse(good[i], &e, &complaint));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct natsonde_expectations e = {.n = 0};

		assert_false(natsonde_expect_parse(bad[i].text, &e, &complaint));
		if (!strstr(complaint.text, bad[i].named))
			fail_msg("%s: %s", bad[i].text, complaint.text);
	}
}

static void test_there_is_an_end_to_it(void **state)
{
	struct natsonde_expectations e = {.n = 0};
	char text[4096] = "nat=none";

	(void)state;
	for (unsigned i = 1; i < NATSONDE_EXPECTATIONS_MAX; i++)
		strcat(text, ",nat=none");
	assert_true(natsonde_expect_parse(text, &e, &complaint));
	assert_false(natsonde_expect_parse("nat=none", &e, &complaint));
	memset(text, 'x', sizeof(text) - 1);
	e.n = 0;
	assert_false(natsonde_expect_parse(text, &e, &complaint));
}

static void test_only_what_is_named_is_asked_for(void **state)
{
	struct natsonde_expectations e = {.n = 0};

	(void)state;
	assert_true(natsonde_expect_parse("nat=none,p2p=easy", &e, &complaint));
	assert_int_equal(natsonde_expect_tests(&e), NATSONDE_TEST(NATSONDE_NAT) | NATSONDE_TEST(NATSONDE_P2P));
}

/* Checks one expectation and what is said of it. */
static void assert_check(const struct fixture *f, const char *text, bool holds, const char *said)
{
	struct natsonde_expectations e = {.n = 0};
	static char *out_text;
	static size_t len;
	FILE *out = open_memstream(&out_text, &len);

	assert_non_null(out);
	assert_true(natsonde_expect_parse(text, &e, &complaint));
	assert_int_equal(natsonde_expect_check(&e, &f->report, out), holds);
	fclose(out);
	assert_string_equal(out_text, said);
	free(out_text);
}

static void test_one_family(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	assert_check(&f, "mapping=eim,p2p=open/easy,nat=present", true, "");
	assert_check(&f, "mapping=adm/apdm", false, "natsonde: expected mapping=adm/apdm, found eim (verified)\n");
	assert_check(&f, "nat=none,filtering=apdf,p2p=open", false,
		     "natsonde: expected nat=none, found present (verified)\nnatsonde: expected p2p=open, found easy (verified)\n");
	fixture_find(&f, 0, NATSONDE_MAPPING, NATSONDE_UNSTABLE, NATSONDE_LIKELY, NATSONDE_WHY_NO_PATTERN);
	assert_check(&f, "mapping=eim", false, "natsonde: expected mapping=eim, found unstable (likely)\n");
}

/* The last words of the table do not fit into 32 bits. */
static void test_every_verdict_can_be_expected(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		for (unsigned v = NATSONDE_UNKNOWN + 1; v < NATSONDE_VERDICTS; v++) {
			struct natsonde_expectations e = {.n = 0};
			char text[64];

			if (!natsonde_behaviour_has((enum natsonde_behaviour)b, (enum natsonde_verdict)v))
				continue;
			snprintf(text, sizeof(text), "%s=%s", natsonde_behaviour_name((enum natsonde_behaviour)b),
				 natsonde_verdict_name((enum natsonde_verdict)v));
			assert_true(natsonde_expect_parse(text, &e, &complaint));
			assert_true(e.of[0].verdicts == UINT64_C(1) << v);
			fixture_find(&f, 0, (enum natsonde_behaviour)b, (enum natsonde_verdict)v, NATSONDE_VERIFIED, NATSONDE_WHY_NONE);
			assert_check(&f, text, true, "");
		}
}

/* What is not known contradicts nothing: exit code 4 says it, and the line says what would help. */
static void test_unknown(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_find(&f, 0, NATSONDE_MAPPING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_ONE_DESTINATION);
	assert_check(&f, "mapping=eim", true,
		     "natsonde: expected mapping=eim, found unknown (only one destination answered: give a second server)\n");
}

/* It has to hold for every family that was measured; those that were not say nothing. */
static void test_two_families(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_add_ipv6(&f);
	assert_check(&f, "mapping=eim", true, "");
	assert_check(&f, "mapping=adm", false, "natsonde: expected mapping=adm, found eim (verified)\n");
	assert_check(&f, "p2p=open", false, "natsonde: expected p2p=open, found easy (verified)\n");
	assert_check(&f, "nat=none", false, "natsonde: expected nat=none, found present over IPv4 (verified)\n");
	assert_check(&f, "nat=present", false, "natsonde: expected nat=present, found none over IPv6 (verified)\n");
	fixture_find(&f, 1, NATSONDE_MAPPING, NATSONDE_ADDRESS_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_PER_ADDRESS);
	assert_check(&f, "mapping=apdm", false,
		     "natsonde: expected mapping=apdm, found eim over IPv4 (verified), adm over IPv6 (likely)\n");
	f.report.families[1].unavailable = NATSONDE_NO_ANSWER;
	assert_check(&f, "nat=present", true, "");
	assert_check(&f, "nat=none", false, "natsonde: expected nat=none, found present (verified)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_understood),
		cmocka_unit_test(test_there_is_an_end_to_it),
		cmocka_unit_test(test_only_what_is_named_is_asked_for),
		cmocka_unit_test(test_one_family),
		cmocka_unit_test(test_every_verdict_can_be_expected),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_two_families),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
