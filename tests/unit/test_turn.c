/* Whether a TURN server is there: what is asked of it, and what its answers are called. The door is one that this test holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/turn.h"

#define SENT_MAX 64

static struct natsonde_turn turns[3];
static natsonde_us now;
static struct { unsigned slot; natsonde_us at; struct natsonde_stun_message m; } sent[SENT_MAX];
static unsigned n_sent, n_open;
static enum natsonde_fault open_fault;
static uint8_t bytes[256];

/* What comes next, decided by each test when it is asked: false for nothing until the time given. */
static bool (*answer)(natsonde_us until, struct natsonde_event *event);

static natsonde_us door_now(void *ctx)
{
	(void)ctx;
	return now;
}

static void door_random(void *ctx, uint8_t *out, size_t n)
{
	static uint8_t counter;

	(void)ctx;
	memset(out, ++counter, n);
}

static enum natsonde_fault door_open(void *ctx, unsigned slot, enum natsonde_transport transport,
				     const struct natsonde_addr *toward, uint16_t port, struct natsonde_addr *local)
{
	(void)ctx, (void)slot, (void)transport, (void)port;
	*local = *toward;
	n_open += open_fault == NATSONDE_OK;
	return open_fault;
}

static void door_close(void *ctx, unsigned slot)
{
	(void)ctx, (void)slot;
	n_open--;
}

static enum natsonde_fault door_send(void *ctx, unsigned slot, const struct natsonde_addr *to, const uint8_t *data, size_t len)
{
	(void)ctx;
	assert_true(n_sent < SENT_MAX && natsonde_addr_equal(to, &turns[slot].to));
	sent[n_sent].slot = slot;
	sent[n_sent].at = now;
	assert_true(natsonde_stun_decode(data, len, &sent[n_sent].m));
	n_sent++;
	return NATSONDE_OK;
}

static void door_wait(void *ctx, natsonde_us until, struct natsonde_event *event)
{
	(void)ctx;
	*event = (struct natsonde_event){ .kind = NATSONDE_EVENT_NONE };
	if (!answer || !answer(until, event))
		now = until;
}

static const struct natsonde_door door = {
	.max_open = NATSONDE_DOOR_SLOTS, .now = door_now, .random = door_random, .open = door_open, .close = door_close,
	.send = door_send, .wait = door_wait
};

static bool ask(unsigned n, enum natsonde_transport transport, bool (*with)(natsonde_us, struct natsonde_event *))
{
	bool goes_on;

	memset(turns, 0, sizeof(turns));
	for (unsigned i = 0; i < n; i++) {
		turns[i].to = (struct natsonde_addr){ .family = NATSONDE_IPV4, .port = 3478, .ip = { 203, 0, 113, (uint8_t)(i + 1) } };
		turns[i].transport = transport;
	}
	now = NATSONDE_S;
	n_sent = n_open = 0;
	answer = with;
	goes_on = natsonde_turn_ask(turns, n, &door, now + 10 * NATSONDE_S);
	assert_int_equal(n_open, 0);
	return goes_on;
}

static void expect(enum natsonde_turn_answer found)
{
	assert_int_equal(turns[0].finding.answer, found);
}

/* Answers the newest request of a method after 30 ms. */
static bool reply(uint16_t method, struct natsonde_stun_message m, struct natsonde_event *event)
{
	unsigned i = n_sent;

	while (i > 0 && sent[i - 1].m.method != method)
		i--;
	if (i-- == 0)
		return false;
	m.method = method;
	memcpy(m.tid, sent[i].m.tid, sizeof(m.tid));
	event->kind = NATSONDE_EVENT_RECEIVED;
	event->slot = sent[i].slot;
	event->peer = turns[sent[i].slot].to;
	event->bytes = bytes;
	event->len = natsonde_stun_encode(&m, bytes, sizeof(bytes));
	now += 30 * NATSONDE_MS;
	return true;
}

static struct natsonde_stun_message challenge(const char *realm, const char *nonce)
{
	struct natsonde_stun_message m = { .cls = NATSONDE_STUN_ERROR, .error_code = 401 };

	m.realm = realm;
	m.realm_len = (uint16_t)(realm ? strlen(realm) : 0);
	m.nonce = nonce;
	m.nonce_len = (uint16_t)(nonce ? strlen(nonce) : 0);
	return m;
}

static bool asks_for_credentials(natsonde_us until, struct natsonde_event *event)
{
	(void)until;
	return reply(NATSONDE_STUN_ALLOCATE, challenge("example.org", "n1"), event);
}

static void a_turn_server_asks_for_credentials(void **state)
{
	(void)state;
	assert_true(ask(1, NATSONDE_UDP, asks_for_credentials));
	expect(NATSONDE_TURN_ASKS);
	assert_int_equal(turns[0].finding.code, 401);
	assert_string_equal(turns[0].finding.realm, "example.org");
	assert_int_equal(turns[0].finding.rtt_us, 30000);
	assert_int_equal(sent[0].m.method, NATSONDE_STUN_ALLOCATE);
	assert_int_equal(sent[0].m.requested_transport, NATSONDE_TRANSPORT_UDP);
	assert_int_equal(n_sent, 2);
	assert_true(ask(1, NATSONDE_TCP, asks_for_credentials));
	expect(NATSONDE_TURN_ASKS);
	assert_int_equal(n_sent, 1);
}

static bool no_nonce(natsonde_us until, struct natsonde_event *event)
{
	(void)until;
	return reply(NATSONDE_STUN_ALLOCATE, challenge("example.org", NULL), event);
}

static bool no_realm(natsonde_us until, struct natsonde_event *event)
{
	(void)until;
	return reply(NATSONDE_STUN_ALLOCATE, challenge(NULL, "n1"), event);
}

static bool forbids(natsonde_us until, struct natsonde_event *event)
{
	(void)until;
	return reply(NATSONDE_STUN_ALLOCATE, (struct natsonde_stun_message){ .cls = NATSONDE_STUN_ERROR, .error_code = 403 }, event);
}

static bool allocates(natsonde_us until, struct natsonde_event *event)
{
	(void)until;
	return reply(NATSONDE_STUN_ALLOCATE, (struct natsonde_stun_message){ .cls = NATSONDE_STUN_SUCCESS }, event);
}

static void whatever_it_says_is_told(void **state)
{
	(void)state;
	assert_true(ask(1, NATSONDE_UDP, no_nonce));
	expect(NATSONDE_TURN_ASKS_BADLY);
	assert_true(ask(1, NATSONDE_UDP, no_realm));
	expect(NATSONDE_TURN_ASKS_BADLY);
	assert_true(ask(1, NATSONDE_UDP, forbids));
	expect(NATSONDE_TURN_ERROR);
	assert_int_equal(turns[0].finding.code, 403);
	assert_true(ask(1, NATSONDE_UDP, allocates));
	expect(NATSONDE_TURN_ALLOCATES);
}

static bool binds_alone(natsonde_us until, struct natsonde_event *event)
{
	static unsigned told;

	(void)until;
	if (told == n_sent)
		return false;
	told = n_sent;
	return reply(NATSONDE_STUN_BINDING, (struct natsonde_stun_message){ .cls = NATSONDE_STUN_SUCCESS }, event);
}

static void a_stun_server_is_told_from_nobody(void **state)
{
	(void)state;
	assert_true(ask(1, NATSONDE_UDP, binds_alone));
	expect(NATSONDE_TURN_STUN_ONLY);
	assert_true(now < 2 * NATSONDE_S);
	assert_true(ask(1, NATSONDE_UDP, NULL));
	expect(NATSONDE_TURN_SILENT);
	assert_int_equal(now, NATSONDE_S + 3500 * NATSONDE_MS);
	/* 0, 0.5 and 1.5 s (RFC 8489 section 6.2.1), and a Binding request beside each. */
	assert_int_equal(n_sent, 6);
	assert_int_equal(sent[2].at - sent[0].at, 500 * NATSONDE_MS);
	assert_int_equal(sent[4].at - sent[0].at, 1500 * NATSONDE_MS);
	assert_memory_equal(sent[0].m.tid, sent[2].m.tid, NATSONDE_STUN_TID);
	assert_memory_not_equal(sent[0].m.tid, sent[1].m.tid, NATSONDE_STUN_TID);
}

static bool refuses(natsonde_us until, struct natsonde_event *event)
{
	static unsigned told;

	(void)until;
	if (told == n_sent)
		return false;
	told = n_sent;
	event->kind = NATSONDE_EVENT_ICMP;
	event->peer = turns[0].to;
	return true;
}

static bool closes(natsonde_us until, struct natsonde_event *event)
{
	(void)until;
	event->kind = NATSONDE_EVENT_CLOSED;
	return true;
}

static void refusals_are_soon_told(void **state)
{
	(void)state;
	assert_true(ask(1, NATSONDE_UDP, refuses));
	expect(NATSONDE_TURN_REFUSED);
	assert_true(now <= NATSONDE_S + 300 * NATSONDE_MS);
	assert_true(ask(1, NATSONDE_TCP, closes));
	expect(NATSONDE_TURN_REFUSED);
	assert_int_equal(now, NATSONDE_S);
}

static bool answers_to_another_id(natsonde_us until, struct natsonde_event *event)
{
	if (now + 30 * NATSONDE_MS > until || !asks_for_credentials(until, event))
		return false;
	bytes[19] ^= 1;
	return true;
}

static bool answers_from_elsewhere(natsonde_us until, struct natsonde_event *event)
{
	if (now + 30 * NATSONDE_MS > until || !asks_for_credentials(until, event))
		return false;
	event->peer.port++;
	return true;
}

static void strangers_are_not_believed(void **state)
{
	(void)state;
	assert_true(ask(1, NATSONDE_UDP, answers_to_another_id));
	expect(NATSONDE_TURN_GARBLED);
	assert_true(ask(1, NATSONDE_UDP, answers_from_elsewhere));
	expect(NATSONDE_TURN_SILENT);
}

/* Only the second one answers. */
static bool second_answers(natsonde_us until, struct natsonde_event *event)
{
	static unsigned told;

	if (n_sent <= 2)
		told = 0;
	if (n_sent < 4 || told)
		return false;
	for (unsigned i = 0; i < n_sent; i++)
		if (sent[i].slot == 1 && sent[i].m.method == NATSONDE_STUN_ALLOCATE) {
			unsigned all = n_sent;

			n_sent = i + 1;
			told = reply(NATSONDE_STUN_ALLOCATE, challenge("two", "n"), event);
			n_sent = all;
			break;
		}
	(void)until;
	return told;
}

static void several_are_asked_side_by_side(void **state)
{
	(void)state;
	assert_true(ask(3, NATSONDE_UDP, second_answers));
	assert_int_equal(turns[0].finding.answer, NATSONDE_TURN_SILENT);
	assert_int_equal(turns[1].finding.answer, NATSONDE_TURN_ASKS);
	assert_string_equal(turns[1].finding.realm, "two");
	assert_int_equal(turns[2].finding.answer, NATSONDE_TURN_SILENT);
	assert_true(now < NATSONDE_S + 4 * NATSONDE_S);
}

static bool interrupts(natsonde_us until, struct natsonde_event *event)
{
	(void)until;
	event->kind = NATSONDE_EVENT_INTERRUPT;
	return true;
}

static void ends_when_it_has_to(void **state)
{
	(void)state;
	assert_false(ask(2, NATSONDE_UDP, interrupts));
	expect(NATSONDE_TURN_UNFINISHED);
	open_fault = NATSONDE_FAULT_NO_SOCKET;
	assert_true(ask(1, NATSONDE_UDP, NULL));
	open_fault = NATSONDE_OK;
	expect(NATSONDE_TURN_UNSENT);
	assert_int_equal(turns[0].finding.fault, NATSONDE_FAULT_NO_SOCKET);
	assert_int_equal(n_sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turn_server_asks_for_credentials),
		cmocka_unit_test(whatever_it_says_is_told),
		cmocka_unit_test(a_stun_server_is_told_from_nobody),
		cmocka_unit_test(refusals_are_soon_told),
		cmocka_unit_test(strangers_are_not_believed),
		cmocka_unit_test(several_are_asked_side_by_side),
		cmocka_unit_test(ends_when_it_has_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
