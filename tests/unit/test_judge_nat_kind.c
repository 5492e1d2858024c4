/* What kind of translator it is: said only as far as packets show it. */
#include "../matrix/world.h"

#include "evidence_fixture.h"

#define SERVER6 "[2001:db8:ffff::10]:3478"

static struct world w;

static void expect_kind(const char *what, const struct natsonde_nat_facts *facts, enum natsonde_nat_kind kind,
			enum natsonde_certainty certainty)
{
	if (facts->kind != kind || facts->kind_certainty != certainty)
		fail_msg("%s: got %s (%s), not %s (%s)", what, natsonde_kind_name((enum natsonde_nat_kind)facts->kind),
			 natsonde_certainty_name((enum natsonde_certainty)facts->kind_certainty), natsonde_kind_name(kind),
			 natsonde_certainty_name(certainty));
}

static void names_what_the_simulated_network_is(void **state)
{
	static const struct { const char *text; enum natsonde_nat_kind kind; enum natsonde_certainty certainty; } rows[] = {
		{"mapping=none,filtering=eif", NATSONDE_KIND_NONE, NATSONDE_VERIFIED},
		{"mapping=none,filtering=adf", NATSONDE_KIND_FIREWALL, NATSONDE_VERIFIED},
		{"mapping=none,filtering=apdf,family=6", NATSONDE_KIND_FIREWALL, NATSONDE_VERIFIED},
		{"mapping=none,filtering=eif,family=6", NATSONDE_KIND_NONE, NATSONDE_VERIFIED},
		{"ports=random,filtering=eif", NATSONDE_KIND_NAPT, NATSONDE_VERIFIED},
		{"ports=sequential,mapping=apdm", NATSONDE_KIND_NAPT, NATSONDE_VERIFIED},
		{"ports=random,server=binding-only", NATSONDE_KIND_NAPT, NATSONDE_VERIFIED},
		{"ports=random,family=6", NATSONDE_KIND_NAT66, NATSONDE_VERIFIED},
		/* Ports that are kept prove nothing: nobody else may have wanted them. */
		{"ports=preserved", NATSONDE_KIND_NAPT, NATSONDE_LIKELY},
		{"ports=preserved,filtering=eif", NATSONDE_KIND_1_TO_1, NATSONDE_LIKELY},
		{"ports=preserved,filtering=eif,pool=4,pooling=arbitrary", NATSONDE_KIND_NAPT, NATSONDE_LIKELY},
		{"ports=preserved,server=binding-only", NATSONDE_KIND_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"ports=preserved,family=6", NATSONDE_KIND_NAT66, NATSONDE_LIKELY},
		/* Without filtering, firewall and nothing cannot be told apart. */
		{"mapping=none,server=binding-only", NATSONDE_KIND_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"mapping=none,filtering=eif,server=mapped-only", NATSONDE_KIND_NONE, NATSONDE_LIKELY},
		{"udp=drop", NATSONDE_KIND_UNKNOWN, NATSONDE_CERTAINTY_NONE},
		{"server=random-mapped", NATSONDE_KIND_UNKNOWN, NATSONDE_CERTAINTY_NONE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_run(&w, rows[i].text);
		expect_kind(rows[i].text, &w.verdicts.nat, rows[i].kind, rows[i].certainty);
	}
}

/* What is verified is right, whatever is lost. */
static void is_sure_of_nothing_wrong(void **state)
{
	static const struct { const char *text; enum natsonde_nat_kind kind; } rows[] = {
		{"mapping=none,filtering=eif", NATSONDE_KIND_NONE}, {"mapping=none,filtering=apdf", NATSONDE_KIND_FIREWALL},
		{"ports=random", NATSONDE_KIND_NAPT}, {"mapping=adm,ports=preserved", NATSONDE_KIND_NAPT},
		{"family=6,ports=random", NATSONDE_KIND_NAT66}, {"family=6,ports=preserved,filtering=eif", NATSONDE_KIND_NAT66},
	};
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "%s,loss=20,seed=%u", rows[i % 6].text, i + 1);
		world_run(&w, text);
		if (w.verdicts.nat.kind_certainty == NATSONDE_VERIFIED)
			expect_kind(text, &w.verdicts.nat, rows[i % 6].kind, NATSONDE_VERIFIED);
		assert_int_equal(w.verdicts.nat.kind == NATSONDE_KIND_UNKNOWN,
				 w.verdicts.nat.kind_certainty == NATSONDE_CERTAINTY_NONE);
	}
}

/* A server that has shown that it can be believed: one socket is told the same twice, another one something else. */
static struct natsonde_nat_facts facts_of_ipv6(const char *inside, const char *outside)
{
	char local[2][NATSONDE_ADDR_TEXT], mapped[2][NATSONDE_ADDR_TEXT];
	struct natsonde_verdicts verdicts;

	for (unsigned i = 0; i < 2; i++) {
		snprintf(local[i], sizeof(local[i]), "[%s]:%u", inside, 50000 + i);
		snprintf(mapped[i], sizeof(mapped[i]), "%s:%u", outside, 50000 + i);
	}
	begin_bare();
	ev.family = NATSONDE_IPV6;
	add_server(SERVER6, NULL);
	probe(NATSONDE_Q_MAP_A1P1, .local = local[0], .mapped = mapped[0]);
	probe(NATSONDE_Q_FILTER_PLAIN, .local = local[1], .mapped = mapped[1]);
	probe(NATSONDE_Q_MAP_A1P1, .local = local[0], .mapped = mapped[0]);
	natsonde_judge(&ev, &verdicts);
	assert_int_equal(verdicts.of[NATSONDE_NAT].verdict, NATSONDE_PRESENT);
	return verdicts.nat;
}

/* RFC 6296 section 3: one prefix for another, and one word so that the checksum stays. */
static void knows_a_prefix_translator_by_its_sum(void **state)
{
	static const struct { const char *inside, *outside; } pairs[] = {
		{"fd01:203:405:1::1234", "[2001:db8:1:d550::1234]"}, /* the RFC's own example, and the way back */
		{"2001:db8:1:d550::1234", "[fd01:203:405:1::1234]"},
		{"fd01:203:405:6::a:b", "[2001:db8:1:d555::a:b]"},
		{"fd01:203:405:ffff::1", "[2001:db8:1:d54f::1]"}, /* 0xffff and 0 are the same */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct natsonde_nat_facts facts = facts_of_ipv6(pairs[i].inside, pairs[i].outside);

		expect_kind(pairs[i].outside, &facts, NATSONDE_KIND_NPTV6, NATSONDE_VERIFIED);
		assert_int_equal(facts.preserves_ports, NATSONDE_ANSWER_YES);
	}
}

/* Linux can change the prefix alone, with no regard to the sum. That may as well be a router that chose its address so. */
static void takes_another_prefix_for_a_prefix_translator_at_most(void **state)
{
	struct natsonde_nat_facts facts = facts_of_ipv6("fd00::1:2:3:4", "[2001:db8::1:2:3:4]");

	(void)state;
	expect_kind("the prefix alone", &facts, NATSONDE_KIND_NPTV6, NATSONDE_LIKELY);
	facts = facts_of_ipv6("fd00::1:2:3:4", "[2001:db8::99]");
	expect_kind("another address", &facts, NATSONDE_KIND_NAT66, NATSONDE_LIKELY);
}

/* RFC 6146: an IPv6 socket whose server sees an IPv4 address. None of the kinds has that meaning. */
static void has_no_name_for_nat64(void **state)
{
	struct natsonde_nat_facts facts = facts_of_ipv6("2001:db8::1", "192.0.2.1");

	(void)state;
	expect_kind("NAT64", &facts, NATSONDE_KIND_UNKNOWN, NATSONDE_CERTAINTY_NONE);
}

/* What a socket's own address is was not known, as with one bound to the wildcard: no port was seen to change. */
static void compares_with_real_addresses_alone(void **state)
{
	struct natsonde_verdicts verdicts;

	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .local = "0.0.0.0:50002", .mapped = OUTSIDE);
	natsonde_judge(&ev, &verdicts);
	expect_kind("wildcard", &verdicts.nat, NATSONDE_KIND_UNKNOWN, NATSONDE_CERTAINTY_NONE);
	assert_int_equal(verdicts.nat.preserves_ports, NATSONDE_UNSAID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_the_simulated_network_is),
		cmocka_unit_test(is_sure_of_nothing_wrong),
		cmocka_unit_test(knows_a_prefix_translator_by_its_sum),
		cmocka_unit_test(takes_another_prefix_for_a_prefix_translator_at_most),
		cmocka_unit_test(has_no_name_for_nat64),
		cmocka_unit_test(compares_with_real_addresses_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
