/* What four mapped addresses say about the mapping, who may bear witness, and what does not count. */
#include "evidence_fixture.h"

#include <natsonde/names.h>

enum change { PORT_CHANGES, IP_CHANGES, BOTH_CHANGE };

static void expect(const char *what, enum natsonde_verdict verdict, enum natsonde_certainty certainty,
		   enum natsonde_reason reason)
{
	struct natsonde_finding f = judged(NATSONDE_MAPPING);

	if (f.verdict != verdict || f.certainty != certainty || f.reason != reason)
		fail_msg("%s: got %s (%s), %s", what, natsonde_verdict_name((enum natsonde_verdict)f.verdict),
			 natsonde_certainty_name((enum natsonde_certainty)f.certainty),
			 natsonde_reason_sentence((enum natsonde_reason)f.reason));
}

/* One socket asks the endpoints; pattern names the mapping that each of them sees: "0110" is "A1P1 and A1P2 see the same, A2P1
 * and A2P2 another". '-' was lost, ' ' was not asked. */
static void ask_endpoints(const enum natsonde_question *questions, unsigned server, const char *pattern, enum change change,
			  unsigned port)
{
	for (unsigned i = 0; i < strlen(pattern); i++) {
		unsigned which = (unsigned)pattern[i] - '0';
		char mapped[NATSONDE_ADDR_TEXT];

		snprintf(mapped, sizeof(mapped), "192.0.2.%u:%u", change == PORT_CHANGES ? 1 : 1 + which,
			 change == IP_CHANGES ? port : port + which);
		if (pattern[i] != ' ')
			probe(questions[i], .server = server, .mapped = pattern[i] == '-' ? NULL : mapped);
	}
}

static void map(const char *pattern)
{
	ask_endpoints(map_of, 0, pattern, PORT_CHANGES, 40000);
}

static void witness(const char *pattern)
{
	ask_endpoints(open_of, 0, pattern, PORT_CHANGES, 41000);
}

/* What differs counts only with a server that answers the same question alike. */
static void ask_first_again(unsigned server, const char *mapped)
{
	probe(NATSONDE_Q_MAP_A1P1, .server = server, .mapped = mapped);
}

/* RFC 4787 section 4.1 and facts.md 5.2: all 15 ways in which four addresses can be equal or not. */
static const struct { const char *pattern; enum natsonde_verdict verdict; enum natsonde_reason reason; } partitions[] = {
	/* A1P1 A2P1 A2P2 A1P2 */
	{"0000", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_WHY_SAME_EVERYWHERE},
	{"0110", NATSONDE_ADDRESS_DEPENDENT, NATSONDE_WHY_PER_ADDRESS},
	{"0011", NATSONDE_PORT_DEPENDENT, NATSONDE_WHY_PER_PORT},
	{"0123", NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_WHY_PER_ADDRESS_AND_PORT},
	{"0001", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0010", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0100", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0111", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0101", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0012", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0102", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0112", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0120", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0121", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
	{"0122", NATSONDE_UNSTABLE, NATSONDE_WHY_NO_PATTERN},
};
#define PARTITIONS (sizeof(partitions) / sizeof(partitions[0]))

static void partitions_are_all_there_are(void **state)
{
	(void)state;
	assert_int_equal(PARTITIONS, 15); /* the Bell number of 4 */
	for (unsigned i = 0; i < PARTITIONS; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(partitions[i].pattern, partitions[k].pattern);
}

/* A dependence that one socket alone has seen is likely; that nothing changes is seen by one socket well enough. */
static void every_partition_of_ports(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PARTITIONS; i++) {
		begin();
		map(partitions[i].pattern);
		expect(partitions[i].pattern, partitions[i].verdict, i > 0 ? NATSONDE_LIKELY : NATSONDE_VERIFIED, partitions[i].reason);
		/* A server that changes what it says would look unstable, too. */
		ask_first_again(0, OUTSIDE);
		if (partitions[i].verdict == NATSONDE_UNSTABLE)
			expect(partitions[i].pattern, NATSONDE_UNSTABLE, NATSONDE_VERIFIED, partitions[i].reason);
	}
}

/* Another external IP with the same port is another way out, not another mapping: no class is named. */
static void every_partition_of_addresses(void **state)
{
	(void)state;
	for (unsigned i = 1; i < PARTITIONS; i++) {
		begin();
		ask_endpoints(map_of, 0, partitions[i].pattern, IP_CHANGES, 40000);
		ask_first_again(0, OUTSIDE);
		expect(partitions[i].pattern, NATSONDE_UNSTABLE, NATSONDE_VERIFIED, NATSONDE_WHY_IP_VARIES);
	}
}

/* Two ways out, each of which has kept to one port for all that was seen. */
static void address_and_port_may_change_together(void **state)
{
	(void)state;
	for (unsigned i = 1; i < PARTITIONS; i++) {
		begin();
		ask_endpoints(map_of, 0, partitions[i].pattern, BOTH_CHANGE, 40000);
		ask_first_again(0, OUTSIDE);
		expect(partitions[i].pattern, NATSONDE_UNSTABLE, NATSONDE_VERIFIED, NATSONDE_WHY_IP_VARIES);
	}
}

/* Two ways out, one of which has shown two ports: that is a mapping behaviour. Toward two ports of one destination address it is
 * the port's doing; toward two addresses it may be the address's or the port's. */
static void dependence_shows_behind_a_pool(void **state)
{
	static const struct { const char *mapped[NATSONDE_ENDPOINTS]; enum natsonde_verdict verdict; enum natsonde_reason reason; } rows[] = {
		{{"192.0.2.1:40000", "192.0.2.2:40001", "192.0.2.2:40002", "192.0.2.1:40003"},
		 NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_WHY_PER_ADDRESS_AND_PORT},
		{{"192.0.2.1:40000", "192.0.2.1:40001", "192.0.2.2:40002", "192.0.2.2:40003"},
		 NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_WHY_PER_DESTINATION},
		{{"192.0.2.1:40000", "192.0.2.2:40001", "192.0.2.1:40002", "192.0.2.2:40003"},
		 NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_WHY_PER_DESTINATION},
	};

	(void)state;
	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		begin();
		for (unsigned i = 0; i < NATSONDE_ENDPOINTS; i++)
			probe(map_of[i], .mapped = rows[r].mapped[i]);
		expect("pool", rows[r].verdict, NATSONDE_LIKELY, rows[r].reason);
	}
}

/* A dependence is verified once a second socket has seen it too, and unstable if that one has seen something else. */
static void second_socket_bears_witness(void **state)
{
	static const struct {
		const char *map, *seen;
		enum natsonde_verdict verdict;
		enum natsonde_certainty certainty;
	} rows[] = {
		{"0123", "0 12", NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_VERIFIED},
		{"0110", "  01", NATSONDE_ADDRESS_DEPENDENT, NATSONDE_VERIFIED},
		{"0011", "0 1 ", NATSONDE_PORT_DEPENDENT, NATSONDE_VERIFIED},
		/* These two endpoints have one mapping: that it is one there as well proves no dependence. */
		{"0011", "  00", NATSONDE_PORT_DEPENDENT, NATSONDE_LIKELY},
		{"0110", "0  0", NATSONDE_ADDRESS_DEPENDENT, NATSONDE_LIKELY},
		{"0123", "  0-", NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_LIKELY},
		/* Another address and another port: it may be the address's doing, and the first socket have met a conflict. */
		{"0123", "  01", NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_LIKELY},
		{"0123", "0 10", NATSONDE_UNSTABLE, NATSONDE_LIKELY},
		{"0123", "  00", NATSONDE_UNSTABLE, NATSONDE_LIKELY},
		{"0110", "  00", NATSONDE_UNSTABLE, NATSONDE_LIKELY},
		{"0110", "01 1", NATSONDE_UNSTABLE, NATSONDE_LIKELY},
		{"0000", "  00", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED},
		{"0000", "  01", NATSONDE_UNSTABLE, NATSONDE_LIKELY},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct natsonde_finding f;

		begin();
		map(rows[i].map);
		witness(rows[i].seen);
		if (i < 3)
			assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_LIKELY);
		ask_first_again(0, OUTSIDE);
		f = judged(NATSONDE_MAPPING);
		if (f.verdict != rows[i].verdict || f.certainty != rows[i].certainty)
			fail_msg("%s beside %s: got %s (%s)", rows[i].map, rows[i].seen,
				 natsonde_verdict_name((enum natsonde_verdict)f.verdict),
				 natsonde_certainty_name((enum natsonde_certainty)f.certainty));
		if (f.verdict == NATSONDE_UNSTABLE)
			assert_int_equal(f.reason, NATSONDE_WHY_SOCKETS_DISAGREE);
	}
}

static void verdict_rests_on_both_sockets(void **state)
{
	struct natsonde_finding f;

	(void)state;
	begin();
	probe(NATSONDE_Q_FILTER_PLAIN, .mapped = "192.0.2.1:39999");
	map("0123");
	witness("  01");
	probe(NATSONDE_Q_CONTROL_PORT, .mapped = "192.0.2.1:41002");
	f = judged(NATSONDE_MAPPING);
	assert_false(natsonde_basis_has(&f.basis, 0));
	for (unsigned i = 1; i < 8; i++)
		assert_true(natsonde_basis_has(&f.basis, i));
	assert_false(natsonde_basis_has(&f.basis, NATSONDE_PROBES_MAX));
}

/* A conflict on the first port is forgotten on a fresh one, and said; the second socket then makes it certain. */
static void fresh_port_after_a_conflict(void **state)
{
	(void)state;
	begin();
	map("0010");
	for (unsigned i = 0; i < NATSONDE_ENDPOINTS; i++)
		probe(map_of[i], .socket = 5, .mapped = "192.0.2.1:42000");
	expect("no witness", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_SAME_AFTER_CONFLICT);
	witness("  00");
	expect("witness", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_AFTER_CONFLICT);
}

static void sockets_may_leave_through_different_addresses(void **state)
{
	(void)state;
	begin();
	map("0000");
	probe(NATSONDE_Q_OPEN_A2P2, .mapped = "192.0.2.9:41000");
	probe(NATSONDE_Q_OPEN_A1P2, .mapped = "192.0.2.9:41000");
	expect("pool", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_SEVERAL_EGRESS);
}

static void too_few_destinations(void **state)
{
	(void)state;
	begin();
	expect("nothing asked", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NO_ANSWER);
	map("----");
	expect("nothing came", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NO_ANSWER);
	begin();
	map("0---");
	expect("one destination", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_ONE_DESTINATION);
	begin();
	map("0--0");
	expect("one address", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_ONE_ADDRESS);
	begin();
	map("00--");
	expect("one port", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_SAME_ON_ONE_PORT);
	begin();
	map("0-0-");
	expect("two of each", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_EVERYWHERE);
	begin();
	map("012-");
	expect("three differ", NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_PER_DESTINATION);
	begin();
	map("0--1");
	expect("on one address", NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_PER_DESTINATION);
}

/* What plain servers, named by hand, can say together: a dependence, but not on what. */
static void plain_servers_together(void **state)
{
	(void)state;
	for (unsigned differ = 0; differ < 2; differ++) {
		begin_bare();
		add_server("198.51.100.1:3478", NULL);
		add_server("198.51.100.2:19302", NULL);
		probe(NATSONDE_Q_MAP_A1P1, .server = 0, .mapped = OUTSIDE);
		probe(NATSONDE_Q_MAP_A1P1, .server = 1, .mapped = differ ? "192.0.2.1:40001" : OUTSIDE);
		if (differ)
			expect("differ", NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_PER_DESTINATION);
		else
			expect("agree", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_EVERYWHERE);
	}
	probe(NATSONDE_Q_OPEN_A1P1, .server = 0, .mapped = "192.0.2.1:41000");
	probe(NATSONDE_Q_OPEN_A1P1, .server = 1, .mapped = "192.0.2.1:41001");
	ask_first_again(0, OUTSIDE);
	expect("only one asked again", NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_PER_DESTINATION);
	ask_first_again(1, "192.0.2.1:40001");
	expect("seen twice", NATSONDE_ENDPOINT_DEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_PER_DESTINATION);
}

static void second_server(const char *pattern, unsigned port)
{
	add_server("198.51.100.20:3478", "198.51.100.21:3479");
	ask_endpoints(map_of, 1, pattern, PORT_CHANGES, port);
}

static void ask_both_again(void)
{
	ask_first_again(0, OUTSIDE);
	ask_first_again(1, "192.0.2.1:42000");
}

static void servers_agree_or_contradict(void **state)
{
	(void)state;
	begin();
	map("0123");
	second_server("0123", 42000);
	expect("both apdm", NATSONDE_ADDRESS_AND_PORT_DEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_PER_ADDRESS_AND_PORT);
	begin();
	map("0123");
	second_server("0110", 42000);
	ask_both_again();
	expect("apdm and adm", NATSONDE_UNSTABLE, NATSONDE_VERIFIED, NATSONDE_WHY_NO_PATTERN);
	begin();
	map("0000");
	second_server("0000", 40000);
	expect("both eim", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_EVERYWHERE);
	begin();
	map("0000");
	second_server("0000", 42000);
	ask_both_again();
	expect("eim, but another mapping there", NATSONDE_UNSTABLE, NATSONDE_VERIFIED, NATSONDE_WHY_NO_PATTERN);
	begin();
	map("0000");
	second_server("0---", 42000);
	ask_both_again();
	expect("eim, but another mapping at a plain server", NATSONDE_UNSTABLE, NATSONDE_VERIFIED, NATSONDE_WHY_NO_PATTERN);
}

/* A mapping that another destination shares depends on neither part of it: whatever that is, the class is not proven. */
static void shared_mapping_contradicts_a_dependence(void **state)
{
	static const char *const patterns[] = {"0110", "0123"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin();
		map(patterns[i]);
		witness(i == 0 ? "0 10" : "0 12");
		ask_first_again(0, OUTSIDE);
		assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_VERIFIED);
		add_server("198.51.100.20:3478", NULL);
		ask_first_again(1, OUTSIDE);
		ask_first_again(1, OUTSIDE);
		if (judged(NATSONDE_MAPPING).verdict != NATSONDE_UNSTABLE)
			assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_LIKELY);
	}
}

/* A server given by its alternate address as well is no second witness. */
static void twins_count_once(void **state)
{
	(void)state;
	begin_bare();
	add_server(OTHER, NULL);
	add_server(SERVER, NULL);
	probe(NATSONDE_Q_MAP_A1P1, .server = 0, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .server = 1, .mapped = OUTSIDE);
	assert_int_equal(judged(NATSONDE_MAPPING).verdict, NATSONDE_ENDPOINT_INDEPENDENT);
	natsonde_record_other(&ev, 1, address_id(OTHER));
	assert_int_equal(ev.servers[0].same_as, ev.servers[1].addr);
	assert_int_equal(ev.servers[1].same_as, 0);
	expect("one server after all", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_ONE_DESTINATION);
}

/* The truth without a NAT, however few destinations there are (design.md section 3). */
static void without_a_nat(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = HOST ":50002");
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_NONE);
	expect("one destination", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_NOT_TRANSLATED);
	probe(NATSONDE_Q_MAP_A2P1, .mapped = OUTSIDE);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_PRESENT);
	assert_int_equal(judged(NATSONDE_NAT).reason, NATSONDE_WHY_MAPPED_MIXED);
	expect("translated in part", NATSONDE_UNSTABLE, NATSONDE_LIKELY, NATSONDE_WHY_IP_VARIES);
}

/* A MAPPED-ADDRESS that says "no NAT" may have been rewritten on its way back (RFC 8489 section 14.2). */
static void unprotected_address(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = HOST ":50002")->is_unprotected = true;
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_NONE);
	assert_int_equal(judged(NATSONDE_NAT).certainty, NATSONDE_LIKELY);
	expect("unprotected", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_MAPPED_UNPROTECTED);
	probe(NATSONDE_Q_MAP_A2P1, .mapped = HOST ":50002");
	assert_int_equal(judged(NATSONDE_NAT).certainty, NATSONDE_VERIFIED);
	expect("protected elsewhere", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_NOT_TRANSLATED);
}

/* A server that contradicts itself is not believed, and does not spoil what another one says. */
static void liar_is_not_heard(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = "192.0.2.1:40001");
	assert_int_equal(judged(NATSONDE_NAT).reason, NATSONDE_WHY_MAPPED_UNTRUE);
	expect("liar", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_MAPPED_UNTRUE);
	add_server("198.51.100.20:3478", "198.51.100.21:3479");
	ask_endpoints(map_of, 1, "0000", PORT_CHANGES, 42000);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_PRESENT);
	expect("one that tells", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_EVERYWHERE);
}

/* TCP connections go through other state, and often another box: they say nothing about the mapping of UDP. */
static void tcp_says_nothing_about_udp(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_TCP, .mapped = "192.0.2.77:1234");
	probe(NATSONDE_Q_MAP_A1P1, .mapped = HOST ":50002");
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_NONE);
	expect("tcp through a proxy", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_NOT_TRANSLATED);
	begin();
	probe(NATSONDE_Q_TCP, .mapped = "192.0.2.77:1234");
	map("0000");
	expect("tcp through another address", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_SAME_EVERYWHERE);
}

/* An answer without any mapped address leaves nothing to compare. */
static void answer_without_an_address(void **state)
{
	(void)state;
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_ANSWERED);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_UNKNOWN);
	expect("nothing to compare", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_NO_ANSWER);
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = HOST ":50002");
	probe(NATSONDE_Q_MAP_A2P1, .outcome = NATSONDE_ANSWERED);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_NONE);
	expect("no NAT", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_VERIFIED, NATSONDE_WHY_NOT_TRANSLATED);
}

/* Only answers from where they were asked of count, late ones too. */
static void answers_from_elsewhere_do_not_count(void **state)
{
	(void)state;
	begin();
	map("0");
	probe(NATSONDE_Q_MAP_A2P1, .mapped = "192.0.2.1:40001", .from = SERVER);
	expect("wrong source", NATSONDE_UNKNOWN, NATSONDE_CERTAINTY_NONE, NATSONDE_WHY_ONE_DESTINATION);
	probe(NATSONDE_Q_MAP_A2P1, .mapped = OUTSIDE, .rtt_ms = 900, .outcome = NATSONDE_LATE);
	expect("late", NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_LIKELY, NATSONDE_WHY_SAME_ON_ONE_PORT);
}

/* What is left of an earlier use of the port may have been met: nothing is certain then, but that there is a NAT. */
static void fixed_port_lowers_certainty(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin();
		map(i == 0 ? "0000" : "0123");
		witness(i == 0 ? "  00" : "0 12");
		ask_first_again(0, OUTSIDE);
		assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_VERIFIED);
		ev.fixed_port = true;
		assert_int_equal(judged(NATSONDE_MAPPING).certainty, NATSONDE_LIKELY);
		assert_int_equal(judged(NATSONDE_P2P).certainty, NATSONDE_LIKELY);
		assert_int_equal(judged(NATSONDE_NAT).certainty, NATSONDE_VERIFIED);
	}
}

static void nat_is_seen_over_ipv6_too(void **state)
{
	(void)state;
	begin_bare();
	add_server("[2001:db8:5::10]:3478", "[2001:db8:5::11]:3479");
	probe(NATSONDE_Q_MAP_A1P1, .local = "[2001:db8::2]:50002", .mapped = "[2001:db8::2]:50002");
	assert_int_equal(judged(NATSONDE_NAT).reason, NATSONDE_WHY_MAPPED_IS_LOCAL);
	begin_bare();
	add_server("[2001:db8:5::10]:3478", "[2001:db8:5::11]:3479");
	probe(NATSONDE_Q_MAP_A1P1, .local = "[2001:db8::2]:50002", .mapped = "[2001:db8::2]:50003");
	assert_int_equal(judged(NATSONDE_NAT).reason, NATSONDE_WHY_MAPPED_DIFFERS);
	begin();
	probe(NATSONDE_Q_MAP_A1P1, .local = "0.0.0.0:50002", .mapped = "192.0.2.1:50002");
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partitions_are_all_there_are),
		cmocka_unit_test(every_partition_of_ports),
		cmocka_unit_test(every_partition_of_addresses),
		cmocka_unit_test(address_and_port_may_change_together),
		cmocka_unit_test(dependence_shows_behind_a_pool),
		cmocka_unit_test(second_socket_bears_witness),
		cmocka_unit_test(verdict_rests_on_both_sockets),
		cmocka_unit_test(fresh_port_after_a_conflict),
		cmocka_unit_test(sockets_may_leave_through_different_addresses),
		cmocka_unit_test(too_few_destinations),
		cmocka_unit_test(plain_servers_together),
		cmocka_unit_test(servers_agree_or_contradict),
		cmocka_unit_test(shared_mapping_contradicts_a_dependence),
		cmocka_unit_test(twins_count_once),
		cmocka_unit_test(without_a_nat),
		cmocka_unit_test(unprotected_address),
		cmocka_unit_test(liar_is_not_heard),
		cmocka_unit_test(tcp_says_nothing_about_udp),
		cmocka_unit_test(answer_without_an_address),
		cmocka_unit_test(answers_from_elsewhere_do_not_count),
		cmocka_unit_test(fixed_port_lowers_certainty),
		cmocka_unit_test(nat_is_seen_over_ipv6_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
