/* Whatever a report has to say: it fits the page. */
#define _POSIX_C_SOURCE 200809L
#include "report_fixture.h"

static const struct natsonde_look plain = {.format = NATSONDE_TEXT};
static const struct natsonde_look verbose = {.format = NATSONDE_TEXT, .is_verbose = true};
static const struct natsonde_look brief = {.format = NATSONDE_SHORT};

/* For every line: no more than 80 columns, no blanks at its end, and no value without a word. */
static void assert_is_tidy(const struct fixture *f, struct natsonde_look look)
{
	char *text = fixture_render(f, look);

	for (const char *line = text; *line != '\0';) {
		const size_t len = strcspn(line, "\n");
		if (len > 80 || (len > 0 && line[len - 1] == ' '))
			fail_msg("%zu columns: %.*s", len, (int)len, line);
		line += len + (line[len] == '\n');
	}
	assert_null(strstr(text, "invalid"));
	assert_null(strstr(text, "(null)"));
	free(text);
}

static void test_every_finding_fits_the_page(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_add_ipv6(&f);
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		for (unsigned v = 0; v < NATSONDE_VERDICTS; v++)
			for (unsigned c = 0; c < NATSONDE_CERTAINTIES; c++)
				for (unsigned r = 0; r < NATSONDE_REASONS; r++) {
					if (!natsonde_behaviour_has((enum natsonde_behaviour)b, (enum natsonde_verdict)v))
						continue;
					fixture_find(&f, 0, (enum natsonde_behaviour)b, (enum natsonde_verdict)v,
						     (enum natsonde_certainty)c, (enum natsonde_reason)r);
					assert_is_tidy(&f, r % 2 ? plain : verbose);
				}
}

/* All headlines: of every p2p verdict with and without NAT and filtering known, and of every way to fail. */
static void test_every_headline_fits_the_page(void **state)
{
	struct fixture f;

	(void)state;
	for (unsigned p2p = NATSONDE_OPEN; p2p < NATSONDE_VERDICTS + 1; p2p++)
		for (unsigned nat = NATSONDE_UNKNOWN; nat <= NATSONDE_PRESENT; nat++)
			for (unsigned filtering = 0; filtering <= NATSONDE_ADDRESS_AND_PORT_DEPENDENT; filtering++) {
				if (!natsonde_behaviour_has(NATSONDE_FILTERING, (enum natsonde_verdict)filtering))
					continue;
				fixture_home(&f);
				fixture_find(&f, 0, NATSONDE_NAT, (enum natsonde_verdict)nat, NATSONDE_VERIFIED,
					     NATSONDE_WHY_NONE);
				fixture_find(&f, 0, NATSONDE_FILTERING, (enum natsonde_verdict)filtering, NATSONDE_LIKELY,
					     NATSONDE_WHY_NO_CONTROL);
				fixture_find(&f, 0, NATSONDE_P2P, (enum natsonde_verdict)(p2p % NATSONDE_VERDICTS),
					     NATSONDE_VERIFIED, NATSONDE_WHY_NONE);
				assert_is_tidy(&f, plain);
			}
	for (unsigned outcome = 0; outcome < NATSONDE_RUN_OUTCOMES; outcome++)
		for (unsigned why = 0; why < NATSONDE_UNREACHABLES; why++)
			for (unsigned fault = 0; fault < NATSONDE_FAULTS; fault++) {
				fixture_blocked(&f);
				f.report.outcome = (enum natsonde_run_outcome)outcome;
				f.report.unreachable = (enum natsonde_unreachable)why;
				f.report.fault = (enum natsonde_fault)fault;
				f.report.sees = fault % 2 ? NATSONDE_SEES_ICMP : 0;
				assert_is_tidy(&f, plain);
				f.report.families[fault % 2].unavailable = NATSONDE_NOT_ASKED;
				assert_is_tidy(&f, verbose);
			}
}

static void test_long_names_and_many_addresses_fit(void **state)
{
	char name[254];
	struct fixture f;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fixture_home(&f);
	fixture_add_ipv6(&f);
	f.names[0] = f.names[1] = name;
	for (unsigned i = 2; i < 7; i++) {
		char ip[48];
		snprintf(ip, sizeof(ip), "2001:db8:1234:5678:9abc:def0:1234:%x", 0xfff0 + i);
		f.ev[1].probes[i].mapped = fixture_addr(&f.ev[1], ip, 40000);
		f.ev[1].probes[i].from = fixture_addr(&f.ev[1], ip, 50000);
	}
	f.report.families[1].interface = "an-interface-with-a-name-of-31-c";
	f.report.families[1].is_tunnel = true;
	assert_is_tidy(&f, verbose);
}

/* A run may end before it has begun. */
static void test_nothing_is_known_at_all(void **state)
{
	struct fixture f;

	(void)state;
	fixture_blank(&f);
	for (unsigned outcome = 0; outcome < NATSONDE_RUN_OUTCOMES; outcome++)
		for (unsigned u = 0; u < NATSONDE_UNAVAILABLES; u++) {
			f.report.outcome = (enum natsonde_run_outcome)outcome;
			f.report.families[0].unavailable = f.report.families[1].unavailable = (enum natsonde_unavailable)u;
			assert_is_tidy(&f, verbose);
			assert_is_tidy(&f, brief);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_finding_fits_the_page),
		cmocka_unit_test(test_every_headline_fits_the_page),
		cmocka_unit_test(test_long_names_and_many_addresses_fit),
		cmocka_unit_test(test_nothing_is_known_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
