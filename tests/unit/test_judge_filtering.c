/* When a changed reply, or its absence, is a verdict on the filter, and every gate that forbids to conclude anything. */
#include "filtering_fixture.h"

static void silent_copies(enum natsonde_question q, unsigned n)
{
	silent_copies_of(0, q, n);
}

static void first_copies(void)
{
	first_copies_of(0);
}

static void alternates(void)
{
	alternates_of(0, false);
}

static void passed(enum natsonde_question control)
{
	probe(control, .mapped = "192.0.2.1:41000");
}

/* Plain APDF, up to where the control is asked. */
static void silence_of_all(void)
{
	first_copies();
	silent_copies(PORT, ENOUGH);
	alternates();
}

static void both_came(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(BOTH, .mapped = "192.0.2.1:39000");
}

static void both_came_in_the_end(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(BOTH, .mapped = "192.0.2.1:39000", .outcome = NATSONDE_LATE, .rtt_ms = 2000);
	ev.now_us += 3000000;
}

static void both_came_from_elsewhere(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(BOTH, .mapped = "192.0.2.1:39000", .from = "203.0.113.12:3479");
}

static void both_came_from_the_same(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(BOTH, .mapped = "192.0.2.1:39000", .from = SERVER);
}

static void port_came(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(PORT, .mapped = "192.0.2.1:39000");
	silent_copies(BOTH, ENOUGH);
	alternates();
	passed(NATSONDE_Q_CONTROL_BOTH);
}

/* The control of change-port says nothing about change-both. */
static void port_came_other_control(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(PORT, .mapped = "192.0.2.1:39000");
	silent_copies(BOTH, ENOUGH);
	alternates();
	passed(NATSONDE_Q_CONTROL_PORT);
}

static void nothing_came(void)
{
	silence_of_all();
	passed(NATSONDE_Q_CONTROL_PORT);
}

static void too_few_copies(void)
{
	first_copies();
	silent_copies(PORT, 2);
	alternates();
	passed(NATSONDE_Q_CONTROL_PORT);
}

static void not_waited_for(void)
{
	nothing_came();
	ev.now_us = ev.probes[ev.n_probes - 1].sent_us + 20000;
}

static void timed_out(void)
{
	too_few_copies();
	ev.end = NATSONDE_END_TIMEOUT;
}

static void interrupted(void)
{
	too_few_copies();
	ev.end = NATSONDE_END_INTERRUPTED;
}

/* Whoever sends its changed replies seconds late has not shown that the silence was waited for long enough. */
static void control_late(void)
{
	silence_of_all();
	probe(NATSONDE_Q_CONTROL_PORT, .mapped = "192.0.2.1:41000", .outcome = NATSONDE_LATE, .rtt_ms = 3000);
}

static void control_not_asked(void)
{
	silence_of_all();
}

static void control_lost(void)
{
	silence_of_all();
	for (unsigned i = 0; i < ENOUGH; i++)
		probe(NATSONDE_Q_CONTROL_PORT, .server = 0);
}

static void control_from_elsewhere(void)
{
	silence_of_all();
	probe(NATSONDE_Q_CONTROL_PORT, .mapped = "192.0.2.1:41000", .from = "203.0.113.10:9999");
}

static void control_from_the_same(void)
{
	silence_of_all();
	probe(NATSONDE_Q_CONTROL_PORT, .mapped = "192.0.2.1:41000", .from = SERVER);
}

static void door_does_not_answer(void)
{
	first_copies();
	silent_copies(PORT, ENOUGH);
	for (unsigned i = 0; i < ENOUGH; i++)
		probe(NATSONDE_Q_OPEN_A1P2, .server = 0);
}

static void dependent_mapping(void)
{
	first_copies();
	silent_copies(PORT, ENOUGH);
	alternates_of(0, true);
}

static void response_port_passed(void)
{
	dependent_mapping();
	probe(NATSONDE_Q_CONTROL_PORT, .mapped = "192.0.2.1:41002", .response_port = 41001);
}

static void response_port_refused(void)
{
	dependent_mapping();
	probe(NATSONDE_Q_CONTROL_PORT, .outcome = NATSONDE_ERROR, .code = 420, .response_port = 41001,
	      .refuses_response_port = true);
}

static void change_refused_with_response_port(void)
{
	dependent_mapping();
	probe(NATSONDE_Q_CONTROL_PORT, .outcome = NATSONDE_ERROR, .code = 420, .response_port = 41001, .refuses_change = true);
}

static void silent_with_response_port(void)
{
	dependent_mapping();
	for (unsigned i = 0; i < ENOUGH; i++)
		probe(NATSONDE_Q_CONTROL_PORT, .response_port = 41001);
}

/* All in one burst of loss, maybe: nothing was answered beside. */
static void response_port_alone(void)
{
	silent_with_response_port();
	for (unsigned i = 0; i < ENOUGH; i++)
		probe(NATSONDE_Q_RESPONSE_PORT, .response_port = 41000);
}

static void response_port_unanswered(void)
{
	response_port_alone();
	probe(NATSONDE_Q_FILTER_PLAIN, .mapped = "192.0.2.1:39000");
}

static void response_port_works_elsewhere(void)
{
	silent_with_response_port();
	probe(NATSONDE_Q_RESPONSE_PORT, .mapped = "192.0.2.1:40002", .response_port = 41000);
}

/* RESPONSE-PORT names no address: behind a pool the reply would go astray. */
static void dependent_on_two_addresses(void)
{
	first_copies();
	silent_copies(PORT, ENOUGH);
	probe(NATSONDE_Q_MAP_A1P2, .mapped = "192.0.2.1:40003");
	probe(NATSONDE_Q_OPEN_A1P2, .mapped = "192.0.2.2:41001");
}

static void refused(uint16_t code, bool names_it)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	probe(BOTH, .outcome = NATSONDE_ERROR, .code = code, .refuses_change = names_it);
	silent_copies(PORT, ENOUGH);
	alternates();
	passed(NATSONDE_Q_CONTROL_PORT);
}

static void refused_420(void)
{
	refused(420, true);
}

static void refused_420_without_names(void)
{
	refused(420, false);
}

static void refused_400(void)
{
	refused(400, false);
}

static void names(const char *other)
{
	begin_bare();
	add_server(SERVER, other);
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	silent_copies(BOTH, 3);
	silent_copies(PORT, ENOUGH);
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

static void names_private(void)
{
	names("192.168.1.1:3479");
}

static void names_multicast(void)
{
	names("224.0.0.251:5353");
}

static void names_another_origin(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE, .origin = "10.1.2.3:3478");
	silent_copies(BOTH, 3);
	silent_copies(PORT, ENOUGH);
	alternates();
	passed(NATSONDE_Q_CONTROL_PORT);
}

/* Filters are nested: that change-port stayed out is enough, though the other address is dead. */
static void other_address_is_dead(void)
{
	first_copies();
	silent_copies(PORT, ENOUGH);
	probe(NATSONDE_Q_MAP_A1P2, .mapped = OUTSIDE);
	probe(NATSONDE_Q_OPEN_A1P2, .mapped = "192.0.2.1:41000");
	passed(NATSONDE_Q_CONTROL_PORT);
	for (unsigned i = 0; i < 5; i++) {
		probe(NATSONDE_Q_MAP_A2P1, .server = 0);
		probe(NATSONDE_Q_MAP_A2P2, .server = 0);
	}
}

/* Each copy and the plain request beside it were lost together: that is the path, not a filter. */
static void lost_with_their_companions(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	silent_copies(BOTH, 3);
	alternates();
	passed(NATSONDE_Q_CONTROL_PORT);
	for (unsigned i = 0; i < ENOUGH + 4; i++) {
		probe(PORT, .at_ms = 500 + 100 * i);
		probe(NATSONDE_Q_FILTER_PLAIN, .server = 0);
	}
}

static void nobody_answers(void)
{
	for (unsigned i = 0; i < 3; i++) {
		probe(NATSONDE_Q_MAP_A1P1, .server = 0);
		probe(BOTH, .server = 0);
		probe(PORT, .server = 0);
	}
	ev.now_us = 4000000;
	ev.end = NATSONDE_END_NO_ANSWER;
}

/* A first positive after this host had spoken to the alternate. Where nothing else is ever lost, that contact opened the door. */
static void came_after_contact(void)
{
	first_copies();
	silent_copies(BOTH, ENOUGH);
	alternates();
	probe(BOTH, .mapped = "192.0.2.1:39000", .at_ms = 300);
}

static void came_after_contact_on_a_bad_path(void)
{
	probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
	for (unsigned i = 0; i < 3; i++) {
		probe(BOTH, .server = 0);
		probe(NATSONDE_Q_FILTER_PLAIN, .server = 0);
	}
	alternates();
	probe(BOTH, .mapped = "192.0.2.1:39000", .at_ms = 300);
}

/* The first copy was answered after the contact, but by its own: it had opened nothing. */
static void port_came_after_contact(void)
{
	first_copies();
	silent_copies(PORT, ENOUGH);
	alternates();
	probe(PORT, .mapped = "192.0.2.1:39000", .at_ms = 300);
	silent_copies(BOTH, ENOUGH);
	passed(NATSONDE_Q_CONTROL_BOTH);
}

static const struct {
	const char *name;
	void (*happened)(void);
	enum natsonde_verdict verdict;
	enum natsonde_certainty certainty;
	enum natsonde_reason reason;
} table[] = {
	{"both came", both_came, EIF, NATSONDE_VERIFIED, NATSONDE_WHY_CHANGED_BOTH_CAME},
	{"both came late", both_came_in_the_end, EIF, NATSONDE_VERIFIED, NATSONDE_WHY_CHANGED_BOTH_CAME},
	{"both came from a third address", both_came_from_elsewhere, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"both came from the same address", both_came_from_the_same, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"port came", port_came, ADF, NATSONDE_VERIFIED, NATSONDE_WHY_CHANGED_PORT_CAME},
	{"port came, wrong control", port_came_other_control, NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES},
	{"nothing came", nothing_came, APDF, NATSONDE_VERIFIED, NATSONDE_WHY_NOTHING_CHANGED_CAME},
	{"too few copies", too_few_copies, NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES},
	{"not waited for", not_waited_for, NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES},
	{"timed out", timed_out, NO_VERDICT, NATSONDE_WHY_NOT_FINISHED},
	{"interrupted", interrupted, NO_VERDICT, NATSONDE_WHY_NOT_FINISHED},
	{"no control", control_not_asked, NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES},
	{"control late", control_late, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"control silent", control_lost, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"control from a third address", control_from_elsewhere, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"control from the same address", control_from_the_same, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"no door to open", door_does_not_answer, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"control by response-port", response_port_passed, APDF, NATSONDE_VERIFIED, NATSONDE_WHY_NOTHING_CHANGED_CAME},
	{"no response-port", response_port_refused, APDF, NATSONDE_LIKELY, NATSONDE_WHY_NO_CONTROL},
	{"420 names change-request", change_refused_with_response_port, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"response-port not known", silent_with_response_port, NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES},
	{"response-port silent in a burst", response_port_alone, NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES},
	{"response-port ignored", response_port_unanswered, APDF, NATSONDE_LIKELY, NATSONDE_WHY_NO_CONTROL},
	{"response-port works, control does not", response_port_works_elsewhere, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"response-port and a pool", dependent_on_two_addresses, APDF, NATSONDE_LIKELY, NATSONDE_WHY_NO_CONTROL},
	{"420", refused_420, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"420 that names nothing", refused_420_without_names, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"400", refused_400, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"no alternate", names_none, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"same IP", names_same_ip, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"same port", names_same_port, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"private", names_private, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"multicast", names_multicast, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"origin differs", names_another_origin, NO_VERDICT, NATSONDE_WHY_SERVER_CANNOT},
	{"other address dead", other_address_is_dead, APDF, NATSONDE_VERIFIED, NATSONDE_WHY_NOTHING_CHANGED_CAME},
	{"companions lost", lost_with_their_companions, NO_VERDICT, NATSONDE_WHY_TOO_FEW_COPIES},
	{"nobody", nobody_answers, NO_VERDICT, NATSONDE_WHY_NO_ANSWER},
	{"after contact", came_after_contact, NO_VERDICT, NATSONDE_WHY_HOST_KEYED},
	{"after contact, bad path", came_after_contact_on_a_bad_path, EIF, NATSONDE_LIKELY, NATSONDE_WHY_CAME_LATE},
	{"port after contact", port_came_after_contact, NO_VERDICT, NATSONDE_WHY_HOST_KEYED},
};

static void every_row_of_the_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		begin();
		table[i].happened();
		expect(table[i].name, table[i].verdict, table[i].certainty, table[i].reason);
	}
}

/* Silence counts copy by copy: no number of lost controls, and no passing of time, may make the verdict come earlier. */
static void losses_ask_for_more_copies(void **state)
{
	unsigned needed[3];

	(void)state;
	for (unsigned lost = 0; lost < 3; lost++)
		for (needed[lost] = 1;; needed[lost]++) {
			begin();
			probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
			alternates();
			passed(NATSONDE_Q_CONTROL_PORT);
			for (unsigned i = 0; i < 4; i++)
				probe(NATSONDE_Q_MAP_A1P1, .at_ms = 200 + 50 * i, .mapped = i < 2 * lost ? NULL : OUTSIDE);
			for (unsigned i = 0; i < needed[lost]; i++)
				probe(PORT, .at_ms = 500 + 5 * i);
			probe(NATSONDE_Q_MAP_A1P1, .at_ms = 700, .mapped = OUTSIDE);
			ev.now_us += 100000000;
			if (judged(NATSONDE_FILTERING).verdict == APDF)
				break;
			assert_true(needed[lost] < 40);
		}
	assert_in_range(needed[0], 7, ENOUGH); /* 1/16 2/17 3/18 4/19 5/20 6/21 7/22 < 1e-5 */
	assert_true(needed[1] > needed[0]);
	assert_true(needed[2] > needed[1]);
}

/* A server that limits packets answers nothing any more: that is no filter. */
static void silence_after_the_last_answer_says_nothing(void **state)
{
	(void)state;
	for (unsigned answered_later = 0; answered_later < 2; answered_later++) {
		begin();
		probe(NATSONDE_Q_MAP_A1P1, .mapped = OUTSIDE);
		alternates();
		passed(NATSONDE_Q_CONTROL_PORT);
		for (unsigned i = 0; i < 2 * ENOUGH; i++)
			probe(PORT, .at_ms = 1000 + 5 * i);
		if (answered_later)
			probe(NATSONDE_Q_FILTER_PLAIN, .at_ms = 1200, .mapped = "192.0.2.1:39000");
		ev.now_us += 100000000;
		assert_int_equal(judged(NATSONDE_FILTERING).verdict, answered_later ? APDF : NATSONDE_UNKNOWN);
	}
}

static void verdict_rests_on_copies_and_control(void **state)
{
	struct natsonde_finding f;

	(void)state;
	begin();
	nothing_came();
	f = judged(NATSONDE_FILTERING);
	for (unsigned i = 0; i < ev.n_probes; i++)
		assert_int_equal(natsonde_basis_has(&f.basis, i),
				 ev.probes[i].question == PORT || ev.probes[i].question == NATSONDE_Q_CONTROL_PORT);
	begin();
	both_came();
	f = judged(NATSONDE_FILTERING);
	assert_int_equal(f.basis.bits[0], 1u << 1);
}

static void fixed_port_lowers_certainty(void **state)
{
	(void)state;
	begin();
	nothing_came();
	ev.fixed_port = true;
	expect("fixed port", APDF, NATSONDE_LIKELY, NATSONDE_WHY_NOTHING_CHANGED_CAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table),
		cmocka_unit_test(losses_ask_for_more_copies),
		cmocka_unit_test(silence_after_the_last_answer_says_nothing),
		cmocka_unit_test(verdict_rests_on_copies_and_control),
		cmocka_unit_test(fixed_port_lowers_certainty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
