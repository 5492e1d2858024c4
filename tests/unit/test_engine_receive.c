/* What comes in: which probe it settles, and everything that settles none. */
#include "answer_fixture.h"

static void answer_is_written_down(void **state)
{
	struct natsonde_stun_message m;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	m = answer();
	m.mapped = address("192.0.2.9:9");
	m.origin = address(SERVER);
	m.other = address(OTHER);
	deliver(SERVER, m);
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
	assert_int_equal(p->answered_us, now - BEGAN);
	assert_int_equal(p->arrived, p->socket);
	assert_true(came_from(SERVER));
	assert_true(is_at(natsonde_evidence_addr(ev, p->mapped), "192.0.2.1:40000"));
	assert_true(is_at(natsonde_evidence_addr(ev, p->mapped_plain), "192.0.2.9:9"));
	assert_true(is_at(natsonde_evidence_addr(ev, p->origin), SERVER));
	assert_true(is_at(natsonde_evidence_addr(ev, p->other), OTHER));
	assert_true(is_at(natsonde_evidence_addr(ev, ev->servers[0].other), OTHER));
}

static void plain_mapped_address_will_do(void **state)
{
	struct natsonde_stun_message m;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	m = answer();
	m.mapped = m.xor_mapped;
	m.xor_mapped.family = NATSONDE_NO_FAMILY;
	deliver(SERVER, m);
	assert_int_equal(p->mapped, p->mapped_plain);
	assert_true(is_at(natsonde_evidence_addr(ev, p->mapped), "192.0.2.1:40000"));
}

/* Right id, wrong socket: of this run, but no answer. Wrong id: not of this run; what a server sends so is noise. */
static void wrong_socket_and_wrong_id(void **state)
{
	struct natsonde_stun_message m;
	struct natsonde_addr server = address(SERVER);
	uint8_t bytes[128];
	size_t len;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	m = answer();
	len = natsonde_stun_encode(&m, bytes, sizeof(bytes));
	assert_true(natsonde_engine_on_received(&engine, now, NATSONDE_SOCKET_FILTER, &server, bytes, len));
	assert_true(natsonde_engine_on_received(&engine, now, NATSONDE_SOCKET_CONTROL, &server, bytes, len));
	assert_true(natsonde_engine_on_received(&engine, now, NATSONDE_SOCKET_TCP, &server, bytes, len));
	assert_false(natsonde_engine_on_received(&engine, now, NATSONDE_ENGINE_SLOTS, &server, bytes, len));
	assert_int_equal(ev->servers[0].noise, 0);
	m.tid[11] ^= 1;
	assert_false(deliver("198.51.100.1:3478", m));
	assert_int_equal(ev->servers[0].noise, 0);
	assert_false(deliver(SERVER, m));
	assert_false(deliver_bytes(SERVER, (const uint8_t *)"RTP?", 4));
	assert_int_equal(ev->servers[0].noise, 2);
	for (unsigned i = 0; i < ev->n_probes; i++)
		assert_int_equal(ev->probes[i].outcome, NATSONDE_SILENT);
}

/* Messages that answer nothing, though their id is the right one. */
static void not_an_answer(void **state)
{
	static const struct { const char *what; unsigned at, value; } lies[] = {
		{"request", 0, 0x00}, {"indication", 1, 0x11}, {"other method", 1, 0x02}, {"classic", 4, 0x00},
		{"cut off", 3, 0x18}, {"required attribute", 20, 0x7f}, {"fingerprint", 39, 0x00}, {"not STUN", 0, 0x80}
	};
	uint8_t good[64], bytes[64];
	struct natsonde_stun_message m;
	size_t len;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	m = answer();
	m.fingerprint = NATSONDE_FINGERPRINT_GOOD;
	len = natsonde_stun_encode(&m, good, sizeof(good));
	assert_int_equal(len, 40);
	good[1] = 0x01;
	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(bytes, good, len);
		bytes[lies[i].at] = (uint8_t)(lies[i].value != good[lies[i].at] ? lies[i].value : lies[i].value ^ 1);
		deliver_bytes(SERVER, bytes, len);
		if (p->outcome != NATSONDE_SILENT)
			fail_msg("%s was taken for an answer", lies[i].what);
	}
	deliver_bytes(SERVER, good, len);
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
}

/* RFC 8489 section 6.3.3, on its own and whole: no FINGERPRINT that could betray the change. */
static void attribute_that_must_be_understood(void **state)
{
	struct natsonde_stun_message m;
	uint8_t bytes[64];
	size_t len;

	(void)state;
	for (unsigned optional = 0; optional < 2; optional++) {
		ask_nobody(NATSONDE_Q_MAP_A1P1);
		m = answer();
		len = natsonde_stun_encode(&m, bytes, sizeof(bytes));
		memcpy(bytes + len, optional ? "\xff\x00\x00\x00" : "\x7f\x00\x00\x00", 4);
		bytes[3] = (uint8_t)(bytes[3] + 4);
		deliver_bytes(SERVER, bytes, len + 4);
		assert_int_equal(p->outcome, optional ? NATSONDE_ANSWERED : NATSONDE_SILENT);
	}
}

/* The same for a message without cookie (RFC 3489), and for a wrong CRC alone. */
static void classic_and_damaged(void **state)
{
	struct natsonde_stun_message m;
	uint8_t bytes[64];
	size_t len;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	m = answer();
	len = natsonde_stun_encode(&m, bytes, sizeof(bytes));
	memset(bytes + 4, 0x5a, 4);
	deliver_bytes(SERVER, bytes, len);
	m.fingerprint = NATSONDE_FINGERPRINT_GOOD;
	len = natsonde_stun_encode(&m, bytes, sizeof(bytes));
	bytes[len - 1] ^= 1;
	deliver_bytes(SERVER, bytes, len);
	assert_int_equal(p->outcome, NATSONDE_SILENT);
}

/* An answer from elsewhere is noted, and gives way to the right one: whoever guesses an id settles nothing. */
static void wrong_source_then_the_right_one(void **state)
{
	(void)state;
	ask_nobody(NATSONDE_Q_FILTER_PORT);
	deliver("203.0.113.99:3478", answer());
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
	assert_true(came_from("203.0.113.99:3478"));
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_UNKNOWN);
	now += 5 * NATSONDE_MS;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	deliver(OTHER, answer());
	now += 5 * NATSONDE_MS;
	deliver(SERVER, answer());
	assert_true(came_from(SERVER));
	assert_int_equal(p->answered_us, now - BEGAN);
	assert_int_equal(judged(NATSONDE_NAT).verdict, NATSONDE_PRESENT);
	deliver(OTHER, answer());
	assert_true(came_from(SERVER));
}

/* A server that answers from elsewhere, again and again and with other contents each time, fills nobody else's memory. */
static void first_from_elsewhere_is_enough(void **state)
{
	struct natsonde_stun_message m;
	unsigned n_addrs;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	m = answer();
	deliver("203.0.113.99:3478", m);
	n_addrs = ev->n_addrs;
	for (unsigned i = 0; i < 2000; i++) {
		m.xor_mapped.port++;
		m.other.port++;
		m.origin.port++;
		assert_true(deliver(i % 2 != 0 ? "203.0.113.99:3478" : "203.0.113.98:3478", m));
	}
	assert_int_equal(ev->n_addrs, n_addrs);
	assert_true(came_from("203.0.113.99:3478"));
	deliver(SERVER, answer());
	assert_true(came_from(SERVER));
}

static void first_of_duplicates_counts(void **state)
{
	struct natsonde_stun_message m;
	uint32_t answered_us;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	deliver(SERVER, answer());
	answered_us = p->answered_us;
	now += 5 * NATSONDE_MS;
	m = answer();
	m.xor_mapped = address("192.0.2.66:6");
	deliver(SERVER, m);
	m.cls = NATSONDE_STUN_ERROR;
	m.error_code = 500;
	deliver(SERVER, m);
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
	assert_int_equal(p->answered_us, answered_us);
	assert_true(is_at(natsonde_evidence_addr(ev, p->mapped), "192.0.2.1:40000"));
}

static void error_responses(void **state)
{
	static const struct { uint16_t code; uint8_t n; uint16_t names[2]; bool change, response_port; } rows[] = {
		{420, 0, {0}, false, false},
		{420, 1, {NATSONDE_ATTR_CHANGE_REQUEST}, true, false},
		{420, 1, {NATSONDE_ATTR_RESPONSE_PORT}, false, true},
		{420, 2, {NATSONDE_ATTR_RESPONSE_PORT, NATSONDE_ATTR_CHANGE_REQUEST}, true, true},
		{400, 0, {0}, false, false},
		{500, 0, {0}, false, false},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct natsonde_stun_message m;

		ask_nobody(NATSONDE_Q_FILTER_BOTH);
		m = answer();
		m.cls = NATSONDE_STUN_ERROR;
		m.xor_mapped.family = NATSONDE_NO_FAMILY;
		m.error_code = rows[i].code;
		m.unknown_count = rows[i].n;
		memcpy(m.unknown, rows[i].names, sizeof(rows[i].names));
		deliver(SERVER, m);
		assert_int_equal(p->outcome, NATSONDE_ERROR);
		assert_int_equal(p->code, rows[i].code);
		assert_int_equal(p->refuses_change, rows[i].change);
		assert_int_equal(p->refuses_response_port, rows[i].response_port);
		assert_true(came_from(SERVER));
		deliver(OTHER, answer());
		assert_int_equal(p->outcome, NATSONDE_ERROR);
	}
}

/* What a server says to everything, and what is then said of it and of the NAT. */
static uint16_t refusal, refused_attribute;

static void refusing(const struct deed *d)
{
	struct natsonde_stun_message m = {
		.cls = NATSONDE_STUN_ERROR, .method = NATSONDE_STUN_BINDING, .error_code = refusal
	};

	if (d->request.change == NATSONDE_CHANGE_NONE) {
		honest(d);
		return;
	}
	memcpy(m.tid, d->request.tid, sizeof(m.tid));
	m.unknown_count = refused_attribute != 0;
	m.unknown[0] = refused_attribute;
	send_back(rtt, d->action.slot, d->action.to, &m);
}

static void server_that_refuses_change_request(void **state)
{
	static const struct { uint16_t code, names; } rows[] = {
		{420, NATSONDE_ATTR_CHANGE_REQUEST}, {420, 0}, {400, 0}, {500, 0}
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		prepare(SERVER);
		world = refusing;
		refusal = rows[i].code;
		refused_attribute = rows[i].names;
		run();
		assert_int_equal(ev->end, NATSONDE_END_DECIDED);
		assert_int_equal(natsonde_judge_server(ev, 0).verdict, NATSONDE_SERVER_REJECTS_CHANGE_REQUEST);
		assert_int_equal(judged(NATSONDE_FILTERING).reason, NATSONDE_WHY_SERVER_CANNOT);
		assert_int_equal(judged(NATSONDE_MAPPING).verdict, NATSONDE_ENDPOINT_INDEPENDENT);
	}
}

static void broken(const struct deed *d)
{
	struct natsonde_stun_message m = {.cls = NATSONDE_STUN_ERROR, .method = NATSONDE_STUN_BINDING, .error_code = 500};

	memcpy(m.tid, d->request.tid, sizeof(m.tid));
	send_back(rtt, d->action.slot, d->action.to, &m);
}

/* A server that is out of order is there all the same: no word of UDP being blocked, and no connection over TCP to find out. */
static void server_that_answers_errors_alone(void **state)
{
	(void)state;
	prepare(SERVER);
	world = broken;
	run();
	assert_int_equal(ev->end, NATSONDE_END_DECIDED);
	assert_true(n_sent <= 12);
	for (unsigned i = 0; i < ev->n_probes; i++)
		assert_int_not_equal(ev->probes[i].question, NATSONDE_Q_TCP);
	assert_int_equal(natsonde_judge_server(ev, 0).reason, NATSONDE_SERVER_WHY_ERROR);
	assert_int_equal(judged(NATSONDE_P2P).verdict, NATSONDE_UNKNOWN);
}

/* Once a round trip is known, an answer after its wait is called late; it is as good as any. */
static void late_answer(void **state)
{
	const struct natsonde_probe *first;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	first = p;
	now = BEGAN + first->sent_us + 50 * NATSONDE_MS;
	deliver(SERVER, answer());
	assert_int_equal(first->outcome, NATSONDE_ANSWERED);
	ev = natsonde_engine_evidence(&engine);
	for (p = ev->probes; p->question != NATSONDE_Q_FILTER_BOTH;)
		p++;
	now = BEGAN + p->sent_us + 151 * NATSONDE_MS; /* 50 ms + 100 ms is what it is waited for */
	deliver(OTHER, answer());
	assert_int_equal(p->outcome, NATSONDE_LATE);
	assert_true(came_from(OTHER));
	for (p = ev->probes; p->question != NATSONDE_Q_FILTER_PORT;)
		p++;
	now = BEGAN + p->sent_us + 150 * NATSONDE_MS;
	deliver(A1P2, answer());
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
}

/* RFC 5780 section 6 and what coturn does: asked at an alternate, a server names something else. */
static void other_address_comes_from_a1p1_alone(void **state)
{
	struct natsonde_stun_message m;

	(void)state;
	ask_nobody(NATSONDE_Q_FILTER_BOTH);
	m = answer();
	m.other = address("198.51.100.66:666");
	deliver(OTHER, m);
	assert_int_equal(ev->servers[0].other, 0);
	for (p = ev->probes; p->question != NATSONDE_Q_FILTER_PORT;)
		p++;
	memcpy(m.tid, p->tid, sizeof(m.tid));
	deliver(SERVER, m); /* the wrong source, and not to a plain request */
	assert_int_equal(ev->servers[0].other, 0);
	for (p = ev->probes; p->question != NATSONDE_Q_MAP_A1P1;)
		p++;
	memcpy(m.tid, p->tid, sizeof(m.tid));
	deliver("203.0.113.99:3478", m);
	assert_int_equal(ev->servers[0].other, 0);
	m.other = address(OTHER);
	deliver(SERVER, m);
	assert_true(is_at(natsonde_evidence_addr(ev, ev->servers[0].other), OTHER));
}

static void first_other_address_stays(void **state)
{
	const struct natsonde_probe *plain;
	struct natsonde_stun_message m;

	(void)state;
	ask_nobody(NATSONDE_Q_MAP_A1P1);
	m = answer();
	m.other = address(OTHER);
	plain = p;
	deliver(SERVER, m);
	run_until(now + 100 * NATSONDE_MS);
	for (p = ev->probes; p->question != NATSONDE_Q_FILTER_PLAIN || p->outcome != NATSONDE_SILENT;)
		p++;
	m = answer();
	m.other = address("203.0.113.77:7");
	deliver(SERVER, m);
	assert_int_equal(p->outcome, NATSONDE_ANSWERED);
	assert_true(is_at(natsonde_evidence_addr(ev, ev->servers[0].other), OTHER));
	assert_true(is_at(natsonde_evidence_addr(ev, plain->other), OTHER));
}

static void first_server_drops_change(const struct deed *d)
{
	if (d->request.change == NATSONDE_CHANGE_NONE || !natsonde_addr_same_ip(&d->action.to, &plan.servers[0].addr))
		honest(d);
}

/* A socket that was closed takes its answers with it, though another one stands in its slot. */
static void answer_to_a_closed_socket(void **state)
{
	unsigned first_socket;

	(void)state;
	prepare(SERVER);
	plan.n_servers = 2;
	plan.servers[1].addr = address("198.51.100.20:3478");
	world = first_server_drops_change;
	start();
	run_until(BEGAN + 10 * NATSONDE_MS);
	for (p = ev->probes; p->question != NATSONDE_Q_FILTER_BOTH;)
		p++;
	first_socket = p->socket;
	while (engine.slots[NATSONDE_SOCKET_FILTER].number == first_socket && natsonde_engine_deadline(&engine) != NATSONDE_NEVER)
		run_until(now + NATSONDE_MS);
	assert_int_not_equal(engine.slots[NATSONDE_SOCKET_FILTER].number, first_socket);
	assert_true(is_open[NATSONDE_SOCKET_FILTER]);
	assert_int_equal(p->outcome, NATSONDE_SILENT);
	deliver(OTHER, answer());
	assert_int_equal(p->outcome, NATSONDE_SILENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_is_written_down),
		cmocka_unit_test(plain_mapped_address_will_do),
		cmocka_unit_test(wrong_socket_and_wrong_id),
		cmocka_unit_test(not_an_answer),
		cmocka_unit_test(attribute_that_must_be_understood),
		cmocka_unit_test(classic_and_damaged),
		cmocka_unit_test(wrong_source_then_the_right_one),
		cmocka_unit_test(first_from_elsewhere_is_enough),
		cmocka_unit_test(first_of_duplicates_counts),
		cmocka_unit_test(error_responses),
		cmocka_unit_test(server_that_refuses_change_request),
		cmocka_unit_test(server_that_answers_errors_alone),
		cmocka_unit_test(late_answer),
		cmocka_unit_test(other_address_comes_from_a1p1_alone),
		cmocka_unit_test(first_other_address_stays),
		cmocka_unit_test(answer_to_a_closed_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
