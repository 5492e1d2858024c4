/* A caller lends its own socket as the mapping socket: it keeps what is its own, learns its address outside, and is not told
 * more than can be known of a socket that was used before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <natsonde/engine.h>
#include <natsonde/sim.h>

static struct natsonde_engine engine;
static struct natsonde_probe probes[64];
static struct natsonde_addr addrs[64], own;
static struct natsonde_verdicts verdicts;
static uint8_t answer[256];
static size_t answer_len; /* the last answer to the own socket; the engine knows it */
static const struct natsonde_addr peer = {.family = NATSONDE_IPV4, .port = 5000, .ip = {198, 51, 100, 99}};

static void perform(const struct natsonde_door *door, const struct natsonde_action *a, const uint8_t *buf)
{
	struct natsonde_addr local = own;

	if (a->what == NATSONDE_DO_SEND) {
		assert_int_equal(door->send(door->ctx, a->slot, &a->to, buf, a->len), NATSONDE_OK);
	} else if (a->what == NATSONDE_DO_CLOSE) {
		door->close(door->ctx, a->slot);
	} else {
		if (a->slot != NATSONDE_SOCKET_MAPPING)
			assert_int_equal(door->open(door->ctx, a->slot, a->transport, &a->to, a->port, &local), NATSONDE_OK);
		natsonde_engine_on_open(&engine, a->slot, NATSONDE_OK, &local);
	}
}

static void receive(const struct natsonde_door *door, const struct natsonde_event *event)
{
	if (event->kind != NATSONDE_EVENT_RECEIVED)
		return;
	assert_true(natsonde_engine_on_received(&engine, door->now(door->ctx), event->slot, &event->peer, event->bytes, event->len));
	if (event->slot == NATSONDE_SOCKET_MAPPING) {
		memcpy(answer, event->bytes, event->len);
		answer_len = event->len;
	}
}

/* A run behind that NAT, with a socket that is bound already when it begins. */
static void run(const char *nat, bool reuses_socket)
{
	struct natsonde_plan plan = {.family = NATSONDE_IPV4, .n_servers = 1, .tests = NATSONDE_TESTS_DEFAULT,
				     .timeout = 10 * NATSONDE_S, .reuses_socket = reuses_socket};
	struct natsonde_sim_complaint complaint;
	struct natsonde_sim_spec spec;
	struct natsonde_action action;
	struct natsonde_event event;
	struct natsonde_door door;
	uint8_t buf[NATSONDE_SEND_MAX];

	assert_true(natsonde_sim_parse(nat, &spec, &complaint));
	door = natsonde_sim_door(natsonde_sim_start(&spec));
	assert_true(natsonde_sim_resolve(door.ctx, 0, NATSONDE_IPV4, 3478, &plan.servers[0].addr));
	assert_int_equal(door.open(door.ctx, NATSONDE_SOCKET_MAPPING, NATSONDE_UDP, &plan.servers[0].addr, 40000, &own), NATSONDE_OK);
	natsonde_engine_init(&engine, &plan, (struct natsonde_random){door.random, door.ctx}, probes, 64, addrs, 64);
	do {
		while (natsonde_engine_next(&engine, door.now(door.ctx), buf, sizeof(buf), &action))
			perform(&door, &action, buf);
		if (natsonde_engine_deadline(&engine) == NATSONDE_NEVER)
			break;
		door.wait(door.ctx, natsonde_engine_deadline(&engine), &event);
		receive(&door, &event);
	} while (true);
	natsonde_judge(natsonde_engine_evidence(&engine), &verdicts);
}

static bool is_ours(const uint8_t *bytes, size_t len)
{
	return natsonde_engine_on_received(&engine, 0, NATSONDE_SOCKET_MAPPING, &peer, bytes, len);
}

static void address_outside_is_that_of_the_own_socket(void **state)
{
	const struct natsonde_addr *outside;

	(void)state;
	run("mapping=eim,filtering=apdf,ports=preserved", false);
	assert_int_equal(verdicts.of[NATSONDE_MAPPING].verdict, NATSONDE_ENDPOINT_INDEPENDENT);
	outside = natsonde_evidence_outside(natsonde_engine_evidence(&engine), NATSONDE_SOCKET_MAPPING);
	assert_int_equal(outside->family, NATSONDE_IPV4);
	assert_int_equal(outside->port, 40000);
	assert_false(natsonde_addr_same_ip(outside, &own));
	outside = natsonde_evidence_outside(natsonde_engine_evidence(&engine), NATSONDE_SOCKET_FILTER);
	assert_int_not_equal(outside->port, 40000);
}

static void nobody_answers_nothing_is_known(void **state)
{
	(void)state;
	run("udp=drop,tcp=drop", false);
	assert_int_equal(natsonde_evidence_outside(natsonde_engine_evidence(&engine), NATSONDE_SOCKET_MAPPING)->family,
			 NATSONDE_NO_FAMILY);
}

static void fresh_socket_may_be_verified_but_a_used_one_may_not(void **state)
{
	(void)state;
	run("mapping=eim,filtering=apdf", false);
	assert_int_equal(verdicts.of[NATSONDE_MAPPING].certainty, NATSONDE_VERIFIED);
	assert_int_equal(verdicts.of[NATSONDE_FILTERING].certainty, NATSONDE_VERIFIED);
	run("mapping=eim,filtering=apdf", true);
	assert_true(natsonde_engine_evidence(&engine)->fixed_port);
	assert_int_equal(verdicts.of[NATSONDE_MAPPING].certainty, NATSONDE_LIKELY);
	assert_int_equal(verdicts.of[NATSONDE_FILTERING].certainty, NATSONDE_LIKELY);
	assert_int_equal(verdicts.of[NATSONDE_NAT].certainty, NATSONDE_VERIFIED);
}

/* RFC 7983: STUN, DTLS, RTP and more on one port. All but the answers to this run's own questions belong to the caller. */
static void what_is_the_callers_is_left_to_the_caller(void **state)
{
	static const uint8_t rtp[12] = {0x80, 0x60, 0, 1}, dtls[13] = {0x16, 0xfe, 0xfd};
	static const struct natsonde_stun_message check = {.cls = NATSONDE_STUN_REQUEST, .method = NATSONDE_STUN_BINDING, .tid = {1}};
	struct natsonde_stun_message foreign;
	uint8_t bytes[256];
	size_t len;

	(void)state;
	run("mapping=eim,filtering=apdf", false);
	assert_true(answer_len > 0);
	assert_true(is_ours(answer, answer_len)); /* even once more, and from anywhere: nobody else asked for it */
	assert_false(is_ours(rtp, sizeof(rtp)));
	assert_false(is_ours(dtls, sizeof(dtls)));
	assert_false(is_ours(NULL, 0));
	len = natsonde_stun_encode(&check, bytes, sizeof(bytes));
	assert_false(is_ours(bytes, len)); /* a peer's connectivity check (RFC 8445) */
	assert_true(natsonde_stun_decode(answer, answer_len, &foreign));
	foreign.tid[0] ^= 1;
	len = natsonde_stun_encode(&foreign, bytes, sizeof(bytes));
	assert_false(is_ours(bytes, len)); /* an answer to the caller's own question */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_outside_is_that_of_the_own_socket),
		cmocka_unit_test(nobody_answers_nothing_is_known),
		cmocka_unit_test(fresh_socket_may_be_verified_but_a_used_one_may_not),
		cmocka_unit_test(what_is_the_callers_is_left_to_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
