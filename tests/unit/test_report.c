/* Reports for people: the text and the short line. */
#define _POSIX_C_SOURCE 200809L
#include "report_fixture.h"

static const struct natsonde_look plain = {.format = NATSONDE_TEXT};
static const struct natsonde_look verbose = {.format = NATSONDE_TEXT, .is_verbose = true};
static const struct natsonde_look brief = {.format = NATSONDE_SHORT};

static void assert_renders(const struct fixture *f, struct natsonde_look look, const char *expected)
{
	char *text = fixture_render(f, look);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_says(const struct fixture *f, struct natsonde_look look, const char *part, bool expected)
{
	char *text = fixture_render(f, look);

	if ((strstr(text, part) != NULL) != expected)
		fail_msg("%s \"%s\" in:\n%s", expected ? "missing" : "unwanted", part, text);
	free(text);
}

static void test_at_home(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	assert_renders(&f, plain,
		"Direct connections work with most peers. Strangers cannot reach you first.\n"
		"\n"
		"  direct with      open hosts, ordinary home routers\n"
		"  needs a relay    symmetric NATs (many mobile and company networks): TURN\n"
		"  to be reachable  forward a UDP port on your router\n"
		"\n"
		"IPv4  192.168.1.20 (wlan0), seen outside as 198.51.100.7\n"
		"  nat        present                     verified   NAPT, ports change\n"
		"  mapping    endpoint-independent        verified   5 destinations, 1 port\n"
		"  filtering  address-and-port-dependent  verified   NAT or this host's firewall\n"
		"  p2p        easy                        once called: port-restricted cone\n"
		"  alg        none                        verified\n"
		"IPv6  not available on this host\n"
		"0.41 s, 7 packets, 2 servers.\n");
}

static void test_on_a_mobile_network(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	for (unsigned i = 0; i < f.ev[0].n_probes; i++) {
		f.ev[0].probes[i].local = fixture_addr(&f.ev[0], "100.72.18.9", 51822);
		if (f.ev[0].probes[i].mapped != 0)
			f.ev[0].probes[i].mapped = fixture_addr(&f.ev[0], "203.0.113.77", (uint16_t)(40000 + i));
	}
	f.report.families[0].interface = "wwan0";
	fixture_find(&f, 0, NATSONDE_MAPPING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED,
		     NATSONDE_WHY_PER_ADDRESS_AND_PORT);
	fixture_find(&f, 0, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_NO_CONTROL);
	fixture_find(&f, 0, NATSONDE_P2P, NATSONDE_TOO_HARD, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPING_PER_PEER_PORT);
	assert_renders(&f, plain,
		"Use a relay (TURN): this NAT is symmetric, few peers can connect directly.\n"
		"\n"
		"  direct with      open hosts (public server, forwarded port)\n"
		"  needs a relay    ordinary home routers, symmetric NATs: TURN\n"
		"  what may help    IPv6, another network; forwarding is up to the carrier\n"
		"\n"
		"IPv4  100.72.18.9 (wwan0, carrier range), seen outside as 203.0.113.77\n"
		"  nat        present                     verified   NAPT, ports change\n"
		"  mapping    address-and-port-dependent  verified   5 destinations, 5 ports\n"
		"  filtering  address-and-port-dependent  likely     no control possible here\n"
		"  p2p        too-hard                    once called: symmetric\n"
		"  alg        none                        verified\n"
		"IPv6  not available on this host\n"
		"0.41 s, 7 packets, 2 servers.\n");
	assert_renders(&f, brief, "ipv4 too-hard apdm apdf likely 203.0.113.77\n");
}

static void test_where_udp_is_blocked(void **state)
{
	struct fixture f;

	(void)state;
	fixture_blocked(&f);
	assert_renders(&f, plain,
		"UDP is blocked here. Only relays over TCP or TLS can work (TURN, port 443).\n"
		"\n"
		"  tried            2 servers, UDP 3478 and 19302: no answer in 4 s\n"
		"  but              names resolve, and 1 of the 2 answers over TCP\n"
		"  what may help    ask the operator to allow UDP; another network\n"
		"\n"
		"IPv4  10.20.4.31 (wlan0)\n"
		"  nat, mapping, filtering, alg  unknown   no UDP answer\n"
		"  p2p                           blocked\n"
		"IPv6  not available on this host\n"
		"4.00 s, 2 packets, 2 servers.\n");
	assert_renders(&f, brief, "ipv4 blocked unknown unknown none -\nipv6 unavailable no-route\n");
}

static void test_unknown_names_the_cure(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_find(&f, 0, NATSONDE_FILTERING, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_SERVER_CANNOT);
	f.report.outcome = NATSONDE_RUN_INCOMPLETE;
	assert_says(&f, plain, "\n  filtering  unknown   no server here can test filtering", true);
	assert_says(&f, plain, "\n                       (maybe this host's own): add one that can, or give none\n", true);
	assert_says(&f, plain, "Strangers cannot", false);
	assert_says(&f, plain, "  not known for    symmetric NATs", true);
	assert_renders(&f, brief, "ipv4 easy eim unknown none 198.51.100.7\n");
}

/* An address that varies over one port is another thing than a port that varies. */
static void test_the_mapping_is_counted(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	f.ev[0].probes[3].mapped = fixture_addr(&f.ev[0], "198.51.100.8", 40000);
	assert_says(&f, plain, "verified   5 destinations, 2 addresses\n", true);
	assert_says(&f, plain, "seen outside as 198.51.100.7, 198.51.100.8\n", true);
	f.ev[0].probes[3].mapped = fixture_addr(&f.ev[0], "198.51.100.7", 40001);
	assert_says(&f, plain, "verified   5 destinations, 2 ports\n", true);
	f.ev[0].probes[6].outcome = NATSONDE_SILENT;
	assert_says(&f, plain, "verified   4 destinations, 2 ports\n", true);
}

static void test_one_reason_for_all_is_said_once(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	f.report.outcome = NATSONDE_RUN_INTERRUPTED;
	for (unsigned b = 0; b < NATSONDE_BEHAVIOURS; b++)
		fixture_find(&f, 0, (enum natsonde_behaviour)b, NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE,
			     b == NATSONDE_P2P ? NATSONDE_WHY_MAPPING_UNKNOWN : NATSONDE_WHY_NOT_FINISHED);
	assert_says(&f, plain, "\n  nat, mapping, filtering, p2p, alg  unknown   the run ended before", true);
	assert_says(&f, plain, "\n  mapping ", false);
	fixture_find(&f, 0, NATSONDE_NAT, NATSONDE_PRESENT, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPED_DIFFERS);
	assert_says(&f, plain, "\n  mapping    unknown   the run ended before", true);
}

static void test_what_changes_the_meaning_is_said(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	assert_says(&f, plain, "tunnel", false);
	assert_says(&f, plain, "simulated", false);
	f.report.families[0].is_tunnel = true;
	f.report.families[0].interface = "wg0";
	f.ev[0].fixed_port = true;
	f.report.simulated = "";
	assert_says(&f, plain, "  wg0 is a tunnel (VPN): this is the VPN's NAT, not your provider's\n", true);
	assert_says(&f, plain, "the local port was given", true);
	assert_says(&f, plain, "2 servers, simulated: no packet left this host.\n", true);
}

static void test_a_better_ipv6_is_pointed_out(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	fixture_add_ipv6(&f);
	assert_says(&f, plain, "over IPv6", false); /* easy both */
	fixture_find(&f, 0, NATSONDE_P2P, NATSONDE_HARD, NATSONDE_VERIFIED, NATSONDE_WHY_MAPPING_PER_PEER);
	assert_says(&f, plain, "  over IPv6        easier: ", true);
	assert_says(&f, plain, "Keep a relay (TURN)", true);
	assert_says(&f, plain, "  what may help    another network", true); /* IPv6 is no news here */
	f.report.families[0].evidence = NULL;
	f.report.families[0].unavailable = NATSONDE_NO_ROUTE;
	assert_says(&f, plain, "No NAT, but a firewall: ", true); /* IPv6 leads where IPv4 has nothing to say */
	assert_says(&f, plain, "verified   firewall, maybe this host's\n", true);
}

static void test_servers_that_spoil_a_verdict_are_named(void **state)
{
	static const char line[] = "Server plain.example.net (203.0.113.50:19302)";
	struct fixture f;

	(void)state;
	fixture_home(&f);
	f.ev[0].probes[6].outcome = NATSONDE_SILENT;
	f.ev[0].probes[6].mapped = 0;
	assert_says(&f, plain, line, false);
	assert_says(&f, verbose, line, true);
	fixture_find(&f, 0, NATSONDE_FILTERING, NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_NO_CONTROL);
	assert_says(&f, plain, line, true);
	f.unresolved[0] = (struct natsonde_unresolved){"nowhere.example", "there is no such name"};
	f.report.n_unresolved = 1;
	assert_says(&f, plain, "Server nowhere.example: there is no such name\n", true);
}

static void test_verbose_lists_every_probe(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	assert_says(&f, verbose, "\n   0     0.0      1  filtering both    silent       203.0.113.10:3478\n", true);
	assert_says(&f, verbose, "saw\n                     198.51.100.7:40000, 20.4 ms\n", true);
	assert_says(&f, verbose, "a\n             NAT or firewall (maybe this host's own) stops all others\n", true);
}

static void test_only_the_headline_is_coloured(void **state)
{
	struct natsonde_look colour = plain;
	struct fixture f;

	(void)state;
	fixture_home(&f);
	colour.has_colour = true;
	char *text = fixture_render(&f, colour);
	assert_ptr_equal(strstr(text, "\033[1;32mDirect"), text);
	const char *end = strstr(text, "\033[0m");
	assert_non_null(end);
	assert_true(end < strstr(text, "direct with"));
	assert_null(strchr(end + 1, '\033'));
	free(text);
}

static void test_short_lines(void **state)
{
	struct fixture f;

	(void)state;
	fixture_home(&f);
	assert_renders(&f, brief, "ipv4 easy eim apdf verified 198.51.100.7\n");
	f.report.tests = NATSONDE_TEST(NATSONDE_MAPPING);
	assert_renders(&f, brief, "ipv4 - eim - verified 198.51.100.7\n");
	fixture_home(&f);
	fixture_add_ipv6(&f);
	assert_renders(&f, brief, "ipv4 easy eim apdf verified 198.51.100.7\n"
				  "ipv6 easy eim apdf verified 2001:db8:1234:5678:9abc:def0:1234:5678\n");
	fixture_blank(&f);
	f.report.families[0].unavailable = NATSONDE_NOT_ASKED;
	assert_renders(&f, brief, "ipv6 unavailable no-route\n");
}

static void test_a_full_disk_is_noticed(void **state)
{
	static const enum natsonde_format formats[] = {NATSONDE_TEXT, NATSONDE_JSON, NATSONDE_SHORT};
	struct fixture f;

	(void)state;
	fixture_home(&f);
	for (unsigned i = 0; i < 3; i++) {
		FILE *full = fopen("/dev/full", "w");
		const struct natsonde_look look = {.format = formats[i]};

		if (!full)
			skip();
		assert_false(natsonde_report_write(&f.report, &look, full));
		fclose(full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_home),
		cmocka_unit_test(test_on_a_mobile_network),
		cmocka_unit_test(test_where_udp_is_blocked),
		cmocka_unit_test(test_unknown_names_the_cure),
		cmocka_unit_test(test_the_mapping_is_counted),
		cmocka_unit_test(test_one_reason_for_all_is_said_once),
		cmocka_unit_test(test_what_changes_the_meaning_is_said),
		cmocka_unit_test(test_a_better_ipv6_is_pointed_out),
		cmocka_unit_test(test_servers_that_spoil_a_verdict_are_named),
		cmocka_unit_test(test_verbose_lists_every_probe),
		cmocka_unit_test(test_only_the_headline_is_coloured),
		cmocka_unit_test(test_short_lines),
		cmocka_unit_test(test_a_full_disk_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
