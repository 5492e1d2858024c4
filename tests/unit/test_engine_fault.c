/* What the engine does when this host cannot do as asked: no socket, no buffer, not allowed, not enough memory. */
#include "engine_fixture.h"

#define SERVER "203.0.113.10:3478"

static void begin(void)
{
	prepare(SERVER);
	world = honest;
}

static unsigned opens_to_fail;
static enum natsonde_fault fault_to_report;

static enum natsonde_fault some_opens_fail(const struct natsonde_action *a)
{
	if (a->transport == NATSONDE_TCP || opens_to_fail == 0)
		return NATSONDE_OK;
	opens_to_fail--;
	return fault_to_report;
}

static void taken_port_is_drawn_anew(void **state)
{
	(void)state;
	begin();
	open_fault = some_opens_fail;
	fault_to_report = NATSONDE_FAULT_PORT_TAKEN;
	opens_to_fail = 5;
	run();
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(deeds[i].action.what, NATSONDE_DO_OPEN);
		assert_int_equal(deeds[i].action.slot, deeds[i + 1].action.slot);
		assert_int_not_equal(deeds[i].action.port, deeds[i + 1].action.port);
	}
	expect_classes(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
	opens_to_fail = 1000;
	run();
	assert_int_equal(ev->end, NATSONDE_END_FAULT);
	assert_int_equal(ev->fault, NATSONDE_FAULT_PORT_TAKEN);
	assert_true(n_deeds <= 20);
}

static void fixed_ports_are_three_in_a_row(void **state)
{
	bool seen[3] = {false};

	(void)state;
	begin();
	plan.local_port = 5060;
	run();
	assert_true(ev->fixed_port);
	for (unsigned i = 0; i < n_deeds; i++)
		if (deeds[i].action.what == NATSONDE_DO_OPEN) {
			assert_in_range(deeds[i].action.port, 5060, 5062);
			seen[deeds[i].action.port - 5060] = true;
		}
	assert_true(seen[0] && seen[1] && seen[2]);
	assert_int_equal(judged(NATSONDE_FILTERING).certainty, NATSONDE_LIKELY);
}

/* A port that the user wants and cannot have is no reason to take another. */
static void fixed_port_that_is_taken(void **state)
{
	(void)state;
	begin();
	plan.local_port = 5060;
	open_fault = some_opens_fail;
	fault_to_report = NATSONDE_FAULT_PORT_TAKEN;
	opens_to_fail = 1;
	run();
	assert_int_equal(ev->end, NATSONDE_END_FAULT);
	assert_int_equal(ev->fault, NATSONDE_FAULT_PORT_TAKEN);
	assert_int_equal(n_sent, 0);
}

static void socket_that_cannot_be_opened(void **state)
{
	static const enum natsonde_fault faults[] = {NATSONDE_FAULT_NO_SOCKET, NATSONDE_FAULT_NO_ROUTE, NATSONDE_FAULT_DENIED,
						     NATSONDE_FAULT_NO_INTERFACE, NATSONDE_FAULT_OTHER};

	(void)state;
	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		begin();
		open_fault = some_opens_fail;
		fault_to_report = faults[i];
		opens_to_fail = 1;
		run();
		assert_int_equal(ev->end, NATSONDE_END_FAULT);
		assert_int_equal(ev->fault, faults[i]);
		assert_int_equal(n_sent, 0);
		assert_int_equal(now, BEGAN);
		assert_int_equal(judged(NATSONDE_P2P).reason, NATSONDE_WHY_LOCAL_FAULT);
	}
}

static enum natsonde_fault control_cannot_be_opened(const struct natsonde_action *a)
{
	return a->slot == NATSONDE_SOCKET_CONTROL ? NATSONDE_FAULT_NO_SOCKET : NATSONDE_OK;
}

static void third_socket_that_cannot_be_opened(void **state)
{
	(void)state;
	begin();
	open_fault = control_cannot_be_opened;
	run();
	assert_int_equal(ev->end, NATSONDE_END_FAULT);
	assert_int_equal(ev->fault, NATSONDE_FAULT_NO_SOCKET);
	assert_int_equal(count_deeds(NATSONDE_DO_CLOSE), 2);
}

static unsigned sends, busy_every, busy_from, busy_to;

static enum natsonde_fault sometimes_busy(const struct natsonde_action *a)
{
	(void)a;
	sends++;
	if (busy_every != 0 && sends % busy_every == 0)
		return NATSONDE_FAULT_BUSY;
	return sends >= busy_from && sends < busy_to ? NATSONDE_FAULT_BUSY : NATSONDE_OK;
}

static void begin_busy(unsigned every, unsigned from, unsigned to)
{
	begin();
	send_fault = sometimes_busy;
	sends = 0;
	busy_every = every;
	busy_from = from;
	busy_to = to;
}

/* No buffer now (ENOBUFS): the same question again, a little later, under a new id; no probe was lost. */
static void busy_host_asks_again(void **state)
{
	const struct deed *first = NULL, *again = NULL;

	(void)state;
	begin_busy(0, 3, 4);
	run();
	for (unsigned i = 0, n = 0; i < n_deeds; i++)
		if (deeds[i].action.what == NATSONDE_DO_SEND && ++n >= 3 && again == NULL) {
			again = first != NULL ? &deeds[i] : NULL;
			first = first == NULL ? &deeds[i] : first;
		}
	assert_int_equal(again->action.slot, first->action.slot);
	assert_int_equal(again->request.change, first->request.change);
	assert_true(again->at >= first->at + 20 * NATSONDE_MS);
	assert_int_equal(ev->n_probes, n_sent);
	assert_int_equal(count_probes(NATSONDE_UNSENT), 0);
	expect_classes(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
}

/* However often that happens, as long as it goes on in between. */
static void busy_now_and_then(void **state)
{
	(void)state;
	begin_busy(2, 0, 0);
	run();
	assert_int_equal(count_probes(NATSONDE_UNSENT), 0);
	assert_int_equal(ev->n_probes, n_sent);
	expect_classes(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
}

static void busy_for_good(void **state)
{
	(void)state;
	begin_busy(1, 0, 0);
	run();
	assert_int_equal(ev->end, NATSONDE_END_FAULT);
	assert_int_equal(ev->fault, NATSONDE_FAULT_BUSY);
	assert_int_equal(count_probes(NATSONDE_UNSENT), ev->n_probes);
	assert_true(ev->n_probes <= 16);
	assert_true(now - BEGAN <= 4 * NATSONDE_S);
}

static enum natsonde_fault denied(const struct natsonde_action *a)
{
	(void)a;
	return NATSONDE_FAULT_DENIED;
}

/* This host's own firewall (EPERM): a handful of attempts, the cause by its name, and soon. */
static void every_send_is_denied(void **state)
{
	(void)state;
	begin();
	send_fault = denied;
	run();
	assert_int_equal(ev->end, NATSONDE_END_FAULT);
	assert_int_equal(ev->fault, NATSONDE_FAULT_DENIED);
	assert_true(ev->n_probes <= 16);
	assert_int_equal(count_probes(NATSONDE_UNSENT), ev->n_probes);
	assert_true(now - BEGAN <= 2 * NATSONDE_S);
	for (unsigned i = 0; i < ev->n_probes; i++)
		assert_int_equal(ev->probes[i].fault, NATSONDE_FAULT_DENIED);
	assert_int_equal(judged(NATSONDE_MAPPING).reason, NATSONDE_WHY_LOCAL_FAULT);
}

static enum natsonde_fault denied_to_alternates(const struct natsonde_action *a)
{
	return is_at(&a->to, SERVER) ? NATSONDE_OK : NATSONDE_FAULT_DENIED;
}

/* A firewall here that lets through to the server alone: what could not be asked is not known, and the run ends by itself. */
static void alternates_are_denied(void **state)
{
	(void)state;
	begin();
	send_fault = denied_to_alternates;
	run();
	assert_int_equal(ev->end, NATSONDE_END_DECIDED);
	assert_int_equal(ev->fault, NATSONDE_OK);
	assert_true(ev->n_probes <= 60);
	assert_int_equal(judged(NATSONDE_MAPPING).verdict, NATSONDE_UNKNOWN);
	assert_int_equal(judged(NATSONDE_FILTERING).verdict, NATSONDE_UNKNOWN);
}

static enum natsonde_fault no_tcp(const struct natsonde_action *a)
{
	return a->transport == NATSONDE_TCP ? NATSONDE_FAULT_NO_SOCKET : NATSONDE_OK;
}

static void no_socket_for_tcp_ends_nothing(void **state)
{
	(void)state;
	begin();
	world = NULL;
	open_fault = no_tcp;
	run();
	assert_int_equal(ev->end, NATSONDE_END_NO_ANSWER);
	assert_int_equal(count_probes(NATSONDE_UNSENT), 1);
	assert_int_equal(judged(NATSONDE_P2P).reason, NATSONDE_WHY_NO_ANSWER);
}

/* Too little memory: nothing is written beyond it, the run ends, and says so; what is not known is not guessed. */
static void little_memory(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 27; i++) {
		static const enum natsonde_verdict classes[] = {
			NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_DEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT
		};
		enum natsonde_verdict m, f;

		begin();
		mapping = classes[i % 3];
		filtering = classes[i / 3 % 3];
		max_probes = i / 9 == 1 ? NATSONDE_PROBES_MAX : 16;
		max_addrs = i / 9 == 0 ? UINT8_MAX : 4;
		run();
		m = (enum natsonde_verdict)judged(NATSONDE_MAPPING).verdict;
		f = (enum natsonde_verdict)judged(NATSONDE_FILTERING).verdict;
		if ((m != mapping && m != NATSONDE_UNKNOWN && m != NATSONDE_UNSTABLE && m != NATSONDE_ENDPOINT_DEPENDENT) ||
		    (m == NATSONDE_ENDPOINT_DEPENDENT && mapping == NATSONDE_ENDPOINT_INDEPENDENT))
			fail_msg("%u: mapping %u, found %u", i, mapping, m);
		if (f != filtering && f != NATSONDE_UNKNOWN)
			fail_msg("%u: filtering %u, found %u", i, filtering, f);
		assert_true(now - BEGAN <= plan.timeout);
		assert_true(n_sent <= 60);
	}
}

static void little_memory_is_said(void **state)
{
	(void)state;
	begin();
	max_addrs = 4;
	run();
	assert_true(ev->is_truncated);
	begin();
	max_probes = 16;
	run();
	assert_int_equal(ev->n_probes, 16);
	assert_true(ev->is_truncated);
}

/* More servers than there is room for addresses: nothing is sent to nobody (seen at every send). */
static void little_memory_and_many_servers(void **state)
{
	(void)state;
	begin();
	plan.n_servers = NATSONDE_SERVERS_MAX;
	for (unsigned i = 0; i < NATSONDE_SERVERS_MAX; i++) {
		plan.servers[i].addr = address("198.51.100.0:3478");
		plan.servers[i].addr.ip[3] = (uint8_t)(10 * i + 2);
		plan.servers[i].name = (uint8_t)i;
	}
	max_addrs = 4;
	run();
	assert_true(ev->is_truncated);
	max_addrs = UINT8_MAX;
	run();
	assert_false(ev->is_truncated);
	expect_classes(NATSONDE_ENDPOINT_INDEPENDENT, NATSONDE_ADDRESS_AND_PORT_DEPENDENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_port_is_drawn_anew),
		cmocka_unit_test(fixed_ports_are_three_in_a_row),
		cmocka_unit_test(fixed_port_that_is_taken),
		cmocka_unit_test(socket_that_cannot_be_opened),
		cmocka_unit_test(third_socket_that_cannot_be_opened),
		cmocka_unit_test(busy_host_asks_again),
		cmocka_unit_test(busy_now_and_then),
		cmocka_unit_test(busy_for_good),
		cmocka_unit_test(every_send_is_denied),
		cmocka_unit_test(alternates_are_denied),
		cmocka_unit_test(no_socket_for_tcp_ends_nothing),
		cmocka_unit_test(little_memory),
		cmocka_unit_test(little_memory_is_said),
		cmocka_unit_test(little_memory_and_many_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
