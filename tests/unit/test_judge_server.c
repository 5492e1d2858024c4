/* What may be said of a server, and why. */
#include "evidence_fixture.h"

#include <natsonde/names.h>

#include "core/vet.h"

#define CHANGED_TO "192.0.2.1:39000" /* the filter socket's mapping */
#define DOOR "192.0.2.1:41000"       /* the control socket's */

static void answers(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
}

static void silent_at(enum natsonde_question q)
{
	for (unsigned i = 0; i < 8; i++)
		probe(q, .server = 0);
}

static void nothing(void)
{
}

static void nobody(void)
{
	silent_at(NATSONDE_Q_MAP_A1P1);
}

static void refused(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_UNREACHABLE);
}

static void tcp_only(void)
{
	silent_at(NATSONDE_Q_MAP_A1P1);
	probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_UNREACHABLE);
	probe(NATSONDE_Q_TCP, .mapped = OUTSIDE);
}

static void tcp_refused(void)
{
	silent_at(NATSONDE_Q_MAP_A1P1);
	probe(NATSONDE_Q_TCP, .outcome = NATSONDE_UNREACHABLE);
}

static void broken(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .outcome = NATSONDE_ERROR, .code = 500);
}

static void garbled(void)
{
	nobody();
	ev.servers[0].noise = 3;
}

/* One socket has one mapping toward a destination, and no two sockets have the same. */
static void tells_two_sockets_the_same(void)
{
	answers();
	probe(NATSONDE_Q_FILTER_PLAIN, .mapped = OUTSIDE);
}

static void tells_one_socket_two_things(void)
{
	answers();
	probe(NATSONDE_Q_MAP_A1P1, .mapped = "192.0.2.1:40001");
}

static void answers_from_elsewhere(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .from = "203.0.113.12:3478");
}

static void names(const char *other)
{
	begin_bare();
	add_server(SERVER, other);
	answers();
}

static void names_none(void)
{
	names(NULL);
}

static void names_same_ip(void)
{
	names("203.0.113.10:3479");
}

static void names_same_port(void)
{
	names("203.0.113.11:3478");
}

static void names_ipv6(void)
{
	names("[2001:db8::1]:3479");
}

static void names_private(void)
{
	names("10.0.0.1:3479");
}

static void names_multicast(void)
{
	names("239.255.255.250:1900");
}

static void translated(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .origin = "10.0.0.1:3478");
}

static void alternate_silent(void)
{
	answers();
	silent_at(NATSONDE_Q_MAP_A2P1);
	silent_at(NATSONDE_Q_MAP_A2P2);
	probe(NATSONDE_Q_MAP_A1P2, .mapped = OUTSIDE);
}

static void port_silent(void)
{
	answers();
	probe(NATSONDE_Q_MAP_A2P1, .mapped = OUTSIDE);
	silent_at(NATSONDE_Q_MAP_A2P2);
	silent_at(NATSONDE_Q_MAP_A1P2);
}

/* One endpoint of four may lose its packets to a conflict; the two that changed replies come from may not be silent. */
static void one_endpoint_silent(void)
{
	answers();
	silent_at(NATSONDE_Q_MAP_A2P1);
	probe(NATSONDE_Q_MAP_A2P2, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P2, .mapped = OUTSIDE);
}

static void changed_from_the_same(void)
{
	answers();
	probe(NATSONDE_Q_FILTER_BOTH, .mapped = CHANGED_TO, .from = SERVER);
}

static void changed_from_elsewhere(void)
{
	answers();
	probe(NATSONDE_Q_FILTER_PORT, .mapped = CHANGED_TO, .from = "203.0.113.12:3479");
}

static void changed_port_when_both_asked(void)
{
	answers();
	probe(NATSONDE_Q_FILTER_BOTH, .mapped = CHANGED_TO, .from = "203.0.113.10:3479");
}

static void all_doors_open(void)
{
	answers();
	probe(NATSONDE_Q_MAP_A2P1, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A2P2, .mapped = OUTSIDE);
	probe(NATSONDE_Q_MAP_A1P2, .mapped = OUTSIDE);
	probe(NATSONDE_Q_OPEN_A2P2, .mapped = DOOR);
	probe(NATSONDE_Q_OPEN_A1P2, .mapped = DOOR);
}

static void changed_port_dropped(void)
{
	all_doors_open();
	silent_at(NATSONDE_Q_CONTROL_PORT);
}

static void changed_both_dropped(void)
{
	all_doors_open();
	silent_at(NATSONDE_Q_CONTROL_BOTH);
}

static void one_changed_reply_proves_it(void)
{
	changed_port_dropped();
	probe(NATSONDE_Q_CONTROL_BOTH, .mapped = DOOR);
}

static void rejected(uint16_t code, bool names_it)
{
	answers();
	probe(NATSONDE_Q_FILTER_PORT, .outcome = NATSONDE_ERROR, .code = code, .refuses_change = names_it);
}

static void rejected_420(void)
{
	rejected(420, true);
}

static void rejected_400(void)
{
	rejected(400, false);
}

static void rejected_500(void)
{
	rejected(500, false);
}

static void response_port_rejected(void)
{
	answers();
	probe(NATSONDE_Q_CONTROL_PORT, .outcome = NATSONDE_ERROR, .code = 420, .response_port = 41000,
	      .refuses_response_port = true);
}

static void both_rejected(void)
{
	answers();
	probe(NATSONDE_Q_CONTROL_PORT, .outcome = NATSONDE_ERROR, .code = 420, .response_port = 41000,
	      .refuses_response_port = true, .refuses_change = true);
}

static void falls_silent(void)
{
	answers();
	for (unsigned i = 0; i < 12; i++)
		probe(NATSONDE_Q_FILTER_PLAIN, .server = 0);
}

static void proven(void)
{
	answers();
	probe(NATSONDE_Q_FILTER_BOTH, .mapped = CHANGED_TO);
}

static const struct {
	const char *name;
	void (*happened)(void);
	enum natsonde_server_verdict verdict;
	enum natsonde_server_reason reason;
} table[] = {
	{"not asked", nothing, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_NO_ANSWER},
	{"nobody", nobody, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_NO_ANSWER},
	{"refused", refused, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_REFUSED},
	{"tcp only", tcp_only, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_TCP_ONLY},
	{"tcp refused too", tcp_refused, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_NO_ANSWER},
	{"broken", broken, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_ERROR},
	{"garbled", garbled, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_GARBLED},
	{"shared", tells_two_sockets_the_same, NATSONDE_SERVER_MAPPED_INVALID, NATSONDE_SERVER_WHY_MAPPED_SHARED},
	{"changes", tells_one_socket_two_things, NATSONDE_SERVER_MAPPED_INVALID, NATSONDE_SERVER_WHY_MAPPED_CHANGES},
	{"from elsewhere", answers_from_elsewhere, NATSONDE_SERVER_SILENT, NATSONDE_SERVER_WHY_NO_ANSWER},
	{"no other", names_none, NATSONDE_SERVER_BINDING_ONLY, NATSONDE_SERVER_WHY_NO_OTHER_ADDRESS},
	{"same ip", names_same_ip, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_OTHER_SAME_IP},
	{"same port", names_same_port, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_OTHER_SAME_PORT},
	{"family", names_ipv6, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_OTHER_FAMILY},
	{"private", names_private, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_OTHER_PRIVATE},
	{"multicast", names_multicast, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
	{"origin", translated, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_ORIGIN_DIFFERS},
	{"address silent", alternate_silent, NATSONDE_SERVER_ALTERNATE_UNREACHABLE, NATSONDE_SERVER_WHY_ALTERNATE_SILENT},
	{"port silent", port_silent, NATSONDE_SERVER_ALTERNATE_UNREACHABLE, NATSONDE_SERVER_WHY_PORT_SILENT},
	{"one silent", one_endpoint_silent, NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_CLAIMED},
	{"same source", changed_from_the_same, NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_SAME_SOURCE},
	{"third source", changed_from_elsewhere, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_CR_WRONG_SOURCE},
	{"half changed", changed_port_when_both_asked, NATSONDE_SERVER_ALTERNATE_INVALID, NATSONDE_SERVER_WHY_CR_WRONG_SOURCE},
	{"doors open", all_doors_open, NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_CLAIMED},
	{"port dropped", changed_port_dropped, NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_DROPPED},
	{"both dropped", changed_both_dropped, NATSONDE_SERVER_IGNORES_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_DROPPED},
	{"one came", one_changed_reply_proves_it, NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN},
	{"420", rejected_420, NATSONDE_SERVER_REJECTS_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_ERROR},
	{"400", rejected_400, NATSONDE_SERVER_REJECTS_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_ERROR},
	{"500", rejected_500, NATSONDE_SERVER_REJECTS_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_ERROR},
	{"420 response-port", response_port_rejected, NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_CLAIMED},
	{"420 both", both_rejected, NATSONDE_SERVER_REJECTS_CHANGE_REQUEST, NATSONDE_SERVER_WHY_CR_ERROR},
	{"falls silent", falls_silent, NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_FELL_SILENT},
	{"proven", proven, NATSONDE_SERVER_RFC5780, NATSONDE_SERVER_WHY_PROVEN},
};
#define ROWS (sizeof(table) / sizeof(table[0]))

static void every_row_of_the_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ROWS; i++) {
		struct natsonde_server_finding f;

		begin();
		table[i].happened();
		f = natsonde_judge_server(&ev, 0);
		if (f.verdict != table[i].verdict || f.reason != table[i].reason)
			fail_msg("%s: got %s, %s", table[i].name,
				 natsonde_server_verdict_name((enum natsonde_server_verdict)f.verdict),
				 natsonde_server_reason_sentence((enum natsonde_server_reason)f.reason));
	}
}

/* Every word that the judge has for a server is said in the table. */
static void every_verdict_and_reason_is_reached(void **state)
{
	unsigned verdicts = 1u << NATSONDE_SERVER_UNRESOLVED;
	unsigned reasons = 1u << NATSONDE_SERVER_WHY_UNRESOLVED | 1u << NATSONDE_SERVER_WHY_NONE;

	(void)state;
	for (unsigned i = 0; i < ROWS; i++) {
		verdicts |= 1u << table[i].verdict;
		reasons |= 1u << table[i].reason;
	}
	assert_int_equal(verdicts, (1u << NATSONDE_SERVER_VERDICTS) - 1);
	/* The reasons after that one are of what a server can be used for. */
	assert_int_equal(reasons, (2u << NATSONDE_SERVER_WHY_UNRESOLVED) - 1);
}

/* RFC 5780 section 7.4, and that nobody may turn this host against its own network. */
static void alternates_that_nobody_may_name(void **state)
{
	static const struct { const char *own, *other; enum natsonde_server_reason reason; } rows[] = {
		{SERVER, OTHER, NATSONDE_SERVER_WHY_NONE},
		{SERVER, "203.0.113.11:0", NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
		{SERVER, "0.0.0.0:3479", NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
		{SERVER, "0.1.2.3:3479", NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
		{SERVER, "255.255.255.255:3479", NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
		{SERVER, "224.0.0.1:3479", NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
		{SERVER, "127.0.0.1:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{SERVER, "172.16.0.1:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{SERVER, "100.64.0.1:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{SERVER, "169.254.169.254:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{"10.0.0.1:3478", "10.0.0.9:3479", NATSONDE_SERVER_WHY_NONE},
		{"10.0.0.1:3478", "127.0.0.1:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{"10.0.0.1:3478", "203.0.113.11:3479", NATSONDE_SERVER_WHY_NONE},
		{"127.0.0.1:3478", "127.0.0.2:3479", NATSONDE_SERVER_WHY_NONE},
		{"[2001:db8::1]:3478", "[2001:db8::2]:3479", NATSONDE_SERVER_WHY_NONE},
		{"[2001:db8::1]:3478", "[::]:3479", NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
		{"[2001:db8::1]:3478", "[::1]:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{"[2001:db8::1]:3478", "[ff02::1]:3479", NATSONDE_SERVER_WHY_OTHER_NOT_UNICAST},
		{"[2001:db8::1]:3478", "[fe80::1]:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{"[2001:db8::1]:3478", "[fd00::1]:3479", NATSONDE_SERVER_WHY_OTHER_PRIVATE},
		{"[2001:db8::1]:3478", "203.0.113.11:3479", NATSONDE_SERVER_WHY_OTHER_FAMILY},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_bare();
		add_server(rows[i].own, rows[i].other);
		if (natsonde_vet_alternate(&ev, 0) != rows[i].reason)
			fail_msg("%s naming %s: got %s", rows[i].own, rows[i].other,
				 natsonde_server_reason_sentence(natsonde_vet_alternate(&ev, 0)));
	}
}

/* Two servers are judged apart. */
static void servers_are_judged_apart(void **state)
{
	(void)state;
	begin();
	proven();
	add_server("198.51.100.20:3478", NULL);
	assert_int_equal(natsonde_judge_server(&ev, 1).verdict, NATSONDE_SERVER_SILENT);
	probe(NATSONDE_Q_MAP_A1P1, .server = 1, .mapped = OUTSIDE);
	assert_int_equal(natsonde_judge_server(&ev, 1).verdict, NATSONDE_SERVER_BINDING_ONLY);
	assert_int_equal(natsonde_judge_server(&ev, 0).verdict, NATSONDE_SERVER_RFC5780);
}

/* While others answer, twice their patience is what a silent one gets; alone, it has all the time there is. */
static void silent_server_is_given_up(void **state)
{
	struct natsonde_tally t;

	(void)state;
	begin();
	add_server("198.51.100.20:3478", NULL);
	assert_int_equal(natsonde_tally_patience_us(&ev), 500000); /* RFC 8489 section 6.2.1 */
	probe(NATSONDE_Q_MAP_A1P1, .server = 1, .at_ms = 100);
	natsonde_tally(&ev, 1, &t);
	assert_false(natsonde_vet_is_given_up(&ev, &t));
	probe(NATSONDE_Q_MAP_A1P1, .server = 0, .mapped = OUTSIDE, .rtt_ms = 30);
	assert_int_equal(natsonde_tally_patience_us(&ev), 130000);
	ev.now_us = 100000 + 2 * 130000 - 1;
	natsonde_tally(&ev, 1, &t);
	assert_false(natsonde_vet_is_given_up(&ev, &t));
	ev.now_us++;
	assert_true(natsonde_vet_is_given_up(&ev, &t));
	natsonde_tally(&ev, 0, &t);
	assert_false(natsonde_vet_is_given_up(&ev, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table),
		cmocka_unit_test(every_verdict_and_reason_is_reached),
		cmocka_unit_test(alternates_that_nobody_may_name),
		cmocka_unit_test(servers_are_judged_apart),
		cmocka_unit_test(silent_server_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
